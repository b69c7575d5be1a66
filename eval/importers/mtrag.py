"""MTRAG files (Katsis et al., TACL 2025): conversations, or the tasks that were made of them.

A task is a line with the conversation up to its last question (``input``), the passages that
belong to it (``contexts``) and the answer (``targets``). A file of conversations is one list, each
with its ``messages``; every question in it is a case. Of the passages those count as evidence that
a person found relevant or, where nobody said so, all. What a user only says, without a question
("CONVERSATIONAL"), is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, NotRequired

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from eval.importers.foreign import (
    Foreign,
    Place,
    Question,
    Text,
    Words,
    clean,
    json_lines,
    parsed,
)
from eval.sets.contents import contents
from rag.schema import Turn

UNANSWERABLE, CONVERSATIONAL = "unanswerable", "conversational"
_ANSWERABILITY = ("Answerability", "answerability")
_FACTS = (*_ANSWERABILITY, "Question Type", "Multi-Turn")


class _Passage(TypedDict):
    document_id: NotRequired[Words | None]
    title: NotRequired[Words | None]
    text: str
    feedback: NotRequired[Any]


class _Message(TypedDict):
    speaker: str
    text: Words
    contexts: NotRequired[list[_Passage] | None]
    enrichments: NotRequired[Any]


class _Task(TypedDict):
    task_id: NotRequired[Words | None]
    conversation_id: NotRequired[Words | None]
    input: list[_Message]
    contexts: NotRequired[list[_Passage] | None]
    targets: NotRequired[list[_Message] | None]


class _Conversation(TypedDict):
    messages: list[_Message]


_TASK = TypeAdapter(_Task)
_ANY = TypeAdapter(dict[str, Any])
_CONVERSATIONS = TypeAdapter(list[_Conversation])


def is_task(document: Any) -> bool:
    """Whether a line of JSON is a task."""
    return isinstance(document, dict) and _are_messages(document.get("input"))


def is_conversation(document: Any) -> bool:
    """Whether an element of a list is a conversation."""
    return isinstance(document, dict) and _are_messages(document.get("messages"))


def read(file: Path) -> Foreign:
    """Read a file.

    Raises:
        CaseError: it is not of this format.
    """
    data = contents(file)
    reading = _Reading()
    if data.lstrip().startswith(b"["):
        conversations = parsed(_CONVERSATIONS, data, str(file))
        for number, conversation in enumerate(conversations, start=1):
            reading.conversation(number, conversation["messages"])
    else:
        for task, whole in zip(json_lines(_TASK, file), json_lines(_ANY, file), strict=True):
            reading.task(task, whole)
    return reading.done()


class _Reading:
    """The cases and the passages, as they are found."""

    def __init__(self) -> None:
        self._texts: dict[tuple[str, str], int] = {}  # the questions of a conversation share them
        self._questions: list[Question] = []
        self._lost: list[str] = []

    def task(self, task: _Task, whole: Mapping[str, Any]) -> None:
        """Take the last question of a task."""
        said = task["input"]
        name = task.get("task_id") or f"{task.get('conversation_id') or len(self._questions) + 1}"
        targets = [one["text"] for one in task.get("targets") or ()]
        facts = {key: whole[key] for key in _FACTS if isinstance(whole.get(key), list)}
        self._take(name, said, task.get("contexts") or (), targets, facts or _enriched(said))

    def conversation(self, number: int, messages: list[_Message]) -> None:
        """Take every question of a conversation that was answered."""
        for place, (asked, answer) in enumerate(pairwise(messages), start=1):
            if asked["speaker"] == "user" and answer["speaker"] != "user":
                said = messages[:place]
                turn = sum(one["speaker"] == "user" for one in said)
                found = answer.get("contexts") or ()
                self._take(f"{number}-{turn}", said, found, [answer["text"]], _enriched(said))

    def _take(
        self,
        name: str,
        said: list[_Message],
        found: Iterable[_Passage],
        targets: list[str],
        facts: Mapping[str, Any],
    ) -> None:
        if not said or said[-1]["speaker"] != "user":
            self._lost.append(f"{name}: its last message is no question")
            return
        sorts = [one for key in _ANSWERABILITY for one in _words(facts.get(key))]
        if CONVERSATIONAL in sorts:
            self._lost.append(f"{name}: it asks nothing (conversational)")
            return
        numbers = {self._number(one): _is_relevant(one) for one in found if one["text"].strip()}
        relevant = [number for number, is_one in numbers.items() if is_one is True]
        unjudged = [number for number, is_one in numbers.items() if is_one is None]
        is_unanswerable = UNANSWERABLE in sorts
        lengths = {number: len(text) for (_, text), number in self._texts.items()}
        places = [Place(number, 0, lengths[number]) for number in relevant or unjudged]
        tags = [f"turn {sum(one['speaker'] == 'user' for one in said)}"]
        tags += [one for key in _FACTS for one in _words(facts.get(key))]
        self._questions.append(
            Question(
                name,
                said[-1]["text"],
                () if is_unanswerable else tuple(targets),
                () if is_unanswerable else tuple(places),
                tuple(numbers),
                tuple(dict.fromkeys(tags)),
                tuple(_turns(said[:-1])),
            )
        )

    def _number(self, passage: _Passage) -> int:
        key = (passage.get("title") or "", clean(passage["text"]).strip())
        return self._texts.setdefault(key, len(self._texts))

    def done(self) -> Foreign:
        """All of it."""
        texts = tuple(Text(title, text) for title, text in self._texts)
        return Foreign(texts, tuple(self._questions), tuple(self._lost))


def _turns(said: Iterable[_Message]) -> Iterator[Turn]:
    for one in said:
        if text := clean(one["text"]).strip():
            yield Turn("user" if one["speaker"] == "user" else "assistant", text)


def _is_relevant(passage: _Passage) -> bool | None:
    """What the people said of it; None where nobody did."""
    feedback = passage.get("feedback")
    said = feedback.get("relevant") if isinstance(feedback, Mapping) else None
    if not isinstance(said, Mapping) or not said:
        return None
    values = [one.get("value") for one in said.values() if isinstance(one, Mapping)]
    return "yes" in values


def _enriched(said: list[_Message]) -> Mapping[str, Any]:
    facts = said[-1].get("enrichments") if said else None
    return facts if isinstance(facts, Mapping) else {}


def _words(values: Any) -> list[str]:
    return [
        one.strip().lower()
        for one in (values if isinstance(values, list) else [])
        if isinstance(one, str) and one.strip() and one.strip().lower() != "n/a"
    ]


def _are_messages(said: Any) -> bool:
    first = said[0] if isinstance(said, list) and said else None
    return isinstance(first, dict) and "speaker" in first and "text" in first
