"""The one door to answers, for the window, the command line and the evaluation."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace

from langchain_core.language_models import BaseChatModel

from rag import chain, prompts
from rag.answering import compose
from rag.citations import cite
from rag.library import Library
from rag.llm import reason, remedy, without_secrets
from rag.questions import readable, understood
from rag.retrieval import Retriever, Scorer
from rag.schema import Answer, Filter, Passage, Sentence, Turn

REFUSAL = "The articles in the library do not say"
EMPTY = "The library is empty. Add articles with: ibid add PATH"
# Below this probability a passage is not even on the subject.
_ON_THE_SUBJECT = 0.05
_MOST_TITLES = 2
_log = logging.getLogger("ibid")


def refused(titles: Sequence[str] | None) -> str:
    """One sentence: that the articles do not say, and which are nearest to the subject.

    ``titles`` are those, the nearest first; None: there are no articles at all.
    """
    if titles is None:
        return EMPTY
    if not titles:
        return f"{REFUSAL}."
    nearest = " and ".join(f"“{title}”" for title in titles)
    return f"{REFUSAL}; the nearest that they hold is {nearest}."


class Assistant:
    """Answers questions from a library, with citations that were checked.

    Without a ``model`` it answers by quoting, and ``notice`` may say why; so it does when the
    model fails. ``notice`` is called for each answer, and ``refusal``, which is as `refused`, for
    each that is refused, so that they can speak the reader's language.
    """

    def __init__(
        self,
        library: Library,
        reranker: Scorer,
        model: BaseChatModel | None,
        model_name: str = "",
        notice: Callable[[], str] = str,
        refusal: Callable[[Sequence[str] | None], str] = refused,
    ) -> None:
        if library.settings.answers == "quotes":
            model = None
        self.library = library
        self.retriever = Retriever(library=library, reranker=reranker, settings=library.settings)
        self.model_name = model_name if model else ""
        self.notice = notice
        self.refusal = refusal
        self._chain = chain.build(self.retriever, model)

    def search(self, question: str, k: int = 10, only: Filter | None = None) -> list[Passage]:
        """The best ``k`` passages for a question, best first."""
        question = readable(question)
        return self.retriever.passages(question, k, only) if question else []

    def can_answer(self, question: str, only: Filter | None = None) -> bool:
        """Whether a passage is good enough to answer from; it asks no model."""
        settings = self.library.settings
        passages = self.search(question, settings.passages, only)
        return chain.is_answerable(passages, settings.answer_threshold)

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
        """The asynchronous twin of `stream`. Cancelled, it stops the model as well."""
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
        self._refusal = assistant.refusal
        self._draft = ""
        self._standalone = readable(question)
        self.answer = Answer(question, model=assistant.model_name, notice=assistant.notice())

    def take(self, piece: chain.Asked) -> bool:
        """Take in what the chain has found or written; whether there is something new to show."""
        before = self.answer
        if "standalone" in piece:
            as_asked, self._standalone = self._standalone, piece["standalone"]
            shown = "" if self._standalone == as_asked else self._standalone
            self.answer = replace(self.answer, standalone=shown)
            self._reached("standalone_ms")
        if "passages" in piece:
            self.answer = replace(self.answer, passages=tuple(piece["passages"]))
        if "evidence" in piece:
            self.answer = replace(self.answer, evidence=piece["evidence"])
            self._reached("sources_ms")
        if piece.get("draft"):
            self._draft += piece["draft"]
            if self.answer.timings.first_token_ms is None:
                self._reached("first_token_ms")
            self.answer = replace(self.answer, sentences=self._cited(unfinished=True))
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
            notice=f"The language model failed ({why.rstrip('.')}); this is quoted without it. "
            f"{remedy(error, self._settings)}",
        )

    def finish(self) -> Answer:
        """The finished answer: checked, and quoted or refused where the check leaves nothing."""
        if self._draft:
            self._reached("last_token_ms")
        answer = self.answer
        composed = None
        if chain.is_answerable(answer.passages, self._settings.answer_threshold):
            composed = compose(
                understood(self._standalone),
                self._cited(),
                answer.evidence,
                answer.passages,
                self._settings,
                has_model_read=bool(self._draft.strip()),
            )
        self._reached("total_ms")
        answer = replace(answer, timings=self.answer.timings)
        if composed is None:
            return replace(answer, sentences=(self._refused(),), status="refused")
        return replace(
            answer,
            sentences=composed.sentences,
            evidence=composed.evidence,
            status=composed.status,
        )

    def _refused(self) -> Sentence:
        near = (one for one in self.answer.passages if one.score >= _ON_THE_SUBJECT)
        titles = list(dict.fromkeys(passage.article.title for passage in near))
        words = self._refusal(None if self._is_empty else titles[:_MOST_TITLES])
        return Sentence(words, (), "verified", "said by Ibid of the library, not by an article")

    def _cited(self, *, unfinished: bool = False) -> tuple[Sentence, ...]:
        if prompts.says_not_found(self._draft, unfinished=unfinished):
            return ()
        return cite(self._draft, self.answer.evidence, unfinished=unfinished)

    def _reached(self, point: str) -> None:
        elapsed = round(1000 * (time.monotonic() - self._began))
        timings = replace(self.answer.timings, **{point: elapsed})
        self.answer = replace(self.answer, timings=timings)
