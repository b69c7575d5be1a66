"""A shared library over a tiny embedder, and a worker on it: ``python shared.py LINES [HANGS]``.

The settings come from the environment. Each line that the worker tells is written into the file
LINES, too. A text with the word HANGS in it is embedded for ever, for who kills the worker then.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tiny import TinyEmbedder

from rag.index.catalogs import database_of
from rag.index.library import Library, opened
from rag.index.originals import Originals
from rag.settings import Settings, load
from ui.queue.errands import Errands
from ui.queue.store import Store
from ui.queue.worker import Tell, Working


class Hanging(TinyEmbedder):
    """Embeds texts with a word in them for ever, as far as a test goes; and says so in a file."""

    def __init__(self, word: str, seen: Path) -> None:
        super().__init__()
        self._word, self._seen = word, seen

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        while self._word and any(self._word in text for text in texts):
            self._seen.touch()
            time.sleep(0.02)
        return super().embed_documents(texts)


@contextmanager
def worker(settings: Settings, library: Library, tell: Tell, jobs: int = 1) -> Iterator[Working]:
    """A worker on an open library, as the command makes it."""
    database = database_of(settings)
    assert database is not None
    store = Store(database, settings.queue)
    errands = Errands(library, store, tell, Originals(library.folder).keep)
    try:
        yield Working(store, errands, tell, jobs)
    finally:
        errands.close()
        store.close()


def main() -> None:
    """Work until a signal comes."""
    lines, word = Path(sys.argv[1]), "".join(sys.argv[2:3])

    def tell(words: str) -> None:
        with lines.open("a", encoding="utf-8") as file:
            file.write(f"{words}\n")

    settings = load()
    embedder = Hanging(word, lines.with_suffix(".hangs"))
    with (
        opened(settings, embedder, purpose="a worker") as library,
        worker(settings, library, tell) as working,
    ):
        tell("ready")
        working.run()
    tell("ended")


if __name__ == "__main__":
    main()
