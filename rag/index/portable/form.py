"""The form of the file: its manifest, and the line of an article.

A zip: ``articles.jsonl`` holds one article a line, ``originals/DIGEST.pdf`` is a PDF, and
``manifest.json`` the SHA-256 of every other member.
"""

from __future__ import annotations

import base64
from datetime import date, datetime
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from rag.duplicates import OtherSource, Removed
from rag.index import rows
from rag.index.originals import ORIGINALS
from rag.language.addresses import web_address
from rag.language.visible import bounded
from rag.loaders import corrected
from rag.schema import Article, ArticleInfo, Chunk

ARTICLES, MANIFEST = "articles.jsonl", "manifest.json"
FORMAT = 1
_VECTOR = np.dtype("<f4")

_Hex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{4,64}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Manifest(_Strict):
    """What a file holds, and the sums by which it is known to be whole.

    ``fingerprint``: what made the vectors.
    """

    format: int
    written_by: str
    written: datetime
    fingerprint: str
    articles: int = Field(ge=0)
    sha256: dict[str, str]


class _Facts(_Strict):
    id: _Hex
    title: str
    source: Annotated[str, StringConstraints(min_length=1, max_length=8_192)]
    publisher: str | None = None
    published: date | None = None
    language: str | None = None
    digest: _Hex
    author: str | None = None
    link: str | None = None
    pages: tuple[int, ...] = ()
    stated_source: str | None = None
    tags: tuple[str, ...] = ()
    text: str


class _Source(_Strict):
    source: Annotated[str, StringConstraints(min_length=1, max_length=8_192)]
    body: _Hex
    added: datetime


class Record(_Strict):
    """A line: ``chunks`` are offsets, ``vectors`` float32 in base64, one a chunk; or neither."""

    article: _Facts
    added: datetime
    edited: dict[str, str | None] = {}
    chunks: tuple[tuple[int, int], ...] = ()
    vectors: str = ""
    collections: tuple[str, ...] = ()
    also: tuple[_Source, ...] = ()


def copy_of(one: ArticleInfo) -> str:
    """The name of the copy of an article's PDF."""
    return f"{ORIGINALS}/{one.digest}.pdf"


def line(one: Removed) -> dict[str, Any]:
    """An article as its line tells it."""
    facts = {name: getattr(one.article, name) for name in _Facts.model_fields}
    day = one.article.published
    vectors = np.asarray(one.vectors, dtype=_VECTOR).tobytes() if one.vectors else b""
    return {
        "article": facts | {"published": day.isoformat() if day else None},
        "added": one.added.isoformat(),
        "edited": rows.written(one.edited),
        "chunks": [(piece.start, piece.end) for piece in one.chunks],
        "vectors": base64.b64encode(vectors).decode(),
        "collections": one.collections,
        "also": [{**other._asdict(), "added": other.added.isoformat()} for other in one.also],
    }


def article(record: Record) -> Removed:
    """The article of a line, which anybody may have written.

    Raises:
        ValueError: a chunk lies outside of its text, or the vectors are not one a chunk.
        ArticleError: what a person wrote over it makes no sense.
    """
    facts = record.article.model_dump()
    if facts["link"] and not web_address(facts["link"]):
        facts["link"] = None
    edited = corrected(record.edited, facts["title"])
    read = Article(**{**facts, **edited}, by_hand=tuple(edited))
    length = len(read.text)
    if not all(0 <= start < end <= length for start, end in record.chunks):
        raise ValueError("a chunk lies outside of its text")
    chunks = tuple(
        Chunk(
            f"{read.id}.{read.digest[:8]}.{number}",
            read.id,
            start,
            end,
            read.text[start:end],
        )
        for number, (start, end) in enumerate(record.chunks)
    )
    vectors = np.frombuffer(base64.b64decode(record.vectors, validate=True), _VECTOR)
    if vectors.size and (vectors.size % max(len(chunks), 1) or not np.isfinite(vectors).all()):
        raise ValueError("its vectors are not one a chunk")
    stacked = tuple(vectors.reshape(len(chunks), -1)) if chunks and vectors.size else ()
    within = tuple(filter(None, map(bounded, record.collections)))
    also = tuple(OtherSource(one.source, one.body, one.added) for one in record.also)
    return Removed(read, record.added, edited, chunks if stacked else (), stacked, within, also)
