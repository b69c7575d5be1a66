"""Collections: names under which a person puts articles, each under as many as he likes."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from rag.errors import LibraryError, UnknownCollection
from rag.index import dialects, labels, queries
from rag.index.database import folded
from rag.index.tables import ARTICLES, CHUNKS, COLLECTED, COLLECTIONS
from rag.language.visible import bounded
from rag.stores import Collection

_SIZE = sa.func.count(COLLECTED.c.article_id)


class Collections:
    """The part of a catalog that knows the collections. A name is the same in any case."""

    _engine: sa.Engine

    def collections(self, article_id: str = "") -> list[Collection]:
        """All collections by name, or those that an article is in."""
        query = sa.select(COLLECTIONS.c.name, _SIZE).outerjoin(COLLECTED)
        if article_id:
            mine = sa.select(COLLECTED.c.collection_id).where(COLLECTED.c.article_id == article_id)
            query = query.where(COLLECTIONS.c.id.in_(mine))
        with self._engine.connect() as db:
            found = db.execute(query.group_by(COLLECTIONS.c.id).order_by(COLLECTIONS.c.key))
            return [Collection(*row) for row in found]

    def collection(self, name: str) -> Collection:
        """The collection of that name. Raises UnknownCollection."""
        query = sa.select(COLLECTIONS.c.name, _SIZE).outerjoin(COLLECTED)
        query = query.where(COLLECTIONS.c.key == _key(name)).group_by(COLLECTIONS.c.id)
        with self._engine.connect() as db:
            row = db.execute(query).one_or_none()
        if row is None:
            raise _unknown(name)
        return Collection(*row)

    def create_collection(self, name: str) -> bool:
        """Make a collection; False where there was one of that name.

        Raises:
            LibraryError: there is nothing in the name.
        """
        with self._engine.begin() as db:
            return _made(db, name)

    def rename_collection(self, name: str, new: str) -> None:
        """Give a collection another name.

        Raises:
            UnknownCollection: there is none of the first name.
            LibraryError: there is one of the other, or nothing in it.
        """
        with self._engine.begin() as db:
            found = _id(db, name)
            if db.scalar(sa.select(COLLECTIONS.c.id).where(COLLECTIONS.c.key == _key(new))) not in (
                None,
                found,
            ):
                raise LibraryError(
                    f"there is a collection “{bounded(new)}” already; choose another name",
                    "collection taken",
                    name=bounded(new),
                )
            change = sa.update(COLLECTIONS).where(COLLECTIONS.c.id == found)
            db.execute(change.values(name=_name(new), key=_key(new)))

    def delete_collection(self, name: str) -> int:
        """Forget a collection, and no article; how many were in it. Raises UnknownCollection."""
        with self._engine.begin() as db:
            found = _id(db, name)
            inside = COLLECTED.c.collection_id == found
            members = sa.select(COLLECTED.c.article_id).where(inside)
            labels.unlabel(db, CHUNKS.c.article_id.in_(members))
            count = db.execute(sa.delete(COLLECTED).where(inside)).rowcount
            db.execute(sa.delete(COLLECTIONS).where(COLLECTIONS.c.id == found))
        return int(count)

    def collect(self, name: str, article_ids: Iterable[str]) -> list[str]:
        """Put articles into a collection, made if there is none; the ids of those new in it.

        Ids of articles that are not there are passed over.
        """
        with self._engine.begin() as db:
            _made(db, name)
            found = _id(db, name)
            inside = sa.select(COLLECTED.c.article_id).where(COLLECTED.c.collection_id == found)
            asked = sa.select(ARTICLES.c.id).where(
                queries.among(ARTICLES.c.id, article_ids), ARTICLES.c.id.not_in(inside)
            )
            new = list(db.scalars(asked.order_by(ARTICLES.c.id)))
            put_into(db, found, new)
        return new

    def uncollect(self, name: str, article_ids: Iterable[str]) -> list[str]:
        """Take articles out of a collection; the ids of those that were in it.

        Raises:
            UnknownCollection: there is none of that name.
        """
        with self._engine.begin() as db:
            these = (
                COLLECTED.c.collection_id == _id(db, name),
                queries.among(COLLECTED.c.article_id, article_ids),
            )
            gone = list(db.scalars(sa.select(COLLECTED.c.article_id).where(*these)))
            db.execute(sa.delete(COLLECTED).where(*these))
            labels.unlabel(db, queries.among(CHUNKS.c.article_id, gone))
        return gone


def put_into(db: sa.Connection, collection_id: int, article_ids: list[str]) -> None:
    """Put articles that are not in a collection into it."""
    if article_ids:
        rows = [{"collection_id": collection_id, "article_id": one} for one in article_ids]
        db.execute(sa.insert(COLLECTED), rows)
        labels.unlabel(db, queries.among(CHUNKS.c.article_id, article_ids))


def names_of(db: sa.Connection, article_id: str) -> tuple[str, ...]:
    """The collections that an article is in."""
    query = sa.select(COLLECTIONS.c.name).join(COLLECTED).order_by(COLLECTIONS.c.key)
    return tuple(db.scalars(query.where(COLLECTED.c.article_id == article_id)))


def put_back(db: sa.Connection, article_id: str, names: Iterable[str]) -> None:
    """Put an article into those of the collections that are still there."""
    still = sa.select(COLLECTIONS.c.id).where(queries.collected_as(tuple(names)))
    for found in list(db.scalars(still)):
        put_into(db, found, [article_id])


def take_out(db: sa.Connection, article_id: str, names: Iterable[str]) -> None:
    """Take an article out of those of the collections that are still there."""
    these = sa.select(COLLECTIONS.c.id).where(queries.collected_as(tuple(names)))
    mine = sa.and_(COLLECTED.c.article_id == article_id, COLLECTED.c.collection_id.in_(these))
    db.execute(sa.delete(COLLECTED).where(mine))
    labels.unlabel(db, CHUNKS.c.article_id == article_id)


def forget(db: sa.Connection, article_ids: Iterable[str]) -> None:
    """Take articles out of every collection, since they are gone."""
    db.execute(sa.delete(COLLECTED).where(queries.among(COLLECTED.c.article_id, article_ids)))


def _made(db: sa.Connection, name: str) -> bool:
    return dialects.add_new(db, COLLECTIONS, {"name": _name(name), "key": _key(name)})


def _id(db: sa.Connection, name: str) -> int:
    found = db.scalar(sa.select(COLLECTIONS.c.id).where(COLLECTIONS.c.key == _key(name)))
    if found is None:
        raise _unknown(name)
    return int(found)


def _name(name: str) -> str:
    if not (kept := bounded(queries.sayable(name))):
        raise LibraryError("the name of the collection is empty; write one", "collection unnamed")
    return kept


def _key(name: str) -> str:
    return folded(bounded(queries.sayable(name))) or ""


def _unknown(name: str) -> UnknownCollection:
    return UnknownCollection(
        f"no collection “{bounded(queries.sayable(name))}”; ibid collections lists them",
        "no collection",
        name=bounded(queries.sayable(name)),
    )
