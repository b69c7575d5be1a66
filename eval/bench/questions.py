"""Public question sets, as articles and questions with the spans that answer them.

SQuAD and ClapNQ files, read by `eval.importers`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from eval import importers
from rag.errors import CaseError
from rag.schema import Article

Format = Literal["squad", "clapnq"]


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and where the gold articles answer it; no span: it has no answer there.

    ``article_ids`` are the articles that it was asked of. A span is (article id, start, end).
    """

    text: str
    article_ids: tuple[str, ...]
    spans: tuple[tuple[str, int, int], ...]
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """All of one file."""

    name: str
    format: Format
    articles: tuple[Article, ...]
    questions: tuple[Question, ...]


def load(folder: Path) -> list[QuestionSet]:
    """Every question set of a folder, by file name; files of other formats are left out.

    Raises:
        CaseError: the folder is missing, or none of its files is a question set.
    """
    if not folder.is_dir():
        raise CaseError(f"{folder}: no such folder; name one with DATA=")
    sets = [found for file in sorted(folder.iterdir()) if file.is_file() and (found := read(file))]
    if not sets:
        raise CaseError(f"{folder}: no SQuAD or ClapNQ file in it")
    return sets


def read(file: Path) -> QuestionSet | None:
    """One question set, or None for a file of another format.

    Raises:
        CaseError: it is of one of these formats, but not whole.
    """
    format = importers.detect(file)
    if format != "squad" and format != "clapnq":
        return None
    foreign = importers.read(file, format)
    articles = tuple(
        _article(f"{file.name}#{number}", one.title, one.text)
        for number, one in enumerate(foreign.texts)
    )
    questions = (
        Question(
            one.text,
            tuple(articles[number].id for number in one.texts),
            tuple((articles[place.text].id, place.start, place.end) for place in one.places),
            one.answers,
        )
        for one in foreign.questions
    )
    return QuestionSet(file.name, format, articles, tuple(questions))


def _article(source: str, title: str, text: str) -> Article:
    digest = hashlib.sha256(f"{source}\x1f{title}\x1f{text}".encode()).hexdigest()
    return Article(digest[:12], title, source, None, None, None, digest, text)
