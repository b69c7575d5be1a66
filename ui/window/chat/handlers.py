"""What the Chat tab does: each handler takes what the page holds, and gives what it shows next."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import replace
from typing import Any

import gradio as gr

from rag.errors import IbidError
from rag.schema import Filter
from ui import strings
from ui.window.chat import render, scope, sources, suggestions
from ui.window.conversation.history import new_id
from ui.window.conversation.jobs import Exchanges, Jobs
from ui.window.conversation.types import BadQuestion, Exchange, Verdict, checked_question
from ui.window.page.events import brought
from ui.window.page.visitor import owner

log = logging.getLogger(__name__)

_CLOCKS_S = 5.0  # by so much a question may seem to be asked before it was sent


class Handlers:
    """What is done about a conversation, for every page that shows one.

    What is given and taken is in the order of `Parts.page`, `Parts.asides` and the graph in
    `ui.window.chat.events`.
    """

    def __init__(self, jobs: Jobs) -> None:
        self.engine = jobs.engine
        self.jobs = jobs

    def check(self, question: str, past: Exchanges, request: gr.Request) -> None:
        """Raise an error in words for the page if the question cannot be asked."""
        _checked(question, past)
        with _telling():
            self.jobs.check_room(request)

    async def ask(
        self,
        question: str,
        past: Exchanges,
        only: Filter | None,
        edits: bool,
        name: str,
        request: gr.Request,
    ) -> Any:
        """What stands in the box; in the place of the last question if that was being edited."""
        if edits:
            return self._instead(question, past, only, name, request, value="")
        return self._begun(question, past, only, name, request, value="")

    async def ask_example(
        self,
        past: Exchanges,
        only: Filter | None,
        name: str,
        event: gr.SelectData,
        request: gr.Request,
    ) -> Any:
        """One of the questions that an empty conversation offers."""
        return self._begun(event.value["text"], past, only, name, request)

    async def ask_brought(
        self,
        past: Exchanges,
        only: Filter | None,
        name: str,
        event: gr.EventData,
        request: gr.Request,
    ) -> Any:
        """A question that the page's script sends: one that was offered, or may not have arrived.

        Of that it tells an ``age`` in milliseconds: if a conversation began with it since, that
        one is shown, and nothing is asked twice.
        """
        question, age = brought(event, "question"), brought(event, "age")
        if isinstance(age, int | float) and not name:
            since = time.time() - age / 1000 - _CLOCKS_S
            if begun := self.jobs.begun(request, str(question), since):
                now = begun.exchanges
                return now, *_shown(now), box_of(now), begun.id, *no_asides()
        return self._begun(question, past, only, name, request)

    async def ask_again(
        self, past: Exchanges, name: str, event: gr.EventData, request: gr.Request
    ) -> Any:
        """The last question; ``wide``: of every article."""
        if not past or past[-1].busy:
            return tuple(gr.skip() for _ in range(8))
        last = past[-1]
        only = None if brought(event, "wide") else last.only
        return self._instead(last.question, past, only, name, request)

    def _instead(
        self,
        question: object,
        past: Exchanges,
        only: Filter | None,
        name: str,
        request: gr.Request,
        **box: str,
    ) -> Any:
        """The page after a question that takes the place of the last, unless that is another now.

        It may be, where the conversation went on in another tab.
        """
        now = self.jobs.newest(request, name, past)
        if [one.question for one in now] != [one.question for one in past]:
            gr.Warning(strings.WENT_ON)
            return now, *_shown(now), box_of(now), name, *no_asides()
        return self._begun(question, now[:-1], only, name, request, is_newest=True, **box)

    def _begun(
        self,
        question: object,
        past: Exchanges,
        only: Filter | None,
        name: str,
        request: gr.Request,
        *,
        is_newest: bool = False,
        **box: str,
    ) -> Any:
        """The page just after a question: it is shown, and is being answered."""
        before = past if is_newest else self.jobs.newest(request, name, past)
        asked = _checked(question, before)
        words = scope.words(only, self.engine.library)
        exchange = Exchange(asked, only=only, scope=words, asked=time.time())
        with _telling():
            job = self.jobs.start(request, name or new_id(), (*before, exchange))
        now = job.exchanges
        return now, *_shown(now), box_of(now, **box), job.name, *no_asides()

    def edit_question(self, past: Exchanges) -> Any:
        """The last question, back in the box."""
        if not past or past[-1].busy:
            return gr.skip(), gr.skip(), gr.skip()
        return past[-1].question, True, gr.update(visible=True)

    def leave_question(self) -> Any:
        """The last question stays as it is."""
        return "", False, gr.update(visible=False)

    async def watch(
        self, past: Exchanges, name: str, request: gr.Request
    ) -> AsyncGenerator[tuple[Any, ...], None]:
        """The answer that is being given in this conversation, as it comes.

        Leaving it ends nothing. Where none is being given, the conversation as it is now.
        """
        if not name:
            return
        job = self.jobs.of(request, name)
        if job is None:  # it ended meanwhile
            now = self.jobs.newest(request, name, past)
            yield now, *_shown(now), box_of(now), name
            return
        listed: list[dict[str, Any]] = []
        async with aclosing(self.jobs.watch(job)) as coming:
            async for now in coming:
                messages, lists = _shown(now)
                shown = gr.skip() if lists == listed else lists
                listed = lists
                yield now, messages, shown, gr.skip() if now[-1].busy else box_of(now), name

    async def look(self, past: Exchanges, name: str, request: gr.Request) -> tuple[Any, ...]:
        """The conversation, if it went on in another tab since this page showed it."""
        now = self.jobs.newest(request, name, past)
        if now == past or not name:
            return tuple(gr.skip() for _ in range(5))
        return now, *_shown(now), box_of(now), name

    async def suggest(
        self, past: Exchanges, name: str, request: gr.Request
    ) -> AsyncGenerator[str, None]:
        """What could be asked next, unless something was asked meanwhile.

        It must not touch the conversation, which may go on.
        """
        if not past or past[-1].state != "done":
            return
        offered: list[str] = []
        try:
            async for question in suggestions.next_questions(self.engine.ahead, past):
                if self.jobs.of(request, name):
                    return
                offered.append(question)
                yield render.suggested(offered)
        except Exception:
            log.exception("no suggestions")

    def judge(self, past: Exchanges, name: str, event: gr.EventData, request: gr.Request) -> Any:
        """A thumb up or down for one answer, or, given twice, none any more."""
        past = self.jobs.newest(request, name, past)
        place, verdict = brought(event, "place"), brought(event, "verdict")
        is_sound = isinstance(place, int) and 0 <= place < len(past) and verdict in ("up", "down")
        if not is_sound or past[place].state != "done":
            return gr.skip(), gr.skip()
        reason = str(brought(event, "reason") or "")
        is_withdrawn = past[place].verdict == verdict and not reason
        judged = replace(past[place], verdict=None if is_withdrawn else verdict)
        now = (*past[:place], judged, *past[place + 1 :])
        if job := self.jobs.of(request, name):
            job.show(now)
        else:
            now = self.jobs.keep(owner(request), name, now)
        self._record(request, name, place, judged.verdict, reason)
        return now, render.messages(now)

    async def halt(self, past: Exchanges, name: str, request: gr.Request) -> tuple[Any, ...]:
        """The page after an answer was stopped: what was said stays."""
        job = self.jobs.of(request, name)
        now = self.jobs.stop(job) if job else self.jobs.newest(request, name, past)
        return now, *_shown(now), box_of(now), name

    def clear(self) -> tuple[Any, ...]:
        """A page on which nothing was asked."""
        return (), [], [], box_of(()), "", *no_asides()

    def _record(
        self, request: gr.Request, name: str, place: int, verdict: Verdict | None, reason: str
    ) -> None:
        try:
            if verdict:
                self.jobs.history.record_feedback(owner(request), name, place, verdict, reason)
            else:
                self.jobs.history.withdraw_feedback(owner(request), name, place)
        except IbidError as error:
            raise _told(render.inert(strings.failure(error))) from None


def _checked(question: object, past: Exchanges) -> str:
    with _telling():
        return checked_question(question, past)


@contextmanager
def _telling() -> Iterator[None]:
    """What is wrong with a question is told on the page."""
    try:
        yield
    except BadQuestion as error:
        raise _told(str(error)) from None


def _told(words: str) -> gr.Error:
    return gr.Error(words, duration=5, print_exception=False)


def _shown(now: Exchanges) -> tuple[Any, Any]:
    return render.messages(now), sources.source_lists(now)


def no_asides() -> tuple[Any, ...]:
    """What belongs to the last answer alone, emptied."""
    return "", False, gr.update(visible=False)


def box_of(now: Exchanges, **box: str) -> Any:
    """The question's box, which stops an answer while one is to come, and sends while none is."""
    busy = bool(now) and now[-1].busy
    return gr.update(submit_btn=not busy, stop_btn=busy, **box)
