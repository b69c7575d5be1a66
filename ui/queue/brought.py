"""What the window is sent, handed to workers: any replica tells how far it is, and calls it off."""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from rag.errors import ArticleError, IbidError, LibraryError
from rag.schema import Article, ArticleInfo
from ui import asked
from ui.api import wire
from ui.api.v1.adding import Adding, Sent
from ui.queue import store
from ui.queue.errands import OWNER, order
from ui.queue.store import SAME, UPLOADED, Store, Wanted
from ui.queue.tables import BEFORE, FILES, HANDED, IS_DUE, SHOWN, WORK
from ui.window.library.intake import MOST_OF_ALL, MOST_WAITING, TooMany
from ui.window.library.items import Item, State
from ui.window.library.shared import FIRST, Theirs

if TYPE_CHECKING:
    from rag.settings import Settings

_GLANCE_S = 0.5
_SHOWN_FOR = timedelta(days=1)
_SAME_ROUND = timedelta(minutes=2)
_MOST_NOTES = 20
_IS_SHOWN = WORK.c.wanted.has_key(SHOWN)


@dataclass(frozen=True, slots=True)
class _Look:
    """What is there at one look: what changes of each, the latest first, and who goes first."""

    rows: Sequence[sa.Row[Any]]
    order: dict[int, int] = field(default_factory=dict)
    workers: int = 0


class Brought:
    """As `ui.window.library.shared.Workers` has it, over the queue of a library."""

    def __init__(self, settings: Settings) -> None:
        self._store = Store(settings)
        self._lock = threading.Lock()
        self._seen = Theirs()
        self._seen_at = -_GLANCE_S
        self._kept: dict[int, tuple[Any, Item]] = {}
        self._run, self._version = secrets.token_hex(4), 0

    def bring(self, name: str, content: bytes | None, by: str) -> int | None:
        """As `Workers` has it; None too where PostgreSQL is away."""
        try:
            if not self._store.workers():
                return None
            owner = by if by.startswith("user:") else f"window:{_digest(by)}"
            if self._store.waiting(owner) >= MOST_WAITING:
                raise TooMany(MOST_WAITING, is_own=True)
            file = None if content is None else Path(name)
            said = order(Adding(OWNER, [Sent(name, file)], ()))
            said |= {SHOWN: {"errors": [], "before": None}}
            files = {} if content is None else {0: content}
            [id_] = self._store.put(
                [Wanted("add", [name], said, files, owner, UPLOADED, request=_request())]
            )
            number = self._store.job(id_).number
        except store.Full:
            raise TooMany(self._store.limits.waiting, is_own=False) from None
        except LibraryError:
            return None
        self._look_anew()
        return FIRST + number

    def state(self) -> Theirs:
        """As `Workers` has it; while PostgreSQL is away, what was there before."""
        with self._lock:
            if time.monotonic() - self._seen_at >= _GLANCE_S:
                with suppress(LibraryError):  # which whoever asks anything else is told
                    self._take(self._looked())
                self._seen_at = time.monotonic()
            return self._seen

    def before(self, number: int) -> Article | None:
        """As `Workers` has it."""
        asked_for = sa.select(FILES.c.content).join_from(FILES, WORK, FILES.c.job == WORK.c.id)
        of_it = (WORK.c.number == number - FIRST, _IS_SHOWN, FILES.c.place == BEFORE)
        with self._store.tables.begin() as db:
            kept = db.scalar(asked_for.where(*of_it))
        if kept is None:
            return None
        said = json.loads(kept)
        info: ArticleInfo = wire.parsed(ArticleInfo, said["info"])
        return Article(**{name: getattr(info, name) for name in _FACTS}, text=said["text"])

    def cancel(self) -> None:
        """As `Workers` has it."""
        is_open = sa.and_(_IS_SHOWN, WORK.c.ended.is_(None))
        called = sa.func.procrastinate_cancel_job_v1(WORK.c.number, sa.true(), sa.false())
        in_hand = HANDED.c.status.in_(("todo", "doing"))
        over = sa.exists().where(SAME, HANDED.c.status == "cancelled")
        ended = WORK.update().where(is_open, over).values(ended=sa.func.now(), size=0)
        with self._store.tables.begin() as db:
            db.execute(sa.select(called).join_from(WORK, HANDED, SAME).where(is_open, in_hand))
            ids = db.scalars(ended.returning(WORK.c.id)).all()
            db.execute(FILES.delete().where(FILES.c.job.in_(ids)))
        self._look_anew()

    def clear(self, number: int | None = None) -> None:
        """As `Workers` has it; `ibid jobs` tells of it still."""
        done = WORK.update().where(_IS_SHOWN, WORK.c.ended.is_not(None))
        if number is not None:
            done = done.where(WORK.c.number == number - FIRST)
        without = WORK.c.wanted.op("-")(sa.cast(SHOWN, sa.Text))
        with self._store.tables.begin() as db:
            db.execute(done.values(wanted=without))
        self._look_anew()

    def close(self) -> None:
        """Give the connections back; what was handed over goes on."""
        self._store.close()

    def _look_anew(self) -> None:
        with self._lock:
            self._seen_at = -_GLANCE_S

    def _looked(self) -> _Look:
        if not self._store.tables.exists():
            return _Look([])
        with self._store.tables.begin() as db:
            rows = db.execute(_SEEN).all()
            waiting = any(row.status == "todo" for row in rows)
            numbers = db.scalars(_NEXT).all() if waiting else []
            self._fetch(db, [row for row in rows if not self._is_known(row)])
        order = {number: place for place, number in enumerate(numbers)}
        return _Look(rows, order, self._store.workers() if waiting else 1)

    def _is_known(self, row: sa.Row[Any]) -> bool:
        return row.number in self._kept and self._kept[row.number][0] == _key(row)

    def _fetch(self, db: sa.Connection, rows: Sequence[sa.Row[Any]]) -> None:
        """Have at hand what does not change before one is over, and what became of it then."""
        by_number = {row.number: row for row in rows}
        for told in db.execute(_TOLD.where(WORK.c.number.in_(by_number))) if rows else ():
            row = by_number[told.number]
            item = Item(FIRST + told.number, told.names[0] if told.names else "")
            if row.ended is not None:
                item = _over(item, row, told)
            self._kept[told.number] = (_key(row), item)

    def _take(self, look: _Look) -> None:
        """Tell from now on what was seen, as another version if it is not what was."""
        shown = [row for row in reversed(look.rows) if row.number in self._kept]
        self._kept = {row.number: self._kept[row.number] for row in shown}
        items = [_now(self._kept[row.number][1], row, look) for row in shown]
        tally = _tally(shown, items)
        if (items, tally) != (self._seen.items, self._seen.tally):
            self._version += 1
        last = max((item.number for item in items), default=0)
        self._seen = Theirs(f"{self._run}.{self._version}", items, tally, last)


_FACTS = ArticleInfo.__dataclass_fields__
_SEEN = (
    sa.select(
        WORK.c.number, WORK.c.created, WORK.c.ended, WORK.c.page, WORK.c.pages, WORK.c.chunks,
        WORK.c.tries, sa.cast(HANDED.c.status, sa.Text).label("status"),
        HANDED.c.scheduled_at.label("at"), HANDED.c.abort_requested.label("is_called_off"),
    )
    .join_from(WORK, HANDED, SAME)
    .where(_IS_SHOWN, WORK.c.ended.is_(None) | (WORK.c.ended > sa.func.now() - _SHOWN_FOR))
    .order_by(WORK.c.number.desc())
    .limit(MOST_OF_ALL)
)  # fmt: skip
_NEXT = (
    sa.select(HANDED.c.id)
    .where(HANDED.c.status == "todo", HANDED.c.priority >= UPLOADED)
    .where(IS_DUE)
    .order_by(HANDED.c.priority.desc(), HANDED.c.id)
)
_TOLD = sa.select(
    WORK.c.number, WORK.c.names, WORK.c.wanted[SHOWN].label("shown"), WORK.c.outcome,
    WORK.c.problem, WORK.c.why,
)  # fmt: skip


def _digest(by: str) -> str:
    return hashlib.sha256(by.encode()).hexdigest()[:16]


def _request() -> dict[str, str] | None:
    request = asked.now()
    return asdict(request) if request else None


def _key(row: sa.Row[Any]) -> Any:
    return row.ended, row.status in ("cancelled", "aborted"), row.tries


def _now(item: Item, row: sa.Row[Any], look: _Look) -> Item:
    """An item as it is now."""
    if row.ended is not None:
        return item
    if row.status == "todo":
        if row.at and row.at > datetime.now(UTC):
            at = row.at.isoformat(timespec="seconds")
            return replace(item, waits_for="tried_again", facts={"at": at})
        return replace(
            item, ahead=look.order.get(row.number), waits_for="" if look.workers else "no_worker"
        )
    is_read = row.chunks > 0
    state: State = "embedding" if is_read else "reading"
    done, of = (0, 0) if is_read else (row.page, row.pages)
    return replace(item, state=state, done=done, of=of)


def _over(item: Item, row: sa.Row[Any], told: Any) -> Item:
    """An item with what became of it."""
    added = told.outcome["added"]
    errors = [_raised(one) for one in told.shown["errors"]]
    if not added:
        if row.is_called_off or row.status in ("cancelled", "aborted"):
            return replace(item, state="cancelled")
        why = told.why or (told.problem[1] if told.problem else "")
        return replace(item, state="failed", error=next(iter(errors), IbidError(why)))
    last, is_one = added[-1], len(added) == 1
    before = told.shown["before"] if is_one else None
    notes = [*errors, *map(IbidError, told.outcome["passed"])]
    namesake = last["namesake"] if is_one else None
    return replace(
        item,
        state=min((one["outcome"] for one in added), key=("added", "replaced", "same").index),
        article_id=last["article_id"],
        before=wire.parsed(ArticleInfo, before) if before else None,
        namesake=_named(namesake["article_id"], "", namesake["source"]) if namesake else None,
        twin=_named(last["article_id"], last["title"]) if is_one and last["also_at"] else None,
        notes=tuple(notes[:_MOST_NOTES]),
    )


def _named(id_: str, title: str, source: str = "") -> ArticleInfo:
    """What is told of another article."""
    return ArticleInfo(id_, title, source, None, None, None, "")


def _raised(told: dict[str, Any]) -> ArticleError:
    return ArticleError(told["message"], told["kind"], **told["facts"])


def _tally(rows: Sequence[sa.Row[Any]], items: Sequence[Item]) -> dict[str, int]:
    """As `Intake.tally` has it, the same on every replica; ``rows`` are the oldest first."""
    first, quiet_since = 0, None
    for place, row in enumerate(rows):
        if quiet_since is not None and row.created - quiet_since > _SAME_ROUND:
            first = place
        ended = row.ended or datetime.max.replace(tzinfo=UTC)
        quiet_since = max(ended, quiet_since or ended)
    states = Counter(item.state for item in items[first:])
    return {**{str(state): count for state, count in states.items()}, "of": states.total()}
