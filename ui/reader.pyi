"""The reader beside the chat: the list of sources, and an article with the cited words lit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from rag.errors import IbidError, UnknownArticle
from ui import render, strings
from ui.conversation import Engine

_SCRIPT = Path(__file__).with_name("static") / "reader.js"

from gradio.events import Dependency

class Reader(gr.HTML):
    """A component whose value is `render.source_lists`.

    The template is constant and the script sets every word as text, because Gradio would run
    whatever a template lets through.
    """

    def __init__(self, get_article: Callable[[str], dict[str, str]], **layout: Any) -> None:
        super().__init__(
            value=[],
            html_template='<section class="reader"></section>',
            js_on_load=_SCRIPT.read_text(encoding="utf-8"),
            server_functions=[get_article],
            apply_default_css=False,
            words=strings.READER_WORDS,
            **layout,
        )

    def api_info(self) -> dict[str, Any]:
        """The shape of the value."""
        return {"type": "array", "items": {"type": "object"}}
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component


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
            return {"problem": render.plain(str(error))}

    return get_article