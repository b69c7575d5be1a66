from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from pydantic import SecretStr

from eval.runs.redaction import blotted, plain, secrets

KEY = "sk-very-secret-key"


def test_paths_and_dates_become_text() -> None:
    info = {"library": Path("x") / "y", "day": date(2025, 1, 2), "k": 3, "key": None, "of": [1, {}]}
    assert plain(info) == {
        "library": str(Path("x") / "y"),
        "day": "2025-01-02",
        "k": 3,
        "key": None,
        "of": [1, {}],
    }


@pytest.mark.parametrize(
    "info",
    [{"api_key": SecretStr(KEY)}, {"api_key": KEY}, {"settings": {"api_key": SecretStr(KEY)}}],
)
def test_a_secret_is_left_out_and_known(info: dict[str, object]) -> None:
    text = json.dumps(plain({**info, "base_url": "https://me:word@host/v1"}))
    assert KEY not in text
    assert "api_key" not in text
    assert "me:word" not in text
    assert "https://host/v1" in text
    assert secrets(info) == [KEY]


def test_a_known_secret_is_blotted_out_wherever_it_stands() -> None:
    assert blotted({"a": [f"x {KEY}"], "b": 1, "c": None}, [KEY]) == {
        "a": ["x [secret]"],
        "b": 1,
        "c": None,
    }


def test_a_placeholder_for_a_key_is_no_word_to_blot_out() -> None:
    assert secrets({"api_key": SecretStr("answer")}) == []
