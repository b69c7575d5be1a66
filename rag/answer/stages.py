"""The stages from a question to a draft: standalone question -> passages -> evidence -> draft.

The reader picks the evidence, and with it the passages that the model is given whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from rag import prompts
from rag.answer.about import AboutLibrary
from rag.answer.translation import language_to_ask_in, translated
from rag.decision import Decision, log_odds, outcome
from rag.models.streams import EndlessError, abounded, bounded
from rag.protocols import Reader
from rag.query.classification import Query, asking_more, classify
from rag.query.followups import by_rule, concatenated, is_faithful, topic_of_more
from rag.query.small_talk import without_small_talk
from rag.query.wording import readable
from rag.retrieve.evidence import choose, is_treated, newest_on
from rag.retrieve.retriever import Retriever
from rag.schema import (
    ArticleInfo,
    Citation,
    Filter,
    Passage,
    Sentence,
    Turn,
    holds,
    overlap,
)
from rag.settings import Settings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

# Characters of a question as the model puts it; what goes on is no question.
_LONGEST_REWRITING = 2_000


class Asked(TypedDict, total=False):
    """What flows through the chain; each stage adds its key.

    ``own``: what Ibid says itself, to a question about the library or about Ibid.
    """

    question: str
    history: Sequence[Turn]
    only: Filter | None
    own: tuple[Sentence, ...]
    query: Query
    passages: list[Passage]
    evidence: tuple[Citation, ...]
    draft: str
    not_found: float
    cut: EndlessError


@dataclass(frozen=True, slots=True)
class Stages:
    """What each stage adds to what is known of a question; two of them may ask the model."""

    retriever: Retriever
    reader: Reader
    decision: Decision
    model: BaseChatModel | None

    def all(self, asked: Asked) -> Iterator[Asked]:
        """What each stage adds, in turn: the chain's stream, without LangChain."""
        asked = Asked(**asked)
        for stage in (self.understand, self._found, self._weighed, self.write):
            for piece in stage(asked):
                asked.update(piece)
                yield piece

    def understand(self, asked: Asked) -> Iterator[Asked]:
        """The question as it stands alone, analysed; none where Ibid has an answer of its own."""
        asked = self._without_small_talk(asked)
        known = self._known(asked)
        if known is None:
            known = Asked(query=classify(_faithful(self._said(self._rewriting(asked)), asked)))
        if target := self._target(known, asked):
            question = known["query"].text
            known["query"] = self._in(
                target, question, self._said(prompts.translate(question, target))
            )
        yield known

    async def aunderstand(self, asked: Asked) -> AsyncIterator[Asked]:
        """The asynchronous twin of `understand`."""
        asked = self._without_small_talk(asked)
        known = self._known(asked)
        if known is None:
            said = await self._asaid(self._rewriting(asked))
            known = Asked(query=classify(_faithful(said, asked)))
        if target := self._target(known, asked):
            question = known["query"].text
            said = await self._asaid(prompts.translate(question, target))
            known["query"] = self._in(target, question, said)
        yield known

    def _said(self, messages: list[BaseMessage]) -> str:
        """What the model makes of a question; nothing if there is none, or it fails.

        A failure here will come again, and be told, when the answer is asked for.
        """
        if self.model:
            with suppress(Exception):
                pieces = bounded(self.model.stream(messages), self.retriever.settings)
                return "".join(piece.text for piece in pieces)
        return ""

    async def _asaid(self, messages: list[BaseMessage]) -> str:
        """The asynchronous twin of `_said`."""
        if self.model:
            with suppress(Exception):
                async with asyncio.timeout(self.retriever.settings.stream.silence):
                    return (await self.model.ainvoke(messages)).text
        return ""

    def _target(self, known: Asked, asked: Asked) -> str:
        """The language that the question has to be put into, if it must be and a model can."""
        query = known["query"]
        if self.model is None or not query.text or query.told:
            return ""
        catalog, settings = self.retriever.library.catalog, self.retriever.settings
        return language_to_ask_in(query.text, catalog, asked.get("only"), settings)

    def _in(self, target: str, question: str, said: str) -> Query:
        """The question as the model put it into another language, if it is the same question."""
        said = said[:_LONGEST_REWRITING]
        return classify(translated(said, question, target, self.retriever.library.catalog))

    def _without_small_talk(self, asked: Asked) -> Asked:
        history = asked.get("history", ())
        return {**asked, "history": without_small_talk(history, self.retriever.library.embedder)}

    def _known(self, asked: Asked) -> Asked | None:
        """What can be told of a question without a model; none if it has to be put otherwise."""
        if own := self._own(asked):
            return Asked(own=own, query=classify(""))
        query = _more(asked)
        if query is None and (standalone := _by_rule(asked)) is not None:
            query = classify(standalone)
        return None if query is None else Asked(query=query)

    def _found(self, asked: Asked) -> Iterator[Asked]:
        yield Asked(passages=self.find(asked))

    def _weighed(self, asked: Asked) -> Iterator[Asked]:
        yield Asked(evidence=self.weigh(asked))

    def find(self, asked: Asked) -> list[Passage]:
        """The passages for each search in turn; none for an empty question."""
        query = asked["query"]
        if not query.text:
            return []
        settings, only = self.retriever.settings, asked.get("only")
        k, searches = settings.passages, query.searches
        if query.told:  # what is new may stand farther down
            found = self.retriever.passages(query.text, 2 * k, only)
            least = settings.answering.on_the_subject
            return [one for one in found if (one.probability or 0.0) >= least] or found[:1]
        if query.kind == "parts":  # the one may name what the other is about
            searches = (query.text, *searches)
        return _interleaved([self.retriever.passages(search, k, only) for search in searches], k)

    def weigh(self, asked: Asked) -> tuple[Citation, ...]:
        """The sentences that best answer."""
        return choose(
            asked["query"],
            asked["passages"],
            self.retriever.reranker,
            self.reader,
            self.decision,
            self.retriever.settings,
        )

    def write(self, asked: Asked) -> Iterator[Asked]:
        """The draft as the model writes it; empty where its vote could change nothing."""
        if self.model is None or self._is_hopeless(asked):
            yield Asked(draft="")
            return
        is_first = True
        stream = self.model.stream(self._prompt(self.model, asked))
        try:
            for message in bounded(stream, self.retriever.settings):
                yield _piece(message, is_first=is_first)
                is_first = is_first and not message.text
        except EndlessError as error:
            yield Asked(cut=error)

    async def awrite(self, asked: Asked) -> AsyncIterator[Asked]:
        """The asynchronous twin of `write`."""
        if self.model is None or self._is_hopeless(asked):
            yield Asked(draft="")
            return
        is_first = True
        stream = self.model.astream(self._prompt(self.model, asked))
        try:
            async for message in abounded(stream, self.retriever.settings):
                yield _piece(message, is_first=is_first)
                is_first = is_first and not message.text
        except EndlessError as error:
            yield Asked(cut=error)

    def polite(self, question: str) -> tuple[Sentence, ...]:
        """What is said to small talk that the articles have no answer to; empty to all else."""
        return self._about.polite(question)

    @property
    def _about(self) -> AboutLibrary:
        library = self.retriever.library
        return AboutLibrary(library.catalog, self._nearest, library.embedder)

    def _own(self, asked: Asked) -> tuple[Sentence, ...]:
        return self._about.answer(asked["question"], asked.get("history", ()), asked.get("only"))

    def _nearest(self, topic: str, only: Filter | None) -> ArticleInfo | None:
        """The article nearest in meaning to a topic, if any is near."""
        least = self.retriever.settings.least_similarity
        for passage in self.retriever.passages(topic, 1, only):
            if passage.similarity is not None and passage.similarity >= least:
                return passage.article
        return None

    def _rewriting(self, asked: Asked) -> list[BaseMessage]:
        question, tuning = readable(asked["question"]), self.retriever.settings.answering
        return prompts.rewrite(question, asked.get("history", ()), tuning)

    def _is_hopeless(self, asked: Asked) -> bool:
        evidence, settings = asked["evidence"], self.retriever.settings
        if not evidence or asked["query"].told:  # more is what articles say, word for word
            return True
        if asked["query"].kind == "overview":
            return not is_treated(asked["passages"], evidence, settings)
        odds = log_odds(max(citation.score for citation in evidence))
        return outcome(self.decision.at_best(odds), settings) != "told"

    def _prompt(self, model: BaseChatModel, asked: Asked) -> list[BaseMessage]:
        settings = self.retriever.settings
        room = context_of(model, settings.context_tokens) - settings.max_answer_tokens
        given = passages_for(asked["query"], asked["passages"], asked["evidence"], settings)
        return prompts.answer(asked["query"].text, given, room)


def context_of(model: BaseChatModel, otherwise: int) -> int:
    """How many tokens a model can read and write, by its own profile where it has one."""
    profile = getattr(model, "profile", None) or {}
    tokens = profile.get("max_input_tokens")
    return min(tokens, 32_000) if isinstance(tokens, int) and tokens > 0 else otherwise


def passages_for(
    question: Query,
    passages: Sequence[Passage],
    evidence: Sequence[Citation],
    settings: Settings,
) -> list[Passage]:
    """The passages that the model is given: those of the evidence that is nearly the likeliest."""
    tuning = settings.answering
    is_wide = question.kind in ("comparison", "overview", "parts")
    most = tuning.given_to_compare if is_wide else tuning.given
    least = log_odds(evidence[0].score) - settings.retrieval.reach if evidence else 0.0
    near = [
        citation
        for citation in evidence
        if question.kind in ("comparison", "parts") or log_odds(citation.score) >= least
    ]
    given: list[Passage] = []
    for citation in near:
        given += [p for p in passages if p not in given and holds(p, citation)][:1]
    given = (given or list(passages))[:most]
    # What the newest article says of it, the model must know as well.
    newest = newest_on(question, passages)
    if newest and all(passage.article.id != newest.article.id for passage in given):
        given = [*given[: most - 1], newest]
    return given


def _piece(message: BaseMessage, *, is_first: bool) -> Asked:
    """A piece of the draft; the first, with how likely the model was to find no answer."""
    piece = Asked(draft=message.text)
    if is_first and (chance := prompts.chance_of_not_found(message)) is not None:
        piece["not_found"] = chance
    return piece


def _more(asked: Asked) -> Query | None:
    """Where more is asked for: of what the last question was about, what has not been told."""
    history = asked.get("history", ())
    topic = topic_of_more(readable(asked["question"]), history)
    told = " ".join(turn.text for turn in history if turn.role == "assistant")
    return asking_more(topic, told) if topic and told.strip() else None


def _by_rule(asked: Asked) -> str | None:
    question = readable(asked["question"])
    return by_rule(question, asked.get("history", ()))


def _faithful(rewritten: str, asked: Asked) -> str:
    """The model's rewriting if it is faithful, else the question after those it leans on."""
    question, history = readable(asked["question"]), asked.get("history", ())
    rewritten = readable(rewritten[:_LONGEST_REWRITING])
    if is_faithful(rewritten, question, history):
        return rewritten
    return concatenated(question, history)


def _interleaved(searches: Sequence[list[Passage]], k: int) -> list[Passage]:
    """The best of each search in turn, each stretch of an article once, ``k`` at most."""
    passages: list[Passage] = []
    for place in range(k):
        for hits in searches:
            if place < len(hits) and not any(overlap(passage, hits[place]) for passage in passages):
                passages.append(hits[place])
    return passages[: max(k, 1)] if len(searches) == 1 else passages[: k + len(searches)]
