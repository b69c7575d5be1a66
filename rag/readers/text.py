"""Plain text and Markdown with YAML front matter."""

from __future__ import annotations

import hashlib
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

from rag.errors import ArticleError
from rag.schema import Article
from rag.sentences import split

_TITLE_CHARS = 90
_HEADING = re.compile(r"\A\s*#\s+(.+?)\s*#*\s*$", re.MULTILINE)


def read_plain(file: Path) -> Article:
    """A bare text: its title is its first sentence, shortened; its source is its path."""
    return build(decode(file.read_bytes(), file), {}, file)


def read_markdown(file: Path) -> Article:
    """Markdown; front matter may name title, source, publisher, published and language."""
    import frontmatter
    import yaml

    text = decode(file.read_bytes(), file)
    try:
        post = frontmatter.loads(text)
    except (yaml.YAMLError, ValueError) as error:
        line = str(error).replace("\n", " ")
        raise ArticleError(
            f"{file}: front matter is not YAML ({line}); mend or remove it"
        ) from None
    facts = dict(post.metadata)
    heading = _HEADING.match(post.content)
    if "title" not in facts and heading:
        facts["title"] = heading.group(1)
    return build(post.content, facts, file)


def decode(data: bytes, file: Path) -> str:
    """Bytes to text with ``\\n`` line ends, by byte order mark, UTF-8, or a good guess.

    Raises:
        ArticleError: the bytes are no text.
    """
    from charset_normalizer import from_bytes

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        best = from_bytes(data).best()
        if best is None:
            raise ArticleError(f"{file}: this is not text; save it as UTF-8") from None
        text = str(best).removeprefix("\ufeff")
    if "\0" in text:
        raise ArticleError(f"{file}: this is not text but a binary file; save it as UTF-8 text")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def build(text: str, facts: dict[str, Any], file: Path) -> Article:
    """An article from its text and what its front matter says.

    Raises:
        ArticleError: there is no text, or ``published`` is no date.
    """
    text = text.strip()
    if not text:
        raise ArticleError(f"{file}: there is no text in it; nothing was added")
    source = _words(facts.get("source")) or str(file.resolve())
    title = _words(facts.get("title")) or first_words(text)
    publisher = _words(facts.get("publisher"))
    published = _day(facts.get("published"), file)
    language = _words(facts.get("language"))
    identity = "\x1f".join([title, publisher or "", str(published or ""), language or "", text])
    return Article(
        id=hashlib.sha256(source.encode()).hexdigest()[:12],
        title=title,
        source=source,
        publisher=publisher,
        published=published,
        language=language,
        digest=hashlib.sha256(identity.encode()).hexdigest(),
        text=text,
    )


def first_words(text: str) -> str:
    """The first sentence of a text on one line, shortened to about 90 characters."""
    first = split(text[:2000])[0]
    sentence = " ".join(text[first.start : first.end].lstrip("#").split())
    if len(sentence) <= _TITLE_CHARS:
        return sentence.rstrip(".")
    return sentence[: _TITLE_CHARS - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def _words(value: Any) -> str | None:
    return " ".join(str(value).split()) or None if value is not None else None


def _day(value: Any, file: Path) -> date | None:
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return datetime.fromisoformat(str(value).strip()).date()
    except ValueError:
        raise ArticleError(
            f"{file}: published: {value!r} is not a date; write it as 2024-11-28"
        ) from None
