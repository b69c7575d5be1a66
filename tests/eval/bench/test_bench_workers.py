"""Promises of the benchmark of workers."""

from __future__ import annotations

from pathlib import Path

import pytest
from chroma_server import ChromaServer
from postgres_server import PostgresServer

from eval.bench import workers


@pytest.mark.model
@pytest.mark.timeout(600)
def test_all_are_added_once_by_one_process_and_by_workers_and_each_takes_its_time(
    postgres: PostgresServer, chroma_server: ChromaServer
) -> None:
    with workers.engines(postgres.address, chroma_server.address, is_random=True) as known:
        rows = list(workers.bench(12, 40, [1], known))
    assert [row["workers"] for row in rows] == [0, 1]
    assert all(0 < row["timed"] < 12 and row["articles_a_second"] > 0 for row in rows)
    assert all(row["cpu_s"] > 0 and row["embedder_cpu_s"] >= 0 for row in rows)


def test_a_text_has_the_same_random_vector_every_time_and_another_has_another() -> None:
    with workers.random_embedder() as (address, process):
        import httpx

        asked = {"inputs": ["a ferry", "a bridge", "a ferry"]}
        first, other, again = httpx.post(f"{address}/embed", json=asked, timeout=60).json()
    assert first == again != other
    assert sum(x * x for x in first) == pytest.approx(1, abs=1e-3)
    assert not process.is_running()


def test_a_mistake_ends_it_with_what_was_said(tmp_path: Path) -> None:
    nowhere = workers.Engines("postgresql://nobody@127.0.0.1:9/none", "http://127.0.0.1:9")
    (tmp_path / "articles").mkdir()
    with pytest.raises(workers.IbidError, match="PostgreSQL does not answer"):
        workers.measure(1, tmp_path / "articles", 1, nowhere, tmp_path)
