"""The sources that a conversation cites, each once, as BibTeX and as CSL-JSON.

What an article says of itself, its author and publisher too, is told as it says it: as one name
that no program should take apart.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from urllib.parse import quote

from rag.language.addresses import link_target
from rag.language.visible import plain
from rag.schema import ArticleInfo
from ui.window.conversation.files import as_data
from ui.window.conversation.files.paper import cited
from ui.window.conversation.history import Conversation

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# What TeX gives a meaning. A brace has to be spelt: BibTeX counts it even after a backslash.
_MEANT = str.maketrans(
    {
        "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "$": r"\$", "&": r"\&",
        "#": r"\#", "_": r"\_", "%": r"\%",
    }
)  # fmt: skip


class Source(NamedTuple):
    """An article that was cited, and the day on which it was read for an answer."""

    article: ArticleInfo
    read: date


def sources(conversation: Conversation) -> list[Source]:
    """Each article that an answer cites, once, in the order of their answers and numbers."""
    found: dict[str, Source] = {}
    for exchange in conversation.exchanges:
        asked = exchange.asked
        day = datetime.fromtimestamp(asked, UTC).date() if asked else conversation.created.date()
        for citation in cited(exchange.answer) if exchange.answer else ():
            found.setdefault(citation.article.id, Source(citation.article, day))
    return list(found.values())


def as_csl(conversation: Conversation) -> str:
    """The sources as CSL-JSON, for Zotero, Pandoc and other programs."""
    return as_data([_item(*one) for one in _keyed(sources(conversation))])


def as_bibtex(conversation: Conversation) -> str:
    """The sources as BibTeX, in UTF-8; ``url`` and ``urldate`` are those of biblatex and natbib."""
    return "\n".join(_entry(*one) for one in _keyed(sources(conversation)))


def escaped(text: str) -> str:
    """Words of others as TeX that shows as itself, in one line, its braces balanced."""
    return plain(text).translate(_MEANT)


def _item(key: str, source: Source) -> dict[str, Any]:
    article, address = source.article, link_target(source.article.address)
    known: dict[str, Any] = {
        "id": key,
        "type": "webpage" if address else "document",
        "title": plain(article.title),
        "author": [{"literal": plain(article.author)}] if article.author else None,
        "publisher": plain(article.publisher) if article.publisher else None,
        "container-title": plain(article.publisher or article.site) if address else None,
        "issued": _day(article.published) if article.published else None,
        "accessed": _day(source.read),
        "URL": address,
        "language": article.language,
        "note": "" if address else plain(article.source),
    }
    return {name: value for name, value in known.items() if value}


def _day(day: date) -> dict[str, Any]:
    return {"date-parts": [[day.year, day.month, day.day]]}


def _entry(key: str, source: Source) -> str:
    article, address = source.article, link_target(source.article.address)
    known = {
        # The braces within keep its capitals, and a name from being taken apart.
        "title": f"{{{escaped(article.title)}}}",
        "author": f"{{{escaped(article.author)}}}" if article.author else "",
        "publisher": escaped(article.publisher or ""),
        "howpublished": escaped(article.publisher or article.site) if address else "",
        "year": str(article.published.year) if article.published else "",
        "date": article.published.isoformat() if article.published else "",
        "url": quote(address, safe=":/?#[]@!$&'()*+,;=%-._~"),
        "urldate": source.read.isoformat(),
        "note": "" if address else escaped(article.source),
        "langid": article.language or "",
    }
    lines = [f"  {name} = {{{value}}}," for name, value in known.items() if value]
    if article.published:
        lines.append(f"  month = {_MONTHS[article.published.month - 1]},")
    return "\n".join((f"@misc{{{key},", *lines, "}\n"))


def _keyed(found: Iterable[Source]) -> list[tuple[str, Source]]:
    """Each source with a key of its own, of letters and digits: who, when, and the first word."""
    keyed: dict[str, Source] = {}
    for source in found:
        article = source.article
        who = article.author or article.publisher or article.site or "anon"
        year = f"{article.published:%Y}" if article.published else ""
        key = f"{_first(who)}{year}{_first(article.title)}" or "source"
        number = 1
        while (unique := key if number == 1 else f"{key}-{number}") in keyed:
            number += 1
        keyed[unique] = source
    return list(keyed.items())


def _unaccented(words: str) -> str:
    parted = unicodedata.normalize("NFKD", words)
    return "".join(letter for letter in parted if not unicodedata.combining(letter))


def _first(words: str) -> str:
    """The first word of at least three of the letters that every program takes in a key."""
    found = re.findall(r"[a-z0-9]+", _unaccented(words).lower())
    return next((one for one in found if len(one) > 3), found[0] if found else "")[:20]
