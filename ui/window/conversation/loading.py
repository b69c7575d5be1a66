"""What the engine is waiting for, and what went wrong with it, in words for the page."""

from __future__ import annotations

from ui import strings
from ui.window.conversation.types import Engine

POLL_S = 1.0


def has_failed(engine: Engine) -> bool:
    """Whether nothing can be asked, nor ever will."""
    return not engine.status() and engine.assistant is None and bool(engine.error)


def loading(engine: Engine) -> str:
    """What is still being loaded; empty when that is over, well or not."""
    status = engine.status()
    if not status and engine.assistant is None and not engine.error:
        return strings.STILL_LOADING
    return status


def trouble(engine: Engine) -> str:
    """What went wrong while loading; an engine that can still answer has not failed."""
    line = engine.error or ""
    return strings.FAILED_START.format(error=line) if has_failed(engine) else line
