"""SQuAD 1.1 and 2.0 JSON (Rajpurkar et al., EMNLP 2016 and ACL 2018).

The paragraphs of an entry, with a blank line between them, are one article.
"""

from __future__ import annotations

from pathlib import Path
from typing import NotRequired

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from eval.importers.foreign import Foreign, Place, Question, Text, clean, contents, parsed


class _Answer(TypedDict):
    text: str
    answer_start: int


class _Asked(TypedDict):
    id: NotRequired[str]
    question: str
    answers: list[_Answer]


class _Paragraph(TypedDict):
    context: str
    qas: list[_Asked]


class _Entry(TypedDict):
    title: NotRequired[str]
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
            for asked in paragraph["qas"]:
                id_ = asked.get("id") or str(len(questions) + 1)
                places = set()
                for answer in asked["answers"]:
                    at, words = max(answer["answer_start"], 0), clean(answer["text"])
                    if words.strip() and context[at : at + len(words)] == words:
                        places.add(Place(number, offset + at, offset + at + len(words)))
                    else:
                        lost.append(f"{id_}: “{words}” is not at {at} of its paragraph")
                answers = dict.fromkeys(answer["text"] for answer in asked["answers"])
                questions.append(
                    Question(
                        id_, asked["question"], tuple(answers), tuple(sorted(places)), (number,)
                    )
                )
        title = entry.get("title", f"article {number}").replace("_", " ")
        texts.append(Text(title, whole))
    return Foreign(tuple(texts), tuple(questions), tuple(lost), are_answers=True)
