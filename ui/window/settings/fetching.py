"""The strip under the masthead that offers the models that are missing, and tells of their coming.

Drawn by one script (static/fetching.js), which asks the functions below.
"""

from __future__ import annotations

from typing import Any, Protocol

import gradio as gr

from rag.language.visible import plain
from ui import strings
from ui.fetching import Fetched, Fetching, Missing
from ui.window.page.functions import impersonal, offered
from ui.window.page.scripts import mounting
from ui.window.page.visitor import may

Json = dict[str, Any]


class Engine(Protocol):
    """What is still waiting for its models, if it has any to wait for."""

    @property
    def fetching(self) -> Fetching | None:
        """None where no model is missing, nor ever will be."""
        ...


def build(engine: Engine) -> gr.HTML:
    """The strip; it is empty where nothing is missing."""

    def look_fetching(_: Any, request: gr.Request) -> Json:
        return {**_state(engine.fetching), "may_fetch": may(request, "owner")}

    def start_fetching(_: Any) -> Json:
        if engine.fetching:
            engine.fetching.start()
        return _state(engine.fetching) | {"may_fetch": True}

    def stop_fetching(_: Any) -> Json:
        if engine.fetching:
            engine.fetching.stop()
        return _state(engine.fetching) | {"may_fetch": True}

    def unforeseen() -> str:
        return str(strings.FETCHING_WORDS["unforeseen"])

    return gr.HTML(
        html_template='<div class="fetching-root"></div>',
        js_on_load=mounting("settings/static/fetching.js"),
        server_functions=[
            offered("reader", "look_fetching", look_fetching, unforeseen),
            offered("owner", "start_fetching", impersonal(start_fetching), unforeseen),
            offered("owner", "stop_fetching", impersonal(stop_fetching), unforeseen),
        ],
        apply_default_css=False,
        elem_id="fetching",
        words=strings.FETCHING_WORDS,
        language=strings.spoken(),
    )


def _state(fetching: Fetching | None) -> Json:
    """How far it is, as the page shows it."""
    now = fetching.now if fetching else Fetched("idle", (), (), None)
    return {
        "state": now.state,
        "searching": [_missing(one) for one in now.searching],
        "writing": [_missing(one) for one in now.writing],
        "error": plain(strings.failure(now.error)) if now.error else "",
        "folder": plain(str(fetching.folder)) if fetching else "",
    }


def _missing(one: Missing) -> Json:
    return {"name": plain(one.name), "size": one.size, "here": one.here, "now": one.is_coming}
