"""E-mail: what was written, who wrote it to whom and when, and the names of what hung on it.

Taking it apart is the standard library's. What is attached is named and not read, but for mail that
was passed on, which is part of what was said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path

from rag.errors import ArticleError
from rag.language.visible import bounded, shortened
from rag.loaders.encoding import decode
from rag.loaders.office import page_text
from rag.loaders.package import damaged
from rag.loaders.text import build
from rag.schema import Article

Mail = Message
_LONGEST_HEADING = 10_000
_MOST_PARTS = 2_000
_MOST_DEPTH = 20
_MOST_PASSED_ON = 5  # one in the other
_MOST_NAMED = 20
_STUB = 4  # A page of HTML that says so many times as much: the plain part only points to it.
_WRAPPED = 55  # characters; a shorter line ends where its writer ended it
_QUOTED = re.compile(r"(?:> ?){1,50}")
_ITEM = re.compile(r"\s*(?:[-*+•]|\d+[.)])\s|On .*:$")
_ENCRYPTED = ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")
_OPENING = re.compile(
    rb"(?im)^(from|to|subject|date|received|message-id|mime-version|return-path):"
)


def read_eml(data: bytes, file: Path, source: str) -> Article:
    """The text of a mail, titled by its subject, with its writer, its day and its attachments.

    Raises:
        ArticleError: it is no mail, or nothing is written in it.
    """
    if not _OPENING.search(data[:20_000]):
        raise damaged(file, "no heading of a mail")
    message = message_from_bytes(data)
    if _count(message) > _MOST_PARTS:
        raise damaged(file, f"more than {_MOST_PARTS:,} parts")
    if (
        message.get_content_type() in _ENCRYPTED
        and message.get_param("smime-type") != "signed-data"
    ):
        raise ArticleError(
            f"{file}: this mail is encrypted; open it in its program and save it in plain words",
            "mail encrypted",
        )
    attached: list[str] = []
    text = "\n\n".join(_blocks(message, file, attached))
    if not text.strip() and not attached:
        raise ArticleError(f"{file}: there is no text in it; nothing was added", "empty")
    if attached:
        text += f"\n\nAttached: {'; '.join(attached)}"
    facts = {
        "title": _heading(message, "subject"),
        "author": ", ".join(_people(message, "from")),
        "published": _day(message),
        "language": _heading(message, "content-language") or None,
        "source": source,
        "notes": _notes(attached),
    }
    return build(text, facts, file)


def _count(message: Mail) -> int:
    """How many parts there are. Raises no error of a depth: they are counted one level a step."""
    count, level, depth = 0, [message], 0
    while level and count <= _MOST_PARTS:
        count += len(level)
        depth += 1
        below = [part for one in level if one.is_multipart() for part in one.get_payload()]
        level = [part for part in below if isinstance(part, Message)]
        if depth > _MOST_DEPTH:
            return _MOST_PARTS + 1
    return count


def _blocks(message: Mail, file: Path, attached: list[str], depth: int = 0) -> Iterator[str]:
    """A mail: its line of names, what was written, and the mails that it passes on."""
    if line := _line(message, with_subject=depth > 0):
        yield line
    plain, page = list[str](), list[str]()
    passed_on: list[Mail] = []
    for part in _parts(message):
        kind, name = part.get_content_type(), _decoded(part.get_filename() or "")
        is_attached = part.get_content_disposition() == "attachment"
        if kind == "message/rfc822" and depth < _MOST_PASSED_ON:
            passed_on += [one for one in part.get_payload() if isinstance(one, Message)]
        elif is_attached or name or kind not in ("text/plain", "text/html"):
            if kind.startswith("image/") and not is_attached:
                continue  # It is part of the look of the page.
            attached.append(bounded(name or kind))
        else:
            (page if kind == "text/html" else plain).append(_text(part, file))
    written = "\n\n".join(filter(None, plain)).strip()
    shown = "\n\n".join(filter(None, (page_text(one, file) for one in page))).strip()
    is_stub = len(shown) > _STUB * len(written)
    if chosen := shown if is_stub or not written else written:
        yield chosen
    for one in passed_on:
        yield from _blocks(one, file, attached, depth + 1)


def _parts(message: Mail) -> Iterator[Mail]:
    """The parts that are no folders of parts; a mail that is passed on is one."""
    if message.get_content_maintype() != "multipart" or not message.is_multipart():
        yield message
        return
    for part in message.get_payload():
        if isinstance(part, Message):
            yield from _parts(part)


def _text(part: Mail, file: Path) -> str:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    if not data.strip():
        return ""
    text, _ = decode(data, file, part.get_content_charset() or "")
    is_flowed = str(part.get_param("format", "")).lower() == "flowed"
    joins = str(part.get_param("delsp", "")).lower() == "yes"
    return "\n".join(_whole(text.split("\n"), is_flowed, "" if joins else " "))


def _whole(lines: Iterable[str], is_flowed: bool, space: str) -> Iterator[str]:
    """The lines with those joined that belong together, each with the marks of what it quotes.

    A space at the end of a flowing line says that it goes on; "-- " is above a signature. What is
    quoted otherwise goes on below a line that is about as long as one can be: else its marks would
    stand in the midst of its sentences.
    """
    pieces: list[str] = []
    before, last = 0, ""
    for line in lines:
        marks, words = _unquoted(line)
        depth = marks.count(">")
        goes_on = bool(pieces) and depth == before and bool(words.strip())
        if goes_on and is_flowed and last.endswith(" ") and last != "-- ":
            pieces[-1] = pieces[-1][:-1] + space
            pieces.append(words)
        elif (
            goes_on and depth and not is_flowed and len(last) > _WRAPPED and not _ITEM.match(words)
        ):
            pieces += [" ", words]
        else:
            if pieces:
                yield "".join(pieces)
            pieces = [marks, words]
        before, last = depth, words
    yield "".join(pieces)


def _unquoted(line: str) -> tuple[str, str]:
    """The marks that a line is quoted by, and its words."""
    marks = _QUOTED.match(line)
    return (marks.group(), line[marks.end() :]) if marks else ("", line)


def _line(message: Mail, *, with_subject: bool) -> str:
    """Who wrote to whom and when, and of a mail that was passed on its subject too."""
    told = {
        "Subject": _heading(message, "subject") if with_subject else "",
        "From": ", ".join(_people(message, "from")),
        "To": ", ".join([*_people(message, "to"), *_people(message, "cc")]),
        "Sent": _day(message) or "",
    }
    return "; ".join(f"{name}: {words}" for name, words in told.items() if words)


def _people(message: Mail, name: str) -> list[str]:
    """The names in a heading, or the addresses of those without one."""
    said = [str(one)[:_LONGEST_HEADING] for one in message.get_all(name, [])[:_MOST_NAMED]]
    # Taken apart before it is decoded: there may be a comma in a name.
    found = getaddresses(said)[:_MOST_NAMED]
    people = (bounded(_decoded(who) or address) for who, address in found)
    return [one for one in people if one.strip()]


def _day(message: Mail) -> str | None:
    said = _heading(message, "date")
    try:
        return parsedate_to_datetime(said).date().isoformat()
    except (ValueError, TypeError, IndexError):
        return said or None


def _heading(message: Mail, name: str) -> str:
    return shortened(_decoded(str(message.get(name, ""))), 300)


def _decoded(words: str) -> str:
    """A heading in the letters that it stands for, on one line."""
    words = words[:_LONGEST_HEADING]
    try:
        return " ".join(str(make_header(decode_header(words))).split())
    except (HeaderParseError, LookupError, ValueError):  # It is made to break a parser.
        return " ".join(words.split())


def _notes(attached: list[str]) -> tuple[ArticleError, ...]:
    if not attached:
        return ()
    names = ", ".join(attached[:_MOST_NAMED])
    return (
        ArticleError(
            f"not read, since it is attached: {names}; save it and add it if it should be",
            "attached",
            names=names,
        ),
    )
