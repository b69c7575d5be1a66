"""The window: its layout, and what leads to what."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported
os.environ.setdefault("MPLBACKEND", "agg")  # else gradio's first call has pyplot look for one

import gradio as gr

from rag.errors import IbidError
from ui import render, strings
from ui.conversation import (
    LONGEST_QUESTION,
    BadQuestion,
    Engine,
    Exchange,
    checked_question,
    history,
    newest,
)
from ui.reader import article_getter, reader

log = logging.getLogger(__name__)

Exchanges = tuple[Exchange, ...]

# Gradio *escapes* the tags listed as allowed. Nothing we render uses these.
_ESCAPED_TAGS = [
    *("img", "picture", "source", "video", "audio", "svg", "math", "iframe", "object", "embed"),
    *("form", "input", "textarea", "select"),
]

_LOADING_POLL_S = 1.0


def build(engine: Engine) -> gr.Blocks:
    """The window over an engine, which may still be loading."""
    with gr.Blocks(
        title=strings.NAME, fill_height=True, fill_width=True, analytics_enabled=False
    ) as window:
        exchanges = gr.State(())
        pulse = gr.Timer(_LOADING_POLL_S)
        with gr.Row(elem_id="top"):
            masthead = gr.HTML(render.masthead(None), elem_id="masthead")
            fresh = gr.Button(strings.NEW_CHAT, size="sm", scale=0, elem_id="fresh")
        banner = gr.HTML(visible=False, elem_id="banner")
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

        def look() -> tuple[Any, ...]:
            """What the engine's state changes on the page."""
            library = engine.library
            count = None if library is None else len(library.articles())
            head = render.masthead(count)
            if status := _loading(engine):
                line = gr.update(value=render.banner(status, error=False), visible=True)
                return head, line, gr.update(placeholder=strings.WELCOME_LOADING), gr.skip()
            examples = [{"text": text} for text in getattr(engine, "examples", ()) if count]
            welcome = strings.WELCOME if count else strings.WELCOME_EMPTY
            return (
                head,
                gr.update(
                    value=render.banner(_trouble(engine), error=True), visible=bool(engine.error)
                ),
                gr.update(
                    placeholder="" if _has_failed(engine) else welcome, examples=examples or None
                ),
                gr.Timer(active=False),
            )

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

        async def answer(asked: Exchanges) -> AsyncGenerator[tuple[Any, ...], None]:
            if not asked or not asked[-1].busy:
                return
            *past, _ = asked
            listed: list[dict[str, Any]] = []
            async with aclosing(_answering(engine, tuple(past), asked[-1])) as answering:
                async for exchange in answering:
                    now = (*past, exchange)
                    lists = render.source_lists(now)
                    yield (
                        now,
                        render.messages(now),
                        gr.skip() if lists == listed else lists,
                        gr.skip() if exchange.busy else _idle(),
                    )
                    listed = lists

        def halt(past: Exchanges) -> tuple[Any, ...]:
            if past and past[-1].busy:
                past = (*past[:-1], replace(past[-1], state="stopped"))
            return past, render.messages(past), _idle()

        def clear() -> tuple[Any, ...]:
            return (), [], [], _idle()

        private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        begun = [box, exchanges, chat]
        # An error covers every output of its event, and shows only if the event is queued.
        checked = box.submit(check, [box, exchanges], None, concurrency_limit=None, **private)
        starts = [
            checked.success(ask, [box, exchanges], begun, queue=False, **private),
            chat.example_select(ask_example, [exchanges], begun, queue=False, **private),
            chat.retry(ask_again, [exchanges], begun, queue=False, **private),
        ]
        answers = [
            start.success(
                answer,
                [exchanges],
                [exchanges, chat, shelf, box],
                concurrency_id="answer",
                concurrency_limit=1,
                **private,
            )
            for start in starts
        ]
        box.stop(None, cancels=answers, **private).then(
            halt, [exchanges], [exchanges, chat, box], queue=False, **private
        )
        for anew in (fresh.click, chat.clear):
            anew(None, cancels=answers, **private).then(
                clear, None, [exchanges, chat, shelf, box], queue=False, **private
            )
        seen = [masthead, banner, chat, pulse]
        window.load(look, None, seen, queue=False, **private)
        pulse.tick(look, None, seen, queue=False, **private)
    window.queue(max_size=32)
    return window


def theme() -> gr.themes.Base:
    """Paper and ink, in fonts that every machine has."""
    return gr.themes.Base(
        primary_hue="blue",
        neutral_hue="stone",
        font=["system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    )


def _has_failed(engine: Engine) -> bool:
    """Whether nothing can be asked, nor ever will."""
    return not engine.status() and engine.assistant is None and bool(engine.error)


def _loading(engine: Engine) -> str:
    """What is still being loaded; empty when that is over, well or not."""
    status = engine.status()
    if not status and engine.assistant is None and not engine.error:
        return strings.STILL_LOADING
    return status


def _trouble(engine: Engine) -> str:
    """What went wrong while loading; an engine that can still answer has not failed."""
    line = engine.error or ""
    return strings.FAILED_START.format(error=line) if _has_failed(engine) else line


def _checked(question: object, past: Exchanges) -> str:
    try:
        return checked_question(question, past)
    except BadQuestion as error:
        raise gr.Error(str(error), duration=5, print_exception=False) from None


def _begun(question: object, past: Exchanges, **box: str) -> tuple[Any, ...]:
    """The page just after a question: it is shown, and what will be done about it."""
    now = (*past, Exchange(_checked(question, past)))
    return gr.update(submit_btn=False, stop_btn=True, **box), now, render.messages(now)


def _idle() -> Any:
    return gr.update(submit_btn=True, stop_btn=False)


async def _answering(
    engine: Engine, past: Exchanges, exchange: Exchange
) -> AsyncGenerator[Exchange, None]:
    """The exchange as its answer comes; whatever happens, the last one is not busy."""
    while status := _loading(engine):
        yield replace(exchange, line=status)
        await asyncio.sleep(_LOADING_POLL_S / 2)
    assistant = engine.assistant
    if assistant is None:
        yield replace(exchange, state="failed", line=_trouble(engine))
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
