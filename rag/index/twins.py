"""Where else an article was had, and which others say nearly the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from rag.duplicates import Near, OtherSource, Removed
from rag.index import collecting, likeness, queries, rows
from rag.index.contents import INFO
from rag.index.database import ALSO_AT, ARTICLES, SIGNATURES
from rag.schema import Article, ArticleInfo
from rag.tuning import DuplicatesTuning

_DEFAULT = DuplicatesTuning()


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
            known = db.execute(sa.select(*INFO).where(ARTICLES.c.id == row.article_id)).one()
        return rows.info(known), _source(row)

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
        found: dict[str, float] = {}
        mine = self._signatures(SIGNATURES.c.article_id == article_id, tuning)
        for names, signatures in self._in_batches(tuning, batch) if mine else ():
            shares = likeness.alike(mine[0][1], signatures).tolist()
            pairs = zip(names, shares, strict=True)
            found |= {name: share for name, share in pairs if share >= tuning.alike}
        found.pop(article_id, None)
        infos = self._told(found)
        near = [Near(infos[name], share) for name, share in found.items() if name in infos]
        return sorted(near, key=lambda one: (-one.alike, one.article.id))

    def duplicates(
        self, tuning: DuplicatesTuning = _DEFAULT, batch: int = 1_000
    ) -> list[list[Near]]:
        """Articles that are nearly the same, group by group, the largest first.

        Each group begins with the one that was added first; the others say how alike they are to
        it, and the likest come first.
        """
        names: list[str] = []
        signatures: list[bytes] = []
        for some, signed in self._in_batches(tuning, batch):
            names += some
            signatures += signed
        groups = likeness.grouped(signatures, tuning.alike) if names else []
        infos = self._told(names[place] for group in groups for place in group)
        told = []
        for group in groups:
            group = [place for place in group if names[place] in infos]
            shares = likeness.alike(signatures[group[0]], [signatures[place] for place in group])
            near = [
                Near(infos[names[place]], share)
                for place, share in zip(group, shares.tolist(), strict=True)
            ]
            told.append([near[0], *sorted(near[1:], key=lambda one: -one.alike)])
        return sorted((group for group in told if len(group) > 1), key=lambda group: -len(group))

    def _told(self, article_ids: Iterable[str]) -> dict[str, ArticleInfo]:
        query = sa.select(*INFO).where(queries.among(ARTICLES.c.id, set(article_ids)))
        with self._engine.connect() as db:
            return {row.id: rows.info(row) for row in db.execute(query)}

    def _in_batches(
        self, tuning: DuplicatesTuning, batch: int
    ) -> Iterable[tuple[list[str], list[bytes]]]:
        """The signatures of all that is long enough, as it was added, so many at a time."""
        last = -1
        while True:
            number: sa.ColumnElement[int] = sa.literal_column("articles.rowid")
            signed = self._signatures(number > last, tuning, limit=batch)
            if not signed:
                return
            last = signed[-1][2]
            yield [name for name, _, _ in signed], [signature for _, signature, _ in signed]

    def _signatures(
        self, which: sa.ColumnElement[bool], tuning: DuplicatesTuning, limit: int = 1
    ) -> list[tuple[str, bytes, int]]:
        """Id, signature and row of some; one of another form is made anew, to be compared."""
        form = likeness.form()
        row: sa.Label[int] = sa.literal_column("articles.rowid").label("row")
        stale = sa.case((SIGNATURES.c.form != form, ARTICLES.c.text), else_=None)
        query = sa.select(SIGNATURES.c.article_id, SIGNATURES.c.signature, row, stale)
        query = query.join(ARTICLES, ARTICLES.c.id == SIGNATURES.c.article_id)
        query = query.where(which, SIGNATURES.c.words >= tuning.least_words)
        with self._engine.connect() as db:
            return [
                (name, likeness.signed(text)[1] if text is not None else signature, number)
                for name, signature, number, text in db.execute(query.order_by(row).limit(limit))
            ]


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
    db.execute(
        sa.insert(SIGNATURES)
        .prefix_with("OR REPLACE")
        .values(
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
        db.execute(sa.insert(ALSO_AT).prefix_with("OR REPLACE").values(values))


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
