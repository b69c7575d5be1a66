"""SQuAD 1.1 and 2.0 JSON (Rajpurkar et al., EMNLP 2016 and ACL 2018).

The paragraphs of an entry, with a blank line between them, are one article.
"""

from __future__ import annotations

from pathlib import Path
from typing import NotRequired

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from eval.importers.foreign import Foreign, Place, Question, Text, Words, clean, parsed
from eval.sets.contents import contents


class _Answer(TypedDict):
    text: Words
    answer_start: NotRequired[float | None]


class _Asked(TypedDict):
    id: NotRequired[Words | None]
    question: Words
    answers: NotRequired[list[_Answer] | None]
    is_impossible: NotRequired[bool | None]


class _Paragraph(TypedDict):
    context: str
    qas: NotRequired[list[_Asked] | None]


class _Entry(TypedDict):
    title: NotRequired[Words | None]
    paragraphs: list[_Paragraph]


class _File(TypedDict):
    data: list[_Entry]


_FILE = TypeAdapter(_File)


def read(file: Path) -> Foreign:
    """Read a file. A question without answers is one that its paragraph does not answer.

    Raises:
        CaseError: it is not of this format.
    """
    texts: list[Text] = []
    questions: list[Question] = []
    lost: list[str] = []
    for number, entry in enumerate(parsed(_FILE, contents(file), str(file))["data"]):
        whole = ""
        for paragraph in entry["paragraphs"]:
            whole += "\n\n" if whole else ""
            offset, context = len(whole), clean(paragraph["context"])
            whole += context
            for asked in paragraph.get("qas") or ():
                id_ = asked.get("id") or str(len(questions) + 1)
                given = () if asked.get("is_impossible") else asked.get("answers") or ()
                places = set()
                for answer in given:
                    at, words = _place(answer, context), clean(answer["text"])
                    if words.strip() and context[at : at + len(words)] == words:
                        places.add(Place(number, offset + at, offset + at + len(words)))
                    else:
                        lost.append(f"{id_}: “{words}” is not at {at} of its paragraph")
                answers = dict.fromkeys(answer["text"] for answer in given)
                questions.append(
                    Question(
                        id_, asked["question"], tuple(answers), tuple(sorted(places)), (number,)
                    )
                )
        title = (entry.get("title") or f"article {number + 1}").replace("_", " ")
        texts.append(Text(title, whole))
    return Foreign(tuple(texts), tuple(questions), tuple(lost), are_answers=True)


def _place(answer: _Answer, context: str) -> int:
    """Where an answer begins; one without a place has that of its first words."""
    at = answer.get("answer_start")
    if at is None:
        return max(context.find(clean(answer["text"])), 0)
    return max(int(at), 0)
