"""The conversation: a question, its sources at once, the answer as it comes, the reader."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from rag.errors import IbidError
from ui import strings
from ui.window import render
from ui.window.conversation import (
    LONGEST_QUESTION,
    BadQuestion,
    Engine,
    Exchange,
    checked_question,
    history,
    newest,
)
from ui.window.events import PRIVATE
from ui.window.history import History, new_id
from ui.window.loading import POLL_S, loading, trouble
from ui.window.reader import article_getter, reader
from ui.window.visitor import owner

log = logging.getLogger(__name__)

Exchanges = tuple[Exchange, ...]

# Gradio *escapes* the tags listed as allowed. Nothing we render uses these.
_ESCAPED_TAGS = [
    *("img", "picture", "source", "video", "audio", "svg", "math", "iframe", "object", "embed"),
    *("form", "input", "textarea", "select"),
]


@dataclass(frozen=True, slots=True)
class Chat:
    """What the rest of the window needs of the conversation.

    ``conversation`` holds the id under which `History` keeps it, empty until something was asked.
    ``answers`` are the events to cancel before another conversation is shown.
    """

    transcript: gr.Chatbot
    exchanges: gr.State
    conversation: gr.State
    shelf: gr.HTML
    box: gr.Textbox
    answers: list[Any]


def build(engine: Engine, fresh: gr.Button, kept: History) -> Chat:
    """The conversation and its reader, within the layout around it. ``fresh`` begins a new one."""
    exchanges = gr.State(())
    conversation = gr.State("")
    with gr.Row(elem_id="desk"):
        with gr.Column(elem_id="talk"):
            chat = gr.Chatbot(
                elem_id="chat",
                label=strings.CHAT_LABEL,
                show_label=False,
                height="100%",
                layout="bubble",
                buttons=[],
                feedback_options=None,
                group_consecutive_messages=False,
                sanitize_html=True,
                allow_tags=_ESCAPED_TAGS,
                latex_delimiters=[],
                placeholder="",
            )
            box = gr.Textbox(
                elem_id="box",
                label=strings.QUESTION_LABEL,
                show_label=False,
                placeholder=strings.QUESTION_HINT,
                lines=1,
                max_lines=6,
                max_length=LONGEST_QUESTION,
                submit_btn=True,
                autofocus=True,
            )
        with gr.Column(elem_id="shelf"):
            shelf = reader(article_getter(engine), elem_id="reader")

    def check(question: str, past: Exchanges) -> None:
        _checked(question, past)

    def ask(question: str, past: Exchanges) -> tuple[Any, ...]:
        return _begun(question, past, value="")

    def ask_example(past: Exchanges, event: gr.SelectData) -> tuple[Any, ...]:
        return _begun(event.value["text"], past)

    def ask_again(past: Exchanges) -> tuple[Any, ...]:
        if not past or past[-1].busy:
            return gr.skip(), gr.skip(), gr.skip()
        return _begun(past[-1].question, past[:-1])

    async def answer(
        asked: Exchanges, name: str, request: gr.Request
    ) -> AsyncGenerator[tuple[Any, ...], None]:
        if not asked or not asked[-1].busy:
            return
        *past, _ = asked
        name, now = name or new_id(), asked
        _keep(kept, request, name, now)
        listed: list[dict[str, Any]] = []
        try:
            async with aclosing(_answering(engine, tuple(past), asked[-1])) as answering:
                async for exchange in answering:
                    now = (*past, exchange)
                    lists = render.source_lists(now)
                    yield (
                        now,
                        render.messages(now),
                        gr.skip() if lists == listed else lists,
                        gr.skip() if exchange.busy else _idle(),
                        name,
                    )
                    listed = lists
        finally:  # of an answer that was cancelled too, and of a page that was left
            _keep(kept, request, name, _settled(now))

    def halt(past: Exchanges, name: str, request: gr.Request) -> tuple[Any, ...]:
        past, name = _settled(past), name or new_id()
        _keep(kept, request, name, past)
        return past, render.messages(past), _idle(), name

    def clear() -> tuple[Any, ...]:
        return (), [], [], _idle(), ""

    begun = [box, exchanges, chat]
    # An error covers every output of its event, and shows only if the event is queued.
    checked = box.submit(check, [box, exchanges], None, concurrency_limit=None, **PRIVATE)
    starts = [
        checked.success(ask, [box, exchanges], begun, queue=False, **PRIVATE),
        chat.example_select(ask_example, [exchanges], begun, queue=False, **PRIVATE),
        chat.retry(ask_again, [exchanges], begun, queue=False, **PRIVATE),
    ]
    answers = [
        start.success(
            answer,
            [exchanges, conversation],
            [exchanges, chat, shelf, box, conversation],
            concurrency_id="answer",
            concurrency_limit=1,
            **PRIVATE,
        )
        for start in starts
    ]
    box.stop(None, cancels=answers, **PRIVATE).then(
        halt,
        [exchanges, conversation],
        [exchanges, chat, box, conversation],
        queue=False,
        **PRIVATE,
    )
    for anew in (fresh.click, chat.clear):
        anew(None, cancels=answers, **PRIVATE).then(
            clear, None, [exchanges, chat, shelf, box, conversation], queue=False, **PRIVATE
        )
    return Chat(chat, exchanges, conversation, shelf, box, answers)


def _checked(question: object, past: Exchanges) -> str:
    try:
        return checked_question(question, past)
    except BadQuestion as error:
        raise gr.Error(str(error), duration=5, print_exception=False) from None


def _begun(question: object, past: Exchanges, **box: str) -> tuple[Any, ...]:
    """The page just after a question: it is shown, and what will be done about it."""
    now = (*past, Exchange(_checked(question, past)))
    return gr.update(submit_btn=False, stop_btn=True, **box), now, render.messages(now)


def _settled(past: Exchanges) -> Exchanges:
    """The same, but for an answer that was still to come: that one was stopped."""
    if past and past[-1].busy:
        return (*past[:-1], replace(past[-1], state="stopped"))
    return past


def _keep(kept: History, request: gr.Request, name: str, past: Exchanges) -> None:
    try:
        kept.save(owner(request), name, past)
    except IbidError:  # the answer is worth more than its record
        log.exception("the conversation could not be kept")


def _idle() -> Any:
    return gr.update(submit_btn=True, stop_btn=False)


async def _answering(
    engine: Engine, past: Exchanges, exchange: Exchange
) -> AsyncGenerator[Exchange, None]:
    """The exchange as its answer comes; whatever happens, the last one is not busy."""
    while status := loading(engine):
        yield replace(exchange, line=status)
        await asyncio.sleep(POLL_S / 2)
    assistant = engine.assistant
    if assistant is None:
        yield replace(exchange, state="failed", line=trouble(engine))
        return
    try:
        stream = assistant.astream(exchange.question, history(past))
        async with aclosing(newest(stream)) as snapshots:
            async for snapshot in snapshots:
                if snapshot is not None:
                    exchange = replace(exchange, answer=snapshot, state="writing", line="")
                if snapshot is None or snapshot.status == "pending":
                    yield exchange
        is_whole = exchange.answer is not None and exchange.answer.status != "pending"
        yield replace(exchange, state="done" if is_whole else "failed")
    except IbidError as error:
        yield replace(exchange, state="failed", line=str(error))
    except Exception:
        log.exception("answering failed")
        yield replace(exchange, state="failed")
