"""Where else an article was had, and which others say nearly the same."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import Any

import sqlalchemy as sa

from rag.duplicates import Near, OtherSource, Removed
from rag.index import collecting, dialects, likeness, queries, rows
from rag.index.contents import INFO
from rag.index.tables import ALSO_AT, ARTICLES, SIGNATURES
from rag.schema import Article, ArticleInfo
from rag.tuning import DuplicatesTuning

_DEFAULT = DuplicatesTuning()
# By the number of their rows, which rises.
_SOME = (
    "SELECT {0}, article_id, words, form, signature FROM signatures "
    "WHERE {0} >= {1} ORDER BY {0} LIMIT {1}"
)


class Twins:
    """The part of a catalog that knows one article by several sources, and its likes."""

    _engine: sa.Engine

    def other_sources(
        self, article_ids: Iterable[str] | None = None
    ) -> dict[str, tuple[OtherSource, ...]]:
        """Where else these articles, or all of them, were had, oldest first, by id."""
        query = sa.select(ALSO_AT).order_by(ALSO_AT.c.added, ALSO_AT.c.source)
        if article_ids is not None:
            query = query.where(queries.among(ALSO_AT.c.article_id, article_ids))
        found: dict[str, list[OtherSource]] = defaultdict(list)
        with self._engine.connect() as db:
            for row in db.execute(query):
                found[row.article_id].append(_source(row))
        return {name: tuple(some) for name, some in found.items()}

    def also_had_at(self, source: str) -> tuple[ArticleInfo, OtherSource] | None:
        """The article that was had there too, though it is kept under another source."""
        query = sa.select(ALSO_AT).where(ALSO_AT.c.source == queries.sayable(source))
        with self._engine.connect() as db:
            row: Any = db.execute(query).one_or_none()
            if row is None:
                return None
            known = db.execute(
                sa.select(*INFO).where(ARTICLES.c.id == row.article_id)
            ).one_or_none()
        return (rows.info(known), _source(row)) if known else None  # else it is removed just now

    def with_text(self, body: str) -> list[tuple[ArticleInfo, int]]:
        """The articles that have a text of this digest, or one with it was merged into.

        Oldest first, with how many words each has.
        """
        merged = sa.select(ALSO_AT.c.article_id).where(ALSO_AT.c.body == body)
        have_it = sa.or_(SIGNATURES.c.body == body, SIGNATURES.c.article_id.in_(merged))
        query = sa.select(*INFO, SIGNATURES.c.words).select_from(
            sa.join(ARTICLES, SIGNATURES, ARTICLES.c.id == SIGNATURES.c.article_id)
        )
        order = (SIGNATURES.c.body != body, ARTICLES.c.added, ARTICLES.c.id)
        with self._engine.connect() as db:
            found = db.execute(query.where(have_it).order_by(*order))
            return [(rows.info(row), row.words) for row in found]

    def add_source(self, article_id: str, source: str, body: str) -> None:
        """Note that an article was had there too, with a text of this digest."""
        with self._engine.begin() as db:
            _note(db, article_id, [OtherSource(source, body, _now())])

    def add_sources(self, article_id: str, sources: Sequence[OtherSource]) -> None:
        """Note where else an article was had, but for what is had there otherwise."""
        with self._engine.begin() as db:
            _note(db, article_id, _free(db, sources))

    def drop_source(self, source: str) -> None:
        """Forget that an article was had there too."""
        with self._engine.begin() as db:
            _forget_sources(db, [source])

    def hand_over(self, article_id: str) -> str:
        """Let an article stand under another of its sources instead; under which.

        That had first with just this text, or else that had first. Empty if there is none.
        """
        same = sa.select(SIGNATURES.c.body).where(SIGNATURES.c.article_id == article_id)
        query = sa.select(ALSO_AT.c.source).where(ALSO_AT.c.article_id == article_id)
        is_other = ALSO_AT.c.body != same.scalar_subquery()
        query = query.order_by(is_other, ALSO_AT.c.added, ALSO_AT.c.source).limit(1)
        with self._engine.begin() as db:
            heir = db.scalar(query)
            if heir is None:
                return ""
            _forget_sources(db, [heir])
            change = sa.update(ARTICLES).where(ARTICLES.c.id == article_id)
            db.execute(change.values(source=heir))
        return str(heir)

    def unmerge(self, kept: str, sources: Iterable[str], brought: Iterable[str]) -> None:
        """Take back from an article what a merging gave it."""
        with self._engine.begin() as db:
            mine = sa.and_(ALSO_AT.c.article_id == kept, queries.among(ALSO_AT.c.source, sources))
            db.execute(sa.delete(ALSO_AT).where(mine))
            collecting.take_out(db, kept, brought)

    # Which others say nearly the same

    def near(
        self, article_id: str, tuning: DuplicatesTuning = _DEFAULT, batch: int = 1_000
    ) -> list[Near]:
        """The articles that are nearly the same as one, the likest first."""
        known = self._known.brought_up_to_date(partial(self._signatures, batch=batch))
        others = {
            name: made for name, (words, made) in known.items() if words >= tuning.least_words
        }
        if (mine := others.pop(article_id, None)) is None or not others:
            return []
        shares = likeness.alike(mine, list(others.values())).tolist()
        found = dict(zip(others, shares, strict=True))
        found = {name: share for name, share in found.items() if share >= tuning.alike}
        near = [Near(info, found[info.id]) for info in self._by_age(found)]
        return sorted(near, key=lambda one: (-one.alike, one.article.id))

    def duplicates(
        self, tuning: DuplicatesTuning = _DEFAULT, batch: int = 1_000
    ) -> list[list[Near]]:
        """Articles that are nearly the same, group by group, the largest first.

        Each group begins with the one that was added first; the others say how alike they are to
        it, and the likest come first.
        """
        known: dict[str, bytes] = {}
        for _, name, words, made in self._signatures(-1, batch):
            if words >= tuning.least_words:
                known[name] = made
        ids = list(known)
        groups = []
        for group in likeness.grouped(list(known.values()), tuning.alike) if ids else ():
            infos = self._by_age(ids[place] for place in group)
            if len(infos) < 2:  # the others were removed meanwhile
                continue
            first, *others = infos
            shares = likeness.alike(known[first.id], [known[one.id] for one in others]).tolist()
            near = [Near(info, share) for info, share in zip(others, shares, strict=True)]
            groups.append([Near(first, 1.0), *sorted(near, key=lambda one: -one.alike)])
        return sorted(groups, key=lambda group: -len(group))

    def _by_age(self, article_ids: Iterable[str]) -> list[ArticleInfo]:
        """What is known of these articles, those that were added first at first."""
        query = sa.select(*INFO).where(queries.among(ARTICLES.c.id, set(article_ids)))
        with self._engine.connect() as db:
            return [
                rows.info(row)
                for row in db.execute(query.order_by(ARTICLES.c.added, ARTICLES.c.id))
            ]

    @cached_property
    def _known(self) -> _Known:
        return _Known()

    def _signatures(self, least: int, batch: int) -> Iterator[tuple[int, str, int, bytes]]:
        """Row, article, words and signature of all from a row on, so many read at a time.

        Those of another form are made anew, to be compared.
        """
        form = likeness.form()
        is_postgres = self._engine.dialect.name == dialects.POSTGRES
        some = _SOME.format("number", "%s") if is_postgres else _SOME.format("rowid", "?")
        while True:
            with self._engine.connect() as db:
                # Plain rows: to make SQLAlchemy's takes thrice as long as to read and compare them.
                found = db.connection.cursor().execute(some, (least, batch)).fetchall()
                anew = _anew(db, [name for _, name, _, made, _ in found if made != form])
            for row, name, words, _, signature in found:
                yield row, name, words, anew.get(name) or signature
            if len(found) < batch:
                return
            least = found[-1][0] + 1


class _Known:
    """Signatures in memory, 0.6 KB an article: read once, and then as they come.

    Those of articles that are gone may stay; nobody finds the article to one.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = (0, "")
        self._made: dict[str, tuple[int, bytes]] = {}

    def brought_up_to_date(
        self, signatures: Callable[[int], Iterable[tuple[int, str, int, bytes]]]
    ) -> dict[str, tuple[int, bytes]]:
        """Words and signature by article; ``signatures`` gives the rows from one on."""
        with self._lock:
            new = list(signatures(self._last[0]))
            if not new or new[0][:2] != self._last:  # SQLite gives the row of what is gone again
                self._made.clear()
                new = list(signatures(0))
            for row, name, words, made in new:
                self._made[name] = words, made
                self._last = row, name
            return dict(self._made)


def _anew(db: sa.Connection, article_ids: Sequence[str]) -> dict[str, bytes]:
    """The signatures of these articles as they are made today."""
    query = sa.select(ARTICLES.c.id, ARTICLES.c.text)
    texts = db.execute(query.where(queries.among(ARTICLES.c.id, article_ids)))
    return {name: likeness.signed(text)[1] for name, text in texts} if article_ids else {}


def renew(db: sa.Connection, batch: int = 1_000) -> None:
    """Sign anew, to keep it, what was signed in another form."""
    other = sa.select(SIGNATURES.c.article_id).where(SIGNATURES.c.form != likeness.form())
    while names := list(db.scalars(other.limit(batch))):
        made = _anew(db, names)
        for name in names:
            change = sa.update(SIGNATURES).where(SIGNATURES.c.article_id == name)
            signature = made.get(name, b"")  # of what is no article
            db.execute(change.values(form=likeness.form(), signature=signature))


def take_up(db: sa.Connection, kept: str, taken: Removed) -> Removed:
    """Give an article the sources and collections of one that was taken out, to be undone so."""
    _note(db, kept, [OtherSource(taken.article.source, taken.article.body, _now()), *taken.also])
    mine = collecting.names_of(db, kept)
    brought = tuple(name for name in taken.collections if name not in mine)
    collecting.put_back(db, kept, brought)
    return replace(taken, merged_into=kept, brought=brought)


def record(db: sa.Connection, article: Article, also: Sequence[OtherSource] = ()) -> None:
    """Keep what an article is known by, and where else it was had.

    It is under its own source now and no other is; if its text has changed, those from where it
    was had just so are no sources of it any more.
    """
    was = db.scalar(sa.select(SIGNATURES.c.body).where(SIGNATURES.c.article_id == article.id))
    if was is not None and was != article.body:
        same = sa.and_(ALSO_AT.c.article_id == article.id, ALSO_AT.c.body == was)
        db.execute(sa.delete(ALSO_AT).where(same))
    _forget_sources(db, [article.source])
    words, signature = likeness.signed(article.text)
    # Deleted first: what is new has a new row, by which others hear of it.
    db.execute(sa.delete(SIGNATURES).where(SIGNATURES.c.article_id == article.id))
    db.execute(
        sa.insert(SIGNATURES).values(
            article_id=article.id,
            body=article.body,
            words=words,
            form=likeness.form(),
            signature=signature,
        )
    )
    _note(db, article.id, _free(db, also))


def forget(db: sa.Connection, article_ids: Sequence[str]) -> None:
    """Forget it of articles that are gone, so that nothing is the double of what is no more."""
    for table in (ALSO_AT, SIGNATURES):
        db.execute(sa.delete(table).where(queries.among(table.c.article_id, article_ids)))


def sources_of(db: sa.Connection, article_id: str) -> tuple[OtherSource, ...]:
    """Where else an article was had."""
    query = sa.select(ALSO_AT).where(ALSO_AT.c.article_id == article_id)
    return tuple(map(_source, db.execute(query.order_by(ALSO_AT.c.added, ALSO_AT.c.source))))


def _note(db: sa.Connection, article_id: str, sources: Iterable[OtherSource]) -> None:
    for one in sources:
        values = {**one._asdict(), "article_id": article_id}
        dialects.replace(db, ALSO_AT, values)


def _free(db: sa.Connection, sources: Sequence[OtherSource]) -> list[OtherSource]:
    """Those under which nothing has come meanwhile."""
    asked = [one.source for one in sources]
    taken = {
        *db.scalars(sa.select(ARTICLES.c.source).where(queries.among(ARTICLES.c.source, asked))),
        *db.scalars(sa.select(ALSO_AT.c.source).where(queries.among(ALSO_AT.c.source, asked))),
    }
    return [one for one in sources if one.source not in taken]


def _forget_sources(db: sa.Connection, sources: Iterable[str]) -> None:
    db.execute(sa.delete(ALSO_AT).where(queries.among(ALSO_AT.c.source, sources)))


def _source(row: Any) -> OtherSource:
    return OtherSource(row.source, row.body, row.added)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
