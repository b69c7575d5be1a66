"""Long work: in the order in which it came, seen and called off by whoever began it alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from doubles import tiny_library
from served import Engine
from shelved import Served, serving

from rag import errors
from rag.index.library import Library
from ui.api.service import Own, Step
from ui.api.v1 import jobs, working
from ui.api.v1.jobs import Job, Jobs
from ui.api.v1.problems import ProblemError


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with tiny_library(tmp_path_factory.mktemp("jobs")) as library:
        yield library


class Clock:
    """Time that goes on when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def work(library: Library, tmp_path: Path, clock: Clock) -> Iterator[Jobs]:
    made = Jobs(Engine(library, tmp_path), now=clock)
    yield made
    made.end()


class Slow:
    """Work that goes on until it may end, step by step."""

    def __init__(self) -> None:
        self.begun, self.may_end = threading.Event(), threading.Event()

    def __call__(self, own: Own, job: Job) -> None:
        self.begun.set()
        while not self.may_end.wait(0.01):
            job.step(Step(0, page=1, of=2))


def quick(own: Own, job: Job) -> None:
    job.step(Step(0, is_last=True))


def ended(job: Job) -> Job:
    assert job.over.wait(30)
    return job


def test_jobs_are_done_one_after_another_in_the_order_in_which_they_came(work: Jobs) -> None:
    order: list[str] = []
    begun = [
        work.begin("", "add", ["x"], lambda own, job, name=name: order.append(name))  # type: ignore[misc]
        for name in "abc"
    ]
    assert [ended(job).state for job in begun] == ["done"] * 3
    assert order == ["a", "b", "c"]


def test_how_far_it_is_can_be_seen(work: Jobs) -> None:
    slow = Slow()
    job = work.begin("", "add", ["a.pdf", "b.pdf"], slow)
    assert slow.begun.wait(30)
    while job.pages == 0:
        assert job.state == "running"
    told = working.document(job).progress
    assert (told.done, told.total, told.page, told.pages) == (0, 2, 1, 2)
    slow.may_end.set()
    assert ended(job).state == "done"


def test_one_that_is_called_off_ends_soon_and_one_that_waits_never_begins(work: Jobs) -> None:
    slow, cleared = Slow(), []
    first = work.begin("", "add", ["x"], slow, lambda: cleared.append("first"))
    second = work.begin("", "add", ["x"], quick, lambda: cleared.append("second"))
    assert slow.begun.wait(30)
    work.cancel(second)
    work.cancel(first)
    assert (ended(first).state, ended(second).state) == ("cancelled", "cancelled")
    assert cleared == ["second", "first"]
    assert ended(work.begin("", "add", ["x"], quick)).state == "done"


def test_what_ends_one_is_told_as_a_problem_and_is_no_end_of_the_next(work: Jobs) -> None:
    def fails(own: Own, job: Job) -> None:
        raise errors.LibraryReadOnly("/home/ann/library: no room", "read only")

    def breaks(own: Own, job: Job) -> None:
        raise RuntimeError("/home/ann/secret")

    failed, broken = work.begin("", "add", [], fails), work.begin("", "add", [], breaks)
    after = work.begin("", "add", ["x"], quick)
    told = [working.document(ended(job)) for job in (failed, broken)]
    assert [one.state for one in told] == ["failed", "failed"]
    assert [one.problem.status for one in told if one.problem] == [409, 500]
    assert "/home" not in str(told)
    assert ended(after).state == "done"


def test_nobody_sees_the_job_of_another(work: Jobs) -> None:
    mine = ended(work.begin("key:ann", "add", ["x"], quick))
    assert work.of("key:ann") == [mine]
    assert work.of("key:bob") == work.of("user:ann") == []
    with pytest.raises(ProblemError):
        work.job("key:bob", mine.id)


def test_so_many_wait_and_no_more_of_one_caller_or_of_all(work: Jobs) -> None:
    slow = Slow()
    work.begin("ann", "add", ["x"], slow)
    for _ in range(jobs.MOST_WAITING - 1):
        work.begin("ann", "add", ["x"], quick)
    with pytest.raises(jobs.Full):
        work.begin("ann", "add", ["x"], quick)
    for number in range(jobs.MOST_OF_ALL - jobs.MOST_WAITING):
        work.begin(f"caller {number % 30}", "add", ["x"], quick)
    with pytest.raises(jobs.Full):
        work.begin("somebody else", "add", ["x"], quick)
    slow.may_end.set()


def test_what_has_ended_is_forgotten_after_an_hour(work: Jobs, clock: Clock) -> None:
    job = ended(work.begin("", "add", ["x"], quick))
    clock.now = 3599.0
    assert work.of("") == [job]
    clock.now = 3601.0
    assert work.of("") == []


def test_of_very_many_results_the_first_are_kept_and_all_are_counted(work: Jobs) -> None:
    one = {"article_id": "a", "title": "A", "outcome": "added", "chunks": 1, "notes": []}

    def many(own: Own, job: Job) -> None:
        for _ in range(1_500):
            job.step(Step(0, added=[one]))
            job.step(Step(0, failed="/home/ann/x.pdf: it is damaged"))

    told = working.document(ended(work.begin("", "add", ["x.pdf"], many))).result
    assert (len(told.added), told.added_count, len(told.failed)) == (1_000, 1_500, 1_000)
    assert told.failed[0].why == "it is damaged"


def test_at_the_end_all_are_called_off_and_no_more_are_taken(
    library: Library, tmp_path: Path
) -> None:
    work, slow = Jobs(Engine(library, tmp_path)), Slow()
    job = work.begin("", "add", ["x"], slow)
    assert slow.begun.wait(30)
    work.end(30)
    assert job.state == "cancelled"
    assert not any(one.name == "ibid-jobs" for one in threading.enumerate())
    with pytest.raises(jobs.Full):
        work.begin("", "add", ["x"], quick)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as it:
        yield it


class TestOverHttp:
    """The same, as it is asked for."""

    def test_a_job_waits_for_the_models_and_can_be_called_off(self, served: Served) -> None:
        (served.folder / "loading").touch()
        begun = served.client.post("/v1/articles", json={"text": "Owls hunt at night."})
        assert begun.status_code == 202
        place = begun.headers["location"]
        assert served.client.get(place).json()["state"] in ("waiting", "running")
        assert served.client.delete(place).status_code == 200
        (served.folder / "loading").unlink()
        job = served.client.get("/v1/jobs").json()["jobs"][0]
        assert job["link"] == place
        after = served.client.post("/v1/articles?wait=true", json={"text": "Owls sleep by day."})
        assert after.json()["state"] == "done"
        assert served.client.get(place).json()["state"] == "cancelled"
        assert served.client.get("/v1/articles").json()["total"] == 3

    def test_what_changes_at_once_says_when_to_come_back_while_models_load(
        self, served: Served
    ) -> None:
        (served.folder / "loading").touch()
        place = f"/v1/articles/{served.ids()['A']}"
        answer = served.client.patch(place, json={"title": "B"})
        (served.folder / "loading").unlink()
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0

    def test_another_callers_job_is_not_there(self, served: Served) -> None:
        ann, bob = served.calling(name="ann"), served.calling(name="bob")
        place = ann.post("/v1/articles", json={"text": "Ann's words."}).headers["location"]
        assert ann.get(place).status_code == 200
        for method in ("GET", "DELETE"):
            answer = bob.request(method, place)
            assert answer.status_code == 404
            assert answer.json()["type"].endswith("#unknown-job")
