"""Articles and what became of them as plain JSON values: what ``--json`` prints of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag import duplicates
    from rag.index.library import Added
    from rag.schema import Article, ArticleInfo, ListedArticle


_TOLD = ("title", "publisher", "author", "published")


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


def listed(
    one: ListedArticle, collections: Sequence[str], also: Sequence[duplicates.OtherSource] = ()
) -> dict[str, Any]:
    """The same, and when it came, how many words it has, and what it was put into.

    ``also_at`` is where else it was had.
    """
    return {
        **info(one.info),
        "also_at": [other.source for other in also],
        "added": one.added.replace(tzinfo=UTC).isoformat(),
        "words": one.words,
        "collections": list(collections),
    }


def near(one: duplicates.Near) -> dict[str, Any]:
    """An article that is nearly the same as another, and in how much, from 0 to 1."""
    return {**info(one.article), "alike": round(one.alike, 2)}


def added(
    outcome: Added, read: Article | None = None, alike: Sequence[duplicates.Near] = ()
) -> dict[str, Any]:
    """What became of an article that was read to be added, or need not be read.

    ``differs``: what it says of itself otherwise than the article that has the same text.
    """
    namesake = outcome.namesake
    facts, theirs = info(read or outcome.article), info(outcome.article)
    differs = {name: facts[name] for name in _TOLD if facts[name] and facts[name] != theirs[name]}
    return {
        "article_id": outcome.article.id,
        "title": outcome.article.title,
        "source": outcome.article.source,
        "outcome": outcome.outcome,
        "chunks": outcome.chunks,
        "moved_from": outcome.moved_from,
        "namesake": namesake and {"article_id": namesake.id, "source": namesake.source},
        "also_at": outcome.also_at,
        "merged": outcome.is_merged,
        "differs": differs if outcome.also_at else {},
        "near": [near(one) for one in alike],
        "notes": [str(note) for note in read.notes] if read else [],
    }
