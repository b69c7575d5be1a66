"""A job as a worker does it: how far it has come is kept, and what may pass is tried again."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from rag import errors
from rag.schema import ArticleInfo
from ui.api import wire
from ui.api.service import CalledOff, Step
from ui.api.v1.jobs import Job, Outcome
from ui.queue.store import NoSuchJob, Queued, Store
from ui.queue.tables import BEFORE, FILES, SHOWN, WORK

if TYPE_CHECKING:
    from rag.errors import ArticleError
    from rag.index.library import Added
    from rag.schema import Article

Reason = Literal["", "called off", "stopping"]
ToEnd = Callable[[], Reason]
"""Why a job is to end; empty while it is not."""
_KEPT_EVERY_S = 0.5
# What a site or its network may get over, and what no second try changes.
_PASSING = frozenset({"slow", "network", "too often", "server down"})
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
_LASTING = (
    errors.LibraryReadOnly, errors.LibraryMismatch, errors.UnknownArticle,
    errors.UnknownCollection, errors.SettingsError, PermissionError,
)  # fmt: skip


class Lost(CalledOff):
    """Another worker has the job now, or it is gone."""


def may_pass(error: Exception) -> bool:
    """Whether another try may end otherwise: where something is away, not where a file is bad."""
    if isinstance(error, errors.ArticleError):
        status = error.facts.get("status")
        is_busy = error.kind == "server refuses" and status in _BUSY
        return is_busy or error.kind in _PASSING
    return not isinstance(error, _LASTING)


class Doing(Job):
    """A job in a worker's hands. Its `step` keeps how far it is, and ends it where it is to end.

    ``to_end`` says so, and why. ``put_off`` are the places that are to be tried again, and why.
    """

    def __init__(self, store: Store, kept: Queued, to_end: ToEnd) -> None:
        super().__init__(kept.id, kept.owner, kept.kind, kept.names, work=lambda own, job: None)
        self.kept = kept
        self.left, self.missed = set(kept.left), set(kept.missed)
        self.done, self.outcome = kept.done, kept.outcome
        self.put_off: dict[int, str] = {}
        self.run = secrets.token_hex(8)
        self._shown: dict[str, Any] | None = kept.wanted.get(SHOWN)
        self._store = store
        self._to_end = to_end
        self._kept_at = 0.0

    @classmethod
    def begun(cls, store: Store, id_: str, to_end: ToEnd) -> Doing:
        """Take a job in hand, whoever had it before. Raises Lost: it is gone."""
        try:
            made = cls(store, store.job(id_), to_end)
        except NoSuchJob:
            raise Lost from None
        with store.tables.begin() as db:
            db.execute(WORK.update().where(WORK.c.id == id_).values(run=made.run))
        return made

    def begin_anew(self) -> None:
        """Forget what came of it before: all of it is looked at again."""
        self.done, self.outcome = 0, Outcome()

    def check(self) -> None:
        """As `Job` has it."""
        if self._to_end():
            raise CalledOff

    def step(self, step: Step) -> None:
        """As `Job` has it."""
        super().step(step)
        if step.failed and step.place >= 0:
            self.missed.add(step.place)
        if step.is_last and step.place in self.put_off:
            self.done -= 1
        elif step.is_last:
            self.left.discard(step.place)
        now = time.monotonic()
        if step.is_last or now - self._kept_at >= _KEPT_EVERY_S:
            self._kept_at = now
            self._keep(**self._far(), **(self._whole() if step.is_last else {}))

    def again(self, place: int, error: ArticleError) -> bool:
        """Whether what failed at a place is left for another try."""
        if may_pass(error) and self.has_tries():
            self.put_off[place] = str(error)
        else:
            self._note(error)
        return place in self.put_off

    def brought(self, article: Article, outcome: Added) -> None:
        """Keep what the window is told of an article, and what it can undo."""
        for note in article.notes:
            self._note(note)
        if self._shown is not None and (before := outcome.before) is not None:
            info = wire.plain(ArticleInfo, before.info)
            content = json.dumps({"info": info, "text": before.text}).encode()
            with self._store.tables.begin() as db:
                is_it = (FILES.c.job == self.id, FILES.c.place == BEFORE)
                db.execute(FILES.delete().where(*is_it))
                db.execute(FILES.insert().values(job=self.id, place=BEFORE, content=content))
            self._shown["before"] = info

    def _note(self, error: ArticleError) -> None:
        if self._shown is not None:
            facts = json.loads(json.dumps(error.facts, default=str))
            told = {"message": str(error), "kind": error.kind, "facts": facts}
            self._shown["errors"].append(told)

    def has_tries(self) -> bool:
        """Whether it may be tried again."""
        return self.kept.tries + 1 < self._store.limits.tries

    def wait(self) -> float:
        """In how many seconds."""
        limits = self._store.limits
        return float(min(limits.wait_s * 2**self.kept.tries, limits.longest_wait_s))

    def wait_for_another_try(self, why: str) -> None:
        """Keep that it is to be tried again, and why."""
        whole = self._whole() if self.kind == "add" else {}
        self._keep(**whole, why=why, tries=self.kept.tries + 1)

    def leave(self) -> None:
        """Leave it as it is: called off, for good; else for another to go on with."""
        if self._to_end() == "called off":
            self.missed, self.left = set(), set()
            self.end()
            return
        self._keep(**(self._whole() if self.kind == "add" else {}))

    def end(self, why: str = "", problem: tuple[str, str] | None = None) -> None:
        """Keep what came of it; of its files, only what failed is kept, for who tries it again."""
        still = {*self.left, *self.missed}
        with self._store.tables.begin() as db:
            of_it = FILES.c.job == self.id
            is_over = (FILES.c.place != BEFORE, FILES.c.place.not_in(still))
            db.execute(FILES.delete().where(of_it, *is_over))
            sizes = sa.select(sa.func.coalesce(sa.func.sum(sa.func.length(FILES.c.content)), 0))
            ended = {"ended": sa.func.now(), "size": sizes.where(of_it).scalar_subquery()}
            self._write(db, {**self._far(), **self._whole(), **ended, "why": why,
                             "problem": list(problem) if problem else None})  # fmt: skip

    def file(self, place: int) -> bytes | None:
        """The bytes of the file at a place; None where there are none."""
        asked = sa.select(FILES.c.content).where(FILES.c.job == self.id, FILES.c.place == place)
        with self._store.tables.begin() as db:
            return db.scalar(asked)

    def _far(self) -> dict[str, Any]:
        return {"page": self.page, "pages": self.pages, "chunks": self.chunks}

    def _whole(self) -> dict[str, Any]:
        """What is so once a place is done with; what is cut short within one is done anew."""
        shown = {} if self._shown is None else {"wanted": {**self.kept.wanted, SHOWN: self._shown}}
        return {
            **shown,
            "names": self.names,
            "left": sorted(self.left),
            "missed": sorted(self.missed),
            "done": self.done,
            "outcome": asdict(self.outcome),
        }

    def _keep(self, **values: Any) -> None:
        if values:
            with self._store.tables.begin() as db:
                self._write(db, values)

    def _write(self, db: sa.Connection, values: dict[str, Any]) -> None:
        mine = WORK.update().where(WORK.c.id == self.id, WORK.c.run == self.run)
        if not db.execute(mine.values(values)).rowcount:
            raise Lost
