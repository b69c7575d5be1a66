"""What a worker does with a job: its files and links are added, or what is followed is synced."""

from __future__ import annotations

import logging
import queue
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import ArticleError, IbidError, LibraryError
from rag.loaders.worker import Worker
from ui import asked
from ui.api import wire
from ui.api.service import CalledOff, Own, Syncing
from ui.api.v1 import problems
from ui.api.v1.adding import Adding, Keep, ReadingSent, Sent, described
from ui.api.v1.articles import Facts
from ui.api.v1.caller import Caller
from ui.queue.doing import Doing, Lost, ToEnd, may_pass
from ui.queue.store import Store, Wanted

if TYPE_CHECKING:
    from rag.index.library import Library
    from rag.schema import Article
    from rag.tuning import ReadingTuning

log = logging.getLogger(__name__)
OWNER = Caller("", "owner")  # whoever may give commands here


class Again(Exception):
    """It failed for what may pass, and is to be done again in ``seconds``."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Failed(Exception):
    """It failed, as a whole or in part, and why is kept."""


class GivenBack(Exception):
    """It was left before its end."""


def order(adding: Adding) -> dict[str, Any]:
    """What is to be added as plain JSON values, without the bytes of files."""
    return {
        "caller": asdict(adding.caller),
        "to": list(adding.to),
        "facts": [_plain(one.facts) for one in adding.sent],
        "files": [one.file is not None for one in adding.sent],
    }


def _plain(facts: Any) -> dict[str, str]:
    return {name: str(fact) for name, fact in facts.items()}


def sync(syncing: Syncing, owner: str = "", *, priority: int, **more: Any) -> Wanted:
    """The job that looks at what is followed; one at a time does."""
    return Wanted("sync", [], asdict(syncing), {}, owner, priority, lock="sync", **more)


class Readers:
    """Processes that read, from one job to the next, since they begin slowly."""

    def __init__(self, tuning: ReadingTuning) -> None:
        self._tuning = tuning
        self._idle: queue.SimpleQueue[Worker] = queue.SimpleQueue()

    @contextmanager
    def one(self) -> Iterator[Worker]:
        """One that nobody else has meanwhile."""
        try:
            reader = self._idle.get_nowait()
        except queue.Empty:
            reader = Worker(self._tuning)
        try:
            yield reader
        finally:
            self._idle.put(reader)

    def close(self) -> None:
        """End them."""
        with suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()


class Errands:
    """Does jobs, several at a time if it is asked by several threads. ``keep`` keeps PDFs."""

    def __init__(
        self,
        library: Library,
        store: Store,
        readers: Readers,
        tell: Callable[[str], None],
        keep: Keep,
    ) -> None:
        self._library = library
        self._store = store
        self._readers = readers
        self._tell = tell
        self._keep = keep

    def ahead(self, ids: Sequence[str]) -> Library:
        """The library for `do`, with the passages of these jobs, all of them small, embedded.

        Whatever fails meanwhile fails again where it is told, and of one job alone.
        """
        try:
            with (
                self._readers.one() as reader,
                tempfile.TemporaryDirectory(prefix="ibid-") as place,
            ):
                own = Own(self._library, reader)
                read = [one for id_ in ids for one in self._read(own, id_, Path(place))]
            return self._library.prepared(read)
        except Exception as error:
            log.debug("nothing was embedded ahead", exc_info=error)
            return self._library

    def _read(self, own: Own, id_: str, folder: Path) -> Iterator[Article]:
        doing = Doing(self._store, self._store.job(id_), lambda: "")
        sent = self._sent(doing, 0, folder)
        with suppress(ArticleError):
            for part in ReadingSent(own, [sent]).each(sent.file or sent.name):
                if not isinstance(part, ArticleError):
                    yield described(part, sent.facts)

    def do(self, id_: str, to_end: ToEnd, library: Library | None = None) -> None:
        """Do a job, or go on with it; on a ``library`` of `ahead`, if it is given.

        Raises:
            Again, Failed: as they say.
            GivenBack: it was to end, or is another's.
        """
        try:
            doing = Doing.begun(self._store, id_, to_end)
        except Lost:
            raise GivenBack from None
        try:
            self._work(doing, library or self._library)
        except Lost:
            raise GivenBack from None
        except CalledOff:
            doing.leave()
            self._tell(f"left {_named(doing)}")
            raise GivenBack from None
        except Exception as error:
            self._over(doing, error)
        else:
            self._done(doing)

    def _work(self, doing: Doing, library: Library) -> None:
        said = doing.kept.request
        request = asked.Asked(**said) if said else None
        with self._readers.one() as reader, asked.working_on(request):
            own = Own(library, reader)
            if doing.kind == "sync":
                self._sync(own, doing)
            else:
                self._add(own, doing)

    def _sync(self, own: Own, doing: Doing) -> None:
        doing.begin_anew()
        own.sync(wire.parsed(Syncing, doing.kept.wanted), doing.step)

    def _add(self, own: Own, doing: Doing) -> None:
        wanted = doing.kept.wanted
        with tempfile.TemporaryDirectory(prefix="ibid-") as folder:
            sent = [self._sent(doing, place, Path(folder)) for place in range(len(doing.names))]
            caller = wire.parsed(Caller, wanted["caller"])
            hooks = (self._keep, doing.again, doing.brought)
            adding = Adding(caller, sent, tuple(wanted["to"]), *hooks)
            adding.run(own, doing, places=sorted(doing.left))

    def _sent(self, doing: Doing, place: int, folder: Path) -> Sent:
        wanted, name = doing.kept.wanted, doing.names[place]
        said = Facts.model_validate(wanted["facts"][place]).model_dump(exclude_none=True)
        if not wanted["files"][place]:
            return Sent(name, None, said)
        file = folder / str(place)
        if place in doing.left:
            file.write_bytes(doing.file(place) or b"")
        return Sent(name, file, said)

    def _done(self, doing: Doing) -> None:
        if doing.put_off:
            self._put_off(doing, next(iter(doing.put_off.values())))
        failed = doing.outcome.failed
        why = "; ".join(_with_name(*one) for one in failed[:1])
        more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        doing.end(why=f"{why}{more}")
        if failed:
            self._tell(f"failed {_named(doing)}: {why}{more}")
            raise Failed(why)
        self._tell(f"done {_named(doing)}: {_counts(doing)}")

    def _over(self, doing: Doing, error: Exception) -> None:
        """What is to become of a job that ended with an error."""
        why = _line(error)
        if may_pass(error) and doing.has_tries():
            self._put_off(doing, why)
        problem = problems.words_of(error)
        doing.end(why, problem)
        self._tell(f"failed {_named(doing)}: {why}")
        raise Failed(why)

    def _put_off(self, doing: Doing, why: str) -> None:
        with suppress(LibraryError):  # that may be what is away
            doing.wait_for_another_try(why)
        self._tell(f"again in {doing.wait():.0f} s {_named(doing)}: {why}")
        raise Again(doing.wait())


def _named(doing: Doing) -> str:
    first = doing.names[0] if doing.kind == "add" and doing.names else "all that is followed"
    more = f" and {len(doing.names) - 1} more" if doing.kind == "add" and doing.names[1:] else ""
    return _one_line(f"{doing.id[:8]} {doing.kind} {first}{more}")


def _counts(doing: Doing) -> str:
    of_it = doing.outcome
    same = sum(one["outcome"] == "same" for one in of_it.added)
    told = {
        "added": of_it.count - same,
        "unchanged": of_it.unchanged + same,
        "removed": len(of_it.removed),
    }
    return ", ".join(f"{count} {name}" for name, count in told.items() if count) or "nothing new"


def _with_name(name: str, why: str) -> str:
    return _one_line(why if why.startswith(name) else f"{name}: {why}")


def _line(error: Exception) -> str:
    known = isinstance(error, IbidError) or str(error)
    return _one_line(str(error) if known else type(error).__name__)


def _one_line(words: str) -> str:
    return " ".join(words.split())[:500]
