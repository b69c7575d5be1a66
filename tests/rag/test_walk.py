"""Promises of the way that a question takes: how many functions it has to be followed through."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from doubles import ScriptedModel, WordReader, WordScorer, tiny_library, weighing

import rag
from rag.assistant import Assistant

HOME = str(Path(rag.__file__).parent)
# What a reader of the code has to open. It was 76 before passages, citations and queries carried
# what their text was analysed to; a new function on the way should take the place of another.
# 21 are those by which a question has its turns, is seen by whoever looks on, and knows who of
# those that it asks is away.
MOST = 146


@contextmanager
def crossings() -> Iterator[set[tuple[str, str]]]:
    """The functions of rag, outside of models, that are called from another module meanwhile."""
    crossed: set[tuple[str, str]] = set()

    def watch(frame: FrameType, event: str, _: object) -> None:
        callee, name = frame.f_code.co_filename, frame.f_code.co_name
        if event != "call" or not callee.startswith(HOME) or name.startswith("<"):
            return
        caller = frame.f_back
        while caller and caller.f_code.co_name.startswith("<"):
            caller = caller.f_back
        module = Path(callee).relative_to(HOME)
        if module.parts[0] != "models" and (not caller or caller.f_code.co_filename != callee):
            crossed.add((str(module), name))

    before = sys.getprofile()
    threading.setprofile(watch)  # some stages run in threads of LangChain
    sys.setprofile(watch)
    try:
        yield crossed
    finally:
        sys.setprofile(before)
        threading.setprofile(None)  # type: ignore[arg-type]  # typeshed knows no None here


def test_a_question_is_answered_within_so_many_functions_across_modules(tmp_path: Path) -> None:
    with tiny_library(tmp_path) as library:
        model = ScriptedModel("It has 240 seats [1].")
        own = Assistant(library, WordScorer(), WordReader(), model, "scripted", weights=weighing())
        own.ask("How many seats does the boat have?")  # what is loaded on first use is no walk
        with crossings() as crossed:
            answer = own.ask("How many seats has the boat got now?")
    assert answer.sentences
    assert len(crossed) <= MOST, sorted(crossed)
    assert len(crossed) > MOST - 6, "it takes fewer: lower MOST"
