"""The scripts of the page's own components."""

from __future__ import annotations

from pathlib import Path

_STATIC = Path(__file__).with_name("static")


def script(*names: str) -> str:
    """One script in several files, each of which uses what those before it declare."""
    files = [_STATIC / name for name in ("elements.js", *names)]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)
