"""Promises of workers that are processes of their own: killed, ended, ended at once."""

from __future__ import annotations

import signal

from queued import PATIENCE_S, Handed, Process, Workers, assert_whole_there

from rag.index.library import Library

FERRY = "The ferry to the island of Ven carries 240 people and eleven cars in each direction."


def test_the_job_of_a_killed_worker_is_done_by_another_once(
    library: Library, handed: Handed, process: Process, working: Workers
) -> None:
    job = handed.add(("before.md", "It is the text before."), ("ferry.txt", FERRY))
    process.until(process.waits)
    assert handed.store.job(job).state == "running" and handed.store.workers() == 1
    process.kill()
    with handed.store.tables.begin() as db:  # so that nobody waits here for its lease to end
        db.exec_driver_sql(
            "UPDATE procrastinate_workers SET last_heartbeat = now() - '20 s'::interval"
        )
    assert handed.store.workers() == 0
    with working(library) as lines:
        done = handed.until(job)
    assert (done.state, done.lost, done.done) == ("done", 1, 2)
    assert [one["outcome"] for one in done.outcome.added] == ["added", "added"]
    assert lines[0] == f"taken back {job[:8]}: its worker is gone"
    assert sorted(info.source for info in library.articles()) == ["before.md", "ferry.txt"]
    assert_whole_there(library)
    assert handed.bytes_kept() == 0


def test_a_worker_that_is_to_end_finishes_the_job_in_hand_and_begins_no_other(
    library: Library, handed: Handed, process: Process
) -> None:
    first = handed.add(("ferry.txt", FERRY))
    second = handed.add(("after.md", "It is the text after."))
    process.until(process.waits)
    process.process.send_signal(signal.SIGTERM)
    process.until(lambda: any(line.startswith("ending: ") for line in process.told()))
    process.go_on()
    assert process.process.wait(PATIENCE_S) == 0
    assert process.told()[-2:] == [f"done {first[:8]} add ferry.txt: 1 added", "ended"]
    states = [handed.store.job(one).state for one in (first, second)]
    assert states == ["done", "waiting"] and handed.store.workers() == 0


def test_a_second_signal_ends_a_worker_at_once(
    library: Library, handed: Handed, process: Process
) -> None:
    job = handed.add(("ferry.txt", FERRY))
    process.until(process.waits)
    process.process.send_signal(signal.SIGTERM)
    process.until(lambda: any(line.startswith("ending: ") for line in process.told()))
    process.process.send_signal(signal.SIGTERM)
    assert process.process.wait(PATIENCE_S) == 130
    assert handed.store.job(job).state in ("running", "waiting")
