"""Promises of what the window stands on: it opens at once, and gets ready behind it."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from doubles import tiny_library
from model_servers import ScriptedServer
from tiny import TinyEmbedder, make_article

from rag.errors import LibraryMismatch, ModelError
from rag.index.library import Library
from rag.models.embedder import embedder
from rag.models.registry import Model, ModelFile
from rag.models.store import ModelStore
from rag.opening import open_library
from rag.settings import Settings, load
from ui import engine, strings
from ui.strings import english, german
from ui.window.conversation.loading import has_failed, trouble

# An embedding model is no cross-encoder.
BROKEN: dict[str, Any] = {"embedder": "tiny", "reranker": "all-minilm-l6-v2", "answers": "quotes"}


class SlowEmbedder(TinyEmbedder):
    """Embeds nothing until it may; then it may fail."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self.may_go = threading.Event()
        self.error = error

    def embed_query(self, text: str) -> list[float]:
        self.may_go.wait(30)
        if self.error:
            raise self.error
        return super().embed_query(text)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """Without a model that could be loaded."""
    with tiny_library(tmp_path, **BROKEN) as library:
        yield library


def wait_until_ready(running: engine.Engine, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while running.status():
        assert time.monotonic() < deadline, running.status()
        time.sleep(0.01)


def wait_for(running: engine.Engine, status: str) -> None:
    deadline = time.monotonic() + 30
    while running.status() != status:
        assert time.monotonic() < deadline, running.status()
        time.sleep(0.01)


def test_an_engine_says_what_is_loading_and_its_start_does_not_wait(library: Library) -> None:
    embedder = SlowEmbedder()
    library.embedder = embedder
    running = engine.Engine(library)
    assert running.status()
    running.start()
    assert running.status()
    assert running.assistant is None
    embedder.may_go.set()
    wait_until_ready(running)


def test_what_is_loading_is_said_in_the_language_of_whoever_looks(library: Library) -> None:
    embedder = SlowEmbedder()
    library.embedder = embedder
    running = engine.Engine(library)
    with strings.speaking("de"):
        assert running.status() == german.LOADING["begin"]
    running.start()
    wait_for(running, english.LOADING["embedder"])
    with strings.speaking("de"):
        assert running.status() == german.LOADING["embedder"]
    embedder.may_go.set()
    wait_until_ready(running)
    with strings.speaking("de"):
        assert running.status() == ""


def test_what_cannot_be_loaded_is_told_and_ends_the_loading(library: Library) -> None:
    running = engine.Engine(library)
    running.start()
    wait_until_ready(running)
    assert running.assistant is None
    assert running.error is not None
    assert "no cross-encoder" in running.error


def test_a_fault_while_loading_is_told_and_not_thrown_at_the_terminal(
    library: Library, capfd: pytest.CaptureFixture[str]
) -> None:
    embedder = SlowEmbedder(error=ZeroDivisionError("secret detail"))
    embedder.may_go.set()
    library.embedder = embedder
    running = engine.Engine(library)
    running.start()
    wait_until_ready(running)
    assert running.error == "ZeroDivisionError: secret detail"
    assert "Traceback" not in capfd.readouterr().err


def test_an_engine_gets_ready_while_the_servers_of_its_models_are_away(tmp_path: Path) -> None:
    server = ScriptedServer()
    server.stop()
    names = ("embedder_url", "reranker_url", "reader_url")
    given: dict[str, Any] = {**dict.fromkeys(names, server.url), "answers": "quotes"}
    (tmp_path / "starter").mkdir()
    (tmp_path / "starter" / "one.txt").write_text("The lighthouse stands on a cliff.")
    with tiny_library(tmp_path, embedder="tiny", models_dir=tmp_path / "none", **given) as library:
        library.embedder = embedder(library.settings)
        running = engine.Engine(library)
        running.start()
        wait_until_ready(running)
        assert running.error is None and running.assistant is not None
        with strings.speaking("de"):
            notice = running.assistant.ask("How many seats does the boat have?").notice
        assert "Einbettungsmodells" in notice and "Cross-Encoders" in notice
    other = tmp_path / "other"
    other.mkdir()
    with tiny_library(other, empty=True, embedder="tiny", **given) as library:
        library.embedder = embedder(library.settings)
        running = engine.Engine(library, tmp_path / "starter")
        running.start()
        wait_until_ready(running)
        assert "none can be added" in (running.error or "") and running.assistant is not None


def test_starter_articles_are_added_to_an_empty_library_only(tmp_path: Path) -> None:
    starter = tmp_path / "starter"
    starter.mkdir()
    (starter / "one.txt").write_text("The first of two.")
    (starter / "two.txt").write_text("The second of two.")
    for expected in (2, 2):
        with tiny_library(tmp_path, empty=True, **BROKEN) as library:
            running = engine.Engine(library, starter)
            running.start()
            wait_until_ready(running)
            assert len(library.articles()) == expected
        (starter / "three.txt").write_text("One more.")


def mine(tmp_path: Path, **settings: object) -> Settings:
    return load(library=tmp_path / "library", **settings)


def test_a_library_needs_its_embedder_to_be_fetched(tmp_path: Path) -> None:
    with (
        pytest.raises(ModelError, match="ibid models pull"),
        open_library(mine(tmp_path, models_dir=tmp_path), "a test"),
    ):
        pass


def test_a_library_is_opened_with_the_embedder_that_built_it(tmp_path: Path) -> None:
    with tiny_library(tmp_path):
        pass
    with open_library(mine(tmp_path, embedder="tiny"), "a test") as library:
        assert len(library.articles()) == 2
    other = mine(tmp_path, embedder="other")
    with pytest.raises(LibraryMismatch, match="ibid rebuild"), open_library(other, "a test"):
        pass
    with open_library(other, "a test", to_rebuild=True) as library:
        assert len(library.articles()) == 2


def test_a_library_is_opened_and_read_before_its_embedder_was_fetched(tmp_path: Path) -> None:
    settings = mine(tmp_path, models_dir=tmp_path / "models")
    with open_library(settings, "a test", can_wait=True) as library:
        assert library.articles() == []
        running = engine.Engine(library)
        running.start()
        wait_for(running, english.LOADING["absent"])
        assert (running.assistant, running.error) == (None, None)
        assert [one.name for one in running.fetching.now.searching] == [
            "all-minilm-l6-v2",
            "ms-marco-minilm-l-12-v2",
        ]
        with pytest.raises(ModelError, match="not here yet"):
            library.embedder.embed_query("ready?")


class Shelf:
    """The models of this machine, as a source; it stops at ``gate`` until that is set."""

    name = "shelf"
    gate = threading.Event()

    def read(self, model: Model, file: ModelFile, start: int) -> Generator[bytes, None, None]:
        if model.role == "language model":
            self.gate.wait(60)
        with (ModelStore(load().models_dir).path(model.name) / file.name).open("rb") as opened:
            opened.seek(start)
            while block := opened.read(1 << 20):
                yield block

    def close(self) -> None:
        pass


@pytest.mark.model
def test_quotes_work_as_soon_as_the_small_models_are_here_and_the_model_comes_after(
    tmp_path: Path,
) -> None:
    settings = mine(tmp_path, models_dir=tmp_path / "models", model="smollm2-135m")
    shelf = Shelf()
    with open_library(settings, "a test", can_wait=True) as library:
        running = engine.Engine(library, store=lambda folder: ModelStore(folder, sources=[shelf]))
        running.start()
        wait_for(running, english.LOADING["absent"])
        running.fetching.start()
        wait_until_ready(running, 150)
        library.add([make_article("The boat to Aldwick has 240 seats.")])
        assert running.assistant is not None
        answer = running.assistant.ask("How many seats does the boat have?")
        assert "240 seats" in answer.text
        assert (answer.model, answer.notice) == ("", english.QUOTED_UNTIL_FETCHED)

        shelf.gate.set()
        deadline = time.monotonic() + 100
        while not running.assistant.model_name:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert running.error is None
        assert running.fetching.now.writing == ()


@pytest.mark.model
def test_without_its_language_model_the_engine_quotes_and_says_why(tmp_path: Path) -> None:
    with tiny_library(tmp_path, model=str(tmp_path / "gone.gguf")) as library:
        running = engine.Engine(library)
        running.start()
        wait_until_ready(running)
        assert running.error is not None
        assert "gone.gguf" in running.error
        assert running.assistant is not None
        answer = running.assistant.ask("How many seats does the boat have?")
    assert answer.status == "quoted"
    assert "240 seats" in answer.text
    assert "gone.gguf: No such file" in answer.notice


@pytest.mark.model
def test_an_engine_that_is_to_quote_wants_no_language_model(tmp_path: Path) -> None:
    with tiny_library(tmp_path, model="no-such-model", answers="quotes") as library:
        running = engine.Engine(library)
        running.start()
        wait_until_ready(running)
        assert running.error is None
        assert running.assistant is not None
        assert running.assistant.model_name == ""
        answer = running.assistant.ask("How many seats does the boat have?")
        with strings.speaking("de"):
            refused = running.assistant.ask("Who won the chess final in Reykjavik in 1972?")
    assert answer.status == "quoted"
    assert answer.notice == ""
    assert (refused.status, refused.text) == ("refused", german.refusal([]))


@pytest.mark.model
@pytest.mark.timeout(600)
def test_over_a_library_that_cannot_be_changed_the_window_says_so_and_can_be_asked(
    tmp_path: Path,
) -> None:
    why = "Read-only file system"
    with tiny_library(tmp_path, answers="quotes") as library:
        running = engine.Engine(library)
        library.read_only = why
        running.start()
        wait_until_ready(running, 300)
        assert running.assistant is not None
        assert not has_failed(running)
        assert f"cannot be changed ({why})" in trouble(running)
        with strings.speaking("de"):
            assert f"nicht ändern ({why})" in trouble(running)
