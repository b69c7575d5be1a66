"""Promises of what one reader wants otherwise than the settings say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from rag.settings import load
from ui.wishes import NOTHING, Kept, Wishes, sound

MODEL = Wishes("openai:gpt-4.1-mini")


def test_what_is_wanted_takes_the_place_of_what_is_set_and_nothing_else_does() -> None:
    mine = load()
    assert NOTHING.applied(mine) == mine
    wanted = Wishes(answers="lenient", strictness=0.7, passages=2).applied(mine)
    assert (wanted.answers, wanted.strictness, wanted.passages, wanted.read) == (
        "lenient",
        0.7,
        2,
        2,
    )
    assert wanted.model == mine.model


def test_a_key_never_goes_where_it_was_not_meant_for() -> None:
    mine = load(base_url="https://mine.example/v1", api_key="secret-0123456789")
    for elsewhere in (
        MODEL,
        Wishes("m", "http://127.0.0.1:11434/v1"),
        Wishes("qwen2.5-coder-1.5b"),
    ):
        assert elsewhere.applied(mine).api_key is None
    other = Wishes("another", "https://mine.example/v1").applied(mine)
    assert other.api_key == SecretStr("secret-0123456789")


@pytest.mark.parametrize(
    "given",
    [
        None, [], "x", {"model": 3}, {"model": "x" * 1000}, {"base_url": "http://evil.example"},
        {"answers": "all"}, {"strictness": 2}, {"strictness": float("nan")}, {"strictness": True},
        {"passages": 0}, {"passages": 10**9}, {"passages": "3"}, {"unknown": 1},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_not_wished_for(given: Any) -> None:
    assert sound(given) == NOTHING


def test_wishes_are_kept_for_each_reader_and_conversation_and_found_by_a_new_server(
    tmp_path: Path,
) -> None:
    kept = Kept(tmp_path)
    kept.keep("user:ada", Wishes(strictness=0.8))
    kept.pick("user:ada", "one", MODEL)
    kept.pick("user:ada", "two", NOTHING)

    again = Kept(tmp_path)
    assert again.of("user:ada") == Wishes(strictness=0.8)
    assert again.of("user:ada", "one") == Wishes(MODEL.model, strictness=0.8)
    assert again.of("user:ada", "two") == Wishes(strictness=0.8)
    assert again.of("user:bob", "one") == NOTHING
    assert (tmp_path / "wishes.json").stat().st_mode & 0o077 == 0


def test_of_nobody_nothing_is_kept(tmp_path: Path) -> None:
    Kept(tmp_path).keep("", MODEL)
    assert not (tmp_path / "wishes.json").exists()


def test_many_readers_and_conversations_do_not_fill_the_disk(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    for number in range(250):
        kept.pick("user:ada", str(number), MODEL)
    picked = json.loads((tmp_path / "wishes.json").read_text())["user:ada"]["picked"]
    assert list(picked) == [str(number) for number in range(50, 250)]


@pytest.mark.parametrize("content", ["", "[]", '{"user:ada": 3}', '{"user:ada": {"picked": []}}'])
def test_a_file_that_makes_no_sense_is_as_good_as_none(content: str, tmp_path: Path) -> None:
    (tmp_path / "wishes.json").write_text(content)
    assert Kept(tmp_path).of("user:ada", "one") == NOTHING


def test_where_nothing_can_be_written_wishes_last_as_long_as_the_server(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "gone")
    kept.keep("user:ada", Wishes(passages=3))
    assert kept.of("user:ada") == Wishes(passages=3)
