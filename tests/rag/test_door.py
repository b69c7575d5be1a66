"""Promises of `rag` to whoever imports it."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from doubles import WordReader, WordScorer, tiny_library
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from pydantic import Field

import rag
from rag.assistant import Assistant

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


def examples() -> list[str]:
    return re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)


@pytest.mark.model
def test_the_example_of_the_readme_runs(tmp_path: Path) -> None:
    code, _ = examples()
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


class Agent(GenericFakeChatModel):
    """A scripted model that may call tools; ``bound`` are those that it was given."""

    bound: list[Any] = Field(default_factory=list)

    def bind_tools(self, tools: Sequence[Any], **_: Any) -> Any:
        self.bound[:] = tools
        return self


def test_the_agent_of_the_readme_looks_up_articles(tmp_path: Path) -> None:
    _, code = examples()
    known: dict[str, Any] = {}
    exec(compile(code, "README.md", "exec"), known)
    call = {"name": "look_up", "args": {"query": "How many seats has the boat?"}, "id": "1"}
    said = AIMessage("It has 240 seats.")
    model = Agent(messages=iter([AIMessage("", tool_calls=[call]), said]))
    with tiny_library(tmp_path) as library:
        agent = known["researcher"](Assistant(library, WordScorer(), WordReader(), None), model)
        asked = {"messages": [("user", "How many seats has the boat?")]}
        _, _, looked_up, last = agent.invoke(asked)["messages"]
        assert last.text == said.text and [tool.name for tool in model.bound] == ["look_up"]
        assert looked_up.name == "look_up" and "240 seats" in looked_up.text
        first = looked_up.artifact[0]
        article = library.article(first.metadata["article_id"])
        start, end = first.metadata["start"], first.metadata["end"]
        assert article.title == "A new ferry for Aldwick"
        assert article.text[start:end] == first.page_content
