from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    path for package in ("rag", "ui", "eval") for path in (ROOT / package).rglob("*.py")
)
MOST_LINES = 400  # of a module, data excepted
MOST_FUNCTION_LINES = 60
DATA = {"ui/strings/english.py", "ui/strings/german.py"}
LONG_MODULES: set[str] = set()
LONG_FUNCTIONS: set[str] = set()

HEAVY = (
    "torch", "transformers", "sentence_transformers", "chromadb", "gradio", "langchain",
    "langchain_core", "langchain_openai", "onnxruntime", "xllamacpp", "sqlalchemy", "pydantic",
    "numpy", "scipy", "sklearn", "httpx", "uvicorn", "babel", "mcp", "mcp_types",
    "prometheus_client",
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


def test_the_address_of_the_window_is_told_before_anything_heavy_is_imported() -> None:
    statement = (
        "import ui.cli.main, rag.opening, rag.models.later, ui.engine, ui.users\n"
        "import ui.window.server.serve"
    )
    heavy = {"torch", "transformers", "chromadb", "gradio", "onnxruntime", "langsmith", "httpx"}
    heavy |= {"mcp", "mcp_types", "prometheus_client"}
    assert loaded_by(statement).isdisjoint(heavy)


def test_a_client_of_the_protocol_is_answered_before_anything_heavy_is_imported() -> None:
    heavy = {*HEAVY, "rag.assistant"} - {"pydantic", "httpx", "uvicorn", "mcp", "mcp_types"}
    assert loaded_by("import ui.mcp.stdio").isdisjoint(heavy)


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_module_is_long_but_those_that_are_known() -> None:
    lines = {named(path): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {name for name, count in lines.items() if count > MOST_LINES} - DATA == LONG_MODULES


def test_no_function_is_long_but_those_that_are_known() -> None:
    long = {
        f"{named(path)} {node.name}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= MOST_FUNCTION_LINES
    }
    assert long == LONG_FUNCTIONS


@pytest.mark.parametrize(
    "path", [path for path in MODULES if path.name == "__init__.py"], ids=named
)
def test_each_package_says_in_a_sentence_on_one_line_what_it_is_for(path: Path) -> None:
    said = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    assert said.partition("\n\n")[0].endswith((".", "?"))
    assert "\n" not in said.partition("\n\n")[0]


@pytest.mark.parametrize(("user", "package", "most"), [("ui", "rag", 101), ("ui", "eval", 61)])
def test_one_package_knows_few_names_of_another(user: str, package: str, most: int) -> None:
    names = {
        (node.module, alias.name)
        for path in MODULES
        if named(path).startswith(f"{user}/")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == package
        for alias in node.names
    }
    assert 0 < len(names) < most
