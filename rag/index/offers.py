"""The questions that articles were seen to answer, as the catalog keeps them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import sqlalchemy as sa

from rag.index import dialects, queries
from rag.index.tables import ARTICLES, OFFERED
from rag.offered import Offered
from rag.schema import Article

# Of an article that was changed, or has another title, others are to be made.
_SAME = sa.and_(
    OFFERED.c.article_id == ARTICLES.c.id,
    OFFERED.c.digest == ARTICLES.c.digest,
    OFFERED.c.title == ARTICLES.c.title,
)


class Offers:
    """The part of a catalog that knows what may be asked."""

    _engine: sa.Engine
    writing: Callable[[], AbstractContextManager[None]]

    def offered(self, article_id: str = "", most: int = 100) -> dict[str, tuple[Offered, ...]]:
        """The questions of one article or of all, but of the ``most`` that were added last.

        Of one that answered none there are none; one of which none were made is not there.
        """
        query = sa.select(OFFERED.c.article_id, OFFERED.c.questions).join(ARTICLES, _SAME)
        if article_id:
            query = query.where(OFFERED.c.article_id == article_id)
        with self._engine.connect() as db:
            if not sa.inspect(db).has_table(OFFERED.name):  # an older file, which is only read
                return {}
            found = db.execute(query.order_by(ARTICLES.c.added.desc(), ARTICLES.c.id).limit(most))
            return {row.article_id: tuple(Offered(*one) for one in row.questions) for row in found}

    def offer(self, article: Article, questions: Sequence[Offered]) -> None:
        """Keep what an article was seen to answer, if it is still as it was then."""
        with self.writing(), self._engine.begin() as db:
            is_here = sa.select(ARTICLES.c.id).where(
                ARTICLES.c.id == article.id,
                ARTICLES.c.digest == article.digest,
                ARTICLES.c.title == article.title,
            )
            if db.scalar(is_here) is None:
                return
            row = {
                "article_id": article.id,
                "digest": article.digest,
                "title": article.title,
                "questions": [list(one) for one in questions],
            }
            dialects.replace(db, OFFERED, row)


def forget(db: sa.Connection, article_ids: Sequence[str]) -> None:
    """Forget what these articles were seen to answer."""
    db.execute(sa.delete(OFFERED).where(queries.among(OFFERED.c.article_id, article_ids)))
