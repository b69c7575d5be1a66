"""The public question sets that are trained on.

Rows are held out by title, never one by one.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HELD_OUT = {"squad2_dev_27_titles": 7, "squad11_dev_13_titles": 3}
"""How many titles of a file are for measuring alone."""


@dataclass(frozen=True, slots=True)
class Row:
    """A question of a SQuAD file. ``golds`` are empty where its paragraph does not answer."""

    title: str
    question: str
    context: str
    golds: tuple[str, ...]


def rows(path: Path) -> list[Any]:
    """The rows of a file of JSON lines."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def sets_in(data: Path) -> Path:
    """The folder of the sets: ``answerability/`` in the one that is given, or that itself."""
    inner = data / "answerability"
    return inner if inner.is_dir() else data


def squad(folder: Path, name: str, *, held_out: bool, seed: int) -> list[Row]:
    """The rows of a SQuAD file with the titles for training, or with those held out."""
    questions = [
        Row(row["title"].replace("_", " "), row["question"], row["context"], tuple(row["answers"]))
        for row in rows(folder / f"{name}.jsonl")
    ]
    titles = sorted({row.title for row in questions})
    random.Random(seed).shuffle(titles)
    chosen = set(titles[: HELD_OUT[name]])
    return [row for row in questions if (row.title in chosen) == held_out]


def held_out_titles(folder: Path, seed: int) -> set[str]:
    """The titles that no example is of."""
    return {row.title for name in HELD_OUT for row in squad(folder, name, held_out=True, seed=seed)}


def paragraphs(folder: Path, seed: int) -> list[tuple[str, str]]:
    """Title and text of each paragraph and section that questions may be proposed on."""
    held_out = held_out_titles(folder, seed)
    texts = [
        (row.title, row.context)
        for name in HELD_OUT
        for row in squad(folder, name, held_out=False, seed=seed)
    ]
    for section in sections(rows(folder / "selqa.jsonl"), held_out):
        texts.append((section[0]["title"], " ".join(row["sentence"] for row in section)))
    return list(dict.fromkeys(texts))


def sections(found: Sequence[Any], held_out: set[str]) -> list[list[Any]]:
    """The rows of SelQA by question, without the articles whose SQuAD titles are held out."""
    by_question: dict[str, list[Any]] = {}
    for row in found:
        if row["title"] not in held_out:
            by_question.setdefault(row["qid"], []).append(row)
    return [sorted(section, key=lambda row: row["idx"]) for section in by_question.values()]
