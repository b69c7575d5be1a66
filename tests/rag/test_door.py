"""Promises of `rag` to whoever imports it."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import rag

ROOT = Path(__file__).parents[2]


def test_all_is_exactly_what_type_checkers_see() -> None:
    tree = ast.parse(Path(rag.__file__ or "").read_text("utf-8"))
    (seen,) = [node for node in tree.body if isinstance(node, ast.If)]
    names = [
        alias.asname or alias.name
        for node in seen.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    assert sorted(names) == sorted(rag.__all__) == rag.__all__


def test_each_name_is_there_and_an_unknown_one_is_an_attribute_error() -> None:
    assert all(getattr(rag, name).__module__.startswith("rag.") for name in rag.__all__)
    with pytest.raises(AttributeError, match="no attribute 'answer_everything'"):
        _ = rag.answer_everything


def test_importing_it_loads_nothing_else() -> None:
    code = "import sys, rag; print([name for name in sys.modules if name.startswith('rag.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.model
def test_the_example_of_the_readme_runs(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert len(code.splitlines()) <= 10
    (tmp_path / "seeds").symlink_to(ROOT / "seeds")
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "building material for the lighthouse" in done.stdout
