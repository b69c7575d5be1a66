"""A window over a real library and a real assistant that quotes: ``python stocked.py --port N``.

Only the models are stand-ins. A text with the word Slowpoke is embedded once the gate ``--go``
is there.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from doubles import WordReader, WordScorer
from scripted import ARTICLES
from tiny import TinyEmbedder

from rag.assistant import Assistant
from rag.index.library import Library, opened
from rag.loaders import read
from rag.questions.offering import Offering
from rag.settings import load
from ui import strings
from ui.ahead import Ahead
from ui.window.server.serve import serve


class GatedEmbedder(TinyEmbedder):
    """Waits before a slow text."""

    def __init__(self, go: Path) -> None:
        super().__init__()
        self._go = go

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        while any("Slowpoke" in text for text in texts) and not self._go.exists():
            time.sleep(0.02)
        return super().embed_documents(texts)


def refusal(titles: Sequence[str] | None) -> str:
    return strings.refusal(titles)  # looked up anew each time: the language may be another


class StockedEngine:
    """All there from the beginning."""

    error: str | None = None
    fetching: None = None

    def __init__(self, library: Library) -> None:
        self.library = library
        self.assistant = Assistant(
            library,
            WordScorer(),
            WordReader(),
            None,
            refusal=refusal,
        )
        self.ahead = Ahead(Offering(self.assistant))

    @property
    def is_loading(self) -> bool:
        """It is not."""
        return False

    def status(self) -> str:
        """What is loading: nothing."""
        return ""

    def assistant_over(self, own: Library, *, model: bool) -> Assistant:
        """What is measured, model or not."""
        return Assistant(own, WordScorer(), WordReader(), None)


def main() -> None:
    """Serve until a signal comes."""
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--go", type=Path, required=True)
    options.add_argument("--empty", action="store_true")
    options.add_argument("--users", type=Path)
    options.add_argument("--add", type=Path)
    given = options.parse_args()
    os.chdir(given.go.parent)  # runs are kept where Ibid was started
    folder = given.go.parent / "library"
    settings = load(library=folder, answers="quotes")
    with opened(settings, GatedEmbedder(given.go)) as library:
        library.add([] if given.empty else reversed(ARTICLES.values()))
        if given.add:
            library.add(read(given.add))
        engine = StockedEngine(library)
        serve(engine, folder, port=given.port, users=given.users, on_ready=tell)


def tell(url: str) -> None:
    """Say where the window is."""
    sys.stdout.write(f"ready {url}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
