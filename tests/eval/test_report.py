from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from pydantic import SecretStr
from rich.console import Console

from eval import metrics, report
from eval.cases import Case, Evidence
from eval.metrics import Span
from eval.runner import Row, score
from rag.schema import Answer, ArticleInfo, Citation, Sentence, Status

INFO = ArticleInfo("t", "The tower", "seeds/tower.md", None, None, None, "d")
KEY = "sk-very-secret-key"


def row(
    name: str,
    status: Status | None,
    *,
    answerable: bool = True,
    cited: bool = True,
    relevance: tuple[bool, ...] | None = (True,),
    tags: tuple[str, ...] = (),
    seconds: float = 1.0,
) -> Row:
    """A row whose answer is right where it answers, and which failed where it has no status."""
    quote = Citation(1, INFO, 3, 9, "opened in 1889")
    sentence = Sentence("It opened in 1889.", (quote,) if cited else (), "verified")
    evidence = (Evidence("seeds/tower.md", "in 1889"),) if answerable else ()
    case = Case(name, "When?", answerable, ("1889",) if answerable else (), evidence, tags=tags)
    answer = Answer("When?", (sentence,), status=status) if status else None
    gold = (Span("t", 5, 12),) if answerable else ()
    ranked = relevance if answerable and answer else None
    return Row(
        case=case,
        gold=gold,
        answer=answer,
        relevance=ranked,
        values=score(case, answer, ranked, gold),
        verdict=metrics.refusal(refused=status == "refused", answerable=answerable)
        if answer
        else None,
        seconds=seconds,
        error=None if answer else "ProviderError: no answer",
    )


ROWS = [
    row("1", "answered", tags=("fact",), seconds=1),
    row("2", "quoted", tags=("fact", "long"), relevance=(False, False, True), seconds=2),
    row("3", "answered", cited=False, relevance=(False,) * 4 + (True,), seconds=3),
    row("4", "refused", relevance=(False,) * 6, seconds=4),
    row("5", "refused", answerable=False, tags=("none",), seconds=5),
    row("6", "refused", answerable=False, tags=("none",), seconds=6),
    row("7", "answered", answerable=False, tags=("none",), seconds=7),
    row("8", None, tags=("fact",), seconds=100),
]


@pytest.mark.parametrize(
    ("name", "value", "n"),
    [
        ("containment", 3 / 4, 4),
        ("token F1", 3 / 4 * 2 / 5, 4),
        ("citation hit", 2 / 3, 3),
        ("citation precision", 1, 2),
        ("sentences cited", 3 / 4, 4),
        ("refusal F1", 2 / 3, 7),
        ("refusal precision", 2 / 3, 3),
        ("refusal recall", 2 / 3, 3),
        ("refusals right", 2, 3),
        ("refusals wrong", 1, 4),
        ("hit@1", 1 / 4, 4),
        ("hit@3", 2 / 4, 4),
        ("hit@5", 3 / 4, 4),
        ("MRR", (1 + 1 / 3 + 1 / 5 + 0) / 4, 4),
        ("seconds median", 4, 7),
        ("seconds p95", 6.7, 7),
        ("failed", 1, 8),
    ],
)
def test_each_figure_is_over_the_cases_where_it_is_defined(name: str, value: float, n: int) -> None:
    figure = report.summarise(ROWS).figures[name]
    assert figure.value == pytest.approx(value)
    assert figure.n == n


def test_every_quality_figure_lies_in_its_interval_and_the_others_have_none() -> None:
    for figure in report.summarise(ROWS).figures.values():
        if figure.unit in ("share", "score"):
            assert figure.value is not None and figure.low is not None and figure.high is not None
            assert 0 <= figure.low <= figure.value <= figure.high <= 1
        else:
            assert figure.low is figure.high is None


def test_a_share_has_the_wilson_interval() -> None:
    figure = report.summarise(ROWS).figures["containment"]
    assert (figure.low, figure.high) == metrics.wilson(3, 4)


def test_the_same_rows_give_the_same_summary() -> None:
    assert report.summarise(ROWS) == report.summarise(ROWS)


def test_each_tag_is_summed_up_over_its_cases() -> None:
    tags = report.summarise(ROWS).tags
    assert {tag: figures["failed"].n for tag, figures in tags.items()} == {
        "fact": 3,
        "long": 1,
        "none": 3,
    }
    assert tags["none"]["containment"].value is None
    assert tags["none"]["refusal recall"].value == pytest.approx(2 / 3)


def test_no_rows_make_a_summary_of_nothing() -> None:
    summary = report.summarise([])
    assert {figure.n for figure in summary.figures.values()} == {0}
    assert summary.figures["MRR"].value is None
    assert report.table(summary).row_count == len(summary.figures)


def test_the_json_holds_every_question_with_all_that_came_of_it() -> None:
    made = report.to_json(report.summarise(ROWS), ROWS, {"model": "m"})
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
    made = report.to_json(report.summarise([]), [], info)
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
    text = json.dumps(report.to_json(report.summarise(rows), rows, info))
    assert KEY not in text
    assert "me:word" not in text
    assert "api_key" not in text
    assert "https://host/v1" in text


def test_a_placeholder_for_a_key_is_no_word_to_blot_out() -> None:
    made = report.to_json(report.summarise(ROWS), ROWS, {"api_key": SecretStr("answer")})
    assert made["cases"][-1]["error"] == "ProviderError: no answer"


def test_the_table_leads_with_the_headline_and_fits_eighty_columns() -> None:
    console = Console(width=80, record=True, file=io.StringIO())
    summary = report.summarise(ROWS)
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
    console.print(report.tag_table(report.summarise([row("1", "answered", tags=("[red]",))])))
    assert "[red]" in console.export_text()


def test_without_tags_there_is_no_table_of_tags() -> None:
    assert report.tag_table(report.summarise([ROWS[2]])) is None
