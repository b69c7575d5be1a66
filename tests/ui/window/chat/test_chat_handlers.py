"""What each handler of the Chat tab gives back, called as Gradio calls it but without a page."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from doubles import WordReader, WordScorer, tiny_library

from rag.assistant import Assistant
from rag.index.library import CATALOG, Library
from rag.schema import Answer, Filter, Sentence
from ui import strings
from ui.ahead import Ahead
from ui.window.chat.handlers import Handlers
from ui.window.conversation.history import History
from ui.window.conversation.types import Exchange
from ui.window.page import visitor

DONE = Exchange("Who keeps the clocks?", Answer("", (Sentence("Ada."),)), "done")
COMING = Exchange("When?")
REQUEST: Any = SimpleNamespace(scope={visitor.OWNER: "somebody"})


class Ready:
    """An engine that has loaded."""

    error: str | None = None

    def __init__(self, library: Library) -> None:
        self.library = library
        self.assistant = Assistant(library, WordScorer(), WordReader(), None)
        self.ahead = Ahead()

    def status(self) -> str:
        return ""


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with tiny_library(tmp_path) as library:
        yield library


@pytest.fixture
def history(library: Library, tmp_path: Path) -> Iterator[History]:
    history = History(tmp_path / CATALOG)
    yield history
    history.close()


@pytest.fixture
def handlers(library: Library, history: History) -> Handlers:
    return Handlers(Ready(library), history)


def sent(**data: object) -> gr.EventData:
    return gr.EventData(None, data)


def is_nothing_new(given: tuple[Any, ...]) -> bool:
    return all(one == gr.skip() for one in given)


def test_a_question_that_is_edited_takes_the_place_of_the_last(handlers: Handlers) -> None:
    _, asked, *_ = handlers.ask("Where?", (DONE, DONE), None, True)
    assert [(one.question, one.state) for one in asked] == [
        (DONE.question, "done"),
        ("Where?", "waiting"),
    ]
    _, asked, *_ = handlers.ask("Where?", (DONE, DONE), None, False)
    assert len(asked) == 3


@pytest.mark.parametrize("question", [None, 7, ["Where?"], "", "\x00"])
def test_a_suggestion_that_is_no_question_is_an_error_in_words(
    handlers: Handlers, question: object
) -> None:
    with pytest.raises(gr.Error, match=strings.ASK_FIRST):
        handlers.ask_suggested((DONE,), None, sent(question=question))


def test_a_question_asked_again_keeps_its_filter_unless_it_is_to_be_wide(
    handlers: Handlers,
) -> None:
    only = Filter(publishers=("The Courier",))
    past = (Exchange(DONE.question, DONE.answer, "done", only=only),)
    assert handlers.ask_again(past, sent())[1][-1].only == only
    assert handlers.ask_again(past, sent(wide=True))[1][-1].only is None


def test_nothing_is_asked_again_or_edited_while_an_answer_comes(handlers: Handlers) -> None:
    assert is_nothing_new(handlers.ask_again((DONE, COMING), sent()))
    assert is_nothing_new(handlers.edit_question((DONE, COMING)))
    assert is_nothing_new(handlers.ask_again((), sent()))
    assert is_nothing_new(handlers.edit_question(()))


def test_the_last_question_comes_back_into_the_box(handlers: Handlers) -> None:
    question, is_editing, _ = handlers.edit_question((DONE,))
    assert (question, is_editing) == (DONE.question, True)
    assert handlers.leave_question()[:2] == ("", False)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"place": "0", "verdict": "up"},
        {"place": 1, "verdict": "up"},
        {"place": -1, "verdict": "up"},
        {"place": 0, "verdict": "sideways"},
        {"place": None, "verdict": None},
    ],
    ids=str,
)
def test_a_judgement_that_names_no_answer_changes_nothing(
    handlers: Handlers, history: History, data: dict[str, object]
) -> None:
    assert is_nothing_new(handlers.judge((DONE,), "a", sent(**data), REQUEST))
    assert history.feedback("somebody") == []


def test_a_judgement_is_kept_and_the_same_again_withdraws_it(
    handlers: Handlers, history: History
) -> None:
    down = sent(place=0, verdict="down")
    judged, _ = handlers.judge((DONE,), "talk", down, REQUEST)
    assert judged[0].verdict == "down"
    assert [one.verdict for one in history.feedback("somebody")] == ["down"]
    explained, _ = handlers.judge(
        judged, "talk", sent(place=0, verdict="down", reason="old"), REQUEST
    )
    assert explained[0].verdict == "down"
    withdrawn, _ = handlers.judge(explained, "talk", down, REQUEST)
    assert withdrawn[0].verdict is None
    assert history.feedback("somebody") == []


def test_an_answer_comes_in_steps_and_is_kept_whole(handlers: Handlers, history: History) -> None:
    asked = handlers.ask("How many seats does the boat have?", (), None, False)[1]

    async def steps() -> list[tuple[Any, ...]]:
        return [step async for step in handlers.answer(asked, "", REQUEST)]

    last = asyncio.run(steps())[-1]
    (exchange,), name = last[0], last[4]
    assert exchange.state == "done"
    assert exchange.answer is not None
    assert "240" in exchange.answer.text
    assert history.conversation("somebody", name).exchanges[0].question == exchange.question


def test_a_stopped_answer_is_kept_as_stopped(handlers: Handlers, history: History) -> None:
    past, *_, name = handlers.halt((DONE, COMING), "", REQUEST)
    assert [one.state for one in past] == ["done", "stopped"]
    assert len(history.conversation("somebody", name).exchanges) == 2


def test_where_the_queue_was_full_only_an_answer_that_was_to_come_is_stopped(
    handlers: Handlers,
) -> None:
    assert is_nothing_new(handlers.turn_away((DONE,), "", REQUEST))
    assert handlers.turn_away((COMING,), "", REQUEST)[0][0].state == "stopped"


def test_a_conversation_of_nobody_s_is_shown_and_said_not_to_be_kept(handlers: Handlers) -> None:
    nobody: Any = SimpleNamespace(scope={})
    past, *_ = handlers.halt((COMING,), "", nobody)
    assert [one.is_kept for one in past] == [False]
