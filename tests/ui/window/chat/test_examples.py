"""Questions worth asking first."""

from __future__ import annotations

from pathlib import Path

from scripted import ScriptedEngine, ScriptedLibrary

from rag.loaders import read
from ui import strings
from ui.window.chat.examples import MOST, examples


def test_an_empty_library_has_none() -> None:
    assert examples(ScriptedEngine(None, ScriptedLibrary(empty=True), examples=["Why?"])) == []


def test_an_engine_may_bring_its_own() -> None:
    engine = ScriptedEngine(None, ScriptedLibrary(empty=False), examples=["Why?"])
    assert examples(engine) == ["Why?"]


def test_otherwise_the_titles_are_asked_about() -> None:
    asked = examples(ScriptedEngine(None, ScriptedLibrary(empty=False)))
    assert "What do the articles say about “Night ferry to return after nine years”?" in asked
    assert len(asked) <= MOST


def test_the_starter_articles_that_are_asked_about_exist() -> None:
    sources = {article.source for article in read(Path(__file__).parents[4] / "seeds")}
    assert set(strings.STARTER_QUESTIONS) <= sources
