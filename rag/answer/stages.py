"""The stages from a question to a draft: standalone question -> passages -> evidence -> draft.

The reader picks the evidence, and with it the passages that the model is given whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag import prompts
from rag.answer.about import AboutLibrary
from rag.answer.asked import (
    Asked,
    Writing,
    aread,
    arewriting,
    read,
    rewriting,
)
from rag.answer.translation import language_to_ask_in, translated
from rag.decision import Decision, log_odds, outcome
from rag.models import turns
from rag.models.guards import guard, is_away
from rag.models.streams import EndlessError, abounded, apumped, bounded
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
    holds,
    overlap,
)
from rag.settings import Settings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

# Characters of a question as the model puts it; what goes on is no question.
_LONGEST_REWRITING = 2_000


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
        if turns.reading().is_full:
            yield Asked(waits=True)
        asked, known = read(asked, "classify", self._seen)
        if known is None:
            said = self._said(self._rewriting(asked), asked)
            known = Asked(query=classify(_faithful(said, asked)))
        if target := self._target(known, asked):
            question = known["query"].text
            said = self._said(prompts.translate(question, target), asked)
            known["query"] = self._in(target, question, said)
        yield known

    async def aunderstand(self, asked: Asked) -> AsyncIterator[Asked]:
        """The asynchronous twin of `understand`."""
        if turns.reading().is_full:
            yield Asked(waits=True)
        asked, known = await aread(asked, "classify", self._seen)
        if known is None:
            said = await self._asaid(self._rewriting(asked), asked)
            known = Asked(query=classify(_faithful(said, asked)))
        if target := self._target(known, asked):
            question = known["query"].text
            said = await self._asaid(prompts.translate(question, target), asked)
            known["query"] = self._in(target, question, said)
        yield known

    def _seen(self, asked: Asked) -> tuple[Asked, Asked | None]:
        """The question without small talk, and what can be told of it without a model."""
        asked = self._without_small_talk(asked)
        return asked, self._known(asked)

    def _said(self, messages: list[BaseMessage], asked: Asked) -> str:
        """What the model makes of a question; nothing if there is none, or it fails.

        A failure here will come again, and be told, when the answer is asked for.
        """
        if self.model:
            settings = self.retriever.settings
            asking = guard(settings).asking(is_away)
            with suppress(Exception), rewriting(asked, settings), asking:
                pieces = bounded(self.model.stream(messages), settings)
                return "".join(piece.text for piece in pieces)
        return ""

    async def _asaid(self, messages: list[BaseMessage], asked: Asked) -> str:
        """The asynchronous twin of `_said`."""
        if self.model:
            settings = self.retriever.settings
            with suppress(Exception):
                async with arewriting(asked, settings):
                    with guard(settings).asking(is_away):
                        async with asyncio.timeout(settings.stream.silence):
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
        return read(asked, "search", self._passages)

    async def afind(self, asked: Asked) -> list[Passage]:
        """The asynchronous twin of `find`."""
        return await aread(asked, "search", self._passages)

    def weigh(self, asked: Asked) -> tuple[Citation, ...]:
        """The sentences that best answer."""
        return read(asked, "read", self._evidence)

    async def aweigh(self, asked: Asked) -> tuple[Citation, ...]:
        """The asynchronous twin of `weigh`."""
        return await aread(asked, "read", self._evidence)

    def _passages(self, asked: Asked) -> list[Passage]:
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

    def _evidence(self, asked: Asked) -> tuple[Citation, ...]:
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
        settings, prompt = self.retriever.settings, self._prompt(self.model, asked)
        writing = Writing(asked, settings, prompt)
        if must_wait := writing.line.is_full:
            yield Asked(waits=True)
        with writing.turn():
            if must_wait:
                yield Asked(waits=False)
            try:
                with guard(settings).asking(is_away) as heard:
                    for message in bounded(self.model.stream(prompt), settings):
                        heard()
                        yield writing.piece(message)
            except EndlessError as error:
                yield Asked(cut=error)

    async def awrite(self, asked: Asked) -> AsyncIterator[Asked]:
        """The asynchronous twin of `write`. Who reads it slowly keeps nobody from the model."""
        if self.model is None or self._is_hopeless(asked):
            yield Asked(draft="")
            return
        async for piece in apumped(self._awritten(self.model, asked)):
            yield piece

    async def _awritten(self, model: BaseChatModel, asked: Asked) -> AsyncIterator[Asked]:
        settings, prompt = self.retriever.settings, self._prompt(model, asked)
        writing = Writing(asked, settings, prompt)
        if must_wait := writing.line.is_full:
            yield Asked(waits=True)
        async with writing.aturn():
            if must_wait:
                yield Asked(waits=False)
            try:
                with guard(settings).asking(is_away) as heard:
                    async for message in abounded(model.astream(prompt), settings):
                        heard()
                        yield writing.piece(message)
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
        if (away := asked.get("away")) and away.is_unread:  # no vote can be weighed with words
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
