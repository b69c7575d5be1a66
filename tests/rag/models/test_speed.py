"""Promises of a model's speed: measured when asked, remembered with day and machine."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from doubles import ScriptedModel

from rag.errors import ModelError, ProviderError
from rag.models.speed import machine, measure, remember, remembered


def test_a_speed_is_measured_and_remembered_with_day_and_machine(tmp_path: Path) -> None:
    speed = measure(ScriptedModel("A harbour ", "of four quays."))
    assert speed.reads > 0
    assert speed.writes > 0
    assert (speed.day, speed.machine) == (date.today(), machine())

    remember(tmp_path, "one", speed)
    remember(tmp_path, "two", speed)

    assert remembered(tmp_path) == {"one": speed, "two": speed}


def test_what_another_machine_measured_is_not_told_here(tmp_path: Path) -> None:
    remember(tmp_path, "one", measure(ScriptedModel("Some words.")))
    record = tmp_path / "speeds.json"
    kept = json.loads(record.read_text())
    kept["one"]["machine"] = "another"
    record.write_text(json.dumps(kept))

    assert remembered(tmp_path) == {}


@pytest.mark.parametrize("content", ["", "[]", '{"one": 3}', '{"one": {"reads": "fast"}}'])
def test_a_record_that_makes_no_sense_is_as_good_as_none(content: str, tmp_path: Path) -> None:
    (tmp_path / "speeds.json").write_text(content)
    assert remembered(tmp_path) == {}


def test_a_model_that_says_nothing_has_no_speed() -> None:
    with pytest.raises(ProviderError, match="said nothing"):
        measure(ScriptedModel(" "))


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    speed = measure(ScriptedModel("Some words."))
    (tmp_path / "file").touch()
    with pytest.raises(ModelError, match="cannot be written"):
        remember(tmp_path / "file", "one", speed)
