"""The one door to answers, for the window, the command line and the evaluation."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace

from langchain_core.language_models import BaseChatModel

from rag import chain, prompts
from rag.citations import check, cite
from rag.errors import IbidError
from rag.library import Library
from rag.retrieval import Retriever, Scorer
from rag.schema import Answer, Citation, Passage, Sentence, Timings, Turn

REFUSAL = "The articles in the library do not say."
EMPTY = "The library is empty. Add articles with: ibid add PATH"
_log = logging.getLogger("ibid")


class Assistant:
    """Answers questions from a library, with citations that were checked.

    Without a ``model`` it answers by quoting; so it does when the model fails.
    """

    def __init__(
        self, library: Library, reranker: Scorer, model: BaseChatModel | None, model_name: str = ""
    ) -> None:
        self.library = library
        self.retriever = Retriever(library=library, reranker=reranker)
        self.model_name = model_name if model else ""
        self._chain = chain.build(self.retriever, model)

    def search(self, question: str, k: int = 10) -> list[Passage]:
        """The best ``k`` passages for a question, best first."""
        return self.retriever.passages(question, k)

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """The finished answer."""
        *_, answer = self.stream(question, history)
        return answer

    async def aask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """The finished answer, awaited."""
        answer = Answer(question)
        async for answer in self.astream(question, history):
            pass
        return answer

    def stream(self, question: str, history: Sequence[Turn] = ()) -> Iterator[Answer]:
        """Ever fuller snapshots: the sources, then the text as it is written, then the verdicts.

        All but the last have the status ``pending``. A failing model ends in quotations and a
        notice, not in an error.
        """
        writing = _Writing(self, question)
        try:
            for piece in self._chain.stream({"question": question, "history": history}):
                if writing.take(piece):
                    yield writing.answer
        except Exception as error:
            writing.fail(error)
        yield writing.finish()

    async def astream(self, question: str, history: Sequence[Turn] = ()) -> AsyncIterator[Answer]:
        """The asynchronous twin of `stream`."""
        writing = _Writing(self, question)
        try:
            async for piece in self._chain.astream({"question": question, "history": history}):
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
        self.answer = Answer(question, model=assistant.model_name)

    def take(self, piece: chain.Asked) -> bool:
        """Take in what the chain has found or written; whether there is something new to show."""
        before = self.answer
        if "passages" in piece:
            self.answer = replace(self.answer, passages=tuple(piece["passages"]))
        if "evidence" in piece:
            self.answer = replace(
                self.answer, evidence=piece["evidence"], timings=Timings(self._elapsed())
            )
        if piece.get("draft"):
            self._draft += piece["draft"]
            timings = self.answer.timings
            self.answer = replace(
                self.answer,
                sentences=cite(self._draft, self.answer.evidence, unfinished=True),
                timings=replace(
                    timings, first_token_ms=timings.first_token_ms or self._elapsed()
                ),
            )
            if prompts.not_found().startswith(self._draft.strip()[: len(prompts.not_found())]):
                self.answer = replace(self.answer, sentences=())
        return self.answer is not before and bool(self.answer.evidence)

    def fail(self, error: Exception) -> None:
        """The model failed; what can be quoted still is. Any other failure is not ours to hide."""
        if not self.answer.evidence:
            raise error
        _log.warning("the language model failed: %s", error, exc_info=not isinstance(error, IbidError))
        self._draft = ""
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        self.answer = replace(
            self.answer,
            notice=f"The language model failed ({reason}); this is quoted without it.",
        )

    def finish(self) -> Answer:
        """The finished answer: checked, and quoted or refused where the check leaves nothing."""
        answer = self.answer
        timings = replace(answer.timings, total_ms=self._elapsed())
        if not chain.is_answerable(answer.passages, self._settings.answer_threshold):
            words = EMPTY if self._is_empty else REFUSAL
            return replace(answer, sentences=(_said(words),), status="refused", timings=timings)
        checked = [check(sentence) for sentence in cite(self._draft, answer.evidence)]
        stand = tuple(sentence for sentence in checked if sentence.support != "unsupported")
        if stand:
            return replace(answer, sentences=stand, status="answered", timings=timings)
        return replace(
            answer, sentences=(_quoted(answer.evidence[0]),), status="quoted", timings=timings
        )

    def _elapsed(self) -> int:
        return round(1000 * (time.monotonic() - self._began))


def _quoted(citation: Citation) -> Sentence:
    return Sentence(citation.quote, (citation,), "verified", "quoted word for word")


def _said(words: str) -> Sentence:
    return Sentence(words, (), "verified", "said by Ibid of the library, not by an article")
