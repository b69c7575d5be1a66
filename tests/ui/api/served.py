"""A running Ibid over a tiny library, for the tests: ``python served.py FOLDER [--host H]``.

What modules it has loaded, is in the file ``loaded`` once it has ended.

Its models are doubles. A question with "hang" in it is answered when the file ``go`` is there; of
one that is called off, and of an adding that is, a file ``cancelled`` is left.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from doubles import WordReader, WordScorer, tiny_library

from rag.assistant import Assistant
from rag.index.library import Library
from rag.limits import WindowLimits
from rag.schema import Answer, Filter, Turn
from ui.ahead import Ahead
from ui.window.server.serve import serve
from ui.wishes import Wishes


class Patient(Assistant):
    """Waits where it is told to."""

    folder = Path()

    async def astream(
        self, question: str, history: Sequence[Turn] = (), only: Filter | None = None
    ) -> AsyncIterator[Answer]:
        try:
            while "hang" in question and not (self.folder / "go").exists():
                (self.folder / "asked").touch()
                yield Answer(question)
                await asyncio.sleep(0.05)
        except (asyncio.CancelledError, GeneratorExit):
            (self.folder / "cancelled").touch()
            raise
        async for answer in super().astream(question, history, only):
            yield answer


class Engine:
    """Ready at once, unless a file ``loading`` is there."""

    error = None
    assistant = None
    fetching = None

    def __init__(self, library: Library, folder: Path) -> None:
        self.library = library
        self.settings = library.settings
        self.ahead = Ahead()
        self._folder = folder

    def status(self) -> str:
        return "Loading" if (self._folder / "loading").exists() else ""

    @property
    def is_loading(self) -> bool:
        return bool(self.status())

    def assistant_for(self, wishes: Wishes) -> Assistant | None:
        return None if self.is_loading else self.assistant_over(self.library, model=True)

    def assistant_over(self, own: Library, *, model: bool) -> Assistant:
        made = Patient(own, WordScorer(), WordReader(), None)
        made.folder = self._folder
        return made


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("folder", type=Path)
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--users", type=Path)
    options.add_argument("--headless", action="store_true")
    options.add_argument("--ending", type=float, default=WindowLimits().ending_s)
    given = options.parse_args()

    def told(url: str) -> None:
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()

    with tiny_library(given.folder) as library:
        serve(
            Engine(library, given.folder),
            library.folder,
            host=given.host,
            port=0,
            users=given.users,
            open_to_all=given.users is None,
            on_ready=told,
            has_window=not given.headless,
            limits=WindowLimits(ending_s=given.ending),
        )
    (given.folder / "loaded").write_text(" ".join(sorted(sys.modules)), "utf-8")


if __name__ == "__main__":
    main()
