"""Promises of the queue: what is handed over is done once, in its turn, and what failed is told."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres_server import PostgresServer
from queued import Handed, Hanging, Workers, assert_whole_there, going_on_once_told
from tiny import TinyEmbedder

from rag.errors import SettingsError
from rag.index.library import Library, opened
from rag.settings import Settings
from ui.api.service import Step, Syncing
from ui.queue.doing import Doing, Lost
from ui.queue.errands import sync
from ui.queue.store import COMMANDED, NIGHTLY, UPLOADED, Full, NoSuchJob, Store
from ui.queue.worker import Working

FERRY = "The ferry to the island of Ven carries 240 people and eleven cars in each direction."
RIVER = "The river rose to four metres in {}, and the lower town was under water for three days."


def test_what_is_handed_over_is_added_and_its_bytes_are_kept_no_longer(
    library: Library, handed: Handed, working: Workers
) -> None:
    job = handed.add(("ferry.txt", FERRY), ("river.md", RIVER.format("May")))
    assert handed.store.job(job).state == "waiting" and handed.bytes_kept() == 2
    with working(library) as lines:
        done = handed.until(job)
    assert (done.state, done.done, done.left, done.why) == ("done", 2, [], "")
    assert {one["outcome"] for one in done.outcome.added} == {"added"}
    assert {info.source for info in library.articles()} == {"ferry.txt", "river.md"}
    assert handed.bytes_kept() == 0 and handed.store.waiting_bytes("") == 0
    assert_whole_there(library)
    assert lines == [f"done {job[:8]} add ferry.txt and 1 more: 2 added"]


def test_a_damaged_file_fails_at_once_and_is_no_end_of_the_others(
    library: Library, handed: Handed, working: Workers
) -> None:
    job = handed.add(("broken.pdf", b"%PDF-1.7 and no more"), ("ferry.txt", FERRY))
    with working(library):
        failed = handed.until(job)
    assert (failed.state, failed.tries) == ("failed", 0)
    assert "broken.pdf" in failed.why and "\n" not in failed.why
    assert [name for name, _ in failed.outcome.failed] == ["broken.pdf"]
    assert [info.source for info in library.articles()] == ["ferry.txt"]
    assert handed.bytes_kept() == 1  # of what failed, for who tries it again
    assert [one.id for one in handed.store.retry()] == [job]
    with working(library):
        again = handed.until(job)
    assert [name for name, _ in again.outcome.failed] == ["broken.pdf"]
    assert [one["outcome"] for one in again.outcome.added] == ["added"]  # and not added anew


class _Site(http.server.BaseHTTPRequestHandler):
    """Has too much to do for its first answers, as many as ``busy``."""

    busy = 0

    def do_GET(self) -> None:
        kind = type(self)
        is_page = self.path != "/robots.txt"
        status = 503 if is_page and kind.busy > 0 else 200 if is_page else 404
        kind.busy -= is_page
        body = f"# On the ferry\n\n{FERRY}\n".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/markdown")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/ferry.md"
    server.shutdown()
    server.server_close()


def test_what_may_pass_is_tried_again_and_only_that(
    library: Library, handed: Handed, site: str, working: Workers
) -> None:
    _Site.busy = 1
    job = handed.add(("river.md", RIVER.format("May")), (site, None))
    with working(library) as lines:
        done = handed.until(job)
    assert (done.state, done.tries, done.done) == ("done", 1, 2)
    assert [one["outcome"] for one in done.outcome.added] == ["added", "added"]
    assert lines[0].startswith("again in 0 s") and "503" in lines[0]
    assert {info.source for info in library.articles()} == {"river.md", site}
    assert [one.place for one in library.catalog.followed()] == [site]


def test_what_does_not_pass_is_given_up_after_some_tries_and_can_be_tried_anew(
    library: Library, handed: Handed, site: str, working: Workers
) -> None:
    _Site.busy = 2
    job = handed.add((site, None))
    with working(library):
        failed = handed.until(job)
        assert (failed.state, failed.tries) == ("failed", 1) and "503" in failed.why
        handed.store.retry([job])
        assert handed.until(job).state == "done"


def test_who_waits_for_an_upload_goes_before_a_command_and_that_before_a_nightly_sync(
    library: Library, handed: Handed, working: Workers
) -> None:
    handed.store.put([sync(Syncing(), priority=NIGHTLY)])
    handed.add(("first.md", RIVER.format("May")), priority=COMMANDED)
    handed.add(("second.md", RIVER.format("June")), priority=COMMANDED)
    handed.add(("upload.md", FERRY), priority=UPLOADED)
    order = [one.id for one in handed.store.jobs()]
    with working(library) as lines:
        for one in order:
            handed.until(one)
    said = [line.split(" ", 3)[3].partition(":")[0] for line in lines]
    assert said == ["upload.md", "first.md", "second.md", "all that is followed"]


def test_once_a_night_one_of_several_workers_has_all_that_is_followed_looked_at(
    settings: Settings, handed: Handed, working: Workers
) -> None:
    # Its nights are seconds here: sooner or later one comes, and no two syncs wait for it.
    short = settings.queue.model_copy(update={"nightly": "* * * * * *"})
    mine = settings.model_copy(update={"queue": short})
    with opened(mine, TinyEmbedder()) as library:
        handed.store.tables.prepare()
        with working(library, is_nightly=True), working(library, is_nightly=True):
            handed.until_any(lambda job: job.state == "done")
        jobs = handed.store.jobs()
    assert {(job.kind, job.priority) for job in jobs} == {("sync", NIGHTLY)}
    assert len([job for job in jobs if job.state == "waiting"]) <= 1


def test_a_night_that_is_none_is_told_before_anything_is_done(
    settings: Settings, library: Library, working: Workers
) -> None:
    wrong = settings.queue.model_copy(update={"nightly": "at three"})
    library.settings = settings.model_copy(update={"queue": wrong})
    with Store(library.settings) as store:
        made = Working(store, None, print, is_nightly=True)  # type: ignore[arg-type]
        with pytest.raises(SettingsError, match="IBID_QUEUE__NIGHTLY"):
            made.run()


def test_several_at_a_time_are_each_done_once(
    library: Library, handed: Handed, working: Workers
) -> None:
    jobs = handed.store.put(
        [handed.wanted((f"{n}.md", RIVER.format(f"the year {1900 + n}"))) for n in range(8)]
    )
    with working(library, jobs=3), working(library):
        assert [handed.until(job).state for job in jobs] == ["done"] * 8
    assert len(library.articles()) == 8
    assert_whole_there(library)


def test_one_that_waits_is_called_off_and_never_begins(
    library: Library, handed: Handed, working: Workers
) -> None:
    job = handed.add(("ferry.txt", FERRY))
    assert handed.store.cancel(job).state == "cancelled" and handed.bytes_kept() == 0
    other = handed.add(("river.md", RIVER.format("May")))
    with working(library):
        handed.until(other)
    assert [info.source for info in library.articles()] == ["river.md"]


def test_one_under_way_is_called_off_and_what_it_has_added_stays(
    settings: Settings, handed: Handed, tmp_path: Path, working: Workers
) -> None:
    seen, embedder = tmp_path / "seen", Hanging("eleven", tmp_path / "seen")
    with opened(settings, embedder) as library, working(library), going_on_once_told(embedder):
        job = handed.add(("river.md", RIVER.format("May")), ("ferry.txt", FERRY))
        handed.until(job, lambda one: seen.exists())
        assert handed.store.cancel(job).state == "running"
        ended = handed.until(job)
        assert ended.state == "cancelled" and handed.bytes_kept() == 0
        assert [one["outcome"] for one in ended.outcome.added] == ["added"]
        assert [info.source for info in library.articles()] == ["river.md"]


def test_who_is_to_end_gives_back_what_it_cannot_finish_in_time(
    settings: Settings, handed: Handed, tmp_path: Path, working: Workers
) -> None:
    hurried = settings.queue.model_copy(update={"stop_s": 0.1})
    mine, seen = settings.model_copy(update={"queue": hurried}), tmp_path / "seen"
    embedder = Hanging("eleven", seen)
    with opened(mine, embedder) as library:
        job = handed.add(("river.md", RIVER.format("May")), ("ferry.txt", FERRY))
        with going_on_once_told(embedder), working(library) as lines:
            handed.until(job, lambda one: seen.exists())
        left = handed.store.job(job)
        assert (left.state, left.left, left.tries) == ("waiting", [1], 0)
        assert lines == [f"left {job[:8]} add river.md and 1 more"]
        with working(library):
            assert [one["outcome"] for one in handed.until(job).outcome.added] == ["added"] * 2


def test_a_job_at_which_workers_end_again_and_again_is_given_up(
    settings: Settings, library: Library, handed: Handed
) -> None:
    job = handed.add(("ferry.txt", FERRY))
    for _ in range(settings.queue.lost - 1):
        Doing.begun(handed.store, job, lambda: "")
        assert not handed.store.lost(job)
        assert not handed.store.lost(job)  # whoever notices it too
    Doing.begun(handed.store, job, lambda: "")
    assert handed.store.lost(job)
    assert "3 workers ended" in handed.store.job(job).why


def test_of_two_that_have_a_job_only_the_later_one_writes_how_far_it_is(
    library: Library, handed: Handed
) -> None:
    job = handed.add(("ferry.txt", FERRY))
    first, second = (Doing.begun(handed.store, job, lambda: "") for _ in range(2))
    with pytest.raises(Lost):
        first.step(Step(0, is_last=True))
    second.step(Step(0, is_last=True))
    assert handed.store.job(job).done == 1


def test_so_much_waits_and_no_more_and_what_is_too_much_leaves_nothing_behind(
    settings: Settings, library: Library
) -> None:
    few = settings.queue.model_copy(update={"waiting": 2, "kept_mb": 1})
    handed = Handed(settings.model_copy(update={"queue": few}))
    handed.add(("a.md", "a"))
    with pytest.raises(Full):
        handed.store.put([handed.wanted((f"{n}.md", "b")) for n in range(2)])
    with pytest.raises(Full):
        handed.add(("large.md", b"x" * 1_000_001))
    assert handed.store.counts()["waiting"] == 1 and handed.bytes_kept() == 1
    handed.store.close()


def test_a_job_is_found_by_the_beginning_of_its_id_and_no_other_is(
    library: Library, handed: Handed
) -> None:
    job = handed.add(("a.md", "a"))
    assert handed.store.job(job[:6]).id == job
    for wrong in ("", "%", "zz", f"{job}0"):
        with pytest.raises(NoSuchJob):
            handed.store.job(wrong)


def test_two_libraries_in_one_database_have_each_their_own_jobs(
    settings: Settings, library: Library, handed: Handed
) -> None:
    with Handed(settings.model_copy(update={"library": Path("other")})).store as other:
        handed.add(("a.md", "a"))
        assert (other.counts()["waiting"], handed.store.counts()["waiting"]) == (0, 1)


def test_a_worker_goes_on_when_the_database_is_back(
    settings: Settings, tmp_path: Path, working: Workers
) -> None:
    server = PostgresServer()
    try:
        there = settings.model_copy(update={"database": type(settings.database)(server.address)})
        handed, seen = Handed(there), tmp_path / "seen"
        embedder = Hanging("eleven", seen)
        with opened(there, embedder) as library, working(library):
            job = handed.add(("ferry.txt", FERRY))
            handed.until(job, lambda one: seen.exists())
            server.halt()
            embedder.go_on()
            server.start()
            assert handed.until(job).state == "done"
            assert handed.until(handed.add(("river.md", RIVER.format("May")))).state == "done"
            assert len(library.articles()) == 2
            assert_whole_there(library)
        handed.store.close()
    finally:
        server.stop()
