"""What is asked of a library's tables: words of the lexical index, and what a filter admits."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from rag.index.database import folded
from rag.index.dialects import listed
from rag.index.lexical import Lexical
from rag.index.tables import ALSO_AT, ARTICLES, CHUNKS, COLLECTED, COLLECTIONS
from rag.language.letters import plain_letters
from rag.language.lexicon import STOP_WORDS
from rag.language.terms import content_words, spoken, terms, words_of
from rag.language.visible import bounded
from rag.schema import Filter

_WORD = re.compile(r"\w+")
# More words make a query slow, and no answer better.
MOST_WORDS = 64


def batches(
    engine: sa.Engine, query: sa.Select[Any], number: sa.Column[int], batch: int
) -> Iterator[Sequence[Any]]:
    """What a query finds, by the rising ``number`` of its rows, so many at a time.

    Between two batches the catalog is free, and what is found may be changed.
    """
    some, last = query.order_by(number).limit(batch), -1
    while True:
        with engine.connect() as db:
            found = db.execute(some.where(number > last)).all()
        if not found:
            return
        last = getattr(found[-1], number.name)
        yield found


def holds(word: str, index: Lexical) -> sa.ColumnElement[bool]:
    """Whether an article holds a word, or in its text one that begins so."""
    word = sayable(word)
    places = [
        ARTICLES.c[name].icontains(word, autoescape=True)
        for name in ("title", "publisher", "author", "source", "stated_source")
    ]
    also = sa.select(ALSO_AT.c.article_id).where(ALSO_AT.c.source.icontains(word, autoescape=True))
    places.append(ARTICLES.c.id.in_(also))
    places.append(sa.cast(ARTICLES.c.tags, sa.Text).icontains(word, autoescape=True))
    if parts := list(words_of(word)):
        held = sa.select(CHUNKS.c.article_id).where(CHUNKS.c.row.in_(index.beginning(parts)))
        places.append(ARTICLES.c.id.in_(held))
    return sa.or_(*places)


def asked(question: str) -> list[str]:
    """The words of a question that are looked for; not in English, also without their endings."""
    question = plain_letters(question)
    language = spoken(question)
    if language in ("", "en"):
        words = list(dict.fromkeys(_WORD.findall(question.lower())))
        content = [word for word in words if word not in STOP_WORDS] or words
    else:
        said = content_words(question, language) or list(words_of(question))
        content = list(dict.fromkeys([*terms(question, language), *said]))
    return content[:MOST_WORDS]


def conditions(only: Filter) -> list[sa.ColumnElement[bool]]:
    """What a filter asks of an article. Names are compared without regard to case."""
    asked: list[sa.ColumnElement[bool]] = []
    if only.publishers:
        asked.append(named(ARTICLES.c.publisher, only.publishers))
    if only.languages:
        asked.append(named(ARTICLES.c.language, only.languages))
    if only.sources:
        begins = _said(only.sources)
        also = sa.select(ALSO_AT.c.article_id).where(sa.func.begins(ALSO_AT.c.source, begins))
        is_there = sa.func.begins(ARTICLES.c.source, begins)
        asked.append(sa.or_(is_there, ARTICLES.c.id.in_(also)))
    if only.articles:
        asked.append(among(ARTICLES.c.id, only.articles))
    if only.collections:
        within = sa.select(COLLECTED.c.article_id).join(COLLECTIONS)
        asked.append(ARTICLES.c.id.in_(within.where(collected_as(only.collections))))
    if only.since:
        asked.append(ARTICLES.c.published >= only.since)
    if only.until:
        asked.append(ARTICLES.c.published <= only.until)
    return asked


def named(column: sa.ColumnElement[str], names: Iterable[str]) -> sa.ColumnElement[bool]:
    """Whether it is one of these names, in any case."""
    return among(sa.func.folded(column), [folded(name) for name in names])


def collected_as(names: Iterable[str]) -> sa.ColumnElement[bool]:
    """Whether a collection is one of these."""
    return among(COLLECTIONS.c.key, [folded(bounded(name)) for name in names])


def among(column: sa.ColumnElement[Any], values: Iterable[Any]) -> sa.ColumnElement[bool]:
    """Whether it is one of these values, of which there may be any number.

    SQLite bears 32,766 variables in a statement, PostgreSQL 65,535; a list in JSON is one.
    """
    return column.in_(sa.select(listed(_said(values)).table_valued("value").c.value))


def _said(values: Iterable[Any]) -> str:
    return json.dumps([sayable(one) if isinstance(one, str) else one for one in values])


def sayable(words: str) -> str:
    """The same words; NULs and halves of surrogate pairs, of which no database knows, as ``?``."""
    return words.encode(errors="replace").decode().replace("\0", "?")
