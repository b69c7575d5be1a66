"""The panel above the question where people choose which articles are asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from rag.language.visible import plain
from rag.schema import Filter
from ui import strings
from ui.window.chat import render, scope
from ui.window.chat.sources import byline, valid_article_id
from ui.window.conversation.types import Engine
from ui.window.page.events import PRIVATE, brought

# More would make the page slow; any article can be chosen from the reader.
_MOST_LISTED = 500


@dataclass(frozen=True, slots=True)
class Filters:
    """The filter in force, and what shows it."""

    only: gr.State
    line: gr.HTML


def build(engine: Engine, reader: gr.HTML, hint: gr.HTML) -> Filters:
    """The panel, its button, and the line that says what is in force.

    ``reader`` has the commands of the page's script, ``hint`` is what else stands in the line.
    """
    only = gr.State(None)
    is_open = gr.State(False)
    with gr.Column(elem_id="filters", visible=False) as panel:
        with gr.Row():
            publishers = gr.Dropdown(
                [], multiselect=True, label=strings.PUBLISHERS, elem_id="publishers"
            )
            articles = gr.Dropdown(
                [], multiselect=True, label=strings.ONLY_ARTICLES, elem_id="only-articles"
            )
        days = gr.HTML(render.days(None), elem_id="days")
    with gr.Row(elem_id="scope-row"):
        button = gr.Button(strings.FILTER, size="sm", scale=0, elem_id="filter-button")
        line = gr.HTML("", elem_id="scope")
        hint.render()
    fields = [publishers, articles, days]

    def toggle(was_open: bool, now: Filter | None) -> tuple[Any, ...]:
        if was_open:
            return False, gr.update(visible=False), *(gr.skip() for _ in fields)
        return True, gr.update(visible=True), *_shown(engine, now)

    def choose(names: Any, ids: Any, now: Filter | None) -> tuple[Any, ...]:
        now = scope.chosen(names, ids, now)
        return now, _line(engine, now)

    def widen(now: Filter | None, event: gr.EventData) -> tuple[Any, ...]:
        return _changed(engine, scope.without(now, str(brought(event, "part"))))

    def limit_articles(now: Filter | None, event: gr.EventData) -> tuple[Any, ...]:
        article_id = brought(event, "article")
        if not valid_article_id(article_id):
            return tuple(gr.skip() for _ in (only, line, *fields))
        return _changed(engine, scope.with_article(now, article_id))

    def limit_days(now: Filter | None, event: gr.EventData) -> tuple[Any, ...]:
        now = scope.with_day(now, brought(event, "day"), brought(event, "value"))
        # The fields stay as they are: drawn anew, a day that is being typed would be lost.
        return now, _line(engine, now), *(gr.skip() for _ in fields)

    button.click(toggle, [is_open, only], [is_open, panel, *fields], queue=False, **PRIVATE)
    for field in (publishers, articles):
        field.input(choose, [publishers, articles, only], [only, line], queue=False, **PRIVATE)
    changed = [only, line, *fields]
    reader.widen(widen, only, changed, queue=False, **PRIVATE)
    reader.limit_articles(limit_articles, only, changed, queue=False, **PRIVATE)
    reader.limit_days(limit_days, only, changed, queue=False, **PRIVATE)
    return Filters(only, line)


def _changed(engine: Engine, now: Filter | None) -> tuple[Any, ...]:
    return now, _line(engine, now), *_shown(engine, now)


def _line(engine: Engine, now: Filter | None) -> str:
    return render.scope_line(scope.parts(now, engine.library))


def _shown(engine: Engine, now: Filter | None) -> tuple[Any, ...]:
    """The panel's fields as they show a filter over the library as it is."""
    now = now or Filter()
    infos = [] if engine.library is None else engine.library.articles()
    names = sorted({info.publisher for info in infos if info.publisher} | set(now.publishers))
    listed = [
        (" · ".join(part for part in (plain(info.title), byline(info)) if part), info.id)
        for at, info in enumerate(infos)
        if at < _MOST_LISTED or info.id in now.articles
    ]
    known = {article_id for _, article_id in listed}
    listed += [(strings.GONE, one) for one in now.articles if one not in known]
    return (
        gr.update(choices=[(plain(name), name) for name in names], value=list(now.publishers)),
        gr.update(choices=listed, value=list(now.articles)),
        render.days(now),
    )
