"""Promises of models that are fetched while the window is open: small ones first, stop, go on."""

from __future__ import annotations

import hashlib
import random
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from rag.errors import DownloadFailed, NoSpace
from rag.models.registry import Model, ModelFile
from rag.models.store import ModelStore
from rag.settings import Settings, load
from ui.fetching import Fetched, Fetching

BYTES = random.Random(9).randbytes(3_000_000)
ROLES = {"small": "embedder", "scorer": "reranker", "talker": "language model"}


def model(name: str) -> Model:
    data = name.encode() + BYTES
    file = ModelFile("weights", len(data), hashlib.sha256(data).hexdigest())
    return Model(name, name, ROLES[name], "MIT", (file,))  # type: ignore[arg-type]


class Shelf:
    """Models in memory, in blocks of 100 kB; ``at_block`` is called before each."""

    name = "shelf"

    def __init__(self) -> None:
        self.at_block: Callable[[str, int], None] = lambda name, start: None
        self.order: list[tuple[str, int]] = []

    def read(self, model: Model, file: ModelFile, start: int) -> Generator[bytes, None, None]:
        self.order.append((model.name, start))
        data = model.name.encode() + BYTES
        for at in range(start, len(data), 100_000):
            self.at_block(model.name, at)
            yield data[at : at + 100_000]

    def close(self) -> None:
        pass


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load(models_dir=tmp_path / "m", embedder="small", reranker="scorer", model="talker")


def fetching(
    settings: Settings, shelf: Shelf, on_step: Callable[[], None] = lambda: None, free: int = 10**12
) -> Fetching:
    models = {name: model(name) for name in ROLES}
    return Fetching(
        settings,
        on_step,
        lambda folder: ModelStore(folder, models=models, sources=[shelf], free=lambda _: free),
    )


def ended(own: Fetching) -> Fetched:
    deadline = time.monotonic() + 30
    while own.now.state in ("fetching", "stopping"):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return own.now


def test_nothing_is_fetched_unasked_and_what_is_missing_is_told_with_its_size(
    settings: Settings,
) -> None:
    shelf = Shelf()
    now = fetching(settings, shelf).now

    assert shelf.order == []
    assert now.state == "idle"
    assert [(one.name, one.size, one.here) for one in now.searching] == [
        ("small", len(BYTES) + 5, 0),
        ("scorer", len(BYTES) + 6, 0),
    ]
    assert [one.name for one in now.writing] == ["talker"]


def test_what_a_server_has_is_not_missed(settings: Settings) -> None:
    url = "http://127.0.0.1:9"
    for given, missed in (
        ({"embedder_url": url}, ["scorer"]),
        ({"reranker_url": url}, ["small"]),
        ({"embedder_url": url, "reranker_url": url}, []),
    ):
        now = fetching(settings.model_copy(update=given), Shelf()).now
        assert [one.name for one in now.searching] == missed


def test_the_small_models_come_first_and_each_step_is_told(settings: Settings) -> None:
    shelf, steps = Shelf(), list[tuple[bool, bool]]()
    own = fetching(
        settings, shelf, lambda: steps.append((own.lacks("searching"), own.lacks("writing")))
    )
    own.start()

    assert ended(own) == Fetched("idle", (), (), None)
    assert [name for name, _ in shelf.order] == ["small", "scorer", "talker"]
    assert steps == [(False, True), (False, False)]
    assert not own.was_wanted()


def test_how_far_it_is_is_told_while_it_comes(settings: Settings) -> None:
    shelf, half, go_on = Shelf(), threading.Event(), threading.Event()

    def wait(name: str, start: int) -> None:
        if start == 1_500_000 and name == "small":
            half.set()
            go_on.wait(10)

    shelf.at_block = wait
    own = fetching(settings, shelf)
    own.start()
    assert half.wait(10)
    now = own.now

    assert now.state == "fetching"
    assert now.searching[0].is_coming
    assert 1_000_000 < now.searching[0].here < len(BYTES)
    assert own.was_wanted()
    go_on.set()
    ended(own)


def test_stopped_and_gone_on_with_it_fetches_only_what_is_missing_in_a_new_process_too(
    settings: Settings,
) -> None:
    shelf = Shelf()
    own = fetching(settings, shelf)
    shelf.at_block = lambda name, start: own.stop() if start == 2_000_000 else None
    own.start()
    assert ended(own).state == "stopped"
    assert not own.was_wanted()
    assert own.now.searching[0].here >= 2_000_000

    shelf.at_block = lambda name, start: None
    again = fetching(settings, shelf)
    again.start()
    assert ended(again).searching == ()
    assert shelf.order[1][0] == "small"
    assert shelf.order[1][1] >= 2_000_000


def test_what_was_being_fetched_when_the_server_ended_is_still_wanted(settings: Settings) -> None:
    shelf, forever = Shelf(), threading.Event()
    shelf.at_block = lambda name, start: forever.wait(20) and None
    fetching(settings, shelf).start()

    assert fetching(settings, shelf).was_wanted()
    forever.set()


def test_no_network_is_told_in_one_line_and_can_be_tried_again(settings: Settings) -> None:
    shelf = Shelf()

    def break_off(name: str, start: int) -> None:
        raise DownloadFailed("no route to host")

    shelf.at_block = break_off
    own = fetching(settings, shelf)
    own.start()
    failed = ended(own)
    assert failed.state == "failed"
    assert "no route to host" in str(failed.error)
    assert "\n" not in str(failed.error)

    shelf.at_block = lambda name, start: None
    own.start()
    assert ended(own) == Fetched("idle", (), (), None)


def test_a_full_disk_is_told_in_one_line(settings: Settings) -> None:
    own = fetching(settings, Shelf(), free=1000)
    own.start()
    assert isinstance(ended(own).error, NoSpace)


def test_an_unforeseen_fault_is_told_and_not_thrown(settings: Settings) -> None:
    shelf = Shelf()

    def fail(name: str, start: int) -> None:
        raise ZeroDivisionError("odd")

    shelf.at_block = fail
    own = fetching(settings, shelf)
    own.start()
    assert "ZeroDivisionError: odd" in str(ended(own).error)


@pytest.mark.parametrize(
    "given",
    [
        {"answers": "quotes"},
        {"base_url": "http://127.0.0.1:9/v1"},
        {"model": "openai:gpt-4.1-mini"},
        {"model": "/models/mine.gguf"},
        {"model": "hf:no-such-name"},
        {"model": "small"},
    ],
)
def test_a_language_model_that_is_not_wanted_or_not_ours_is_not_fetched(
    given: dict[str, str], settings: Settings
) -> None:
    own = fetching(settings.model_copy(update=given), Shelf())
    assert own.now.writing == ()
