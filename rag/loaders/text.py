"""Plain text and Markdown with YAML front matter."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rag.errors import ArticleError
from rag.language.addresses import web_address
from rag.language.detection import language_of
from rag.language.sentences import split
from rag.language.visible import bounded, shortened, spelt
from rag.loaders.encoding import decode
from rag.loaders.facts import Facts
from rag.loaders.front_matter import front_matter
from rag.loaders.markup import shown_markdown
from rag.schema import Article

_TITLE_CHARS = 90
# A path or an address, no name of a publisher.
_ADDRESS = re.compile(r"[/\\:]|\.\w+\Z")
_HEADING = re.compile(r"\A\s*#[^\S\n]+([^\n]+)")


def read_plain(data: bytes, file: Path, source: str) -> Article:
    """A bare text: its title is its first sentence, shortened."""
    text, notes = decode(data, file)
    return build(text, {"source": source, "notes": notes}, file)


def read_markdown(data: bytes, file: Path, source: str) -> Article:
    """Markdown; front matter may name each fact, such as title, published or link."""
    whole, doubts = decode(data, file)
    facts, text, notes = front_matter(whole)
    text = shown_markdown(text)
    heading = _HEADING.match(text)
    if heading:
        facts["heading"] = heading.group(1).strip().rstrip("#").strip()
    return build(text, {**facts, "source": source, "notes": (*doubts, *notes)}, file)


def build(text: str, facts: Mapping[str, Any], file: Path) -> Article:
    """An article from its text, its ``source``, and what it says of itself.

    A language that it does not name is that of its words, if that is clear.

    Raises:
        ArticleError: there is no text.
    """
    text = text.strip()
    if not text:
        raise ArticleError(f"{file}: there is no text in it; nothing was added", "empty")
    said = Facts(facts)
    source = spelt(str(facts.get("source") or "")) or spelt(str(file.resolve()))
    title = said.title() or bounded(first_words(text) or spelt(file.stem))
    publisher, published, language = said.publisher(), said.published(), said.language()
    author, link, address = said.author(), said.link(), web_address(source)
    stated = said.words("stated_source") or (link if address else None)
    named = [title, publisher or "", str(published or ""), language or ""]
    named += [fact for fact in (author, link) if fact]  # Else older digests would change.
    identity = "\x1f".join([*named, text])
    # Many write the publisher there.
    is_publisher = stated and not publisher and not _ADDRESS.search(stated)
    return Article(
        id=identifier(source),
        title=title,
        source=source,
        publisher=stated if is_publisher else publisher,
        published=published,
        language=language or language_of(text) or None,
        digest=hashlib.sha256(identity.encode()).hexdigest(),
        text=text,
        author=author,
        link=address or link,
        stated_source=None if stated == source else stated,
        tags=said.tags(),
        notes=(*facts.get("notes", ()), *said.notes),
    )


def identifier(source: str) -> str:
    """The id of an article that was first had there: 12 hexadecimal digits."""
    return hashlib.sha256(source.encode()).hexdigest()[:12]


def first_words(text: str) -> str:
    """The first sentence of a text on one line, shortened to about 90 characters."""
    first = split(text[:2000])[0]
    return shortened(spelt(text[first.start : first.end].lstrip("#")), _TITLE_CHARS).rstrip(".")
