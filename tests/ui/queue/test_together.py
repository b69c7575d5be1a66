"""Promises of small jobs that a worker does together: embedded at once, and each for itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from queued import (
    Handed,
    Hanging,
    Process,
    Workers,
    assert_whole_there,
    going_on_once_told,
)
from tiny import TinyEmbedder

from rag.index.library import Library, opened
from rag.settings import Settings
from ui.queue.store import UPLOADED
from ui.queue.together import Taken, Together

RIVER = "In {} the river rose by four metres, and the old bridge had to be closed."


class Counting(TinyEmbedder):
    """Knows how many texts came at a time; makes nothing of those with a word in them."""

    def __init__(self, word: str = "") -> None:
        super().__init__()
        self._word = word
        self.batches: list[int] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.batches.append(len(texts))
        if self._word and any(self._word in text for text in texts):
            raise RuntimeError(self._word)
        return super().embed_documents(texts)


def rivers(handed: Handed, count: int, **more: object) -> list[str]:
    """Hand over so many small articles, each a job."""
    wanted = [
        handed.wanted((f"{n}.md", RIVER.format(f"the year {1900 + n}")), **more)
        for n in range(count)
    ]
    return handed.store.put(wanted)


def worker_of(handed: Handed) -> int:
    """A worker that lives, and takes nothing by itself."""
    with handed.store.tables.begin() as db:
        said = "SELECT procrastinate_register_worker_v1()"
        return int(db.exec_driver_sql(said).scalar_one())


def take(handed: Handed, worker: int) -> str:
    """What procrastinate gives a worker next."""
    name = handed.store.tables.name
    with handed.store.tables.begin() as db:
        said = "SELECT args ->> 'job_id' FROM procrastinate_fetch_job_v2(%s::varchar[], %s)"
        return str(db.exec_driver_sql(said, ([name], worker)).scalar_one())


def test_many_small_articles_are_embedded_together_and_each_ends_by_itself(
    settings: Settings, handed: Handed, working: Workers
) -> None:
    jobs = rivers(handed, 12)
    embedder = Counting()
    with opened(settings, embedder) as library:
        with working(library) as lines:
            assert [handed.until(job).state for job in jobs] == ["done"] * 12
        assert max(embedder.batches) >= 6 and sum(embedder.batches) == 12
        assert len(library.articles()) == 12
        assert_whole_there(library)
    assert lines == [f"done {job[:8]} add {n}.md: 1 added" for n, job in enumerate(jobs)]
    assert handed.bytes_kept() == 0


def test_one_that_cannot_be_read_fails_alone(
    settings: Settings, handed: Handed, working: Workers
) -> None:
    jobs = rivers(handed, 4)
    empty = handed.add(("empty.md", " "))
    jobs += handed.store.put([handed.wanted(("last.md", RIVER.format("the end")))])
    embedder = Counting()
    with opened(settings, embedder) as library, working(library):
        assert [handed.until(job).state for job in jobs] == ["done"] * 5
        failed = handed.until(empty)
        assert (failed.state, failed.tries) == ("failed", 0) and "empty.md" in failed.why
        assert len(library.articles()) == 5
    assert max(embedder.batches) >= 3


def test_one_of_which_no_vector_can_be_made_fails_alone(
    settings: Settings, handed: Handed, working: Workers
) -> None:
    jobs = rivers(handed, 4)
    bad = handed.add(("bad.md", "It is unspeakable."))
    with opened(settings, Counting("unspeakable")) as library, working(library):
        assert [handed.until(job).state for job in jobs] == ["done"] * 4
        assert handed.until(bad).state == "failed"
        assert len(library.articles()) == 4
        assert_whole_there(library)


def test_a_batch_of_a_killed_worker_is_done_by_another_once_and_one_by_one(
    settings: Settings, handed: Handed, process: Process, working: Workers
) -> None:
    first = handed.add(("ferry.md", "The ferry carries eleven cars."))  # at which it waits
    jobs = [first, *rivers(handed, 5)]
    process.until(process.waits)
    process.kill()
    running = [job for job in jobs if handed.store.job(job).state == "running"]
    assert first in running
    with handed.store.tables.begin() as db:  # so that nobody waits here for its lease to end
        db.exec_driver_sql(
            "UPDATE procrastinate_workers SET last_heartbeat = now() - '20 s'::interval"
        )
    embedder = Counting()
    with opened(settings, embedder) as library, working(library):
        done = [handed.until(job) for job in jobs]
        assert [one.state for one in done] == ["done"] * 6
        assert {one.id for one in done if one.lost} == {*running}
        assert {one["outcome"] for each in done for one in each.outcome.added} == {"added"}
        assert len(library.articles()) == 6
        assert_whole_there(library)


def test_what_ended_a_worker_goes_along_with_no_other_again(handed: Handed) -> None:
    jobs = rivers(handed, 3)
    together, worker = Together(handed.store), worker_of(handed)
    assert [one.id for one in together.take(take(handed, worker), worker)] == jobs[1:]
    assert all(handed.store.lost(job) is False for job in jobs)
    with handed.store.tables.begin() as db:
        db.exec_driver_sql("UPDATE procrastinate_jobs SET status = 'todo', worker_id = NULL")
    assert together.take(take(handed, worker), worker) == []
    assert [handed.store.job(job).lost for job in jobs] == [1, 1, 1]


def test_one_of_a_batch_is_called_off_and_the_others_are_not(
    settings: Settings, handed: Handed, tmp_path: Path, working: Workers
) -> None:
    first = handed.add(("ferry.md", "The ferry carries eleven cars."))
    jobs = rivers(handed, 3)
    seen = tmp_path / "seen"
    embedder = Hanging("eleven", seen)
    with opened(settings, embedder) as library, working(library):
        handed.until(first, lambda one: seen.exists())
        assert handed.store.cancel(jobs[1]).state in ("running", "cancelled")
        embedder.go_on()
        states = [handed.until(job).state for job in (first, *jobs)]
        assert states == ["done", "done", "cancelled", "done"]
        assert len(library.articles()) == 3


def test_who_is_to_end_gives_back_what_it_took_along(
    settings: Settings, handed: Handed, tmp_path: Path, working: Workers
) -> None:
    first = handed.add(("ferry.md", "The ferry carries eleven cars."))
    jobs = rivers(handed, 3)
    hurried = settings.queue.model_copy(update={"stop_s": 0.1})
    seen = tmp_path / "seen"
    embedder = Hanging("eleven", seen)
    with opened(settings.model_copy(update={"queue": hurried}), embedder) as library:
        with going_on_once_told(embedder), working(library):
            handed.until(first, lambda one: seen.exists())
        assert {handed.store.job(job).state for job in jobs} == {"waiting"}
        assert not handed.store.workers()
        with working(library):
            assert {handed.until(job).state for job in (first, *jobs)} == {"done"}
        assert len(library.articles()) == 4
        assert_whole_there(library)


def test_only_small_texts_that_wait_for_nothing_go_along(library: Library, handed: Handed) -> None:
    handed.add(("first.md", "One."))
    handed.add(("large.md", "x" * 9_000))
    handed.add(("http://127.0.0.1:9/a.md", None))
    handed.add(("scan.pdf", b"%PDF-1.7 and no more"))
    handed.add(("two.md", "Two."), ("three.md", "Three."))
    handed.add(("upload.md", "Four."), priority=UPLOADED + 1)
    small = [handed.add(("small.TXT", "Five.")), handed.add(("small.md", "Six."))]
    with handed.store.tables.begin() as db:
        said = "UPDATE procrastinate_jobs SET priority = 0 WHERE priority > %s"
        db.exec_driver_sql(said, (UPLOADED,))
    together, worker = Together(handed.store), worker_of(handed)
    found = together.take(take(handed, worker), worker)
    assert [one.id for one in found] == small


def test_of_what_waits_a_worker_takes_its_share(library: Library, handed: Handed) -> None:
    rivers(handed, 9)
    together, one, _other = Together(handed.store), worker_of(handed), worker_of(handed)
    assert len(together.take(take(handed, one), one)) == 4  # and the one that they go with


@pytest.mark.parametrize("ending", ["succeeded", 0.0])
def test_what_is_another_s_by_now_is_not_ended(
    library: Library, handed: Handed, ending: float
) -> None:
    [job] = rivers(handed, 1)
    one, other = worker_of(handed), worker_of(handed)
    assert take(handed, other) == job
    taken = Taken(job, handed.store.job(job).number)
    together = Together(handed.store)
    assert not together.hold(taken, one).is_ours
    together.end(taken, one, ending)
    assert handed.store.job(job).state == "running"
    together.end(taken, other, ending)
    assert handed.store.job(job).state == ("waiting" if ending == 0.0 else "done")
