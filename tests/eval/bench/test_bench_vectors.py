"""Promises of the benchmark of vector indices."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from eval.bench import vectors
from rag.index.vectors import ChromaIndex


def test_each_kind_of_index_finds_at_each_size_what_is_nearest(tmp_path: Path) -> None:
    rows = list(vectors.bench([100, 250], asked=5, keep=tmp_path))
    assert [(row["chunks"], row["kept"]) for row in rows] == [
        (size, kind) for size in (100, 250) for kind in ("folder", "served")
    ]
    assert all(row["recall_at_10"] > 0.9 and row["disk_mb"] > 0 for row in rows)
    assert all(row["memory_mb"] > 0 and row["a_second"] > 0 for row in rows)
    with closing(ChromaIndex(tmp_path / "folder")) as index:
        assert index.count() == 250


def test_an_index_that_was_kept_is_gone_on_with(tmp_path: Path) -> None:
    drawn = vectors.vectors(60)
    vectors.fill(tmp_path, drawn[:40])
    vectors.fill(tmp_path, drawn)
    with closing(ChromaIndex(tmp_path)) as index:
        assert sorted(index.ids()) == [f"{number:012x}" for number in range(60)]
    with pytest.raises(ValueError, match="60 vectors are in"):
        vectors.fill(tmp_path, drawn[:50])


def test_the_nearest_are_those_of_every_vector() -> None:
    drawn = vectors.vectors(50)
    assert all(
        f"{number:012x}" in found for number, found in enumerate(vectors.nearest(drawn, drawn[:20]))
    )
