"""MultiHop-RAG folders (Tang and Yang, COLM 2024): corpus.json and MultiHopRAG.json."""

from __future__ import annotations

from pathlib import Path
from typing import NotRequired

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from eval.importers.foreign import (
    Foreign,
    Place,
    Question,
    Text,
    Words,
    clean,
    find,
    packed,
    parsed,
)
from eval.sets.contents import contents


class _Article(TypedDict):
    title: NotRequired[Words | None]
    body: str
    url: NotRequired[str | None]
    source: NotRequired[str | None]
    published_at: NotRequired[str | None]


class _Fact(TypedDict):
    title: NotRequired[Words | None]
    url: NotRequired[str | None]
    fact: str


class _Asked(TypedDict):
    query: Words
    answer: NotRequired[Words | None]
    question_type: NotRequired[Words | None]
    evidence_list: NotRequired[list[_Fact] | None]


_CORPUS = TypeAdapter(list[_Article])
_ASKED = TypeAdapter(list[_Asked])
_FILES = ("corpus.json", "MultiHopRAG.json")


def is_one(folder: Path) -> bool:
    """Whether a folder is of this format."""
    return all(packed(folder, name).is_file() for name in _FILES)


def read(folder: Path) -> Foreign:
    """Read a folder. A question without evidence is one that the articles do not answer.

    Raises:
        CaseError: a file is missing, or is not of this format.
    """
    corpus, asked = (packed(folder, name) for name in _FILES)
    texts: list[Text] = []
    numbers: dict[str, int] = {}
    for article in parsed(_CORPUS, contents(corpus), str(corpus)):
        title = article.get("title") or ""
        for key in filter(None, (title, article.get("url"))):
            numbers.setdefault(key, len(texts))
        named = {
            "source": article.get("url"),
            "publisher": article.get("source"),
            "published": article.get("published_at"),
        }
        facts = {name: value for name, value in named.items() if value}
        texts.append(Text(title, clean(article["body"]), facts))

    questions: list[Question] = []
    lost: list[str] = []
    every = parsed(_ASKED, contents(asked), str(asked))
    for number, one in enumerate(every, start=1):
        places: list[Place] = []
        facts_of = one.get("evidence_list") or ()
        for fact in facts_of:
            at = numbers.get(fact.get("url") or "", numbers.get(fact.get("title") or ""))
            stands = find(fact["fact"], texts[at].text) if at is not None else None
            if at is None or stands is None:
                lost.append(f"{number}: no article says “{' '.join(fact['fact'].split())}”")
            else:
                places.append(Place(at, *stands))
        answer, kind = one.get("answer"), one.get("question_type")
        answers = (answer,) if facts_of and answer else ()
        tags = (kind,) if kind else ()
        asked_of = tuple(dict.fromkeys(place.text for place in places))
        questions.append(
            Question(str(number), one["query"], answers, tuple(places), asked_of, tags)
        )
    return Foreign(tuple(texts), tuple(questions), tuple(lost))
