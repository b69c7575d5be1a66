"""Plain text and Markdown with YAML front matter."""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rag.errors import ArticleError
from rag.language.addresses import web_address
from rag.language.sentences import split
from rag.language.visible import bounded, shortened, spelt
from rag.loaders.facts import Facts
from rag.loaders.front_matter import front_matter
from rag.schema import Article

_TITLE_CHARS = 90
# A path or an address, no name of a publisher.
_ADDRESS = re.compile(r"[/\\:]|\.\w+\Z")
_HEADING = re.compile(r"\A\s*#[^\S\n]+([^\n]+)")
_MARKS = (  # The order counts: UTF-32's mark begins with that of UTF-16.
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_plain(data: bytes, file: Path, source: str) -> Article:
    """A bare text: its title is its first sentence, shortened."""
    return build(decode(data, file), {"source": source}, file)


def read_markdown(data: bytes, file: Path, source: str) -> Article:
    """Markdown; front matter may name each fact, such as title, published or link."""
    facts, text, notes = front_matter(decode(data, file))
    heading = _HEADING.match(text)
    if heading:
        facts["heading"] = heading.group(1).strip().rstrip("#").strip()
    return build(text, {**facts, "source": source, "notes": notes}, file)


def decode(data: bytes, file: Path) -> str:
    """Bytes to text with ``\\n`` line ends, by byte order mark, UTF-8, or a good guess.

    Raises:
        ArticleError: the bytes are no text.
    """
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = _guessed(data)
    if "\0" in text:
        raise ArticleError(
            f"{file}: this is not text but a binary file; save it as UTF-8 text", "binary"
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _guessed(data: bytes) -> str:
    """Text in some older encoding; a NUL if it is none."""
    from charset_normalizer import from_bytes

    guesses = from_bytes(data)
    best = guesses.best()
    if best is None:
        return "\0"
    # Western Europe's encoding fits a short text no better than a dozen others do, but is
    # likelier than all of them together.
    for guess in guesses:
        as_good = guess.chaos <= best.chaos and guess.coherence > best.coherence - 0.1
        if as_good and "cp1252" in guess.could_be_from_charset:
            return data.decode("cp1252")
    return str(best)


def build(text: str, facts: Mapping[str, Any], file: Path) -> Article:
    """An article from its text, its ``source``, and what it says of itself.

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
    claimed = said.words("claimed_source") or (link if address else None)
    named = [title, publisher or "", str(published or ""), language or ""]
    named += [fact for fact in (author, link) if fact]  # Else older digests would change.
    identity = "\x1f".join([*named, text])
    # Many write the publisher there.
    is_publisher = claimed and not publisher and not _ADDRESS.search(claimed)
    return Article(
        id=identifier(source),
        title=title,
        source=source,
        publisher=claimed if is_publisher else publisher,
        published=published,
        language=language,
        digest=hashlib.sha256(identity.encode()).hexdigest(),
        text=text,
        author=author,
        link=address or link,
        claimed_source=None if claimed == source else claimed,
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
