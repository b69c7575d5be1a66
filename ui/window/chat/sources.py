"""What the reader's script is given: sources and articles in plain words, which it sets as text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rag.language.addresses import link_target, web_address
from rag.language.visible import plain
from rag.schema import Answer, Article, ArticleInfo, Citation
from ui import strings
from ui.window.chat import markdown as shape
from ui.window.conversation.copying import markdown
from ui.window.conversation.types import Exchange

if TYPE_CHECKING:
    from rag import duplicates
    from ui.window.conversation.types import Library

_ARTICLE_ID = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_DIGEST = re.compile(r"[0-9A-Za-z]{1,8}")


def valid_article_id(article_id: object) -> bool:
    """Whether this may be asked of a library at all."""
    return isinstance(article_id, str) and _ARTICLE_ID.fullmatch(article_id) is not None


def address(citation: Citation) -> str:
    """Where a chip points: ``#cite-<article>-<digest>-<start>-<end>-<number>``; "" if malformed."""
    digest = citation.article.digest[:8]
    sound = (
        valid_article_id(citation.article.id)
        and _DIGEST.fullmatch(digest)
        and 0 <= citation.start < citation.end
        and citation.number > 0
    )
    if not sound:
        return ""
    spot = f"{citation.start}-{citation.end}-{citation.number}"
    return f"#cite-{citation.article.id}-{digest}-{spot}"


def byline(article: ArticleInfo) -> str:
    """Who published it and when, as far as it says, and its site, in plain words."""
    known = (strings.whence(article), article.published and strings.day(article.published))
    return " · ".join(plain(part) for part in known if part)


def stated(article: ArticleInfo) -> dict[str, str] | None:
    """Where an article says that it is from, with the words before it, if it says so."""
    if not (origin := article.stated_origin):
        return None
    return {"label": strings.STATED, "source": plain(origin), "link": link_target(origin)}


def page(citation: Citation) -> str:
    """The page on which the cited words begin, in words; empty if the article has no pages."""
    return strings.place(citation.article, citation.start)


def cited(answer: Answer) -> tuple[Citation, ...]:
    """What there is to list: the evidence, or for want of it the passages."""
    if answer.evidence:
        return answer.evidence
    return tuple(
        Citation(number, passage.article, passage.start, passage.end, passage.text)
        for number, passage in enumerate(answer.passages, start=1)
    )


def source_lists(exchanges: Sequence[Exchange]) -> list[dict[str, Any]]:
    """For each exchange its sources, and what the script copies, edits and reads out."""
    return [_source_list(exchange) for exchange in exchanges]


def article_page(article: Article) -> dict[str, Any]:
    """An article for the reader. ``text`` is exactly as stored; ``blocks`` as `shape` has it."""
    return {
        "id": article.id,
        "title": plain(article.title),
        "author": plain(strings.writer(article)),
        "byline": byline(article),
        "source": plain(article.source),
        "link": link_target(article.address),
        "stated": stated(article),
        "language": article.language or "",
        "digest": article.digest[:8],
        "text": article.text,
        "blocks": shape.page(article),
        "is_markdown": article.is_markdown,
        "pages": list(article.pages) if article.page_kind == "page" else [],
    }


def elsewhere(article: ArticleInfo, own: Library) -> dict[str, Any]:
    """Where else an article was had, and which others are nearly the same, ``alike`` of 100."""
    return {
        "also": [
            {"source": plain(one.source), "link": link_target(web_address(one.source) or "")}
            for one in own.other_sources(article.id)
        ],
        "near": [_near(one) for one in own.near(article.id)],
    }


def _near(one: duplicates.Near) -> dict[str, Any]:
    info = one.article
    return {
        "id": info.id,
        "title": plain(info.title),
        "whence": plain(strings.whence(info)),
        "published": info.published.isoformat() if info.published else "",
        "alike": int(100 * one.alike),
    }


def _source_list(exchange: Exchange) -> dict[str, Any]:
    answer = exchange.answer
    cards = _cards(answer) if answer else []
    refused = answer is not None and answer.status == "refused"
    return {
        "heading": strings.NEAREST if refused else strings.SOURCES,
        "note": strings.NEAREST_NOTE if refused and cards else "",
        "cards": cards,
        "question": exchange.question,
        "busy": exchange.asked if exchange.busy else 0,
        "markdown": "" if exchange.busy else markdown(exchange),
        "told": _told(exchange, len(cards)),
    }


def _cards(answer: Answer) -> list[dict[str, Any]]:
    used = {citation.number for sentence in answer.sentences for citation in sentence.citations}
    settled = answer.status in ("answered", "quoted", "hedged")
    return [
        {
            "number": citation.number,
            "href": address(citation),
            "article": citation.article.id if valid_article_id(citation.article.id) else "",
            "title": plain(citation.article.title),
            "byline": byline(citation.article),
            "page": page(citation),
            "quote": plain(citation.quote),
            "blocks": shape.quotation(citation),
            "headed": bool(citation.head),
            "left_out": settled and citation.number not in used,
        }
        for citation in cited(answer)
    ]


def _told(exchange: Exchange, found: int) -> str:
    """What a screen reader is told: that something goes on, and the answer once it is whole."""
    if exchange.busy:
        return strings.reading(found) if found else exchange.line or strings.SEARCHING
    if exchange.state == "stopped":
        return strings.STOPPED
    if exchange.state == "failed":
        return exchange.line or strings.FAILED
    said = plain(exchange.answer.text) if exchange.answer else ""
    return f"{said} {strings.sources(found)}" if found else said
