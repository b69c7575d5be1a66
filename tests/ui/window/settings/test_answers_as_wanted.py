"""Promises of an engine that answers each reader as they want it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from doubles import Provider, WordReader, WordScorer, tiny_library, weighing

from rag.assistant import Assistant
from ui import strings
from ui.engine import Engine
from ui.strings import german
from ui.wishes import NOTHING, Wishes

SEATS = "How many seats does the boat have?"


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.close()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An engine over two short articles, which quotes."""
    with tiny_library(tmp_path, model="gone.gguf") as library:
        running = Engine(library)
        running.assistant = Assistant(
            library,
            WordScorer(),
            WordReader(),
            None,
            notice=lambda: "No model is here.",
            refusal=strings.refusal,
            weights=weighing(),
        )
        yield running


def asked(engine: Engine, wishes: Wishes) -> Any:
    assistant = engine.assistant_for(wishes)
    assert assistant is not None
    return assistant.ask(SEATS)


def test_nothing_is_answered_before_anything_is_loaded(engine: Engine) -> None:
    engine.assistant = None
    assert engine.assistant_for(Wishes(passages=2)) is None


def test_whoever_wants_nothing_else_has_what_the_settings_say(engine: Engine) -> None:
    assert engine.assistant_for(NOTHING) is engine.assistant


def test_a_server_that_was_chosen_words_the_answer_and_is_named_by_it(
    engine: Engine, provider: Provider
) -> None:
    answer = asked(engine, Wishes("llama3.2:3b", provider.url))
    assert answer.model == "llama3.2:3b"
    assert provider.requests
    assert provider.keys == ["none"] * len(provider.keys)


def test_quotations_ask_no_model(engine: Engine, provider: Provider) -> None:
    answer = asked(engine, Wishes("m", provider.url, answers="quotes"))
    assert (answer.status, answer.model, answer.notice) == ("quoted", "", "")
    assert provider.requests == []


def test_how_strict_and_how_many_passages_are_as_they_are_wanted(engine: Engine) -> None:
    assert asked(engine, Wishes(strictness=1.0)).status != "quoted"
    assert len(asked(engine, Wishes(passages=1)).passages) == 1
    assert asked(engine, Wishes(passages=1)).notice == "No model is here."
    assert engine.library.settings.passages == 5


def test_a_model_that_is_gone_ends_in_quotations_that_say_why_in_the_readers_language(
    engine: Engine,
) -> None:
    wishes = Wishes("/nowhere/other.gguf")
    assert "other.gguf" in asked(engine, wishes).notice
    with strings.speaking("de"):
        told = asked(engine, wishes).notice
    assert told.startswith(german.QUOTED_WITHOUT_MODEL.split("{")[0])
    assert "No such file" in told or "lässt sich nicht lesen" in told


def test_what_is_wanted_is_heard_by_the_model_that_is_set_too(
    engine: Engine, provider: Provider
) -> None:
    own = engine.library
    engine.library.settings = own.settings.model_copy(
        update={"model": "set", "base_url": provider.url, "answers": "quotes"}
    )
    assert engine.settings.answers == "quotes"
    answer = asked(engine, Wishes(answers="strict"))
    assert answer.model == "set"
    assert provider.requests
