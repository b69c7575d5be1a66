"""The one door to answers, for the window, the command line and the evaluation."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace

from langchain_core.language_models import BaseChatModel

from rag import chain, prompts
from rag.citations import check, cite
from rag.library import Library
from rag.llm import reason, without_secrets
from rag.retrieval import Retriever, Scorer
from rag.schema import Answer, Citation, Filter, Passage, Sentence, Timings, Turn

REFUSAL = "The articles in the library do not say."
EMPTY = "The library is empty. Add articles with: ibid add PATH"
_log = logging.getLogger("ibid")


class Assistant:
    """Answers questions from a library, with citations that were checked.

    Without a ``model`` it answers by quoting, and ``notice`` may say why; so it does when the
    model fails.
    """

    def __init__(
        self,
        library: Library,
        reranker: Scorer,
        model: BaseChatModel | None,
        model_name: str = "",
        notice: str = "",
    ) -> None:
        self.library = library
        self.retriever = Retriever(library=library, reranker=reranker, settings=library.settings)
        self.model_name = model_name if model else ""
        self.notice = notice
        self._chain = chain.build(self.retriever, model)

    def search(self, question: str, k: int = 10, only: Filter | None = None) -> list[Passage]:
        """The best ``k`` passages for a question, best first."""
        question = chain.readable(question)
        return self.retriever.passages(question, k) if question else []

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
        """Ever fuller snapshots: the sources, then the text as it is written, then the verdicts.

        All but the last have the status ``pending``. A failing model ends in quotations and a
        notice, not in an error.
        """
        writing = _Writing(self, question)
        asked = {"question": question, "history": history, "only": only}
        try:
            for piece in self._chain.stream(asked):
                if writing.take(piece):
                    yield writing.answer
        except Exception as error:
            writing.fail(error)
        yield writing.finish()

    async def astream(
        self, question: str, history: Sequence[Turn] = (), only: Filter | None = None
    ) -> AsyncIterator[Answer]:
        """The asynchronous twin of `stream`."""
        writing = _Writing(self, question)
        asked = {"question": question, "history": history, "only": only}
        try:
            async for piece in self._chain.astream(asked):
                if writing.take(piece):
                    yield writing.answer
        except Exception as error:
            writing.fail(error)
        yield writing.finish()


class _Writing:
    """An answer in the making: pieces of the chain's stream go in, snapshots come out."""

    def __init__(self, assistant: Assistant, question: str) -> None:
        self._began = time.monotonic()
        self._settings = assistant.library.settings
        self._is_empty = not assistant.library.catalog.count()[0]
        self._draft = ""
        self.answer = Answer(question, model=assistant.model_name, notice=assistant.notice)

    def take(self, piece: chain.Asked) -> bool:
        """Take in what the chain has found or written; whether there is something new to show."""
        before = self.answer
        if "passages" in piece:
            self.answer = replace(self.answer, passages=tuple(piece["passages"]))
        if "evidence" in piece:
            self.answer = replace(
                self.answer, evidence=piece["evidence"], timings=Timings(sources_ms=self._elapsed())
            )
        if piece.get("draft"):
            self._draft += piece["draft"]
            timings = self.answer.timings
            if timings.first_token_ms is None:
                timings = replace(timings, first_token_ms=self._elapsed())
            self.answer = replace(
                self.answer, sentences=self._cited(unfinished=True), timings=timings
            )
        return self.answer != before and bool(self.answer.evidence)

    def fail(self, error: Exception) -> None:
        """The model failed; what can be quoted still is. Any other failure is not ours to hide."""
        if not self.answer.evidence:
            raise error
        self._draft = ""
        why = reason(error, self._settings)
        trace = "".join(traceback.format_exception(error))
        _log.warning("the language model failed: %s", why)
        _log.info("%s", without_secrets(trace, self._settings))
        self.answer = replace(
            self.answer,
            notice=f"The language model failed ({why}); this is quoted without it.",
        )

    def finish(self) -> Answer:
        """The finished answer: checked, and quoted or refused where the check leaves nothing."""
        answer = self.answer
        timings = replace(answer.timings, total_ms=self._elapsed())
        found = chain.is_answerable(answer.passages, self._settings.answer_threshold)
        checked = [check(sentence) for sentence in self._cited()] if found else []
        stand = tuple(sentence for sentence in checked if sentence.support != "unsupported")
        if stand:
            return replace(answer, sentences=stand, status="answered", timings=timings)
        if found and self._is_quotable():
            quoted = _quoted(answer.evidence[0])
            return replace(answer, sentences=(quoted,), status="quoted", timings=timings)
        words = EMPTY if self._is_empty else REFUSAL
        return replace(answer, sentences=(_said(words),), status="refused", timings=timings)

    def _is_quotable(self) -> bool:
        # Retrieval votes for an answer. A model that read the evidence and found none votes
        # against it, and then only a sentence that is strong by itself outweighs its vote.
        evidence = self.answer.evidence
        needed = self._settings.quote_threshold if self._draft.strip() else 0.0
        return bool(evidence) and evidence[0].score >= needed

    def _cited(self, *, unfinished: bool = False) -> tuple[Sentence, ...]:
        if prompts.says_not_found(self._draft, unfinished=unfinished):
            return ()
        return cite(self._draft, self.answer.evidence, unfinished=unfinished)

    def _elapsed(self) -> int:
        return round(1000 * (time.monotonic() - self._began))


def _quoted(citation: Citation) -> Sentence:
    return Sentence(citation.quote, (citation,), "verified", "quoted word for word")


def _said(words: str) -> Sentence:
    return Sentence(words, (), "verified", "said by Ibid of the library, not by an article")
