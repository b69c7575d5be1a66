from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from pydantic import SecretStr
from rich.console import Console
from rows import ROWS, row

from eval import report
from eval.summary import summarise

KEY = "sk-very-secret-key"


def test_the_table_of_a_summary_of_nothing_is_whole() -> None:
    summary = summarise([])
    assert report.table(summary).row_count == len(summary.figures)


def test_the_json_holds_every_question_with_all_that_came_of_it() -> None:
    made = report.to_json(summarise(ROWS), ROWS, {"model": "m"})
    read = json.loads(json.dumps(made, allow_nan=False))
    assert read == made
    assert [one["id"] for one in read["cases"]] == [one.case.id for one in ROWS]
    first, last = read["cases"][0], read["cases"][-1]
    assert first["answer"]["text"] == "It opened in 1889."
    assert first["answer"]["status"] == "answered"
    assert first["answer"]["sentences"][0]["citations"][0]["quote"] == "opened in 1889"
    assert first["answer"]["sentences"][0]["support"] == "verified"
    assert first["gold"]["answers"] == ["1889"]
    assert first["gold"]["evidence"] == [{"article": "seeds/tower.md", "quote": "in 1889"}]
    assert first["values"]["containment"] == 1
    assert first["verdict"] == "TN"
    assert first["seconds"] == 1
    assert last["answer"] is last["verdict"] is None
    assert last["error"] == "ProviderError: no answer"
    assert read["summary"]["figures"][0]["name"] == "containment"
    assert set(read["summary"]["tags"]) == {"fact", "long", "none"}


def test_paths_and_dates_of_the_settings_become_text() -> None:
    info = {"library": Path("x") / "y", "day": date(2025, 1, 2), "k": 3, "key": None, "of": [1, {}]}
    made = report.to_json(summarise([]), [], info)
    assert made["settings"] == {
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
def test_no_api_key_is_in_the_json_not_even_in_an_error(info: dict[str, object]) -> None:
    told = replace(ROWS[-1], error=f"ProviderError: {KEY} is no key of https://me:word@host/v1")
    assert ROWS[0].answer
    noticed = replace(ROWS[0], answer=replace(ROWS[0].answer, notice=f"{KEY} refused"))
    rows = [noticed, told]
    info = {**info, "base_url": "https://me:word@host/v1"}
    text = json.dumps(report.to_json(summarise(rows), rows, info))
    assert KEY not in text
    assert "me:word" not in text
    assert "api_key" not in text
    assert "https://host/v1" in text


def test_a_placeholder_for_a_key_is_no_word_to_blot_out() -> None:
    made = report.to_json(summarise(ROWS), ROWS, {"api_key": SecretStr("answer")})
    assert made["cases"][-1]["error"] == "ProviderError: no answer"


def test_the_table_leads_with_the_headline_and_fits_eighty_columns() -> None:
    console = Console(width=80, record=True, file=io.StringIO())
    summary = summarise(ROWS)
    console.print(report.table(summary))
    console.print(report.tag_table(summary))
    text = console.export_text()
    first = next(line for line in text.splitlines() if "%" in line and "metric" not in line)
    assert "answer contains gold" in first
    assert "75.0 %" in first
    assert "30.1 % … 95.4 %" in first
    assert "…" not in text.replace(" … ", "")


def test_a_tag_in_brackets_is_shown_as_it_is() -> None:
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(report.tag_table(summarise([row("1", "answered", tags=("[red]",))])))
    assert "[red]" in console.export_text()


def test_without_tags_there_is_no_table_of_tags() -> None:
    assert report.tag_table(summarise([ROWS[2]])) is None
