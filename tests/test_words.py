"""Promises of the words: what rag/README.md lists has no other name in the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
REPLACED = {
    "telling": "evidence",
    "shortcoming": "answer type",
    "within_reach": "margin",
    "understood": "classify",
    "leans": "is_context_dependent",
    "put_together": "concatenated",
    "probing": "robustness",
    "Remembering": "CachedReranker",
    "shelf": "listing",
    "Shelved": "ListedArticle",
    "Scorer": "Reranker",
    "Reads": "Reader",
    "Desk": "LibraryService",
    "Bench": "EvaluationService",
    "Doors": "Sessions",
    "Told": "a noun that tells",
    "Given": "Json",
    "owed": "pending_chunks",
    "settle": "mark_indexed",
    "unsettle": "mark_all_pending",
    "facts_of": "analyse",
}


def names(tree: ast.AST) -> Iterator[str]:
    """Every name that a module defines: of classes, functions, parameters and variables."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.alias):
            yield node.asname or node.name


@pytest.mark.parametrize("package", ["rag", "ui", "eval"])
def test_no_word_that_was_replaced_is_a_name(package: str) -> None:
    found = [
        f"{file.relative_to(ROOT)}: {name} is {REPLACED[name]}"
        for file in sorted((ROOT / package).rglob("*.py"))
        for name in names(ast.parse(file.read_text("utf-8")))
        if name in REPLACED
    ]
    assert found == []


def test_the_glossary_has_at_most_thirty_words() -> None:
    text = (ROOT / "rag" / "README.md").read_text("utf-8")
    words = re.findall(r"^\| ([a-z -]+) \| (?!---)", text, re.MULTILINE)
    assert 20 <= len([word for word in words if word != "word"]) <= 30
    assert len(words) == len(set(words))
