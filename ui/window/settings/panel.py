"""The button that says which model answers, and the panel of settings behind it.

Drawn by one script (static/settings.js), which asks the functions below. What the theme and the
language are is the browser's own business, and kept there.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import gradio as gr

from rag.language.visible import plain
from ui import strings
from ui.window.page.events import words_of
from ui.window.page.functions import offered
from ui.window.page.scripts import mounting
from ui.window.page.visitor import home
from ui.window.settings.choosing import Choosing
from ui.wishes import MOST_PASSAGES

Json = dict[str, Any]


def build(choosing: Choosing) -> gr.HTML:
    """The component. Its value is the conversation that is shown, "" for a new one."""

    def look_settings(given: Any, request: gr.Request) -> Json:
        return choosing.now(request, words_of(given, "conversation", 80))

    def list_models(given: Any, request: gr.Request) -> Json:
        found = choosing.choices(request)
        return {"models": [{**asdict(one), "host": plain(one.host)} for one in found]}

    def pick_model(given: Any, request: gr.Request) -> Json:
        choosing.pick(request, given, words_of(given, "conversation", 80))
        return look_settings(given, request)

    def change_settings(given: Any, request: gr.Request) -> Json:
        choosing.change(request, given)
        return look_settings(given, request)

    def reset_settings(given: Any, request: gr.Request) -> Json:
        choosing.reset(request, words_of(given, "conversation", 80))
        return look_settings(given, request)

    def unforeseen() -> str:
        return str(strings.SETTINGS_WORDS["unforeseen"])

    acts = (look_settings, list_models, pick_model, change_settings, reset_settings)
    here = strings.spoken()
    return gr.HTML(
        html_template='<div class="settings-root"></div>',
        js_on_load=mounting("settings/static/settings.js"),
        server_functions=[offered("reader", act.__name__, act, unforeseen) for act in acts],
        apply_default_css=False,
        elem_id="settings",
        words=strings.SETTINGS_WORDS,
        languages=[[code, words.LANGUAGE] for code, words in strings.LANGUAGES.items()],
        language=here,
        home=home(here),
        most_passages=MOST_PASSAGES,
    )
