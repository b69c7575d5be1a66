"""A shared library over a tiny embedder, and a worker on it: ``python queued.py LINES [HANGS]``.

The settings come from the environment. Each line that the worker tells is written into the file
LINES. A text with the word HANGS in it is not embedded before there is a file beside that, named
``.go``; as long as it is not, there is one named ``.hangs``.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tiny import TinyEmbedder

from rag.index import integrity
from rag.index.library import Library, opened
from rag.index.originals import Originals
from rag.settings import Settings, load
from ui.api.v1.adding import Adding, Sent
from ui.queue.errands import OWNER, Errands, Readers, order
from ui.queue.store import Queued, Store, Wanted
from ui.queue.worker import Tell, Working

PATIENCE_S = 60


class Hanging(TinyEmbedder):
    """Does not embed texts with a word in them until it may; that it waits, a file says."""

    def __init__(self, word: str, seen: Path) -> None:
        super().__init__()
        self._word, self._seen = word, seen

    def go_on(self) -> None:
        """Hang no longer."""
        self._word = ""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        while self._word and any(self._word in text for text in texts):
            self._seen.touch()
            time.sleep(0.02)
            if self._seen.with_suffix(".go").exists():
                self.go_on()
        return super().embed_documents(texts)


@contextmanager
def going_on_once_told(embedder: Hanging) -> Iterator[None]:
    """Meanwhile what hangs goes on as soon as its worker has noted that the job is to end."""

    class Told(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if getattr(record, "action", "") == "abort_job":
                embedder.go_on()

    log, told = logging.getLogger("procrastinate"), Told()
    before = log.level
    log.addHandler(told)
    log.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        log.removeHandler(told)
        log.setLevel(before)


class Handed:
    """What is handed over to the workers of a library, and what becomes of it."""

    def __init__(self, settings: Settings) -> None:
        self.store = Store(settings)

    def wanted(self, *files: tuple[str, str | bytes | None], **more: Any) -> Wanted:
        """A job that adds files, or links where there are no bytes."""
        given = [(name, text.encode() if isinstance(text, str) else text) for name, text in files]
        sent = [Sent(name, None if text is None else Path(name)) for name, text in given]
        bytes_of = {place: text for place, (_, text) in enumerate(given) if text is not None}
        said = order(Adding(OWNER, sent, ()))
        return Wanted("add", [name for name, _ in given], said, bytes_of, **more)

    def add(self, *files: tuple[str, str | bytes | None], **more: Any) -> str:
        """Hand such a job over; its id."""
        [id_] = self.store.put([self.wanted(*files, **more)])
        return id_

    def until(self, id_: str, is_so: Callable[[Queued], bool] = Queued.is_over) -> Queued:
        """A job once it is so."""
        ends = time.monotonic() + PATIENCE_S
        while not is_so(found := self.store.job(id_)):
            assert time.monotonic() < ends, found
            time.sleep(0.02)
        return found

    def until_any(self, is_so: Callable[[Queued], bool]) -> None:
        """Wait for a job that is so."""
        ends = time.monotonic() + PATIENCE_S
        while not any(map(is_so, self.store.jobs())):
            assert time.monotonic() < ends, self.store.jobs()
            time.sleep(0.05)

    def bytes_kept(self) -> int:
        """How many files are kept."""
        with self.store.tables.begin() as db:
            return db.exec_driver_sql("SELECT count(*) FROM queue_files").scalar_one()


def worker_on(library: Library, store: Store, readers: Readers, tell: Tell, **how: Any) -> Working:
    """A worker on an open library, as the command makes it."""
    errands = Errands(library, store, readers, tell, Originals(library.folder).keep)
    return Working(store, errands, tell, **how)


class Workers:
    """Workers in threads of this process, whose readers go on from one to the next."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    @contextmanager
    def __call__(self, library: Library, **how: Any) -> Iterator[list[str]]:
        """One meanwhile; the lines that it tells."""
        lines: list[str] = []
        with Store(library.settings) as store:
            made = worker_on(library, store, self._readers, lines.append, **how)
            thread = threading.Thread(target=made.run)
            thread.start()
            try:
                yield lines
            finally:
                made.end()
                thread.join(PATIENCE_S)
        assert not thread.is_alive()


@dataclass
class Process:
    """A worker that waits at texts with "eleven" in them until it may go on."""

    process: subprocess.Popen[bytes]
    lines: Path

    def told(self) -> list[str]:
        return self.lines.read_text("utf-8").splitlines() if self.lines.exists() else []

    def waits(self) -> bool:
        return self.lines.with_suffix(".hangs").exists()

    def go_on(self) -> None:
        self.lines.with_suffix(".go").touch()

    def until(self, is_so: Callable[[], bool]) -> None:
        ends = time.monotonic() + PATIENCE_S
        while not is_so():
            assert time.monotonic() < ends and self.process.poll() is None, self.told()
            time.sleep(0.02)

    def kill(self) -> None:
        """End it as a machine that fails."""
        self.process.kill()
        self.process.wait()


def assert_whole_there(own: Library) -> None:
    """PostgreSQL and Chroma have the same passages, all of them, and nothing is owed."""
    assert own.catalog.count()[1] == own.vectors.count()
    assert integrity.agree(own.catalog, own.vectors)
    assert not own.catalog.pending_removals() and not list(own.catalog.pending_chunks())
    sources = [info.source for info in own.articles()]
    assert len(sources) == len(set(sources))


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
        Handed(settings).store as store,
        closing(Readers(settings.reading)) as readers,
    ):
        tell("ready")
        worker_on(library, store, readers, tell).run()
    tell("ended")


if __name__ == "__main__":
    main()
