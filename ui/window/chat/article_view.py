"""The reader beside the chat: the list of sources, and an article with the cited words lit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from rag.errors import IbidError, UnknownArticle
from rag.language.visible import plain
from rag.schema import ArticleInfo
from ui import strings
from ui.window.chat import sources
from ui.window.conversation.types import LONGEST_QUESTION, Engine
from ui.window.page.scripts import mounting

COMMANDS = (
    *("ask_brought", "ask_again", "watch_answer", "look"),
    *("edit_question", "leave_question", "judge", "limit_articles", "widen"),
)
"""What people do in the conversation otherwise than with Gradio's own controls."""


def reader(functions: Sequence[Callable[..., Any]], elem_id: str, run: str) -> gr.HTML:
    """A component whose value is `sources.source_lists`, yet to be rendered.

    The template is constant and the script sets every word as text, because Gradio would run
    whatever a template lets through. Not a subclass: Gradio writes a stub file beside each. What
    is selected anywhere in the conversation comes as one of its commands. ``functions`` are those
    of `article_getter` and of `ui.window.chat.sharing`. ``run`` is that of `Jobs`.
    """
    return gr.HTML(
        value=[],
        html_template='<section class="reader"></section>',
        js_on_load=mounting("chat/static/chat.js", COMMANDS),
        server_functions=list(functions),
        apply_default_css=False,
        elem_id=elem_id,
        render=False,
        words={**strings.READER_WORDS, "keep": strings.KEEP_WORDS},
        longest=LONGEST_QUESTION,
        language=strings.spoken(),
        run=run,
    )


def article_getter(
    engine: Engine, has_pages: Callable[[ArticleInfo], bool]
) -> Callable[[str], dict[str, Any]]:
    """What the reader's script calls to open an article; ``has_pages``: they can be drawn."""

    def get_article(article_id: str) -> dict[str, Any]:
        if not sources.valid_article_id(article_id):
            return {"problem": strings.UNKNOWN_ARTICLE}
        if engine.library is None:
            return {"problem": strings.STILL_LOADING}
        try:
            article = engine.library.article(article_id)
            known = sources.elsewhere(article, engine.library)
            return {**sources.article_page(article), **known, "is_drawn": has_pages(article)}
        except UnknownArticle:
            return {"problem": strings.UNKNOWN_ARTICLE}
        except IbidError as error:
            return {"problem": plain(strings.failure(error))}

    return get_article
