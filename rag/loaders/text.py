"""Plain text and Markdown with YAML front matter."""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from rag.errors import ArticleError
from rag.language.addresses import web_address
from rag.language.sentences import split
from rag.language.visible import spelt
from rag.schema import Article

_TITLE_CHARS = 90
_MOST_TITLE_CHARS = 300
_MOST_LINK_CHARS = 2000
EDITABLE = ("title", "publisher", "author", "published", "link")
_FRONT_MATTER = re.compile(r"\A---[^\S\n]*\n(.{0,50000}?\n)?---[^\S\n]*(?:\n|\Z)", re.DOTALL)
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
    facts, text = _front_matter(decode(data, file), file)
    facts["source"] = facts.get("source") or source
    heading = _HEADING.match(text)
    if heading and not facts.get("title"):
        facts["title"] = heading.group(1).strip().rstrip("#").strip()
    return build(text, facts, file)


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


def build(text: str, facts: dict[str, Any], file: Path) -> Article:
    """An article from its text and what its front matter says.

    Raises:
        ArticleError: there is no text, ``published`` is no date, or another fact is no words.
    """
    text = text.strip()
    if not text:
        raise ArticleError(f"{file}: there is no text in it; nothing was added", "empty")
    source = _words(facts, "source", file) or spelt(str(file.resolve()))
    title = _words(facts, "title", file) or first_words(text) or spelt(file.stem)
    title = _shortened(title, _MOST_TITLE_CHARS)
    publisher = _words(facts, "publisher", file)
    published = _day(_words(facts, "published", file), file)
    language = _words(facts, "language", file)
    author = _words(facts, "author", file)
    link = web_address(_words(facts, "link", file))
    named = [title, publisher or "", str(published or ""), language or ""]
    named += [fact for fact in (author, link) if fact]  # Else older digests would change.
    identity = "\x1f".join([*named, text])
    return Article(
        id=hashlib.sha256(source.encode()).hexdigest()[:12],
        title=title,
        source=source,
        publisher=publisher,
        published=published,
        language=language,
        digest=hashlib.sha256(identity.encode()).hexdigest(),
        text=text,
        author=author,
        link=link or web_address(source),
    )


def corrected(facts: Mapping[str, str | None], name: str) -> dict[str, Any]:
    """What a person says of the article ``name``, as it may be stored.

    Raises:
        ArticleError: a fact has no place, there is no title, or the date or the link is none.
    """
    if unknown := set(facts) - set(EDITABLE):
        raise ArticleError(f"{name}: {', '.join(sorted(unknown))} cannot be edited")
    said = {fact: _words(facts, fact, name) for fact in facts}
    if "title" in said and not said["title"]:
        raise ArticleError(f"{name}: the title is empty; write one", "no title")
    if said.get("link") and not web_address(said["link"]):
        raise ArticleError(f"{name}: the link must begin with http:// or https://", "no web link")
    kept: dict[str, Any] = {
        fact: words and _shortened(words, _MOST_TITLE_CHARS if fact != "link" else _MOST_LINK_CHARS)
        for fact, words in said.items()
    }
    if "published" in said:
        kept["published"] = _day(said["published"], name)
    return kept


def first_words(text: str) -> str:
    """The first sentence of a text on one line, shortened to about 90 characters."""
    first = split(text[:2000])[0]
    return _shortened(spelt(text[first.start : first.end].lstrip("#")), _TITLE_CHARS).rstrip(".")


def _front_matter(text: str, file: Path) -> tuple[dict[str, Any], str]:
    """What the front matter says, by names in lower case, and the text below it."""
    import yaml

    front = _FRONT_MATTER.match(text)
    if front is None:
        return {}, text
    try:
        # The loader that leaves every value in the words that were written: a title of 1984 or
        # No stays one, and no tag is obeyed.
        facts = yaml.load(front.group(1) or "", Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError) as error:
        line = " ".join(str(error).split())
        raise ArticleError(
            f"{file}: front matter is not YAML ({line}); mend or remove it",
            "front matter",
            why=line,
        ) from None
    if not isinstance(facts, dict):
        return {}, text  # Prose between two rules.
    return {str(name).lower(): value for name, value in facts.items()}, text[front.end() :]


def _words(facts: Mapping[str, Any], name: str, file: Path | str) -> str | None:
    value = facts.get(name)
    if isinstance(value, list | dict):
        raise ArticleError(
            f"{file}: {name}: is a list or a table; write it as words on one line",
            "list for words",
            name=name,
        )
    words = "" if value is None else spelt(str(value))
    return None if words in ("", "~", "null") else words


def _shortened(words: str, most: int) -> str:
    if len(words) <= most:
        return words
    return words[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def _day(words: str | None, file: Path | str) -> date | None:
    if words is None:
        return None
    try:
        return datetime.fromisoformat(words).date()
    except ValueError:
        raise ArticleError(
            f"{file}: published: {words[:40]!r} is not a date; write it as 2024-11-28",
            "no date",
            words=words[:40],
        ) from None
