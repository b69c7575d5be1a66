"""What the window's scripts may call in Python, and who may."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from rag.errors import IbidError
from rag.language.visible import plain
from ui import strings
from ui.users import Role
from ui.window.page.visitor import may

log = logging.getLogger(__name__)

Take = Callable[[str, str], Path | None]
"""Gives a visitor the file that they uploaded, by the word that they were told."""


def impersonal(act: Callable[[Any], Any]) -> Callable[[Any, gr.Request], Any]:
    """The same for whoever asks."""
    return lambda given, _: act(given)


def offered(
    needed: Role,
    name: str,
    act: Callable[[Any, gr.Request], Any],
    unforeseen: Callable[[], str],
) -> Callable[..., Any]:
    """A function for Gradio to offer under a name, to whoever has the role that it takes.

    What cannot be done is told as a ``problem``, in words: a request that failed says nothing.
    """

    def called(given: Any, request: gr.Request) -> Any:
        if not may(request, needed):
            return {"problem": strings.NOT_ALLOWED}
        try:
            return act(given, request)
        except IbidError as error:
            return {"problem": plain(strings.failure(error))}
        except Exception:
            log.exception("%s failed", name)
            return {"problem": unforeseen()}

    called.__name__ = name
    called.__annotations__["request"] = gr.Request  # Gradio reads it, and not as a string
    called.needed = needed  # type: ignore[attr-defined]
    return called
