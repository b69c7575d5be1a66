"""Articles and what became of them as plain JSON values: what ``--json`` prints of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.index.library import Added
    from rag.schema import Article, ArticleInfo, ListedArticle


def info(known: ArticleInfo) -> dict[str, Any]:
    """What is known of an article."""
    return {
        "article_id": known.id,
        "title": known.title,
        "source": known.source,
        "publisher": known.publisher,
        "published": known.published.isoformat() if known.published else None,
        "language": known.language,
        "author": known.author,
        "link": known.link,
        "digest": known.digest,
        "stated_source": known.stated_source,
        "tags": list(known.tags),
        "by_hand": list(known.by_hand),
    }


def listed(one: ListedArticle, collections: Sequence[str]) -> dict[str, Any]:
    """The same, and when it came, how many words it has, and what it was put into."""
    return {
        **info(one.info),
        "added": one.added.replace(tzinfo=UTC).isoformat(),
        "words": one.words,
        "collections": list(collections),
    }


def added(outcome: Added, read: Article) -> dict[str, Any]:
    """What became of an article that was read to be added."""
    namesake = outcome.namesake
    return {
        "article_id": outcome.article.id,
        "title": outcome.article.title,
        "source": outcome.article.source,
        "outcome": outcome.outcome,
        "chunks": outcome.chunks,
        "moved_from": outcome.moved_from,
        "namesake": namesake and {"article_id": namesake.id, "source": namesake.source},
        "notes": [str(note) for note in read.notes],
    }
