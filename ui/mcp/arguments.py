"""What the tools are given and what they answer, each as the JSON schema that a client is told.

Answers and passages are the same objects as those of the API below ``/v1``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from rag.errors import IbidError
from rag.schema import Filter
from ui.api.v1.documents import ArticleDocument, Document, PassageDocument

MOST_READ = 20_000
"""Characters of an article that are told at once."""
MOST_LISTED = 100
_MOST_FOUND = 20
_MOST_AROUND = 5_000
_MOST_TEXT = 200_000
_LONGEST_NAME = 200
_LONGEST_PLACE = 2_000
_MOST_NAMES = 50


class Misuse(IbidError):
    """A tool was given what makes no sense; its words are about that alone."""


class Arguments(BaseModel):
    """What a tool is given."""

    model_config = ConfigDict(extra="forbid")


class Narrowing(Arguments):
    """Which articles are meant: all, unless something is given; all that is given must hold."""

    collection: str = Field(
        "", max_length=_LONGEST_NAME, description="Only articles of the collection of this name."
    )
    publishers: list[str] = Field(
        [], max_length=_MOST_NAMES, description="Only articles of one of these publishers."
    )
    since: date | None = Field(
        None, description="Only articles published on this day or later (YYYY-MM-DD)."
    )
    until: date | None = Field(
        None, description="Only articles published on this day or before (YYYY-MM-DD)."
    )

    def only(self, articles: tuple[str, ...] = ()) -> Filter | None:
        """The same as a filter; None for all articles."""
        only = Filter(
            publishers=tuple(self.publishers),
            since=self.since,
            until=self.until,
            articles=articles,
            collections=(self.collection,) if self.collection else (),
        )
        return only if only != Filter() else None


class Asking(Narrowing):
    """A question."""

    question: str = Field(
        min_length=1,
        description="The question, whole and by itself, in at most 2,000 characters: nothing is "
        "remembered of questions before it.",
    )


class Searching(Narrowing):
    """What is looked for."""

    query: str = Field(
        min_length=1, description="A question or key words, in at most 2,000 characters."
    )
    limit: int = Field(6, ge=1, le=_MOST_FOUND, description="How many passages at most.")


class OneArticle(Arguments):
    """An article, whole or a part of it."""

    id: str = Field(
        min_length=1,
        max_length=_LONGEST_NAME,
        description="The article's id, as other tools tell it.",
    )
    start: int = Field(0, ge=0, description="The first character that is wanted, counted from 0.")
    end: int | None = Field(
        None,
        ge=0,
        description=f"The one behind the last; as many as fit, {MOST_READ:,}, unless given.",
    )
    context: int = Field(
        0, ge=0, le=_MOST_AROUND, description="So many characters before and after, as well."
    )


class Listing(Narrowing):
    """Which articles are listed."""

    words: str = Field(
        "",
        max_length=_LONGEST_NAME,
        description="Only articles with all these words in their text, title, names or source.",
    )
    limit: int = Field(50, ge=1, le=MOST_LISTED, description="How many at most.")
    cursor: str = Field(
        "", max_length=_LONGEST_NAME, description="The next_cursor of the list before this one."
    )


class Adding(Arguments):
    """An article that is added: exactly one of ``text`` and ``url``."""

    text: str = Field(
        "", max_length=_MOST_TEXT, description="The article's text, plain or as Markdown."
    )
    url: str = Field(
        "", max_length=_LONGEST_PLACE, description="A web address to read the article from."
    )
    title: str = Field(
        "", max_length=_LONGEST_NAME, description="The title of the text, if it has one."
    )
    publisher: str = Field("", max_length=_LONGEST_NAME, description="Who published the text.")
    author: str = Field("", max_length=_LONGEST_NAME, description="Who wrote the text.")
    published: date | None = Field(
        None, description="The day on which the text was published (YYYY-MM-DD)."
    )
    collection: str = Field(
        "",
        max_length=_LONGEST_NAME,
        description="Put it into the collection of this name, made if there is none.",
    )


class AddingHere(Adding):
    """An article that is added: exactly one of ``text``, ``url`` and ``path``."""

    path: str = Field(
        "",
        max_length=_LONGEST_PLACE,
        description="The whole path of a file on this machine, of any format that Ibid reads.",
    )


class Removing(Arguments):
    """An article that is removed."""

    id: str = Field(
        min_length=1, max_length=_LONGEST_NAME, description="The article's whole id, no part of it."
    )


class Span(Document):
    """A part of an article's text, by its offsets in code points."""

    start: int
    end: int


class Found(Document):
    """The passages, best first."""

    passages: list[PassageDocument]


class Read(Document):
    """A part of an article, from ``start`` to ``end`` of its ``length`` in code points.

    ``withheld`` are the parts of ``text`` that speak to a language model as if they could order
    it; they are blank in it.
    """

    article: ArticleDocument
    text: str
    start: int
    end: int
    length: int
    next_start: int | None = Field(None, description="where to go on reading; null: at its end")
    withheld: list[Span] = Field([])


class Listed(Document):
    """Articles, the latest added first, and how many there are in all."""

    articles: list[ArticleDocument]
    total: int
    next_cursor: str | None = Field(None, description="what lists the next ones; null: none left")


class Added(Document):
    """What became of an article: "added", "replaced" (another version of it), or the "same"."""

    id: str
    title: str
    source: str
    outcome: str
    notes: list[str] = Field([])

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Added:
        """The same of what `ui.api.documents.added` tells."""
        facts = {name: told[name] for name in ("title", "source", "outcome", "notes")}
        return cls(id=told["article_id"], **facts)


class Additions(Document):
    """What was added, and why what else was there was not."""

    articles: list[Added]
    failed: list[str] = Field([])


class Removal(Document):
    """The article that is gone."""

    removed: ArticleDocument
