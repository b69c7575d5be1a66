"""The panel above the question where people choose which articles are asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from rag.schema import Filter
from ui import strings
from ui.window.chat import render, scope
from ui.window.chat.sources import valid_article_id
from ui.window.conversation.types import Engine
from ui.window.page.events import PRIVATE, brought
from ui.window.page.functions import impersonal, offered
from ui.window.page.scripts import mounting


@dataclass(frozen=True, slots=True)
class Filters:
    """The filter in force, and what shows it."""

    only: gr.State
    line: gr.HTML


def build(engine: Engine, reader: gr.HTML, hint: gr.HTML) -> Filters:
    """The panel behind its button, and the line that says what is in force.

    ``reader`` has the commands of the page's script, ``hint`` is what else stands in the line. As
    in the reader, the template is constant and the script sets every word as text.
    """
    only = gr.State(None)
    with gr.Row(elem_id="scope-row"):
        panel = gr.HTML(
            value=scope.told(None),
            html_template='<div class="filters"></div>',
            js_on_load=mounting("chat/static/filters.js", ["choose"]),
            server_functions=[_choices(engine)],
            apply_default_css=False,
            elem_id="filters",
            words=strings.FILTER_WORDS,
        )
        line = gr.HTML("", elem_id="scope")
        hint.render()

    def shown(now: Filter | None) -> tuple[Any, ...]:
        return now, render.scope_line(scope.parts(now, engine.library)), scope.told(now)

    def choose(event: gr.EventData) -> tuple[Any, ...]:
        return shown(scope.chosen(brought(event, "chosen")))

    def widen(now: Filter | None, event: gr.EventData) -> tuple[Any, ...]:
        return shown(scope.without(now, str(brought(event, "part"))))

    def limit_articles(now: Filter | None, event: gr.EventData) -> tuple[Any, ...]:
        article_id = brought(event, "article")
        if not valid_article_id(article_id):
            return tuple(gr.skip() for _ in changed)
        return shown(scope.with_article(now, article_id))

    changed = [only, line, panel]
    # Each choice tells the whole filter: of several in a row only the last one counts.
    panel.choose(choose, None, changed, queue=False, trigger_mode="always_last", **PRIVATE)
    reader.widen(widen, only, changed, queue=False, **PRIVATE)
    reader.limit_articles(limit_articles, only, changed, queue=False, **PRIVATE)
    return Filters(only, line)


def _choices(engine: Engine) -> Any:
    def list_choices(given: Any) -> dict[str, Any]:
        return scope.choices(given, engine.library)

    def unforeseen() -> str:
        return str(strings.FILTER_WORDS["unreachable"])

    return offered("reader", list_choices.__name__, impersonal(list_choices), unforeseen)
