"""Reports in German: nothing is left in English, and nothing that a program reads is changed."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest
from kept import kept
from rows import ROWS
from spoken import ENGLISH, of_rows, visible
from typer.testing import CliRunner

import eval as evaluation
from eval import report
from eval.compare import gate
from eval.compare import page as comparing
from eval.compare.page import CAUTION as COMPARED
from eval.compare.runs import compare
from eval.language import said, say, speaking, table
from eval.metrics import paired
from eval.report import html, naming, stages, words
from eval.report.slices import ANSWERABILITY
from eval.report.stages import OutcomeKind
from eval.robustness.changes import MEANINGS
from eval.robustness.page import CAUTION as ROBUST
from eval.runs.provenance import JUDGE, REWORDER
from eval.sweep import grid
from eval.sweep.grid import Point
from rag import reasons
from rag.query.classification import Kind
from rag.schema import Lead, Status, Support

ROOT = Path(evaluation.__file__).parent
# Names, and what is the same word in both.
SAME = {"robustness", "Reranker", "reranker", "median"}


def keys() -> Iterator[str]:
    """All that is said in the modules and in the templates."""
    for file in ROOT.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
                continue
            if call.func.id in ("say", "many"):
                told = call.args[:1] if call.func.id == "say" else call.args[1:3]
                for node in told:
                    yield from (
                        one.value
                        for one in ast.walk(node)
                        if isinstance(one, ast.Constant) and isinstance(one.value, str)
                    )
    for file in (ROOT / "report").glob("*.html"):
        yield from re.findall(r'say\("((?:[^"\\]|\\.)*)"', file.read_text("utf-8"))


# What is said by way of a variable.
LOOKED_UP = [
    *naming.TITLES.values(), *stages.WAY.values(), "mean",
    *(word for one in html.MARKS for word in one[1:]),
    *words.LEADS.values(), *words.CITATIONS.values(), *ANSWERABILITY,
    *MEANINGS, *MEANINGS.values(), *get_args(Status), *get_args(Support),
    *get_args(Kind), "median", "p95", "lexical", "dense", "embedder", "reranker", "language model",
    JUDGE, REWORDER, COMPARED, ROBUST, paired.MCNEMAR, paired.RANDOMISATION, "evaluation",
    "comparison", "robustness", "sweep", "Became worse", "Became better",
]  # fmt: skip


@pytest.mark.parametrize("english", sorted({*keys(), *LOOKED_UP}))
def test_whatever_a_report_says_is_said_in_german_with_the_same_facts(english: str) -> None:
    german = said()[english]
    assert german != english or english in SAME
    assert facts(german) == facts(english)


def facts(text: str) -> list[str]:
    return sorted(field for _, field, _, _ in Formatter().parse(text) if field is not None)


def test_nothing_is_kept_in_german_that_no_report_says() -> None:
    assert set(said()) == {*keys(), *LOOKED_UP}


def test_every_text_of_a_template_is_said() -> None:
    """Between two tags there is no word that does not come from a value."""
    for file in (ROOT / "report").glob("*.html"):
        text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", file.read_text("utf-8"), flags=re.S)
        left = re.findall(r"[^\W\d_]{2,}", re.sub(r"<[^>]*>", " ", text))
        assert set(left) <= {"Ibid"}, file.name


@pytest.mark.parametrize("kind", get_args(OutcomeKind))
def test_every_outcome_has_its_german(kind: OutcomeKind) -> None:
    assert table("outcomes")[kind] != stages.OUTCOMES[kind]


@pytest.mark.parametrize("kind", get_args(reasons.Kind))
def test_every_reason_has_its_german(kind: reasons.Kind) -> None:
    quoted = [re.findall(r"\{\d\}", one[kind]) for one in (reasons.ENGLISH, reasons.GERMAN)]
    assert sorted(quoted[0]) == sorted(quoted[1])
    assert kind in ("", "other") or reasons.ENGLISH[kind] != reasons.GERMAN[kind]


def test_every_lead_has_its_words() -> None:
    assert set(words.LEADS) == set(get_args(Lead)) - {""}


def test_a_german_report_has_no_english_sentence(tmp_path: Path) -> None:
    run = kept(tmp_path / "run", ROWS, settings={"language": "de"})
    report.write(run)
    page = (run.folder / "report.html").read_text("utf-8")
    assert '<html lang="de">' in page
    seen = visible(page)
    assert "Wo Antworten verloren gehen" in seen and "75,0 %" in seen
    assert "enthält die richtige Antwort" in seen
    cut = of_rows(seen[: seen.index(say_german("Settings and versions"))])
    assert re.findall(ENGLISH, cut) == []
    text = (run.folder / "report.md").read_text("utf-8")
    assert re.findall(ENGLISH, of_rows(text.replace("\\", ""))) == []
    english = kept(tmp_path / "english", ROWS)
    report.write(english)
    assert re.findall(ENGLISH, visible((english.folder / "report.html").read_text("utf-8")))


def say_german(english: str) -> str:
    with speaking("de"):
        return say(english)


def test_the_json_of_a_german_report_has_the_keys_of_every_other(tmp_path: Path) -> None:
    documents = []
    for language in ("de", "en"):
        run = kept(tmp_path / language, ROWS, settings={"language": language})
        report.write(run)
        documents.append(json.loads((run.folder / "report.json").read_text("utf-8")))
    for one in documents:
        del one["run"]
    assert documents[0] == documents[1]


def test_a_report_is_told_in_the_language_that_is_asked_for(tmp_path: Path) -> None:
    run = kept(tmp_path / "run", ROWS)
    report.write(run)
    written = (run.folder / "report.html").read_bytes()
    assert report.told(run, "html", "en") == written
    german = report.told(run, "html", "de")
    assert b'<html lang="de">' in german
    assert report.told(run, "html", "de").strip() == german.strip()
    assert (run.folder / "report.html").read_bytes() == written
    assert report.told(run, "json", "de") == (run.folder / "report.json").read_bytes()


def test_a_comparison_and_a_sweep_are_told_in_german(tmp_path: Path) -> None:
    one = kept(tmp_path / "one", ROWS)
    two = kept(tmp_path / "two", ROWS, model="other")
    with speaking("de"):
        page = visible(comparing.html(compare(one, two)))
        assert re.findall(ENGLISH, of_rows(page)) == []
        assert "das Modell: war" in page
        points = [Point({"rerank": "3"}, error="x"), Point({"rerank": "5"}, error="y")]
        swept = visible(
            grid.page(points, "containment", say("{name} under {n} settings", name="s", n=2), 3)
        )
    assert re.findall(ENGLISH, swept) == []


def test_a_gate_tells_in_german_what_it_does_not_let_pass(tmp_path: Path) -> None:
    run = kept(tmp_path / "run", ROWS)
    report.write(run)
    bounds = gate.Bounds({}, {"containment": 0.9}, {})
    with speaking("de"):
        [line] = gate.breaches(gate.read(run.folder), bounds)
    assert line == (
        "containment (enthält die richtige Antwort) ist 75,0 %, unter der unteren Grenze von 90,0 %"
    )


def test_a_command_tells_in_the_language_of_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ui.cli.main import app

    runs = [kept(tmp_path / name, ROWS) for name in ("one", "two")]
    monkeypatch.setenv("IBID_LANGUAGE", "de")
    with speaking("en"):
        done = CliRunner().invoke(app, ["eval", "compare", *(str(run.folder) for run in runs)])
    assert done.exit_code == 0
    assert "Schlechter geworden: 0" in done.stdout
    page = (runs[1].folder / "compared-with-one.html").read_text("utf-8")
    assert "Maß für Maß" in page
