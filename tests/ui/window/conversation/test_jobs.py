"""An answer goes on by itself, within limits, and is whoever's that asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rag.index.catalog import CATALOG
from rag.limits import WindowLimits
from rag.schema import Answer, Filter, Sentence, Turn
from ui import strings
from ui.ahead import Ahead
from ui.turns import Turns
from ui.window.conversation.history import History
from ui.window.conversation.jobs import Job, Jobs
from ui.window.conversation.types import BadQuestion, Exchange
from ui.window.page import visitor

QUOTED = Sentence("The ferry returns on 3 May.")
DONE = Exchange("Where?", Answer("Where?", (QUOTED,), status="quoted"), "done")


class Gated:
    """An assistant that says one sentence, and no more until it may; then it has answered."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.asked: list[str] = []
        self.cancelled = 0
        self.waits = False

    async def astream(
        self, question: str, history: Sequence[Turn], only: Filter | None = None
    ) -> AsyncGenerator[Answer, None]:
        self.asked.append(question)
        yield Answer(question, (QUOTED,), waits=self.waits)
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        yield Answer(question, (QUOTED, Sentence("It costs 38 crowns.")), status="answered")


class Ready:
    """An engine that has loaded."""

    library = None
    fetching = None
    error: str | None = None

    def __init__(self) -> None:
        self.assistant = Gated()
        self.ahead = Ahead()

    def status(self) -> str:
        return ""

    def assistant_over(self, own: Any, *, model: bool) -> Any:
        raise NotImplementedError


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    history = History(tmp_path / CATALOG)
    yield history
    history.close()


def of(name: str, place: str = "127.0.0.1") -> Any:
    return SimpleNamespace(scope={visitor.OWNER: name, "client": (place, 1)})


ANN, BOB = of("ann"), of("bob")


def jobs_of(history: History, **limits: Any) -> tuple[Jobs, Gated]:
    engine = Ready()
    return Jobs(engine, history, WindowLimits(**limits)), engine.assistant


async def said(job: Job) -> None:
    """Wait until the first sentence is there."""
    async for now in job.watch():
        if now[-1].answer and now[-1].answer.sentences:
            return


async def ended(job: Job) -> Exchange:
    async for _ in job.watch(beat=0.01):
        pass
    return job.last


async def test_an_answer_comes_to_its_end_with_nobody_watching(history: History) -> None:
    jobs, assistant = jobs_of(history)
    job = jobs.start(ANN, "c1", (DONE, Exchange("When?")))
    assert [one.state for one in history.conversation("ann", "c1").exchanges] == ["done", "failed"]
    assert [one.state for one in jobs.conversation(ANN, "c1").exchanges] == ["done", "waiting"]
    await said(job)
    assistant.go.set()
    await asyncio.wait_for(asyncio.shield(job.task or asyncio.sleep(0)), 5)
    found = history.conversation("ann", "c1").exchanges[-1]
    assert found.state == "done"
    assert found.answer and len(found.answer.sentences) == 2
    assert jobs.of(ANN, "c1") is None


async def test_who_stops_watching_ends_nothing_and_all_who_watch_see_the_same(
    history: History,
) -> None:
    jobs, assistant = jobs_of(history)
    job = jobs.start(ANN, "c1", (Exchange("When?"),))
    await said(job)  # leaves
    assistant.go.set()
    one, other = await asyncio.gather(ended(job), ended(job))
    assert one == other
    assert one.state == "done"
    assert assistant.cancelled == 0


async def test_a_stop_keeps_what_was_said_and_lets_go_of_the_model(history: History) -> None:
    jobs, assistant = jobs_of(history)
    job = jobs.start(ANN, "c1", (Exchange("When?"),))
    await said(job)
    assert jobs.stop(job)[-1].state == "stopped"
    found = history.conversation("ann", "c1").exchanges[-1]
    assert (found.state, found.answer and found.answer.sentences) == ("stopped", (QUOTED,))
    await asyncio.sleep(0.1)
    assert assistant.cancelled == 1
    assert jobs.of(ANN, "c1") is None


async def test_a_server_that_ends_keeps_how_far_each_answer_came(history: History) -> None:
    jobs, _ = jobs_of(history)
    job = jobs.start(ANN, "c1", (Exchange("When?"),))
    await said(job)
    jobs.end()
    found = history.conversation("ann", "c1").exchanges[-1]
    assert (found.state, found.line) == ("failed", strings.INTERRUPTED)
    assert found.answer and found.answer.sentences == (QUOTED,)


async def test_a_server_that_crashes_leaves_the_question_and_what_was_said_first(
    history: History,
) -> None:
    jobs, _ = jobs_of(history)
    job = jobs.start(ANN, "c1", (Exchange("When?"),))
    await said(job)
    await asyncio.sleep(0.05)
    found = Jobs(Ready(), history).conversation(ANN, "c1").exchanges[-1]  # of the next run
    assert (found.question, found.line) == ("When?", strings.INTERRUPTED)
    assert found.answer and found.answer.sentences == (QUOTED,)
    jobs.stop(job)


async def test_an_answer_ends_after_its_time_with_what_was_said(history: History) -> None:
    jobs, assistant = jobs_of(history, answer_s=0.2)
    last = await ended(jobs.start(ANN, "c1", (Exchange("When?"),)))
    assert (last.state, last.line) == ("failed", strings.TOOK_TOO_LONG.format(seconds=0))
    assert last.answer and last.answer.sentences == (QUOTED,)
    assert assistant.cancelled == 1


async def test_more_questions_than_are_answered_at_one_time_wait_and_say_so(
    history: History,
) -> None:
    jobs, assistant = jobs_of(history, answering=1)
    first = jobs.start(ANN, "c1", (Exchange("When?"),))
    await said(first)
    second = jobs.start(BOB, "c2", (Exchange("Where?"),))
    await asyncio.sleep(0.05)
    assert assistant.asked == ["When?"]
    assert second.last.line == strings.WAITS_FOR_TURN
    jobs.stop(first)
    await said(second)
    assert second.last.line == ""
    jobs.stop(second)


async def test_no_question_waits_for_the_answer_of_another_before_its_sources_are_shown(
    history: History,
) -> None:
    jobs, assistant = jobs_of(history)
    begun = [jobs.start(of(f"v{n}"), f"c{n}", (Exchange(f"{n}?"),)) for n in range(5)]
    for job in begun:
        await said(job)
    assert sorted(assistant.asked) == [f"{n}?" for n in range(5)]
    assert [job.last.state for job in begun] == ["writing"] * 5
    jobs.end()


async def test_a_question_that_waits_for_its_turn_says_so_until_it_has_come(
    history: History,
) -> None:
    jobs, assistant = jobs_of(history)
    assistant.waits = True
    job = jobs.start(ANN, "c1", (Exchange("When?"),))
    await said(job)
    assert (job.last.state, job.last.line) == ("writing", strings.WAITS_FOR_TURN)
    assistant.go.set()
    assert (await ended(job)).line == ""


async def test_a_conversation_has_one_answer_at_a_time(history: History) -> None:
    jobs, _ = jobs_of(history)
    job = jobs.start(ANN, "c1", (Exchange("When?"),))
    with pytest.raises(BadQuestion, match=strings.STILL_ANSWERING):
        jobs.start(ANN, "c1", (Exchange("Where?"),))
    jobs.stop(job)


async def test_no_visitor_and_no_address_can_have_all_the_room(history: History) -> None:
    jobs, _ = jobs_of(history, waiting=2, waiting_at_address=3, questions=4)
    begun = [jobs.start(ANN, f"c{place}", (Exchange("When?"),)) for place in range(2)]
    with pytest.raises(BadQuestion, match="2 questions waiting"):
        jobs.check_room(ANN)
    begun.append(jobs.start(of("bob", "10.0.0.1"), "c3", (Exchange("When?"),)))
    jobs.check_room(of("cid", "10.0.0.1"))
    begun.append(jobs.start(of("cid", "10.0.0.1"), "c4", (Exchange("When?"),)))
    with pytest.raises(BadQuestion, match=strings.QUEUE_FULL):
        jobs.check_room(BOB)
    jobs.end()
    jobs.check_room(ANN)
    for place in range(3):
        jobs.start(of(f"d{place}", "10.0.0.1"), f"d{place}", (Exchange("When?"),))
    with pytest.raises(BadQuestion, match="3 questions waiting"):
        jobs.check_room(of("eve", "10.0.0.1"))
    jobs.end()
    await asyncio.gather(*(job.task for job in begun if job.task), return_exceptions=True)


async def test_a_service_that_ends_takes_no_more_and_the_answer_in_hand_is_whole(
    history: History,
) -> None:
    engine, turns = Ready(), Turns(WindowLimits())
    jobs = Jobs(engine, history, turns=turns)
    job = jobs.start(ANN, "c1", (Exchange("When?"),))
    turns.close()
    with pytest.raises(BadQuestion, match=strings.ENDING):
        jobs.start(BOB, "c2", (Exchange("When?"),))
    assert turns.inside == 1
    engine.assistant.go.set()
    assert (await ended(job)).state == "done"
    assert turns.inside == 0
    assert history.conversation(visitor.owner(ANN), "c1").exchanges[-1].state == "done"


async def test_a_visitor_with_many_pages_watches_on_few_and_sees_on_the_others_how_it_stands(
    history: History,
) -> None:
    jobs, _ = jobs_of(history, waiting=2)
    job = jobs.start(ANN, "c1", (Exchange("When?"),))
    pages = [jobs.watch(job) for _ in range(3)]
    assert [len(await anext(page)) for page in pages] == [1, 1, 1]
    assert [now async for now in pages[2]] == []
    await pages[0].aclose()
    late = jobs.watch(job)
    await anext(late)
    assert len(await anext(late)) == 1
    await late.aclose()
    jobs.stop(job)


async def test_an_answer_is_not_there_for_anybody_else(history: History) -> None:
    jobs, _ = jobs_of(history)
    job = jobs.start(ANN, "c1", (Exchange("When?"),))
    assert jobs.of(ANN, "c1") is job
    assert jobs.of(BOB, "c1") is None
    assert jobs.of(of(""), "c1") is None
    jobs.stop(job)


async def test_a_conversation_that_is_deleted_meanwhile_comes_to_its_end_unkept(
    history: History,
) -> None:
    jobs, assistant = jobs_of(history)
    job = jobs.start(ANN, "c1", (Exchange("When?"),))
    await said(job)
    history.remove("ann", "c1")
    assistant.go.set()
    last = await ended(job)
    assert (last.state, last.is_kept) == ("done", False)
    assert jobs.newest(ANN, "c1", ())[-1].state == "done", "who shows it sees it to its end"
    assert jobs.newest(BOB, "c1", ()) == ()
    history.restore("ann", "c1")
    jobs.keep("ann", "c1", job.exchanges)
    assert history.conversation("ann", "c1").exchanges[-1].state == "done"
