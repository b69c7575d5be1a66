"""The library: what it holds."""

from __future__ import annotations

import gradio as gr

from ui import strings
from ui.text import plain
from ui.window.conversation import Engine
from ui.window.events import PRIVATE


def build(engine: Engine, tab: gr.Tab) -> None:
    """A list of the articles, drawn anew whenever its tab is opened."""
    table = gr.Dataframe(
        elem_id="articles",
        headers=list(strings.LIBRARY_COLUMNS),
        datatype="str",
        interactive=False,
        wrap=True,
        show_label=False,
    )

    def rows() -> list[list[str]]:
        infos = [] if engine.library is None else engine.library.articles()
        return [
            [plain(info.title), plain(info.publisher or ""), str(info.published or "")]
            for info in infos
        ]

    tab.select(rows, None, table, queue=False, **PRIVATE)
