"""What could be asked next: questions that the library can answer. No Gradio here.

They are made by rule, from the names in what the last answer was shown and from the titles that
it did not cite, and each is looked up before it is offered. No model is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

from rag.language.facts import analyse
from rag.language.visible import plain
from rag.schema import Answer, Filter
from ui import strings
from ui.window.conversation.types import Assistant

MOST = 3
_MOST_LOOKED_UP = 6
_LONGEST_NAME = 60
# Below this probability a passage is of something else.
_NEAR = 0.05


def candidates(answer: Answer, asked: Iterable[str], examples: Sequence[str] = ()) -> Iterator[str]:
    """Questions that lead on from an answer, the nearest first, none that was asked before."""
    before = [question.casefold() for question in (*asked, answer.standalone)]
    told = " ".join(before)
    used = {citation.number for sentence in answer.sentences for citation in sentence.citations}
    titles = {citation.article.title for citation in answer.evidence if citation.number in used}
    # What was shown and not said comes first: it is news.
    for citation in sorted(answer.evidence, key=lambda one: one.number in used):
        for name in names(citation.quote):
            if name.casefold() not in told:
                told += " " + name.casefold()
                yield strings.ASK_ABOUT.format(topic=name)
    near = (
        passage.article.title
        for passage in answer.passages
        if passage.probability is None or passage.probability >= _NEAR
    )
    for one in dict.fromkeys(plain(title) for title in near):
        if one not in titles and len(one) <= _LONGEST_NAME and one.casefold() not in told:
            yield strings.ASK_ABOUT.format(topic=strings.quoted(one))
    yield from (question for question in examples if question.casefold() not in before)


def names(text: str) -> list[str]:
    """The names of two words and more in a text, as they stand there."""
    found = (plain(fact.text) for fact in analyse(text).facts if fact.kind == "name")
    return [name for name in dict.fromkeys(found) if " " in name and len(name) <= _LONGEST_NAME]


async def answerable(
    assistant: Assistant, questions: Iterable[str], only: Filter | None = None, most: int = MOST
) -> AsyncIterator[str]:
    """Those of the first few questions that the library can answer, as they are looked up."""
    offered = 0
    for looked_up, question in enumerate(dict.fromkeys(questions)):
        if offered == most or looked_up == _MOST_LOOKED_UP:
            return
        if await asyncio.to_thread(assistant.can_answer, question, only):
            offered += 1
            yield question
