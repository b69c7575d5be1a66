"""What the Chat tab does: each handler takes what the page holds, and gives what it shows next."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import gradio as gr

from rag.errors import IbidError
from rag.schema import Filter
from ui import strings
from ui.window.chat import render, scope, sources, suggestions
from ui.window.chat.asking import answering
from ui.window.conversation.history import History, new_id
from ui.window.conversation.types import (
    BadQuestion,
    Engine,
    Exchange,
    Verdict,
    checked_question,
)
from ui.window.page.events import brought
from ui.window.page.visitor import owner

log = logging.getLogger(__name__)

Exchanges = tuple[Exchange, ...]
"""A conversation: its questions and their answers, the oldest first."""


class Handlers:
    """What is done about a conversation, for every page that shows one.

    What is given and taken is in the order of `Parts.page`, `Parts.asides` and the graph in
    `ui.window.chat.events`.
    """

    def __init__(self, engine: Engine, history: History) -> None:
        self.engine = engine
        self.history = history

    def check(self, question: str, past: Exchanges) -> None:
        """Raise an error in words for the page if the question cannot be asked."""
        _checked(question, past)

    def ask(self, question: str, past: Exchanges, only: Filter | None, edits: bool) -> Any:
        """What stands in the box; in the place of the last question if that was being edited."""
        return self._begun(question, past[:-1] if edits else past, only, value="")

    def ask_example(self, past: Exchanges, only: Filter | None, event: gr.SelectData) -> Any:
        """One of the questions that an empty conversation offers."""
        return self._begun(event.value["text"], past, only)

    def ask_suggested(self, past: Exchanges, only: Filter | None, event: gr.EventData) -> Any:
        """One of the questions that are offered after an answer."""
        return self._begun(brought(event, "question"), past, only)

    def ask_again(self, past: Exchanges, event: gr.EventData) -> Any:
        """The last question; ``wide``: of every article."""
        if not past or past[-1].busy:
            return tuple(gr.skip() for _ in range(6))
        last = past[-1]
        only = None if brought(event, "wide") else last.only
        return self._begun(last.question, past[:-1], only)

    def _begun(self, question: object, past: Exchanges, only: Filter | None, **box: str) -> Any:
        """The page just after a question: it is shown, and what will be done about it."""
        words = scope.words(only, self.engine.library)
        now = (*past, Exchange(_checked(question, past), only=only, scope=words))
        at_work = gr.update(submit_btn=False, stop_btn=True, **box)
        return at_work, now, render.messages(now), "", False, gr.update(visible=False)

    def edit_question(self, past: Exchanges) -> Any:
        """The last question, back in the box."""
        if not past or past[-1].busy:
            return gr.skip(), gr.skip(), gr.skip()
        return past[-1].question, True, gr.update(visible=True)

    def leave_question(self) -> Any:
        """The last question stays as it is."""
        return "", False, gr.update(visible=False)

    async def answer(
        self, asked: Exchanges, name: str, request: gr.Request
    ) -> AsyncGenerator[tuple[Any, ...], None]:
        """The answer to the last question as it comes; ``name`` is the conversation's id."""
        if not asked or not asked[-1].busy:
            return
        *past, _ = asked
        name, now = name or new_id(), asked
        self._keep(request, name, now)
        listed: list[dict[str, Any]] = []
        try:
            async with aclosing(answering(self.engine, tuple(past), asked[-1])) as coming:
                async for exchange in coming:
                    now = (*past, exchange)
                    if not exchange.busy:
                        now = self._keep(request, name, now)
                    lists = sources.source_lists(now)
                    yield (
                        now,
                        render.messages(now),
                        gr.skip() if lists == listed else lists,
                        gr.skip() if exchange.busy else _idle(),
                        name,
                    )
                    listed = lists
        finally:
            if now[-1].busy:  # it was cancelled, or the page was left
                self._keep(request, name, _settled(now))

    async def suggest(self, past: Exchanges) -> AsyncGenerator[str, None]:
        """What could be asked next. It must not touch the conversation, which may go on."""
        if not past or past[-1].state != "done":
            return
        offered: list[str] = []
        try:
            async for question in suggestions.next_questions(self.engine.ahead, past):
                offered.append(question)
                yield render.suggested(offered)
        except Exception:
            log.exception("no suggestions")

    def judge(self, past: Exchanges, name: str, event: gr.EventData, request: gr.Request) -> Any:
        """A thumb up or down for one answer, or, given twice, none any more."""
        place, verdict = brought(event, "place"), brought(event, "verdict")
        is_sound = isinstance(place, int) and 0 <= place < len(past) and verdict in ("up", "down")
        if not is_sound or past[place].state != "done":
            return gr.skip(), gr.skip()
        reason = str(brought(event, "reason") or "")
        is_withdrawn = past[place].verdict == verdict and not reason
        judged = replace(past[place], verdict=None if is_withdrawn else verdict)
        now = self._keep(request, name, (*past[:place], judged, *past[place + 1 :]))
        self._record(request, name, place, judged.verdict, reason)
        return now, render.messages(now)

    def halt(self, past: Exchanges, name: str, request: gr.Request) -> tuple[Any, ...]:
        """The page after an answer was stopped."""
        name = name or new_id()
        past = self._keep(request, name, _settled(past))
        return past, render.messages(past), sources.source_lists(past), _idle(), name

    def turn_away(self, past: Exchanges, name: str, request: gr.Request) -> tuple[Any, ...]:
        """The queue was full, so the question still stands there as if its answer were to come."""
        if not past or not past[-1].busy:
            return tuple(gr.skip() for _ in range(5))
        return self.halt(past, name, request)

    def clear(self) -> tuple[Any, ...]:
        """A page on which nothing was asked."""
        return (), [], [], _idle(), "", "", False, gr.update(visible=False)

    def _keep(self, request: gr.Request, name: str, past: Exchanges) -> Exchanges:
        """Keep the conversation. Returns it with a mark on its last exchange if that failed."""
        past = tuple(replace(exchange, is_kept=True) for exchange in past)
        try:
            if not past or self.history.save(owner(request), name, past):
                return past
            log.warning("a conversation of nobody's, or one that was deleted, is not kept")
        except IbidError:  # the answer is worth more than its record
            log.exception("the conversation could not be kept")
        return (*past[:-1], replace(past[-1], is_kept=False))

    def _record(
        self, request: gr.Request, name: str, place: int, verdict: Verdict | None, reason: str
    ) -> None:
        try:
            if verdict:
                self.history.record_feedback(owner(request), name, place, verdict, reason)
            else:
                self.history.withdraw_feedback(owner(request), name, place)
        except IbidError as error:
            raise _told(render.inert(strings.failure(error))) from None


def _checked(question: object, past: Exchanges) -> str:
    try:
        return checked_question(question, past)
    except BadQuestion as error:
        raise _told(str(error)) from None


def _told(words: str) -> gr.Error:
    return gr.Error(words, duration=5, print_exception=False)


def _settled(past: Exchanges) -> Exchanges:
    """The same, but for an answer that was still to come: that one was stopped."""
    if past and past[-1].busy:
        return (*past[:-1], replace(past[-1], state="stopped"))
    return past


def _idle() -> Any:
    return gr.update(submit_btn=True, stop_btn=False)
