"""ClapNQ JSON lines (Rosenthal et al., 2024). Each passage is one article."""

from __future__ import annotations

from pathlib import Path
from typing import NotRequired

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from eval.importers.foreign import Foreign, Place, Question, Text, Words, clean, json_lines


class _Passage(TypedDict):
    title: NotRequired[Words | None]
    text: NotRequired[str | None]
    sentences: NotRequired[list[str] | None]


class _Output(TypedDict):
    answer: NotRequired[Words | None]
    selected_sentences: NotRequired[list[str] | None]


class _Line(TypedDict):
    id: NotRequired[Words | None]
    input: Words
    passages: list[_Passage]
    output: NotRequired[list[_Output] | None]


_LINE = TypeAdapter(_Line)


def read(file: Path) -> Foreign:
    """Read a file. The evidence of an answer is each sentence that was selected for it.

    Raises:
        CaseError: it is not of this format.
    """
    texts: dict[tuple[str, str], int] = {}  # Many questions share a passage.
    questions: list[Question] = []
    lost: list[str] = []
    for line in json_lines(_LINE, file):
        id_ = line.get("id") or str(len(questions) + 1)
        told = line.get("output") or ()
        answers = [answer for one in told if (answer := one.get("answer"))]
        chosen = {clean(s) for one in told for s in one.get("selected_sentences") or ()}
        asked_of: list[int] = []
        places: list[Place] = []
        found: set[str] = set()
        for passage in line["passages"]:
            sentences = passage.get("sentences") or [passage.get("text") or ""]
            sentences = [clean(sentence) for sentence in sentences]
            number = texts.setdefault((passage.get("title") or "", " ".join(sentences)), len(texts))
            asked_of.append(number)
            at = 0
            for sentence in sentences:
                if answers and sentence.strip() and (sentence in chosen or not chosen):
                    places.append(Place(number, at, at + len(sentence)))
                    found.add(sentence)
                at += len(sentence) + 1
        if answers:
            lost += [f"{id_}: its passage does not say “{one}”" for one in chosen - found]
        questions.append(
            Question(id_, line["input"], tuple(answers), tuple(places), tuple(asked_of))
        )
    whole = (Text(title, text) for title, text in texts)
    return Foreign(tuple(whole), tuple(questions), tuple(lost))
