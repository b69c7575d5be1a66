"""What the catalog knows of the places that are followed, and of what was had from each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from rag.followed import UNSEEN, Followed, Had, Seen
from rag.index import dialects, queries
from rag.index.tables import ALSO_AT, ARTICLES, FOLLOWED, HAD

_SEEN = ("link", "etag", "modified")


class Follows:
    """The part of a catalog that knows where its articles come from, to look there again."""

    _engine: sa.Engine
    writing: Callable[[], AbstractContextManager[None]]

    def followed(self) -> list[Followed]:
        """All that is followed, in the order in which it was first added."""
        with self._engine.connect() as db:
            if not sa.inspect(db).has_table(FOLLOWED.name):  # an older file, which is only read
                return []
            return [
                _followed(row) for row in db.execute(sa.select(FOLLOWED).order_by(FOLLOWED.c.id))
            ]

    def had(self, followed: Followed) -> list[Had]:
        """What was had from a followed place, by its source."""
        with self._engine.connect() as db:
            return _had(db, HAD.c.followed_id == _id(followed).scalar_subquery())

    def had_at(self, place: str) -> list[Had]:
        """The same of one file or link, whatever it was followed by."""
        with self._engine.connect() as db:
            return _had(db, HAD.c.place == queries.sayable(place))

    def had_as(self, article_ids: Iterable[str]) -> list[Had]:
        """Where these articles were had, each perhaps at several places."""
        with self._engine.connect() as db:
            return _had(db, queries.among(HAD.c.article_id, article_ids))

    def follow(self, followed: Followed, had: Sequence[Had]) -> None:
        """Follow a place, anew or still, and write down what was had there.

        Columns and a collection that were named before hold on where none are named.
        """
        known = {"columns": list(followed.columns), "collection": followed.collection}
        named = {name: value for name, value in known.items() if value}
        with self.writing(), self._engine.begin() as db:
            if (found := db.scalar(_id(followed))) is None:
                row = {"kind": followed.kind, "place": followed.place, **known}
                done: Any = db.execute(sa.insert(FOLLOWED).values(**row, **_said(UNSEEN)))
                found = done.inserted_primary_key[0]
            elif named:
                db.execute(sa.update(FOLLOWED).where(FOLLOWED.c.id == found).values(**named))
            for one in had:
                row = {"place": one.place, "article_id": one.article_id, "disk": one.disk}
                key = {"followed_id": found, "source": one.source}
                dialects.replace(db, HAD, {**key, **row, **_said(one.seen)})

    def looked(self, followed: Followed, seen: Seen) -> None:
        """Write down that a place was looked at just now, and how it was."""
        with self.writing(), self._engine.begin() as db:
            here = sa.update(FOLLOWED).where(FOLLOWED.c.id == _id(followed).scalar_subquery())
            db.execute(here.values(looked=datetime.now(UTC), **_said(seen)))

    def unfollow(self, followed: Followed) -> None:
        """Follow a place no longer; its articles stay."""
        with self.writing(), self._engine.begin() as db:
            found = db.scalar(_id(followed))
            db.execute(sa.delete(HAD).where(HAD.c.followed_id == found))
            db.execute(sa.delete(FOLLOWED).where(FOLLOWED.c.id == found))

    def forget_had(self, sources: Iterable[str]) -> None:
        """Expect nothing any more where these were had."""
        with self.writing(), self._engine.begin() as db:
            db.execute(sa.delete(HAD).where(queries.among(HAD.c.source, sources)))


def _id(followed: Followed) -> sa.Select[tuple[int]]:
    same = (FOLLOWED.c.kind == followed.kind, FOLLOWED.c.place == queries.sayable(followed.place))
    return sa.select(FOLLOWED.c.id).where(*same)


def _had(db: sa.Connection, *which: sa.ColumnElement[bool]) -> list[Had]:
    own = sa.and_(ARTICLES.c.source == HAD.c.source, ARTICLES.c.id == HAD.c.article_id)
    also = sa.and_(ALSO_AT.c.source == HAD.c.source, ALSO_AT.c.article_id == HAD.c.article_id)
    held = sa.func.coalesce(ARTICLES.c.id, ALSO_AT.c.article_id)
    query = sa.select(HAD, held.label("held")).outerjoin(ARTICLES, own).outerjoin(ALSO_AT, also)
    rows: Any = db.execute(query.where(*which).order_by(HAD.c.source))
    return [
        Had(row.place, row.source, row.article_id, _seen(row), row.disk, row.held is not None)
        for row in rows
    ]


def _followed(row: Any) -> Followed:
    columns = tuple(map(str, row.columns))
    return Followed(row.kind, row.place, columns, row.collection, _seen(row), row.looked)


def _seen(row: Any) -> Seen:
    return Seen(*(getattr(row, name) for name in _SEEN))


def _said(seen: Seen) -> dict[str, str]:
    return {name: getattr(seen, name) for name in _SEEN}
