"""The reader beside the chat: the list of sources, and an article with the cited words lit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import gradio as gr

from rag.errors import IbidError, UnknownArticle
from ui import strings
from ui.text import plain
from ui.window import render
from ui.window.conversation import Engine

_SCRIPT = Path(__file__).with_name("static") / "reader.js"


def reader(get_article: Callable[[str], dict[str, str]], elem_id: str) -> gr.HTML:
    """A component whose value is `render.source_lists`.

    The template is constant and the script sets every word as text, because Gradio would run
    whatever a template lets through. Not a subclass: Gradio writes a stub file beside each.
    """
    return gr.HTML(
        value=[],
        html_template='<section class="reader"></section>',
        js_on_load=_SCRIPT.read_text(encoding="utf-8"),
        server_functions=[get_article],
        apply_default_css=False,
        elem_id=elem_id,
        words=strings.READER_WORDS,
    )


def article_getter(engine: Engine) -> Callable[[str], dict[str, str]]:
    """What the reader's script calls to open an article."""

    def get_article(article_id: str) -> dict[str, str]:
        if not render.valid_article_id(article_id):
            return {"problem": strings.UNKNOWN_ARTICLE}
        if engine.library is None:
            return {"problem": strings.STILL_LOADING}
        try:
            return render.article_page(engine.library.article(article_id))
        except UnknownArticle:
            return {"problem": strings.UNKNOWN_ARTICLE}
        except IbidError as error:
            return {"problem": plain(str(error))}

    return get_article
