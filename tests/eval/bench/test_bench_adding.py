from __future__ import annotations

from pathlib import Path

import pytest

from eval.bench import adding
from rag.settings import Settings


@pytest.mark.model
def test_the_articles_are_of_the_length_asked_for_and_no_two_alike(tmp_path: Path) -> None:
    adding.write(tmp_path, 12, 90)
    texts = [file.read_text("utf-8") for file in sorted(tmp_path.rglob("*.txt"))]
    assert len({*texts}) == 12
    assert {len(text.split()) for text in texts} == {90}
    again = tmp_path / "again"
    adding.write(again, 12, 90)
    assert [file.read_text("utf-8") for file in sorted(again.rglob("*.txt"))] == texts


@pytest.mark.model
def test_memory_is_told_at_each_fifth_of_the_way(tmp_path: Path) -> None:
    adding.write(tmp_path / "articles", 10, 40)
    settings = Settings(library=tmp_path / "library")
    rows = [*adding.fill(tmp_path / "articles", settings)]
    assert [row["articles"] for row in rows] == [2, 4, 6, 8, 10]
    assert all(row["memory_mb"] >= row["now_mb"] > 10 for row in rows)
