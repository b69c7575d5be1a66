"""Promises of the benchmark of vector indices."""

from __future__ import annotations

from eval.bench import vectors


def test_each_kind_of_index_is_filled_to_each_size_and_finds_what_is_nearest() -> None:
    rows = list(vectors.bench([100, 250], ["folder", "served"], asked=5))
    assert [(row["chunks"], row["kept"]) for row in rows] == [
        (size, kind) for size in (100, 250) for kind in ("served", "folder")
    ]
    assert all(row["recall_at_10"] > 0.9 and row["disk_mb"] > 0 for row in rows)
    assert all(row["memory_mb"] > 0 for row in rows if row["kept"] == "served")


def test_the_nearest_are_those_of_every_vector() -> None:
    drawn = vectors.vectors(50)
    assert all(
        f"{number:012x}" in found for number, found in enumerate(vectors.nearest(drawn, drawn[:20]))
    )
