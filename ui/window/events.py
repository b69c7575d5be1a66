"""How the window's events are declared."""

from __future__ import annotations

from typing import Any

# Gradio would publish every handler in its API, and dim whatever a handler writes to.
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
