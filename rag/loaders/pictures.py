"""Pictures beside the file of an article in Markdown, which names them. No other file is read."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote

from rag.language.addresses import web_address
from rag.language.markdown import Element, parsed, walked
from rag.schema import Article

MOST_BYTES = 10_000_000
MOST_PIXELS = 40_000_000
# What browsers show and what cannot hold a script.
_FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}
_SUFFIXES = frozenset(".png .jpg .jpeg .gif .webp".split())


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's bytes, and what kind of picture they are."""

    data: bytes
    media_type: str


def picture(article: Article, number: int) -> Picture | None:
    """The picture that an article names as its ``number``-th, counted from 0.

    None where there is no such file in the article's own folder or one within it, or it is no
    picture, or too large.
    """
    file = _file(article, number)
    if file is None:
        return None
    try:
        found = file.stat()
        if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_BYTES:
            return None
        data = file.read_bytes()
    except OSError:
        return None
    media_type = _media_type(data)
    return Picture(data, media_type) if media_type else None


def _file(article: Article, number: int) -> Path | None:
    own = Path(article.source)
    if not article.is_markdown or web_address(article.source) or not own.is_absolute():
        return None  # An upload has no folder.
    named = [
        str(one.facts["address"])
        for one in walked(parsed(article.text) or [])
        if isinstance(one, Element) and one.kind == "image"
    ]
    if not 0 <= number < len(named):
        return None
    try:
        folder = own.resolve(strict=True).parent
        file = (folder / unquote(named[number])).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):  # A byte of zero, a link to itself.
        return None
    is_within = file.is_relative_to(folder) and file.suffix.lower() in _SUFFIXES
    return file if is_within else None


def _media_type(data: bytes) -> str:
    """What the bytes are by their head; empty if no picture that may be shown."""
    from PIL import Image

    try:
        with Image.open(BytesIO(data), formats=list(_FORMATS)) as opened:
            width, height = opened.size
            kind = opened.format or ""
    except Exception:  # Pillow raises whatever a file was made to find.
        return ""
    return _FORMATS.get(kind, "") if width * height <= MOST_PIXELS else ""
