"""The Chat tab: its parts, and how they are laid out around the reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from rag.index.pages import Pages
from ui import strings
from ui.window.chat import events, filters, render, sharing
from ui.window.chat.article_view import article_getter, reader
from ui.window.chat.handlers import Handlers
from ui.window.chat.parts import Parts
from ui.window.conversation.jobs import Jobs

# Gradio *escapes* the tags listed as allowed. Nothing we render uses these.
_ESCAPED_TAGS = [
    *("img", "picture", "source", "video", "audio", "svg", "math", "iframe", "object", "embed"),
    *("form", "input", "textarea", "select"),
]


@dataclass(frozen=True, slots=True)
class Chat:
    """What the rest of the window needs of the conversation.

    ``answers`` are the events to cancel before another conversation is shown. After ``turns``,
    which are not queued, the conversation may be another one without a change event.
    """

    parts: Parts
    answers: list[Any]
    turns: list[Any]


def build(jobs: Jobs, fresh: gr.Button, pages: Pages) -> Chat:
    """The conversation and its reader, within the layout around it. ``fresh`` begins a new one."""
    parts = _laid_out(jobs, pages)
    answers, turns = events.connect(parts, Handlers(jobs), fresh)
    return Chat(parts, answers, turns)


def _laid_out(jobs: Jobs, pages: Pages) -> Parts:
    engine = jobs.engine
    editing = gr.HTML(render.editing(), visible=False, elem_id="editing", render=False)
    functions = [article_getter(engine, pages.has), *sharing.functions(jobs)]
    sheet = reader(functions, elem_id="reader", run=jobs.run)
    with gr.Row(elem_id="desk"):
        with gr.Column(elem_id="talk"):
            transcript = _transcript()
            suggestions = gr.HTML("", elem_id="suggestions")
            gr.HTML('<p class="line" role="status"></p>', elem_id="notice", apply_default_css=False)
            only = filters.build(engine, sheet, editing).only
            box = _question_box()
        with gr.Column(elem_id="sheet"):
            sheet.render()
    return Parts(
        transcript=transcript,
        reader=sheet,
        box=box,
        suggestions=suggestions,
        editing=editing,
        exchanges=gr.State(()),
        conversation=gr.State(""),
        only=only,
        is_editing=gr.State(False),
    )


def _transcript() -> gr.Chatbot:
    return gr.Chatbot(
        elem_id="chat",
        label=strings.CHAT_LABEL,
        show_label=False,
        height="100%",
        layout="bubble",
        buttons=[],
        autoscroll=False,  # the page's script keeps the newest answer in view
        feedback_options=None,
        group_consecutive_messages=False,
        sanitize_html=True,
        allow_tags=_ESCAPED_TAGS,
        latex_delimiters=[],
        placeholder="",
    )


def _question_box() -> gr.Textbox:
    return gr.Textbox(
        elem_id="box",
        label=strings.QUESTION_LABEL,
        show_label=False,
        placeholder=strings.QUESTION_HINT,
        lines=1,
        max_lines=6,
        submit_btn=True,
        autofocus=True,
    )
