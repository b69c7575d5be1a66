"""How the window's events are declared, and what they bring."""

from __future__ import annotations

from typing import Any

# Gradio would publish every handler in its API, and dim whatever a handler writes to.
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


def brought(event: Any, name: str) -> Any:
    """What the page's script sent with an event under this name, of whatever type; or None."""
    data = event._data
    return data.get(name) if isinstance(data, dict) else None


def words_of(given: dict[str, Any], name: str, most: int = 2_000) -> str:
    """What a script's call sent under this name, cut to so many characters; "" if no words."""
    value = given.get(name) if isinstance(given, dict) else None
    return value[:most] if isinstance(value, str) else ""
