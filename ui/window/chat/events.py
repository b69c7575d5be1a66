"""What leads to what in the Chat tab."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ui.window.chat.handlers import Handlers
from ui.window.chat.parts import Parts
from ui.window.page.events import PRIVATE


def connect(parts: Parts, handlers: Handlers, fresh: gr.Button) -> tuple[list[Any], list[Any]]:
    """Connect what people do with its handlers; ``fresh`` begins a new conversation.

    Returns the events that work on an answer, which may be cancelled, and those after which
    another conversation may be shown.
    """
    kept = [parts.exchanges, parts.conversation]
    answers, suggestions = _asking(parts, handlers)
    reader, editing = parts.reader, [parts.box, parts.is_editing, parts.editing]
    reader.edit_question(handlers.edit_question, [parts.exchanges], editing, queue=False, **PRIVATE)
    reader.leave_question(handlers.leave_question, None, editing, queue=False, **PRIVATE)
    judged = [parts.exchanges, parts.transcript]
    reader.judge(handlers.judge, kept, judged, queue=False, **PRIVATE)
    halted = parts.box.stop(None, cancels=answers, **PRIVATE).then(
        handlers.halt, kept, parts.page, queue=False, **PRIVATE
    )
    cleared = [
        anew(None, cancels=answers + suggestions, **PRIVATE).then(
            handlers.clear, None, [*parts.page, *parts.asides], queue=False, **PRIVATE
        )
        for anew in (fresh.click, parts.transcript.clear)
    ]
    return answers + suggestions, [halted, *cleared]


def _asking(parts: Parts, handlers: Handlers) -> tuple[list[Any], list[Any]]:
    """A question in each way in which it can be asked, its answer, and what to ask next."""
    exchanges, only = parts.exchanges, parts.only
    kept = [exchanges, parts.conversation]
    shown = [parts.box, exchanges, parts.transcript, *parts.asides]
    # An error covers every output of its event, and shows only if the event is queued.
    checked = parts.box.submit(
        handlers.check, [parts.box, exchanges], None, concurrency_limit=None, **PRIVATE
    )
    example, reader = parts.transcript.example_select, parts.reader
    asked = [parts.box, exchanges, only, parts.is_editing]
    starts = [
        checked.success(handlers.ask, asked, shown, queue=False, **PRIVATE),
        example(handlers.ask_example, [exchanges, only], shown, queue=False, **PRIVATE),
        reader.ask_suggested(
            handlers.ask_suggested, [exchanges, only], shown, queue=False, **PRIVATE
        ),
        reader.ask_again(handlers.ask_again, [exchanges], shown, queue=False, **PRIVATE),
    ]
    answers = [
        start.success(
            handlers.answer,
            kept,
            parts.page,
            concurrency_id="answer",
            concurrency_limit=1,
            **PRIVATE,
        )
        for start in starts
    ]
    for answer in answers:
        answer.failure(handlers.turn_away, kept, parts.page, queue=False, **PRIVATE)
    suggestions = [
        answer.success(
            handlers.suggest,
            [exchanges],
            parts.suggestions,
            concurrency_id="suggest",
            concurrency_limit=1,
            **PRIVATE,
        )
        for answer in answers
    ]
    for over in (checked.success, example, reader.ask_suggested, reader.ask_again):
        over(None, cancels=suggestions, **PRIVATE)
    return answers, suggestions
