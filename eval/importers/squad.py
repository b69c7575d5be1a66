"""SQuAD 1.1 and 2.0 JSON (Rajpurkar et al., EMNLP 2016 and ACL 2018).

The paragraphs of an entry, with a blank line between them, are one article. Read as well is what
the hubs make of it: a question a line, or in a list, with ``context`` and ``title`` beside it and
its answers in columns.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
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
)  # fmt: skip
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


class _Columns(TypedDict):
    text: list[Words]
    answer_start: NotRequired[list[float | None] | None]


class _Row(TypedDict):
    id: NotRequired[Words | None]
    title: NotRequired[Words | None]
    context: str
    question: Words
    answers: NotRequired[_Columns | list[_Answer] | None]
    is_impossible: NotRequired[bool | None]


_FILE = TypeAdapter(_File)
_ROW, _ROWS = TypeAdapter(_Row), TypeAdapter(list[_Row])


def is_row(first: Any) -> bool:
    """Whether what a file begins with is a question with its paragraph beside it."""
    is_one = isinstance(first, dict) and {"context", "question"} <= first.keys()
    return is_one and isinstance(first.get("answers"), dict | list | None)


def read(file: Path) -> Foreign:
    """Read a file. A question without answers is one that its paragraph does not answer.

    Raises:
        CaseError: it is not of this format.
    """
    texts: list[Text] = []
    questions: list[Question] = []
    lost: list[str] = []
    for number, entry in enumerate(_entries(file)):
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


def _entries(file: Path) -> list[_Entry]:
    data = contents(file)
    if data.lstrip().startswith(b"["):
        rows: list[_Row] = parsed(_ROWS, data, str(file))
        return _grouped(rows)
    try:
        is_flat = is_row(json.loads(data.lstrip().split(b"\n", 1)[0]))
    except ValueError:
        is_flat = False
    if is_flat:
        return _grouped(json_lines(_ROW, file))
    return parsed(_FILE, data, str(file))["data"]


def _grouped(rows: Iterable[_Row]) -> list[_Entry]:
    """Rows as the entries that they were: those of a title, in them those of a paragraph."""
    entries: dict[str, dict[str, list[_Asked]]] = {}
    for row in rows:
        # Without a title a paragraph is all that is known of an article.
        paragraphs = entries.setdefault(row.get("title") or row["context"], {})
        answers = row.get("answers") or []
        asked: _Asked = {"question": row["question"], "id": row.get("id")}
        asked["answers"] = _rows(answers) if isinstance(answers, dict) else answers
        asked["is_impossible"] = row.get("is_impossible")
        paragraphs.setdefault(row["context"], []).append(asked)
    return [
        {
            "title": None if title in paragraphs else title,
            "paragraphs": [{"context": text, "qas": qas} for text, qas in paragraphs.items()],
        }
        for title, paragraphs in entries.items()
    ]


def _rows(columns: _Columns) -> list[_Answer]:
    starts = columns.get("answer_start") or [None] * len(columns["text"])
    return [
        {"text": text, "answer_start": start}
        for text, start in zip(columns["text"], starts, strict=False)
    ]


def _place(answer: _Answer, context: str) -> int:
    """Where an answer begins; one without a place has that of its first words."""
    at = answer.get("answer_start")
    if at is None:
        return max(context.find(clean(answer["text"])), 0)
    return max(int(at), 0)
