"""What the page of the library is told, in plain words that JSON can say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rag.duplicates import Removed
from rag.index.library import Library
from rag.index.summary import best_sentences
from rag.language.addresses import link_target
from rag.language.visible import plain
from rag.schema import Article, ListedArticle
from ui import strings
from ui.window.chat.sources import elsewhere, stated
from ui.window.library.intake import TooMany
from ui.window.library.items import BUSY, Item
from ui.window.library.overviews import Overview

_MOST_NAMED = 3

Json = dict[str, Any]


def too_many(error: TooMany) -> Json:
    """That the queue takes no more."""
    words = strings.TOO_MANY_OF_YOURS if error.is_own else strings.TOO_MANY_WAITING
    return {"problem": words.format(limit=error.limit)}


def row(one: ListedArticle) -> Json:
    """An article as the list tells of it."""
    info = one.info
    return {
        "id": info.id,
        "title": plain(info.title),
        "publisher": plain(info.publisher or ""),
        "whence": plain(strings.whence(info)),
        "author": plain(info.author or ""),
        "writer": plain(strings.writer(info)),
        "published": info.published.isoformat() if info.published else "",
        "link": info.link or "",
        "language": plain(info.language or ""),
        "address": link_target(info.address),
        "source": plain(info.source),
        "words": one.words,
        "pages": len(info.pages) if info.page_kind == "page" else 0,
        "added": one.added.isoformat(),
    }


def page(article: Article, own: Library) -> Json:
    """An article for reading. ``text`` is exactly as stored, ``pages`` are code points of it.

    ``collections``: those that it is in. With where else it was had, and which others are nearly
    the same.
    """
    return {
        **elsewhere(article, own),
        "title": plain(article.title),
        "writer": plain(strings.writer(article)),
        "whence": plain(strings.whence(article)),
        "stated": stated(article),
        "tags": _tags(article),
        "collections": [plain(one.name) for one in own.catalog.collections(article.id)],
        "published": article.published.isoformat() if article.published else "",
        "link": link_target(article.address),
        "source": plain(article.source),
        "language": article.language or "",
        "pages": list(article.pages) if article.page_kind == "page" else [],
        "text": article.text,
        "summary": [plain(one) for one in best_sentences(article)],
    }


def removal(token: str, removed: Sequence[Removed]) -> Json:
    """Articles that were removed together, by the word that puts them back."""
    titles = [plain(one.article.title) for one in removed[:_MOST_NAMED]]
    return {"token": token, "titles": titles, "count": len(removed)}


def overview(seen: Overview, own: Library) -> Json:
    """What the library holds; of each subject, its most typical articles by their titles."""
    typical = [name for one in seen.subjects for name in one.articles[:_MOST_NAMED]]
    infos = own.catalog.infos(typical)
    return {
        "subjects": [
            {
                "terms": [plain(term) for term in one.terms],
                "ids": list(one.articles),
                "typical": [
                    {"id": name, "title": plain(infos[name].title)}
                    for name in one.articles[:_MOST_NAMED]
                    if name in infos
                ],
            }
            for one in seen.subjects
        ],
        "publishers": [[plain(name), count] for name, count in seen.publishers.items()],
        "years": [[year, count] for year, count in sorted(seen.years.items(), reverse=True)],
        "languages": [[code, list(ids)] for code, ids in seen.languages.items()],
    }


def _tags(article: Article) -> str:
    words = ", ".join(strings.quoted(plain(tag)) for tag in article.tags)
    return f"{strings.TAGS} {words}" if words else ""


def item(item: Item) -> Json:
    """How far it has come. ``why``: the word for why it was refused, with its ``facts``."""
    return {
        "number": item.number,
        "name": plain(item.name),
        "state": item.state,
        "busy": item.state in BUSY,
        "reason": _reason(item),
        "why": item.refused,
        "facts": dict(item.facts),
        "done": item.done,
        "of": item.of,
        "ahead": item.ahead,
        "waits_for": item.waits_for,
        "id": item.article_id,
        "before": plain(item.before.title) if item.before else None,
        "namesake": plain(item.namesake.source) if item.namesake else None,
        "twin": plain(item.twin.title) if item.twin else None,
        "notes": [plain(strings.failure(note)) for note in item.notes],
    }


def _reason(item: Item) -> str:
    """Why it failed, without its name, which stands beside it."""
    told = plain(strings.failure(item.error)) if item.error else ""
    return told.removeprefix(f"{plain(item.name)}: ")
