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
from rag.index.catalog import CATALOG
from rag.index.library import Library
from rag.schema import Answer, Filter, Sentence
from ui import strings
from ui.ahead import Ahead
from ui.window.chat.handlers import Handlers
from ui.window.conversation.history import History
from ui.window.conversation.jobs import Jobs
from ui.window.conversation.types import Exchange
from ui.window.page import visitor

DONE = Exchange("Who keeps the clocks?", Answer("", (Sentence("Ada."),)), "done")
OTHER = Exchange("Who winds them?", Answer("", (Sentence("Bea."),)), "done")
COMING = Exchange("When?")
SEATS = "How many seats does the boat have?"
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
    return Handlers(Jobs(Ready(library), history))


def sent(**data: object) -> gr.EventData:
    return gr.EventData(None, data)


def is_nothing_new(given: tuple[Any, ...]) -> bool:
    return all(one == gr.skip() for one in given)


async def shown(handlers: Handlers, past: tuple[Exchange, ...], name: str = "") -> Any:
    """What a page shows last of the answer that is being given."""
    *_, last = [step async for step in handlers.watch(past, name, REQUEST)]
    return last


async def test_a_question_that_is_edited_takes_the_place_of_the_last(handlers: Handlers) -> None:
    asked, *_ = await handlers.ask("Where?", (DONE, DONE), None, True, "", REQUEST)
    assert [(one.question, one.state) for one in asked] == [
        (DONE.question, "done"),
        ("Where?", "waiting"),
    ]
    asked, *_ = await handlers.ask("Where?", (DONE, DONE), None, False, "", REQUEST)
    assert len(asked) == 3


@pytest.mark.parametrize("question", [None, 7, ["Where?"], "", "\x00"])
async def test_a_question_that_is_brought_and_is_none_is_an_error_in_words(
    handlers: Handlers, question: object
) -> None:
    with pytest.raises(gr.Error, match=strings.ASK_FIRST):
        await handlers.ask_brought((DONE,), None, "", sent(question=question), REQUEST)


async def test_a_question_asked_again_keeps_its_filter_unless_it_is_to_be_wide(
    handlers: Handlers,
) -> None:
    only = Filter(publishers=("The Courier",))
    past = (Exchange(DONE.question, DONE.answer, "done", only=only),)
    assert (await handlers.ask_again(past, "", sent(), REQUEST))[0][-1].only == only
    assert (await handlers.ask_again(past, "", sent(wide=True), REQUEST))[0][-1].only is None


async def test_nothing_is_asked_again_or_edited_while_an_answer_comes(handlers: Handlers) -> None:
    assert is_nothing_new(await handlers.ask_again((DONE, COMING), "", sent(), REQUEST))
    assert is_nothing_new(handlers.edit_question((DONE, COMING)))
    assert is_nothing_new(await handlers.ask_again((), "", sent(), REQUEST))
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


async def test_an_answer_comes_in_steps_and_is_kept_whole(
    handlers: Handlers, history: History
) -> None:
    asked, *_, name = (await handlers.ask(SEATS, (), None, False, "", REQUEST))[:5]
    (exchange,), *_ = await shown(handlers, asked, name)
    assert exchange.state == "done"
    assert exchange.answer is not None
    assert "240" in exchange.answer.text
    assert history.conversation("somebody", name).exchanges[0].question == exchange.question


async def test_an_answer_that_nobody_watches_is_kept_whole(
    handlers: Handlers, history: History
) -> None:
    asked = await handlers.ask(SEATS, (), None, False, "", REQUEST)
    name = asked[4]
    while handlers.jobs.of(REQUEST, name):
        await asyncio.sleep(0.01)
    assert [one.state for one in history.conversation("somebody", name).exchanges] == ["done"]


async def test_a_stopped_answer_is_kept_as_stopped(handlers: Handlers, history: History) -> None:
    now, *_, name = (await handlers.ask("When?", (DONE,), None, False, "", REQUEST))[:5]
    past, *_ = await handlers.halt(now, name, REQUEST)
    assert [one.state for one in past] == ["done", "stopped"]
    assert [one.state for one in history.conversation("somebody", name).exchanges] == [
        "done",
        "stopped",
    ]


async def test_a_page_that_shows_less_than_there_is_loses_nothing_by_asking(
    handlers: Handlers, history: History
) -> None:
    history.save("somebody", "talk", (DONE, OTHER))
    asked, *_ = await handlers.ask("When?", (DONE,), None, False, "talk", REQUEST)
    assert [one.question for one in asked] == [DONE.question, OTHER.question, "When?"]


async def test_a_page_that_shows_less_than_there_is_cannot_replace_what_it_does_not_show(
    handlers: Handlers, history: History
) -> None:
    history.save("somebody", "talk", (DONE, OTHER))
    now, *_ = await handlers.ask_again((DONE,), "talk", sent(), REQUEST)
    assert now == (DONE, OTHER)
    now, *_ = await handlers.ask("Where?", (DONE,), None, True, "talk", REQUEST)
    assert now == (DONE, OTHER)


async def test_a_page_that_is_looked_at_again_shows_what_was_asked_elsewhere(
    handlers: Handlers, history: History
) -> None:
    history.save("somebody", "talk", (DONE, OTHER))
    assert (await handlers.look((DONE,), "talk", REQUEST))[0] == (DONE, OTHER)
    assert is_nothing_new(await handlers.look((DONE, OTHER), "talk", REQUEST))
    assert is_nothing_new(await handlers.look((), "", REQUEST))


async def test_somebody_else_s_answer_is_not_there(handlers: Handlers) -> None:
    stranger: Any = SimpleNamespace(scope={visitor.OWNER: "another"})
    name = (await handlers.ask(SEATS, (), None, False, "", REQUEST))[4]
    assert handlers.jobs.of(stranger, name) is None
    assert is_nothing_new(await handlers.look((), name, stranger))
    assert [step[0] async for step in handlers.watch((), name, stranger)] == [()]


async def test_a_conversation_of_nobody_s_is_shown_and_said_not_to_be_kept(
    handlers: Handlers,
) -> None:
    nobody: Any = SimpleNamespace(scope={})
    past, *_ = await handlers.ask(SEATS, (), None, False, "", nobody)
    assert [one.is_kept for one in past] == [False]
