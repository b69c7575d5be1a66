"""Case 10: two files that give the same name as their source, which is how many write who it is of.

Both are kept, and a question about either is answered from its own.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from doubles import WordReader, WordScorer, weighing
from tiny import TinyEmbedder

from rag.assistant import Assistant
from rag.index.library import opened
from rag.loaders import read
from rag.settings import load

FOLDER = Path(__file__).parent / "10-same-source-name-overwrites"


@pytest.mark.parametrize(
    ("question", "year"),
    [
        ("When did the airfield of Dunmore open?", "1962"),
        ("When did the airfield of Quince Bay open?", "1951"),
    ],
)
def test_both_articles_are_kept_and_each_answers_for_itself(
    tmp_path: Path, question: str, year: str
) -> None:
    settings = load(library=tmp_path / "library", answers="quotes")
    with opened(settings, TinyEmbedder()) as library:
        outcomes = library.add(read(FOLDER))
        assert [one.outcome for one in outcomes] == ["added", "added"]
        assert [one.namesake for one in outcomes] == [None, None]
        assert {info.publisher for info in library.articles()} == {"Reuters"}
        answer = Assistant(library, WordScorer(), WordReader(), None, weights=weighing()).ask(
            question
        )
    assert year in answer.text
