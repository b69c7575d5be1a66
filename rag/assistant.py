"""The one door to answers, for the window, the command line and the evaluation."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rag import observing, prompts
from rag.answer.asked import Asked
from rag.answer.composition import Composed, compose
from rag.answer.quoting import own_sentence
from rag.answer.stages import Stages
from rag.away import Away
from rag.decision import Decision, decision
from rag.errors import IbidError
from rag.index.library import Library
from rag.language.visible import quoted
from rag.models import turns
from rag.models.chat import failure, without_secrets
from rag.protocols import Reader, Reranker, Verifier
from rag.query.classification import Query, classify
from rag.query.wording import check_length, readable
from rag.reasons import Reason
from rag.retrieve.by_words import unread
from rag.retrieve.evidence import choose
from rag.retrieve.retriever import Retriever
from rag.schema import (
    Answer,
    Citation,
    Filter,
    Passage,
    Sentence,
    Timings,
    Turn,
    holds,
)
from rag.settings import Settings
from rag.verify.claims import RuleVerifier
from rag.verify.markers import cite

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.runnables import Runnable

REFUSAL = "The articles in the library do not say"
EMPTY = "The library is empty. Add articles with: ibid add PATH"
_log = logging.getLogger("ibid")


def refused(titles: Sequence[str] | None) -> str:
    """One sentence: that the articles do not say, and which are nearest to the subject.

    ``titles`` are those, the nearest first; None: there are no articles at all.
    """
    if titles is None:
        return EMPTY
    if not titles:
        return f"{REFUSAL}. None of them seems to be about this."
    nearest = " and ".join(map(quoted, titles))
    return f"{REFUSAL}; the nearest that they hold is {nearest}."


class Assistant:
    """Answers questions from a library, with citations that were checked.

    Without a ``model`` it answers by quoting, and ``notice`` may say why; so it does when the
    model fails. ``notice`` is called for each answer, ``refusal``, which is as `refused`, for
    each that is refused, and ``failure`` for each that the model failed at, so that they can
    speak the reader's language. ``weights`` and ``verifier`` are those that come with Ibid,
    unless given; ``settings`` are those of the library, unless given.
    """

    def __init__(
        self,
        library: Library,
        reranker: Reranker,
        reader: Reader,
        model: BaseChatModel | None,
        model_name: str = "",
        notice: Callable[[], str] = str,
        refusal: Callable[[Sequence[str] | None], str] = refused,
        failure: Callable[[IbidError], str] = str,
        weights: Decision | None = None,
        verifier: Verifier | None = None,
        settings: Settings | None = None,
    ) -> None:
        self.settings = settings or library.settings
        if self.settings.answers == "quotes":
            model = None
        self.library = library
        self.retriever = Retriever(library=library, reranker=reranker, settings=self.settings)
        self.model_name = model_name if model else ""
        self.notice = notice
        self.refusal = refusal
        self.failure = failure
        self.decision = weights or decision()
        self.reader = reader
        self.verifier = verifier or RuleVerifier(self.settings.verification)
        self.stages = Stages(self.retriever, reader, self.decision, model)

    @cached_property
    def chain(self) -> Runnable[Any, Any]:
        """The stages as a LangChain chain, which takes longer to import than most questions."""
        from rag.answer.chain import build

        return build(self.stages)

    def otherwise(
        self,
        settings: Settings,
        model: BaseChatModel | None,
        model_name: str = "",
        notice: Callable[[], str] = str,
    ) -> Assistant:
        """The same over the same library, with other settings and another language model."""
        return Assistant(
            self.library,
            self.retriever.reranker,
            self.reader,
            model,
            model_name,
            notice,
            self.refusal,
            self.failure,
            self.decision,
            settings=settings,
        )

    def search(self, question: str, k: int = 10, only: Filter | None = None) -> list[Passage]:
        """The best ``k`` passages for a question, best first."""
        check_length(question)
        question = readable(question)
        if not question:
            return []
        with turns.reading().turn(turns.rank()):
            return self.retriever.passages(question, k, only)

    def evidence(self, question: str, only: Filter | None = None) -> tuple[Citation, ...]:
        """The sentences that best answer a question, best first; it asks no model."""
        settings = self.settings
        asked = classify(readable(question))
        passages = self.search(question, settings.passages, only)
        with turns.reading().turn(turns.rank()):
            return choose(
                asked,
                passages,
                self.retriever.reranker,
                self.reader,
                self.decision,
                settings,
            )

    def ask(
        self, question: str, history: Sequence[Turn] = (), only: Filter | None = None
    ) -> Answer:
        """The finished answer."""
        *_, answer = self.stream(question, history, only)
        return answer

    async def aask(
        self, question: str, history: Sequence[Turn] = (), only: Filter | None = None
    ) -> Answer:
        """The finished answer, awaited."""
        answers = [answer async for answer in self.astream(question, history, only)]
        return answers[-1]

    def stream(
        self, question: str, history: Sequence[Turn] = (), only: Filter | None = None
    ) -> Iterator[Answer]:
        """Ever fuller snapshots: the question as it was understood, the short answer in its
        quotation, then before it each sentence of
        the text as it is written and checked, then what stands of both.

        All but the last have the status ``pending``. A failing model ends in quotations and a
        notice, not in an error.

        Raises:
            QuestionError: it has more than 2,000 characters; none of them is left out.
        """
        writing = _Writing(self, question)
        pieces = self.stages.all if self.stages.model is None else self.chain.stream
        with writing.watch:
            try:
                for piece in pieces(writing.asked(history, only)):
                    if writing.take(piece):
                        yield writing.answer
            except Exception as error:
                writing.fail(error)
            answer = writing.finish()
        yield answer

    async def astream(
        self, question: str, history: Sequence[Turn] = (), only: Filter | None = None
    ) -> AsyncIterator[Answer]:
        """The asynchronous twin of `stream`. Cancelled, it stops the model as well."""
        writing = _Writing(self, question)
        with writing.watch:
            try:
                async for piece in self.chain.astream(writing.asked(history, only)):
                    if writing.take(piece):
                        yield writing.answer
            except Exception as error:
                writing.fail(error)
            answer = writing.finish()
        yield answer


class _Writing:
    """An answer in the making: pieces of the chain's stream go in, snapshots come out."""

    def __init__(self, assistant: Assistant, question: str) -> None:
        check_length(question)
        self._began = time.monotonic()
        self._settings = assistant.settings
        self._library = assistant.library
        self._refusal = assistant.refusal
        self._failure = assistant.failure
        self._decision = assistant.decision
        self._verifier = assistant.verifier
        self._polite = assistant.stages.polite
        self._draft = ""
        self._whole = 0  # sentences of the draft that are written out
        self._told: tuple[Sentence, ...] = ()  # those of them that stand their check
        self._not_found: float | None = None
        self._is_cut = False
        self._own: tuple[Sentence, ...] = ()
        self._first: tuple[Sentence, ...] = ()
        self._query: Query  # the first that the chain finds
        self._rank = turns.rank()
        self._away = Away()
        self.watch = observing.asked(question, assistant.model_name)
        self.answer = Answer(question, model=assistant.model_name, notice=assistant.notice())
        self._notices = {self.answer.notice: None}

    def asked(self, history: Sequence[Turn], only: Filter | None) -> Asked:
        """What the chain is given."""
        return Asked(
            question=self.answer.question,
            history=history,
            only=only,
            rank=self._rank,
            watch=self.watch,
            away=self._away,
        )

    def take(self, piece: Asked) -> bool:
        """Take in what the chain has found or written; whether there is something new to show."""
        before = self.answer
        self._own = piece.get("own", self._own)
        if "waits" in piece:
            self.answer = replace(self.answer, waits=piece["waits"])
        if "query" in piece:
            self._query = piece["query"]
            as_asked = readable(self.answer.question)
            shown = "" if self._own or self._query.text == as_asked else self._query.text
            self.answer = replace(self.answer, standalone=shown, waits=False)
            self.answer = replace(self.answer, unread=unread(self._query.text, self._settings))
            self._reached("standalone_ms")
        if "passages" in piece:
            self.answer = replace(self.answer, passages=tuple(piece["passages"]))
            if (away := self._library.away) is not None:
                self._tell(away)
        if "evidence" in piece:
            self.answer = replace(self.answer, evidence=piece["evidence"])
            self.answer = replace(self.answer, unread=self._unread())
            self._first = self._composed().sentences
            self.answer = replace(self.answer, sentences=self._first)
            self._reached("sources_ms")
        self._tell(*self._away.errors)
        if "not_found" in piece:
            self._not_found = piece["not_found"]
        if "cut" in piece:
            self._is_cut = True
            self.watch.failed(piece["cut"])
            self._tell(piece["cut"])
        if piece.get("draft"):
            self._draft += piece["draft"]
            if self.answer.timings.first_token_ms is None:
                self._reached("first_token_ms")
            self.answer = replace(self.answer, sentences=(*self._drafted(), *self._first))
        return self.answer != before

    def fail(self, error: Exception) -> None:
        """The model failed; what can be quoted still is. Any other failure is not ours to hide."""
        if not self.answer.evidence:
            raise error
        self._draft = ""
        told = failure(error, self._settings)
        self.watch.failed(told)
        trace = "".join(traceback.format_exception(error))
        _log.warning("the language model failed: %s", told.facts["why"])
        _log.info("%s", without_secrets(trace, self._settings))
        self._tell(told)

    def _tell(self, *errors: IbidError) -> None:
        """Say in the answer what went wrong on its way, beside what was said before."""
        self._notices |= dict.fromkeys(map(self._failure, errors))
        self.answer = replace(self.answer, notice=" ".join(filter(None, self._notices)))

    def finish(self) -> Answer:
        """The finished answer: checked, and quoted or refused where the check leaves nothing."""
        if self._draft:
            self._reached("last_token_ms")
        answer = self._finished()
        self.watch.ended(answer)
        return answer

    def _finished(self) -> Answer:
        if self._own:
            return self._told_itself()
        with self.watch.stage("check"):
            composed = self._composed()
        if composed.status == "refused" and not self._query.told:
            self._own = self._polite(self.answer.question)
            if self._own:
                return self._told_itself()
        self._reached("total_ms")
        return replace(
            self.answer,
            sentences=composed.sentences or (self._refused(),),
            evidence=composed.evidence,
            status=composed.status,
            probability=composed.probability,
            waits=False,
        )

    def _told_itself(self) -> Answer:
        """What Ibid says of itself or of the library: no model was asked, and nothing searched."""
        self._reached("total_ms")
        timings = Timings(total_ms=self.answer.timings.total_ms)
        return Answer(self.answer.question, self._own, status="own", timings=timings)

    def _unread(self) -> str:
        """The language of the question, or else of the best evidence, if no model here reads it."""
        best = self.answer.evidence[:1]
        around = [one.text for one in self.answer.passages for cited in best if holds(one, cited)]
        return self.answer.unread or unread("".join(around[:1]), self._settings)

    def _refused(self) -> Sentence:
        if self._query.told:
            return own_sentence(Reason("no more"))
        tuning = self._settings.answering
        passages = self.answer.passages if self.answer.evidence else ()
        near = (
            passage
            for passage in passages
            if passage.probability is None or passage.probability >= tuning.on_the_subject
        )
        titles = list(dict.fromkeys(passage.article.title for passage in near))
        is_empty = not self._library.catalog.count()[0]
        words = self._refusal(None if is_empty else titles[: tuning.titles])
        return Sentence(words, (), "verified", Reason("own"))

    def _drafted(self) -> tuple[Sentence, ...]:
        """The model's sentences as far as they may be shown while it writes.

        Where only what is checked is told, that is so of a draft too: grey or not, a claim that is
        read is a claim. Each sentence is checked once it is written out.
        """
        drafted = self._cited(unfinished=True)
        if self._settings.answers == "lenient":
            return drafted
        if len(drafted) - 1 > self._whole:  # the last is not written out
            self._whole = len(drafted) - 1
            told = self._composed(drafted[:-1]).sentences
            is_prose = any(not one.is_quote and not one.is_own for one in told)
            self._told = tuple(one for one in told if not one.is_own) if is_prose else ()
        return self._told

    def _composed(self, drafted: tuple[Sentence, ...] | None = None) -> Composed:
        """What can be said by what is known so far; of the whole draft, or of these sentences."""
        return compose(
            self._query,
            self._cited(unfinished=self._is_cut) if drafted is None else drafted,
            self.answer.evidence,
            self.answer.passages,
            self._settings,
            self._decision,
            self._verifier,
            not_found=self._vote(),
        )

    def _vote(self) -> float | None:
        """How likely the model was to find no answer; None if it was not asked."""
        return prompts.chance_of_silence(self._draft, self._not_found)

    def _cited(self, *, unfinished: bool = False) -> tuple[Sentence, ...]:
        if prompts.says_not_found(self._draft, unfinished=unfinished):
            return ()
        return cite(self._draft, self.answer.evidence, unfinished=unfinished)

    def _reached(self, point: str) -> None:
        elapsed = round(1000 * (time.monotonic() - self._began))
        timings = replace(self.answer.timings, **{point: elapsed})
        self.answer = replace(self.answer, timings=timings)
