"""What the API answers with: articles, passages, answers and citations as plain objects.

The same object stands wherever one is told of, whoever asks and however. Offsets are code points
of the article's text as `GET /v1/articles/ID` gives it: ``text[start:end] == quote``.
"""

from __future__ import annotations

from datetime import date
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from rag import schema
from rag.language.addresses import link_target
from rag.schema import Answer, ArticleInfo, Citation, Passage, Sentence
from ui import strings
from ui.roots import at

VERSION = "/v1"


class Document(BaseModel):
    """Something that is told; it is never changed."""

    model_config = ConfigDict(frozen=True)


class ArticleDocument(Document):
    """What is known of an article, without its text.

    All but ``id``, ``source`` and ``address`` is what the article says of itself, and no fact,
    unless ``by_hand`` names it: a person wrote that.
    """

    id: str
    title: str
    source: str = Field(description="where it was had: a web address, or the name of a file")
    address: str | None = Field(None, description="where it can be read on the web, if anywhere")
    publisher: str | None = None
    author: str | None = None
    published: date | None = None
    language: str | None = Field(None, description="ISO 639-1")
    link: str | None = Field(None, description="where it says that it can be read on the web")
    stated_source: str | None = Field(None, description="where it says that it comes from")
    tags: list[str] = []
    by_hand: list[str] = []
    pages: int = Field(0, description="how many pages, slides or sheets it has; 0: it has none")
    digest: str = Field("", description="changes whenever its text or front matter does")


class Place(Document):
    """A place in an article. ``link`` opens the article at these words."""

    article: ArticleDocument
    start: int = Field(description="offset in code points")
    end: int
    page: int | None = Field(None, description="on which it begins, from 1; null: it has no pages")
    link: str = Field(description="opens the article at these words; relative to the server")


class PassageDocument(Place):
    """A piece of an article, found for a question.

    ``score`` is how well the searches found it, 0 to 1; ``probability`` that it answers, null
    where no model read it. The order of passages is the latter's, as far as it is known.
    """

    text: str
    score: float
    probability: float | None = None
    also_in: list[ArticleDocument] = Field(
        [], description="other articles that say the same in nearly the same words"
    )


class EvidenceDocument(Place):
    """Numbered words of an article, which a sentence may cite as ``[number]``.

    ``probability``: that they answer the question.
    """

    number: int
    quote: str
    probability: float = 0.0


class CitationDocument(EvidenceDocument):
    """What one sentence of an answer cites, and what that is worth to it.

    ``verdict``: the article carries the ``sentence`` ("verified"), carries it in part ("partial")
    or not ("unsupported"); or nobody here could check ("unchecked"). ``reason`` says why.
    """

    sentence: str
    verdict: schema.Support
    reason: str = ""


class SentenceDocument(Document):
    """One sentence of an answer. ``citations`` are numbers of citations.

    ``is_quote``: it is an article's words, not a model's. ``is_own``: Ibid says it of itself, of
    the library or of the answer, and no article does. ``lead``: what is said before a quotation:
    that it may be no answer ("nearest"), that another article says otherwise ("differs"), or only
    which article it is of ("source").
    """

    text: str
    verdict: schema.Support
    reason: str = ""
    is_quote: bool = False
    is_own: bool = False
    lead: schema.Lead = ""
    citations: list[int] = []


class ShortAnswer(Place):
    """The few words of an article that answer."""

    text: str
    number: int = Field(description="of the citation or evidence that they stand in")
    probability: float = 0.0


class TimingsDocument(Document):
    """Milliseconds from the question to each point; null: it was not reached."""

    standalone_ms: int | None = None
    sources_ms: int | None = None
    first_token_ms: int | None = None
    last_token_ms: int | None = None
    total_ms: int | None = None


class AnswerDocument(Document):
    """An answer whose every sentence has a verdict.

    ``status``: it is in a model's words ("answered"), in an article's ("quoted"), these may be no
    answer ("hedged"), there is none ("refused"), Ibid says it of itself ("own"), or more is to
    come ("pending"). ``standalone`` is the question as it was understood, where that is not as it
    was asked. ``text`` is in plain words, without the numbers of citations.
    """

    id: str = ""
    question: str
    standalone: str = ""
    status: schema.Status
    text: str
    short: ShortAnswer | None = None
    sentences: list[SentenceDocument]
    citations: list[CitationDocument] = Field(description="of each sentence in turn")
    passages: list[PassageDocument] | None = Field(None, description="where they were asked for")
    model: str = Field("", description="what worded it; empty: nothing but the articles did")
    notice: str = Field("", description="what is to be known of it, such as a model that failed")
    probability: float | None = Field(None, description="that the evidence answers the question")
    unread: str = Field(
        "", description="a language, ISO 639-1, that no model here reads, of question or articles"
    )
    timings: TimingsDocument = TimingsDocument()


def article_document(info: ArticleInfo) -> ArticleDocument:
    """What is known of an article."""
    return ArticleDocument(**_facts(info))


def _facts(info: ArticleInfo) -> dict[str, Any]:
    """The fields of an `ArticleDocument`, for whatever has more of them."""
    return {
        "id": info.id,
        "title": info.title,
        "source": named(info.source),
        "address": link_target(info.address) or None,
        "publisher": info.publisher,
        "author": info.author,
        "published": info.published,
        "language": info.language,
        "link": link_target(info.link or "") or None,
        "stated_source": info.stated_source,
        "tags": list(info.tags),
        "by_hand": list(info.by_hand),
        "pages": len(info.pages),
        "digest": info.digest,
    }


def named(source: str) -> str:
    """What a source is called: of a file of this machine its name, any other as it is."""
    is_place = PurePosixPath(source).is_absolute() or PureWindowsPath(source).is_absolute()
    return PureWindowsPath(source).name if is_place else source


def link_of(article_id: str, start: int, end: int) -> str:
    """The address of an article's words, on the server that told of them."""
    return at(f"{VERSION}/articles/{quote(article_id, safe='')}?start={start}&end={end}")


def passage_document(passage: Passage) -> PassageDocument:
    """A passage."""
    return PassageDocument(
        **_place(passage.article, passage.start, passage.end),
        text=passage.text,
        score=passage.score,
        probability=passage.probability,
        also_in=[article_document(other) for other in passage.also_in],
    )


def evidence_document(citation: Citation) -> EvidenceDocument:
    """Words that may be cited."""
    return EvidenceDocument(**_evidence(citation))


def citation_documents(answer: Answer) -> list[CitationDocument]:
    """What each sentence cites, in turn; of two citations one after the other."""
    return [
        CitationDocument(
            **_evidence(citation),
            sentence=_told(sentence),
            verdict=sentence.support,
            reason=sentence.reason,
        )
        for sentence in answer.sentences
        for citation in sentence.citations
    ]


def sentence_document(sentence: Sentence) -> SentenceDocument:
    """A sentence with its verdict."""
    return SentenceDocument(
        text=_told(sentence),
        verdict=sentence.support,
        reason=sentence.reason,
        is_quote=sentence.is_quote,
        is_own=sentence.is_own,
        lead=sentence.lead,
        citations=[citation.number for citation in sentence.citations],
    )


def answer_document(
    answer: Answer, identity: str = "", *, with_passages: bool = False
) -> AnswerDocument:
    """An answer, or a snapshot of one; ``identity`` is the name by which others speak of it."""
    timings = answer.timings
    return AnswerDocument(
        id=identity,
        question=answer.question,
        standalone=answer.standalone,
        status=answer.status,
        text=text_of(answer),
        short=_short(answer.short),
        sentences=[sentence_document(sentence) for sentence in answer.sentences],
        citations=citation_documents(answer),
        passages=list(map(passage_document, answer.passages)) if with_passages else None,
        model=answer.model,
        notice=answer.notice,
        probability=answer.probability,
        unread=answer.unread,
        timings=TimingsDocument(
            standalone_ms=timings.standalone_ms,
            sources_ms=timings.sources_ms,
            first_token_ms=timings.first_token_ms,
            last_token_ms=timings.last_token_ms,
            total_ms=timings.total_ms,
        ),
    )


def text_of(answer: Answer) -> str:
    """The sentences of an answer in plain words, one after the other."""
    return " ".join(map(_told, answer.sentences))


def _short(citation: Citation | None) -> ShortAnswer | None:
    if citation is None or citation.answer is None:
        return None
    start, end = citation.answer
    return ShortAnswer(
        **_place(citation.article, start, end),
        text=citation.answer_text,
        number=citation.number,
        probability=citation.score,
    )


def _evidence(citation: Citation) -> dict[str, Any]:
    return {
        **_place(citation.article, citation.start, citation.end),
        "number": citation.number,
        "quote": citation.quote,
        "probability": citation.score,
    }


def _place(info: ArticleInfo, start: int, end: int) -> dict[str, Any]:
    return {
        "article": article_document(info),
        "start": start,
        "end": end,
        "page": info.page(start),
        "link": link_of(info.id, start, end),
    }


def _told(sentence: Sentence) -> str:
    """A sentence in English, whatever the language of its reader: it is told to a program."""
    with strings.speaking("en"):
        return strings.told(sentence)
