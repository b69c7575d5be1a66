"""What leads to what in the Chat tab."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ui.window.chat.handlers import Handlers
from ui.window.chat.parts import Parts
from ui.window.page.events import PRIVATE

# Pages that see an answer grow, of all visitors. Gradio runs 40 queued events at a time; a page
# that waits for its turn is shown the answer late, and no question waits for that.
MOST_WATCHED = 30


def connect(parts: Parts, handlers: Handlers, fresh: gr.Button) -> tuple[list[Any], list[Any]]:
    """Connect what people do with its handlers; ``fresh`` begins a new conversation.

    Returns the events that show an answer, which may be cancelled, and those after which another
    conversation may be shown.
    """
    kept = [parts.exchanges, parts.conversation]
    asked, watched, suggested = _asking(parts, handlers)
    reader, editing = parts.reader, [parts.box, parts.is_editing, parts.editing]
    reader.edit_question(handlers.edit_question, [parts.exchanges], editing, queue=False, **PRIVATE)
    reader.leave_question(handlers.leave_question, None, editing, queue=False, **PRIVATE)
    reader.look(handlers.look, kept, parts.page, queue=False, **PRIVATE)
    judged = [parts.exchanges, parts.transcript]
    reader.judge(handlers.judge, kept, judged, queue=False, **PRIVATE)
    halted = parts.box.stop(None, cancels=[watched], **PRIVATE).then(
        handlers.halt, kept, parts.page, queue=False, **PRIVATE
    )
    cleared = [
        anew(None, cancels=[watched, suggested], **PRIVATE).then(
            handlers.clear, None, [*parts.page, *parts.asides], queue=False, **PRIVATE
        )
        for anew in (fresh.click, parts.transcript.clear)
    ]
    return [watched, suggested], [*asked, halted, *cleared]


def _asking(parts: Parts, handlers: Handlers) -> tuple[list[Any], Any, Any]:
    """A question in each way in which it can be asked, its answer, and what to ask next.

    The page's script says when an answer is to be watched: wherever one is seen to be coming.
    """
    exchanges, only, name = parts.exchanges, parts.only, parts.conversation
    shown = [*parts.page, *parts.asides]
    # An error covers every output of its event, and shows only if the event is queued.
    checked = parts.box.submit(
        handlers.check, [parts.box, exchanges], None, concurrency_limit=None, **PRIVATE
    )
    example, reader = parts.transcript.example_select, parts.reader
    asked = [parts.box, exchanges, only, parts.is_editing, name]
    offered = [exchanges, only, name]
    starts = [
        checked.success(handlers.ask, asked, shown, queue=False, **PRIVATE),
        example(handlers.ask_example, offered, shown, queue=False, **PRIVATE),
        reader.ask_brought(handlers.ask_brought, offered, shown, queue=False, **PRIVATE),
        reader.ask_again(handlers.ask_again, [exchanges, name], shown, queue=False, **PRIVATE),
    ]
    watched = reader.watch_answer(
        handlers.watch,
        [exchanges, name],
        parts.page,
        concurrency_id="watch",
        concurrency_limit=MOST_WATCHED,
        trigger_mode="multiple",  # one whose connection broke would count as going on
        **PRIVATE,
    )
    suggested = watched.success(
        handlers.suggest,
        [exchanges, name],
        parts.suggestions,
        concurrency_id="suggest",
        concurrency_limit=1,
        **PRIVATE,
    )
    for over in (checked.success, example, reader.ask_brought, reader.ask_again):
        over(None, cancels=[suggested], **PRIVATE)
    return starts, watched, suggested
