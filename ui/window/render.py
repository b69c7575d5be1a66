"""Untrusted words -> what the window shows. The one place that escapes.

Articles, questions and model output may all be hostile. The rule is blunt so that it can be
trusted: every ASCII character that is not a letter, a digit or a space becomes an entity, so
nothing that Markdown, HTML, mathematics or a diagram language gives a meaning is left. Markup
in the output is ours alone, and the only links are to spans of articles in the library.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rag.schema import Answer, Article, ArticleInfo, Citation, Sentence
from ui import strings
from ui.text import plain

if TYPE_CHECKING:
    from ui.window.conversation import Exchange

_ENTITIES = {code: f"&#{code};" for code in range(33, 127) if not chr(code).isalnum()}

_ARTICLE_ID = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_DIGEST = re.compile(r"[0-9A-Za-z]{1,8}")

_TITLE_WORDS = 90
_CARD_WORDS = 280


def inert(text: str) -> str:
    """The text as Markdown, HTML or an attribute's value that shows as itself and does nothing."""
    return plain(text).translate(_ENTITIES)


def clip(text: str, limit: int) -> str:
    """The first words, at most ``limit`` characters."""
    line = plain(text)
    if len(line) <= limit:
        return line
    return line[:limit].rsplit(" ", 1)[0] + "…"


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


def chip(citation: Citation) -> str:
    """A numbered link to the cited words; nothing if the citation is malformed."""
    href = address(citation)
    if not href:
        return ""
    title = inert(f"{citation.article.title}: {clip(citation.quote, _TITLE_WORDS)}")
    return f'[{citation.number}]({href} "{title}")'


def byline(article: ArticleInfo) -> str:
    """Publisher and date, as far as known, in plain words."""
    known = (article.publisher, article.published and strings.day(article.published))
    return " · ".join(plain(part) for part in known if part)


def messages(exchanges: Iterable[Exchange]) -> list[dict[str, str]]:
    """The conversation as the chat shows it: two messages for every exchange."""
    shown = []
    for place, exchange in enumerate(exchanges):
        asked = "<br>".join(inert(line) for line in plain(exchange.question, True).split("\n"))
        shown.append({"role": "user", "content": asked})
        shown.append({"role": "assistant", "content": reply(exchange, place)})
    return shown


def reply(exchange: Exchange, place: int) -> str:
    """One answer, however far it has come, as Markdown. ``place`` counts exchanges from 0."""
    blocks: list[str] = []
    answer = exchange.answer
    if answer and answer.standalone:
        understood = strings.UNDERSTOOD_AS.format(question=answer.standalone)
        blocks.append(f'<span class="understood">{inert(understood)}</span>')
    said = _sentences(answer) if answer else []
    blocks += said
    if exchange.busy and not said:
        found = len(_cited(answer)) if answer else 0
        waits_for = strings.reading(found) if found else strings.SEARCHING
        blocks.append(f'<span class="waiting">{inert(exchange.line or waits_for)}</span>')
    if answer and answer.notice:
        blocks.append(_aside(answer.notice))
    if exchange.state == "stopped":
        blocks.append(_aside(strings.STOPPED))
    if exchange.state == "failed":
        problem = exchange.line or strings.FAILED
        blocks.append(f'<span class="problem">{inert(problem[:1].upper() + problem[1:])}</span>')
    if answer and (foot := _foot(answer, place)):
        blocks.append(foot)
    return "\n\n".join(blocks)


def source_lists(exchanges: Sequence[Exchange]) -> list[dict[str, Any]]:
    """What the reader lists for each exchange. Plain words: the reader sets them as text."""
    return [_source_list(exchange.answer) for exchange in exchanges]


def article_page(article: Article) -> dict[str, str]:
    """An article for the reader, which sets all of it as text. ``text`` is exactly as stored."""
    return {
        "title": plain(article.title),
        "byline": byline(article),
        "source": plain(article.source),
        "link": article.source if _is_web_address(article.source) else "",
        "language": article.language or "",
        "digest": article.digest[:8],
        "text": article.text,
    }


def masthead(count: int | None) -> str:
    """The page's heading as HTML. None: the library's size is not known yet."""
    size = "" if count is None else f'<p class="size">{inert(strings.articles(count))}</p>'
    return f"<h1>{inert(strings.NAME)}<span>.</span></h1>{size}"


def banner(line: str, error: bool) -> str:
    """What is loading, or why it failed, as HTML."""
    role, tone = ("alert", "error") if error else ("status", "loading")
    return f'<div class="banner {tone}" role="{role}">{inert(line)}</div>'


def _sentences(answer: Answer) -> list[str]:
    """The answer's sentences as blocks: quotations each alone, the rest in paragraphs."""
    blocks: list[str] = []
    running: list[str] = []
    for sentence in answer.sentences:
        words = inert(sentence.text)
        if not words:
            continue
        marks = "".join(chip(citation) for citation in sentence.citations)
        if doubt := _doubt(sentence, answer):
            words = f'<span class="{sentence.support}">{words}</span>'
            marks += doubt
        if not sentence.is_quote:
            running.append(words + marks)
            continue
        if running:
            blocks.append(" ".join(running))
            running = []
        if lead := inert(sentence.lead):
            blocks.append(lead)
        origin = _origin(sentence.citations[0]) if sentence.citations else ""
        blocks.append(f"> {words}<br>{marks} {origin}")
    if running:
        blocks.append(" ".join(running))
    return blocks


def _doubt(sentence: Sentence, answer: Answer) -> str:
    """A mark after a sentence that its citations do not wholly carry, with the reason.

    The page's script makes the title a label that shows on hover and on focus.
    """
    if answer.status == "pending":  # still being checked: nobody's concern yet
        return ""
    if sentence.support == "partial":
        verdict, sign = strings.PARTIAL, "≈"
    elif sentence.support == "unsupported" and answer.status == "answered":
        verdict, sign = strings.UNSUPPORTED, strings.UNSUPPORTED_MARK
    else:
        return ""
    reason = f"{verdict}: {sentence.reason}" if sentence.reason else verdict
    return (
        f'<span class="doubt {sentence.support}" title="{inert(reason)}" tabindex="0">'
        f"{inert(sign)}</span>"
    )


def _origin(citation: Citation) -> str:
    parts = [plain(citation.article.title), byline(citation.article)]
    return f'<span class="origin">{inert(" · ".join(part for part in parts if part))}</span>'


def _aside(line: str) -> str:
    return f'<span class="aside">{inert(line)}</span>'


def _foot(answer: Answer, place: int) -> str:
    """The way to the list of sources, and how the answer came about, as HTML."""
    parts = []
    if count := len(_cited(answer)):
        refused = answer.status == "refused"
        words = f"{strings.NEAREST}: {count}" if refused else strings.sources(count)
        parts.append(f'<a href="#sources-{place}">{inert(words)}</a>')
    if answer.status != "pending" and answer.timings.total_ms is not None:
        took = inert(strings.seconds(answer.timings.total_ms))
        rows = "".join(
            f"<dt>{inert(name)}</dt><dd>{inert(value)}</dd>" for name, value in _details(answer)
        )
        parts.append(
            f"<details><summary>{inert(strings.DETAILS)} "
            f'<span class="took">{took}</span></summary><dl>{rows}</dl></details>'
        )
    return f'<div class="foot">{"".join(parts)}</div>' if parts else ""


def _details(answer: Answer) -> list[tuple[str, str]]:
    """What is told of how an answer came about: name and value."""
    rows = [(strings.MODEL, answer.model or strings.NO_MODEL)]
    for point, name in strings.POINTS.items():
        if (reached := getattr(answer.timings, point)) is not None:
            rows.append((name, strings.after(reached)))
    if repaired := sum(sentence.is_repaired for sentence in answer.sentences):
        rows.append((strings.REPAIRED, str(repaired)))
    return rows


def _cited(answer: Answer) -> tuple[Citation, ...]:
    """What there is to list: the evidence, or for want of it the passages."""
    if answer.evidence:
        return answer.evidence
    return tuple(
        Citation(number, passage.article, passage.start, passage.end, passage.text)
        for number, passage in enumerate(answer.passages, start=1)
    )


def _source_list(answer: Answer | None) -> dict[str, Any]:
    if answer is None:
        return {"heading": strings.SOURCES, "note": "", "cards": []}
    used = {citation.number for sentence in answer.sentences for citation in sentence.citations}
    settled = answer.status in ("answered", "quoted")
    refused = answer.status == "refused"
    cards = [
        {
            "number": citation.number,
            "href": address(citation),
            "title": plain(citation.article.title),
            "byline": byline(citation.article),
            "quote": clip(citation.quote, _CARD_WORDS),
            "tag": strings.NOT_CITED if settled and citation.number not in used else "",
        }
        for citation in _cited(answer)
    ]
    return {
        "heading": strings.NEAREST if refused else strings.SOURCES,
        "note": strings.NEAREST_NOTE if refused and cards else "",
        "cards": cards,
    }


def _is_web_address(source: str) -> bool:
    try:
        parts = urlsplit(source)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
