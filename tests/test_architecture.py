from __future__ import annotations

import json
import subprocess
import sys

HEAVY = (
    "torch", "transformers", "sentence_transformers", "chromadb", "gradio", "langchain",
    "langchain_core", "langchain_openai", "onnxruntime", "xllamacpp", "sqlalchemy", "pydantic",
    "numpy", "scipy", "sklearn", "httpx", "uvicorn", "babel",
)  # fmt: skip


def loaded_by(statement: str) -> set[str]:
    """The top-level modules that are loaded after a statement, in a new interpreter."""
    code = f"import json, sys\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}


def test_the_command_line_is_imported_without_anything_heavy() -> None:
    assert loaded_by("import ui.cli.main").isdisjoint(HEAVY)


def test_help_is_told_without_anything_heavy() -> None:
    statement = """
import contextlib, io, ui.cli.main
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    ui.cli.main.main(["--help"])
"""
    assert loaded_by(statement).isdisjoint(HEAVY)


def test_the_types_are_imported_without_any_third_party_package() -> None:
    third_party = loaded_by("import rag.schema, rag.errors") - loaded_by("pass")
    assert third_party <= {"rag", *sys.stdlib_module_names}


def test_listing_articles_loads_no_model_and_no_index() -> None:
    statement = """
import contextlib, io, tempfile, ui.cli.main
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    ui.cli.main.main(["list", "--json", "--library", tempfile.mkdtemp()])
"""
    heavy = {"torch", "transformers", "sentence_transformers", "chromadb", "gradio", "onnxruntime"}
    assert loaded_by(statement).isdisjoint(heavy)
