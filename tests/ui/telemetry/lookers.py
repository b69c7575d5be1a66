"""What is looked at in these tests: a tiny library, and an engine that serves it."""

from __future__ import annotations

from typing import Any

from doubles import WordReader, WordScorer, weighing

from rag.assistant import Assistant
from rag.index.library import Library
from ui.ahead import Ahead

SEATS = "How many seats has the boat?"
SAID = "The boat has 240 seats [1]."
FAR = "Zyzzogeton quagga?"
SECRETS = ("seats", "boat", "Halvard", "Aldwick", "bakery", "quagga", "Zyzzogeton")
"""Words of the questions and of the articles, none of which is for whoever looks on. No number is
one of them: a second or an id may have it too."""


def assistant_of(library: Library, model: Any = None) -> Assistant:
    return Assistant(library, WordScorer(), WordReader(), model, "scripted", weights=weighing())


class Engine:
    """Ready at once."""

    error = None
    fetching = None
    is_loading = False

    def __init__(self, library: Library, model: Any = None) -> None:
        self.library = library
        self.settings = library.settings
        self.assistant = assistant_of(library, model)
        self.ahead = Ahead()

    def status(self) -> str:
        return ""

    def assistant_for(self, wishes: Any) -> Assistant:
        return self.assistant

    def assistant_over(self, own: Library, *, model: bool) -> Assistant:
        return self.assistant
