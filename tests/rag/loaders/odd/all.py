"""All odd documents, once each of their makers is loaded."""

from __future__ import annotations

from importlib import import_module

from tests.rag.loaders.odd import ODD

__all__ = ["ODD"]

for _name in "books decks documents letters packed pages prints sheets texts".split():
    import_module(f"tests.rag.loaders.odd.{_name}")
