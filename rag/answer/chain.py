"""The LangChain chain: question -> standalone question -> passages -> evidence -> draft.

The reader picks the evidence, and with it the passages that the model is given whole.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, TypedDict, TypeVar

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.runnables import (
    Runnable,
    RunnableBranch,
    RunnableGenerator,
    RunnableLambda,
    RunnablePassthrough,
)
from langchain_core.runnables.utils import AddableDict

from rag import prompts
from rag.decision import Decision, outcome
from rag.protocols import Reader
from rag.query.classification import Query, classify
from rag.query.followups import by_rule, concatenated, is_faithful
from rag.query.wording import readable
from rag.retrieve.evidence import choose, is_treated, newest_on
from rag.retrieve.retriever import Retriever, log_odds
from rag.schema import Citation, Filter, Passage, Turn, holds, overlap
from rag.settings import Settings

_Made = TypeVar("_Made")


class Asked(TypedDict, total=False):
    """What flows through the chain; each stage adds its key."""

    question: str
    history: Sequence[Turn]
    only: Filter | None
    query: Query
    passages: list[Passage]
    evidence: tuple[Citation, ...]
    draft: str
    not_found: float


def build(
    retriever: Retriever, reader: Reader, decision: Decision, model: BaseChatModel | None
) -> Runnable[Any, Any]:
    """The whole way from ``{"question", "history"}`` to an `Asked` with a draft.

    It is LCEL: ``invoke``, ``stream``, ``ainvoke`` and ``astream`` all work, and a stream yields
    each key as soon as it is known, the draft in pieces. Without a model, and where no
    vote of one could make an answer told, the draft is empty and no model is called.
    """
    settings = retriever.settings
    room = context_of(model, settings.context_tokens) - settings.max_answer_tokens

    def find(asked: Asked) -> list[Passage]:
        question = asked["query"]
        if not question.text:
            return []
        k, only = settings.passages, asked.get("only")
        searches = question.searches
        if question.kind == "parts":  # the one may name what the other is about
            searches = (question.text, *searches)
        return _interleaved([retriever.passages(one, k, only) for one in searches], k)

    def weigh(asked: Asked) -> tuple[Citation, ...]:
        return choose(
            asked["query"],
            asked["passages"],
            retriever.reranker,
            reader,
            decision,
            settings,
        )

    def is_hopeless(asked: Asked) -> bool:
        if model is None or not asked["evidence"]:
            return True
        if asked["query"].kind == "overview":
            return not is_treated(asked["passages"], asked["evidence"], settings)
        odds = log_odds(max(one.score for one in asked["evidence"]))
        return outcome(decision.at_best(odds), settings) != "told"

    def prompt(asked: Asked) -> list[BaseMessage]:
        given = passages_for(asked["query"], asked["passages"], asked["evidence"], settings)
        return prompts.answer(asked["query"].text, given, room)

    silence: Runnable[Any, Any] = _step(lambda _: AIMessage(""))
    written = _step(prompt) | model if model else silence
    draft: Runnable[Any, Any] = RunnableBranch((_step(is_hopeless), silence), written)
    rewriting = model | StrOutputParser() if model else None

    # The stages that may ask the model are no `assign` like the others, because that would wait
    # for it in a thread of its own, where Ctrl-C could not reach it.
    def understand(given: Iterator[Asked]) -> Iterator[AddableDict]:
        asked = Asked()
        for piece in given:
            asked.update(piece)
            yield AddableDict(piece)
        if (standalone := _by_rule(asked)) is None:
            said = ""
            if rewriting:
                # A failure here will come again, and be told, when the answer is asked for.
                with suppress(Exception):
                    said = rewriting.invoke(_rewrite(asked))
            standalone = _rewritten(said, asked)
        yield AddableDict(query=classify(standalone))

    async def aunderstand(given: AsyncIterator[Asked]) -> AsyncIterator[AddableDict]:
        asked = Asked()
        async for piece in given:
            asked.update(piece)
            yield AddableDict(piece)
        if (standalone := _by_rule(asked)) is None:
            said = ""
            if rewriting:
                with suppress(Exception):
                    said = await rewriting.ainvoke(_rewrite(asked))
            standalone = _rewritten(said, asked)
        yield AddableDict(query=classify(standalone))

    def write(found: Iterator[Asked]) -> Iterator[AddableDict]:
        asked = Asked()
        for piece in found:
            asked.update(piece)
            yield AddableDict(piece)
        is_first = True
        for message in draft.stream(asked):
            yield _told(message, is_first=is_first)
            is_first = is_first and not message.text

    async def awrite(found: AsyncIterator[Asked]) -> AsyncIterator[AddableDict]:
        asked = Asked()
        async for piece in found:
            asked.update(piece)
            yield AddableDict(piece)
        is_first = True
        async for message in draft.astream(asked):
            yield _told(message, is_first=is_first)
            is_first = is_first and not message.text

    whole: Runnable[Any, Any] = (
        RunnableGenerator[Any, Any](understand, aunderstand)
        | RunnablePassthrough.assign(passages=_step(find))
        | RunnablePassthrough.assign(evidence=_step(weigh))
        | RunnableGenerator[Any, Any](write, awrite)
    )
    return whole


def _step(function: Callable[[Asked], _Made]) -> Runnable[Any, _Made]:
    return RunnableLambda[Any, _Made](function)


def context_of(model: BaseChatModel | None, otherwise: int) -> int:
    """How many tokens a model can read and write, by its own profile where it has one."""
    profile = getattr(model, "profile", None) or {}
    known = profile.get("max_input_tokens")
    return min(known, 32_000) if isinstance(known, int) and known > 0 else otherwise


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
        one
        for one in evidence
        if question.kind in ("comparison", "parts") or log_odds(one.score) >= least
    ]
    given: list[Passage] = []
    for citation in near:
        given += [p for p in passages if p not in given and holds(p, citation)][:1]
    given = (given or list(passages))[:most]
    # What the newest article says of it, the model must know as well.
    newest = newest_on(question, passages)
    if newest and all(one.article.id != newest.article.id for one in given):
        given = [*given[: most - 1], newest]
    return given


def _told(message: BaseMessage, *, is_first: bool) -> AddableDict:
    """A piece of the draft; the first, with how likely the model was to find no answer."""
    told = AddableDict(draft=message.text)
    if is_first and (chance := prompts.chance_of_not_found(message)) is not None:
        told["not_found"] = chance
    return told


def _by_rule(asked: Asked) -> str | None:
    question = readable(asked["question"])
    return by_rule(question, asked.get("history", ()))


def _rewrite(asked: Asked) -> list[BaseMessage]:
    return prompts.rewrite(readable(asked["question"]), asked.get("history", ()))


def _rewritten(said: str, asked: Asked) -> str:
    """The model's rewriting if it is faithful, else the question after those it leans on."""
    question, history = readable(asked["question"]), asked.get("history", ())
    said = readable(said)
    if is_faithful(said, question, history):
        return said
    return concatenated(question, history)


def _interleaved(found: Sequence[list[Passage]], k: int) -> list[Passage]:
    """The best of each search in turn, each stretch of an article once, ``k`` at most."""
    kept: list[Passage] = []
    for place in range(k):
        for passages in found:
            if place < len(passages) and not any(overlap(one, passages[place]) for one in kept):
                kept.append(passages[place])
    return kept[: max(k, 1)] if len(found) == 1 else kept[: k + len(found)]
