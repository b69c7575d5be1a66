"""What could be asked next: what the articles of the last answer were seen to answer. No Gradio."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from rag.schema import Answer, Citation
from ui.ahead import Ahead
from ui.window.conversation.types import Exchange

MOST = 3
# Below this probability a passage is of something else: an oven's heat is no kettle's.
_NEAR = 0.3


async def next_questions(ahead: Ahead, past: Sequence[Exchange]) -> AsyncIterator[str]:
    """Questions that lead on from the last answer, as they are found; the nearest article first.

    None was asked before in the conversation, and none asks for words that were told in it.
    """
    answers = [exchange.answer for exchange in past if exchange.answer is not None]
    if not answers or past[-1].answer is None:
        return
    asked = {_bare(words) for one in past for words in (one.question, *_understood(one.answer))}
    told = [citation for answer in answers for citation in _cited(answer)]
    offered = 0
    for article_id in _nearest(past[-1].answer):
        for one in await ahead.of(article_id):
            is_told = any(
                citation.article.id == article_id
                and citation.start < one.end
                and one.start < citation.end
                for citation in told
            )
            if is_told or _bare(one.text) in asked:
                continue
            yield one.text
            offered += 1
            if offered == MOST:
                return


def _nearest(answer: Answer) -> list[str]:
    """The articles that an answer is of: those it cites, then those that were found near it."""
    cited = [citation.article.id for citation in _cited(answer)]
    near = [one.article.id for one in answer.passages if (one.probability or 0.0) >= _NEAR]
    return list(dict.fromkeys([*cited, *near]))


def _cited(answer: Answer) -> list[Citation]:
    return [citation for sentence in answer.sentences for citation in sentence.citations]


def _understood(answer: Answer | None) -> tuple[str, ...]:
    return (answer.standalone,) if answer and answer.standalone else ()


def _bare(question: str) -> str:
    return " ".join(question.casefold().split()).rstrip("?.! ")
