"""Public question sets, as articles and questions with the spans that answer them.

Formats are told by what is in a file, not by its name:

- SQuAD 1.1 and 2.0 JSON (Rajpurkar et al., EMNLP 2016 and ACL 2018). An entry's paragraphs, with
  a blank line between them, are one article.
- ClapNQ JSON lines (Rosenthal et al., 2024). Each passage is one article.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

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
    """One question set, or None for a file of another format."""
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        return None
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if isinstance(document, dict) and isinstance(document.get("data"), list):
        return _squad(file.name, document["data"])
    lines = [document] if isinstance(document, dict) else list(_json_lines(text))
    if lines and all("input" in line and "passages" in line for line in lines):
        return _clapnq(file.name, lines)
    return None


def _json_lines(text: str) -> Iterator[dict[str, Any]]:
    for line in text.splitlines():
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except ValueError:
            return
        if not isinstance(entry, dict):
            return
        yield entry


def _squad(name: str, entries: list[dict[str, Any]]) -> QuestionSet:
    articles: list[Article] = []
    questions: list[Question] = []
    for number, entry in enumerate(entries):
        title = entry.get("title", f"article {number}").replace("_", " ")
        text = ""
        asked: list[tuple[int, dict[str, Any]]] = []
        for paragraph in entry["paragraphs"]:
            text += "\n\n" if text else ""
            asked += [(len(text), question) for question in paragraph["qas"]]
            text += paragraph["context"]
        article = _article(f"{name}#{number}", title, text)
        articles.append(article)
        for offset, question in asked:
            # The paragraph's own offsets hold in the article, moved by where it begins there.
            golds = {(a["text"], a["answer_start"] + offset) for a in question["answers"]}
            questions.append(
                Question(
                    question["question"],
                    (article.id,),
                    tuple((article.id, at, at + len(gold)) for gold, at in sorted(golds) if gold),
                    tuple(dict.fromkeys(a["text"] for a in question["answers"])),
                )
            )
    return QuestionSet(name, "squad", tuple(articles), tuple(questions))


def _clapnq(name: str, lines: list[dict[str, Any]]) -> QuestionSet:
    articles: dict[str, Article] = {}
    questions: list[Question] = []
    for line in lines:
        ids: list[str] = []
        spans: list[tuple[str, int, int]] = []
        chosen = {s for output in line["output"] for s in output.get("selected_sentences") or []}
        answers = [output["answer"] for output in line["output"] if output.get("answer")]
        for passage in line["passages"]:
            sentences = passage.get("sentences") or [passage["text"]]
            text = " ".join(sentences)
            # Many questions share a passage, which is then one article.
            key = hashlib.sha256(f"{passage['title']}\x1f{text}".encode()).hexdigest()[:12]
            article = articles.setdefault(key, _article(f"{name}#{key}", passage["title"], text))
            ids.append(article.id)
            at = 0
            for sentence in sentences:
                if answers and (sentence in chosen or not chosen):
                    spans.append((article.id, at, at + len(sentence)))
                at += len(sentence) + 1
        questions.append(Question(line["input"], tuple(ids), tuple(spans), tuple(answers)))
    return QuestionSet(name, "clapnq", tuple(articles.values()), tuple(questions))


def _article(source: str, title: str, text: str) -> Article:
    digest = hashlib.sha256(f"{source}\x1f{title}\x1f{text}".encode()).hexdigest()
    return Article(digest[:12], title, source, None, None, None, digest, text)
