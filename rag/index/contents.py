"""What the catalog lists and counts of its articles: what a library holds, by its facts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from rag.index import queries, rows
from rag.index.lexical import Lexical
from rag.index.tables import ARTICLES, CHUNKS
from rag.schema import Filter, ListedArticle
from rag.stores import Beginning

if TYPE_CHECKING:
    import numpy as np

INFO = [*(ARTICLES.c[name] for name in rows.FACTS), ARTICLES.c.edited]
"""The columns that tell of an article all but its text."""
_WORDS: sa.ColumnElement[int] = sa.func.words_in(ARTICLES.c.text)
_ORDERS: dict[str, sa.ColumnElement[Any]] = {
    "added": ARTICLES.c.added,
    "published": ARTICLES.c.published,
    "title": sa.func.lower(ARTICLES.c.title),
    "publisher": sa.func.lower(ARTICLES.c.publisher),
    "words": _WORDS,
}


class Contents:
    """The part of a catalog that says what there is."""

    _engine: sa.Engine
    _lexical: Lexical

    def listing(
        self,
        words: str = "",
        only: Filter | None = None,
        sort: str = "added",
        *,
        is_rising: bool | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> tuple[list[ListedArticle], int]:
        """The ``limit`` articles after ``offset`` that hold all the words, and how many do.

        A word may begin one of the text, or stand anywhere in the title, the names or the source.
        ``sort`` is ``added``, ``published``, ``title``, ``publisher`` or ``words`` (how many); what
        has no such fact comes last. ``is_rising``: from A to Z, from the oldest, from the shortest;
        unless it is given, so for names, and the other way round for all else.
        """
        asked = queries.conditions(only) if only else []
        asked += [
            queries.holds(word, self._lexical) for word in words.split()[: queries.MOST_WORDS]
        ]
        by = _ORDERS.get(sort, ARTICLES.c.added)
        if is_rising is None:
            is_rising = sort in ("title", "publisher")
        order = (by.asc() if is_rising else by.desc()).nulls_last()
        query = sa.select(*INFO, ARTICLES.c.added, _WORDS).where(*asked)
        count = sa.select(sa.func.count()).select_from(ARTICLES).where(*asked)
        query = query.order_by(order, ARTICLES.c.added.desc(), ARTICLES.c.id)
        query = query.limit(limit).offset(offset)
        with self._engine.connect() as db:
            shelved = [ListedArticle(rows.info(row), *row[-2:]) for row in db.execute(query)]
            return shelved, db.scalar(count) or 0

    def publishers(self) -> list[str]:
        """Every publisher, by name."""
        name = ARTICLES.c.publisher
        query = sa.select(name).where(name.is_not(None)).group_by(name)
        with self._engine.connect() as db:
            return list(db.scalars(query.order_by(sa.func.lower(name), name)))

    def counted(self, fact: str) -> dict[str, int]:
        """How many articles there are of each ``publisher``, ``year`` or ``language``.

        Those of the most articles come first; what no article tells is counted under "".
        """
        year = sa.func.substr(sa.cast(ARTICLES.c.published, sa.Text), 1, 4)
        none: sa.ColumnElement[str] = sa.literal_column(
            "''"
        )  # the same one wherever it is said, as PostgreSQL wants it
        by = sa.func.coalesce(year if fact == "year" else ARTICLES.c[fact], none)
        many = sa.func.count()
        with self._engine.connect() as db:
            return {
                str(name): count
                for name, count in db.execute(
                    sa.select(by, many).group_by(by).order_by(many.desc(), by)
                )
            }

    def beginnings(self, characters: int) -> Iterator[Beginning]:
        """The first ``characters`` of each article, the latest added first."""
        begun = sa.func.substr(ARTICLES.c.text, 1, characters)
        query = sa.select(ARTICLES.c.id, ARTICLES.c.title, ARTICLES.c.language, begun)
        with self._engine.connect() as db:
            for row in db.execute(query.order_by(ARTICLES.c.added.desc(), ARTICLES.c.id)):
                yield Beginning(*row)

    def centres(self) -> dict[str, np.ndarray]:
        """The mean of the vectors of each article's chunks; an article without any has none."""
        sums: dict[str, np.ndarray] = {}
        counts: dict[str, int] = {}
        query = sa.select(CHUNKS.c.article_id, CHUNKS.c.vector)
        with self._engine.connect() as db:
            for article_id, stored in db.execute(query):
                vector = rows.vector(stored)
                known = sums.get(article_id)
                if known is None or known.shape != vector.shape:  # else damage made it shorter
                    sums[article_id], counts[article_id] = vector.copy(), 1
                else:
                    known += vector
                    counts[article_id] += 1
        return {name: total / counts[name] for name, total in sums.items()}
