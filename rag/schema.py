"""The words that every other module speaks: articles, chunks, passages, citations, answers.

Offsets are code points of the stored article text, and this holds of every chunk and citation:
``article.text[chunk.start:chunk.end] == chunk.text``. A passage and a citation carry what their
text was analysed to, once. Nothing here imports a third-party package, so any layer may import all.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from rag.errors import ArticleError
from rag.language import addresses, tables
from rag.language.facts import Analysis, analyse
from rag.language.injection import addresses_a_model
from rag.language.sentences import split_with_heads
from rag.language.visible import bounded
from rag.reasons import OWN, Reason

if TYPE_CHECKING:
    pass

Support = Literal["verified", "partial", "unchecked", "unsupported"]
# What may be told as an article's: "unchecked" is in a language that the check does not read.
SUPPORTED: tuple[Support, ...] = ("verified", "partial")
Status = Literal["pending", "answered", "quoted", "hedged", "refused", "own"]
Lead = Literal["", "nearest", "differs", "source"]
Role = Literal["user", "assistant"]
MOST_TAGS = 30
MARKDOWN = (".md", ".markdown")


@dataclass(frozen=True, slots=True)
class ArticleInfo:
    """What is known of an article, without its text.

    ``source`` is where it was had: a file's path, or the address that a link led to in the end.
    ``id`` follows from where it was had first and so survives an edit of the article;
    ``digest`` follows from its text and front matter as they were read and so does not.

    All else is what it says of itself, and no fact: ``stated_source`` is where it says that it
    comes from, ``link`` where it says that it can be read on the web (of a web page, where it was
    had). Words among them are on one line of 200 characters at most. ``by_hand`` names those that
    a person wrote over them. ``pages`` are the offsets at which its pages begin, if it has pages.
    """

    id: str
    title: str
    source: str
    publisher: str | None
    published: date | None
    language: str | None
    digest: str
    author: str | None = field(default=None, kw_only=True)
    link: str | None = field(default=None, kw_only=True)
    pages: tuple[int, ...] = field(default=(), kw_only=True)
    stated_source: str | None = field(default=None, kw_only=True)
    tags: tuple[str, ...] = field(default=(), kw_only=True)
    by_hand: tuple[str, ...] = field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        for name in ("title", "publisher", "author", "stated_source", "language"):
            if said := getattr(self, name):
                object.__setattr__(self, name, bounded(said))
        object.__setattr__(self, "tags", tuple(map(bounded, self.tags[:MOST_TAGS])))

    @property
    def address(self) -> str:
        """Where it was had on the web, or a person says that it can be read; mostly empty."""
        return (self.link if "link" in self.by_hand else addresses.web_address(self.source)) or ""

    @property
    def stated_origin(self) -> str:
        """Where it says that it is from, if that is not where it was had; mostly empty."""
        stated = self.stated_source or self.link
        known = (self.address, self.source, self.publisher)
        return stated if stated and stated not in known else ""

    @property
    def is_markdown(self) -> bool:
        """Whether its text is Markdown, by the name of the file or page that it was had from."""
        return addresses.ending(self.source) in MARKDOWN

    @property
    def page_kind(self) -> addresses.PageKind:
        """What its pages are, by the same name."""
        return addresses.page_kind(self.source)

    @property
    def site(self) -> str:
        """The host that it was had from; empty if it is no page of the web."""
        return addresses.host(self.source)

    def page(self, offset: int) -> int | None:
        """The number of the page, from 1, on which this place of the text stands."""
        return bisect_right(self.pages, offset) or None

    @property
    def dated_title(self) -> str:
        """Its title and, on a line of its own, its date, as far as known."""
        return f"{self.title}\n{self.published:%d %B %Y}" if self.published else self.title


@dataclass(frozen=True, slots=True)
class Article(ArticleInfo):
    """An article with its whole text, exactly as stored.

    ``notes`` are what its reader did not understand, for whoever adds it; they are not stored.
    """

    text: str
    notes: tuple[ArticleError, ...] = field(default=(), kw_only=True, compare=False)

    @property
    def body(self) -> str:
        """The digest of its text alone, whatever it says of itself."""
        return digest_of(self.text)

    @property
    def info(self) -> ArticleInfo:
        """The same article without its text."""
        return ArticleInfo(**{item.name: getattr(self, item.name) for item in fields(ArticleInfo)})


def digest_of(text: str) -> str:
    """The SHA-256 of a text, in hexadecimal digits."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of one article, the unit that is embedded and indexed."""

    id: str
    article_id: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class ListedArticle:
    """An article as a list of the library tells of it. ``words``: how many its text has."""

    info: ArticleInfo
    added: datetime
    words: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Which articles may answer. Each field that is given must hold; of its values, any.

    ``sources`` are beginnings of sources, so a folder or a site can be named; ``collections`` are
    names. ``since`` and ``until`` are days that count too; what has no date is never within them.
    """

    publishers: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    articles: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()


@dataclass(frozen=True)
class Passage:
    """A piece of one article, found for a question.

    ``score`` is what the fusion of the legs gave it, 0 to 1, and no probability. ``probability``
    is that it answers the question; None where the reranker did not read it. ``ranks`` says where
    each leg put it, counted from 1: ``{"lexical": 3, "dense": 1}``; a leg that missed it is absent.
    ``similarity`` is the cosine of its embedding and the question's, if the dense leg found it.
    ``chunk_ids`` are the chunks that it is made of, ``also_in`` the other articles that say the
    same in nearly the same words. ``head`` names the columns of the table in whose midst it
    begins, if it begins in one.
    """

    article: ArticleInfo
    start: int
    end: int
    text: str
    score: float
    ranks: Mapping[str, int] = field(default_factory=dict)
    chunk_ids: tuple[str, ...] = ()
    also_in: tuple[ArticleInfo, ...] = ()
    similarity: float | None = None
    probability: float | None = None
    head: str = ""

    @cached_property
    def sentences(self) -> tuple[Citation, ...]:
        """Its sentences in order, as citations without a number.

        A row of a table is one, and has the row that names the columns as its ``head``; that row
        itself is none.
        """
        return tuple(
            Citation(0, self.article, self.start + a, self.start + b, self.text[a:b], head=head)
            for (a, b), head in split_with_heads(self.text, self.head)
        )

    @cached_property
    def said(self) -> str:
        """Its words as a model should read them: each cell of a table under its column's name."""
        # Most have no table, and need no cutting into sentences for it.
        if "|" not in self.text or not any(sentence.head for sentence in self.sentences):
            return self.text
        return "\n".join(sentence.said for sentence in self.sentences)

    @cached_property
    def analysis(self) -> Analysis:
        """Its tokens and facts."""
        return analyse(self.said)


@dataclass(frozen=True)
class Citation:
    """Numbered words of an article. ``number`` is what the answer shows as ``[number]``.

    ``score`` is the probability that they answer the question; ``answer`` where those of them
    stand in the article that do, as code points, if a reader has found them. ``chances``: of a
    question in parts, the probability that they answer each. ``head``: of a row of a table, the
    article's lines at its top that name the columns.
    """

    number: int
    article: ArticleInfo
    start: int
    end: int
    quote: str
    score: float = 0.0
    answer: tuple[int, int] | None = None
    chances: tuple[float, ...] = field(default=(), compare=False)
    head: str = field(default="", compare=False)

    @cached_property
    def said(self) -> str:
        """The quotation as a model should read it: each cell of a row under its column's name."""
        return tables.tell(self.head, self.quote).text if self.head else self.quote

    @cached_property
    def analysis(self) -> Analysis:
        """The tokens and facts of the quotation."""
        return analyse(self.said)

    @cached_property
    def subject(self) -> frozenset[str]:
        """The content words of the quotation and of its article's title."""
        return analyse(f"{self.article.title}\n{self.said}").content

    @cached_property
    def addresses_a_model(self) -> bool:
        """Whether it may be written to be obeyed by a language model, and so is kept from it."""
        return addresses_a_model(self.quote)

    @property
    def parts(self) -> tuple[str, str, str]:
        """The quotation before the words that answer, these words, and what follows them.

        All of it is before them where no reader has found any.
        """
        if self.answer is None:
            return self.quote, "", ""
        start, end = (min(max(place - self.start, 0), len(self.quote)) for place in self.answer)
        return self.quote[:start], self.quote[start:end], self.quote[end:]

    @property
    def answer_text(self) -> str:
        """The words of the quotation that answer; empty where no reader has found any."""
        return self.parts[1]


def overlap(one: Passage | Citation, other: Passage | Citation) -> bool:
    """Whether the two share words of one article."""
    return one.article.id == other.article.id and one.start < other.end and other.start < one.end


def holds(one: Passage | Citation, other: Passage | Citation) -> bool:
    """Whether the one has all of the other's words."""
    return one.article.id == other.article.id and one.start <= other.start and other.end <= one.end


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer, without its markers, and what its citations are worth.

    ``is_quote``: it is the words of its citation, not the model's. ``lead``: what Ibid says before
    such a quotation, if anything: that it may be no answer ("nearest"), that another article says
    otherwise ("differs"), or only which article it is of ("source"). ``is_repaired``: the model
    cited other evidence than this. ``article``: of which Ibid says it, by what the catalog knows.
    ``because`` is why ``support`` is what it is, and ``reason`` the same in English.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    support: Support = "unsupported"
    because: Reason = field(default_factory=Reason)
    is_quote: bool = False
    lead: Lead = ""
    is_repaired: bool = False
    article: ArticleInfo | None = None
    reason: str = field(init=False, default="")

    @property
    def is_own(self) -> bool:
        """Whether Ibid says it of itself, of the library or of the answer, and no article does."""
        return self.because.kind in OWN

    def __post_init__(self) -> None:
        object.__setattr__(self, "reason", self.because.english)


class Verdict(NamedTuple):
    """What its evidence is worth to a sentence; ``cover`` is the share of its words found there."""

    support: Support
    reason: Reason
    cover: float


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds from the question to each point. None: it was not reached.

    The question stands alone, the sources are known, the model's first and last token are there,
    the answer is checked and done.
    """

    standalone_ms: int | None = None
    sources_ms: int | None = None
    first_token_ms: int | None = None
    last_token_ms: int | None = None
    total_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, or a snapshot of one that is still being written (``status == "pending"``).

    It is "answered" in the model's words, "quoted" in an article's, or "hedged": the nearest words
    are quoted, which may be no answer. "own" is what Ibid says of itself or of the library.
    ``standalone`` is the question as it was understood, where that is not as it was asked.
    ``unread`` is the language, as ISO 639-1, of the question or of what answers it, where no model
    here reads it and both were compared by their words; else empty.
    ``evidence`` holds every numbered quotation that the model was shown or that is cited. A
    number means the same words in every snapshot. ``probability`` is that of the evidence to
    answer, by which it was told, hedged or refused. A refusal is an answer like any other: one
    sentence, without citations. A snapshot ``waits`` while others have the turns that it needs.
    """

    question: str
    sentences: tuple[Sentence, ...] = ()
    passages: tuple[Passage, ...] = ()
    evidence: tuple[Citation, ...] = ()
    status: Status = "pending"
    model: str = ""
    timings: Timings = Timings()
    notice: str = ""
    standalone: str = ""
    probability: float | None = None
    unread: str = ""
    waits: bool = False

    @property
    def short(self) -> Citation | None:
        """The citation whose ``answer_text`` is the short answer; None where there is none."""
        if self.status == "refused" or not self.sentences:
            return None
        cited = [citation for sentence in self.sentences for citation in sentence.citations]
        likely = [
            citation for citation in self.evidence if any(overlap(citation, own) for own in cited)
        ]
        return next((citation for citation in (*cited, *likely) if citation.answer_text), None)

    @property
    def is_worded(self) -> bool:
        """Whether a model words any of it; else all of it is quoted, or said by Ibid itself."""
        return any(not (sentence.is_quote or sentence.is_own) for sentence in self.sentences)

    @property
    def text(self) -> str:
        """The answer in plain words, without markers."""
        return " ".join(sentence.text for sentence in self.sentences)


@dataclass(frozen=True, slots=True)
class Turn:
    """One utterance of a conversation."""

    role: Role
    text: str
