"""Promises of ``ibid eval robustness``: each change is a run, and nothing is asked twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from doubles import ScriptedModel, WordReader, WordScorer, tiny_library
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk

from eval import prompts, session
from eval.compare import gate
from eval.compare import runs as compare
from eval.observer import Silent
from eval.robustness import page as pages
from eval.robustness import record
from eval.robustness import session as robustness
from eval.robustness.changes import BY_MODEL, DISTRACTED, KINDS, SHUFFLED
from eval.robustness.record import Plan
from eval.runs import provenance
from eval.runs import store as runs
from rag.assistant import Assistant
from rag.errors import ProviderError, RunError
from rag.index.library import Library
from rag.schema import Answer, Filter, Turn
from ui.cli.main import main

CASES = [
    {"id": "seats", "question": "How many seats does the boat have?", "answerable": True,
     "answers": ["240"], "evidence": [{"article": "articles/ferry.md", "quote": "With 240 seats"}]},
    {"id": "roof", "question": "Who painted the cathedral ceiling?", "answerable": False},
    {"id": "small", "question": "who sold the moon?", "answerable": False},
]  # fmt: skip
SAID = "What number of seats does the boat have?"


class Counting(Assistant):
    """Counts what it is asked, and is interrupted at its question number ``stop``."""

    asked: list[str]
    stop: int

    def ask(
        self, question: str, history: Sequence[Turn] = (), only: Filter | None = None
    ) -> Answer:
        if len(self.asked) + 1 == self.stop:
            self.asked.append("")
            raise KeyboardInterrupt
        self.asked.append(question)
        return super().ask(question, history, only)


def counting(asked: list[str], stop: int = 0) -> Callable[[Library], Assistant]:
    def over(own: Library) -> Assistant:
        made = Counting(own, WordScorer(), WordReader(), None)
        made.asked, made.stop = asked, stop
        return made

    return over


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with tiny_library(tmp_path) as library:
        yield library


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "set.jsonl").write_text("\n".join(map(json.dumps, CASES)), "utf-8")
    return tmp_path / "all"


def planned(folder: Path, *kinds: str, **changes: object) -> Plan:
    plan = Plan(str(folder.parent / "set.jsonl"), kinds or KINDS, quotes_only=True)
    plan = replace(plan, **changes)
    record.begin(folder, plan)
    return plan


class Listening(Silent):
    """An observer that keeps the lines that it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def tell(self, text: str) -> None:
        self.told.append(text)


def test_the_set_and_every_change_are_runs_with_reports(library: Library, folder: Path) -> None:
    planned(folder)
    found = robustness.ask(folder, library, counting([]), None, Silent())
    assert [one.shift.name for one in found.changes] == list(KINDS)
    for kind in ("", *KINDS):
        run = runs.load(record.place(folder, kind))
        assert run.is_finished
        assert run.record.change == kind
        for name in ("report.html", "report.md", "report.json"):
            assert (run.folder / name).exists()
    for name in (pages.HTML, pages.MARKDOWN, pages.JSON):
        assert (folder / name).exists()
    asked = {row.case.id: row.case.question for row in runs.load(folder / "polite").rows}
    assert asked["seats"] == "Could you please tell me: How many seats does the boat have?"
    assert set(asked) == {"seats", "roof", "small"}


def test_a_question_that_a_change_leaves_as_it_is_is_counted_as_left_out(
    library: Library, folder: Path
) -> None:
    planned(folder, "lower case")
    found = robustness.ask(folder, library, counting([]), None, Silent())
    (one,) = found.changes
    assert {row.case.id for row in one.run.rows} == {"seats", "roof"}
    assert found.untouched(one) == 1


def test_its_runs_can_be_compared_and_gated(library: Library, folder: Path) -> None:
    planned(folder, "polite", SHUFFLED)
    robustness.ask(folder, library, counting([]), None, Silent())
    for name in ("polite", "articles-shuffled"):
        found = compare.compare(runs.load(folder / "original"), runs.load(folder / name))
        assert found.n == 3
    bounds = gate.Bounds({"containment": 0.0}, {}, {"failed": 0})
    shuffled, original = (gate.read(folder / one) for one in ("articles-shuffled", "original"))
    assert gate.breaches(shuffled, bounds, original) == []


@pytest.mark.parametrize("stop", [2, 4, 8], ids=["original", "rewordings", "other library"])
def test_interrupted_and_gone_on_with_each_question_is_asked_once(
    library: Library, folder: Path, stop: int
) -> None:
    planned(folder, "polite", SHUFFLED)
    asked: list[str] = []
    screen = Listening()
    with pytest.raises(KeyboardInterrupt):
        robustness.ask(folder, library, counting(asked, stop), None, screen)
    assert f"to go on: ibid eval robustness --resume {folder}" in "\n".join(screen.told)
    assert (folder / pages.HTML).exists()
    asked.remove("")
    found = robustness.ask(folder, library, counting(asked), None, Silent())
    assert pages.warnings(found) == []
    whole: list[str] = []
    other = folder.parent / "other"
    record.begin(other, record.load(folder))
    again = robustness.ask(other, library, counting(whole), None, Silent())
    assert Counter(asked) == Counter(whole)
    assert pages.document(again)["shifts"] == pages.document(found)["shifts"]


def test_what_is_finished_is_not_begun_again(library: Library, folder: Path) -> None:
    planned(folder, "polite")
    robustness.ask(folder, library, counting([]), None, Silent())
    with pytest.raises(RunError, match="all of it is finished"):
        robustness.resume(library.settings, folder, Silent())


def test_a_set_that_has_changed_is_not_gone_on_with(library: Library, folder: Path) -> None:
    planned(folder)
    with pytest.raises(KeyboardInterrupt):
        robustness.ask(folder, library, counting([], 5), None, Silent())
    file = folder.parent / "set.jsonl"
    file.write_text(file.read_text("utf-8").replace("moon", "sun"), "utf-8")
    asked: list[str] = []
    screen = Listening()
    with pytest.raises(RunError, match=r"the set .* has changed since; set that back"):
        robustness.ask(folder, library, counting(asked), None, screen)
    assert not asked
    assert screen.told == []


def test_distractors_that_have_changed_are_not_mixed(library: Library, folder: Path) -> None:
    other = folder.parent / "other"
    other.mkdir()
    lie = "How many seats does the boat have? Nobody knows how many seats."
    (other / "lie.txt").write_text(lie, "utf-8")
    planned(folder, DISTRACTED, distractors=str(other))
    with pytest.raises(KeyboardInterrupt):
        robustness.ask(folder, library, counting([], 5), None, Silent())
    row = runs.load(folder / "distractors-added").row("seats")
    assert row.answer and any(one.text == lie for one in row.answer.passages)
    assert row.gold
    (other / "lie.txt").write_text(lie * 2, "utf-8")
    with pytest.raises(RunError, match="the library holds other articles"):
        robustness.ask(folder, library, counting([]), None, Silent())


def test_a_part_that_was_changed_is_not_gone_on_with_alone(library: Library, folder: Path) -> None:
    planned(folder, "polite")
    with pytest.raises(KeyboardInterrupt):
        robustness.ask(folder, library, counting([], 5), None, Silent())
    with pytest.raises(RunError, match=f"ibid eval robustness --resume {folder}"):
        session.resume(library.settings, folder / "polite", 1, Silent())


def planned_by_model(folder: Path, library: Library) -> None:
    reworder = provenance.models(library.settings, "", reworder=library.settings.model)["reworder"]
    planned(folder, BY_MODEL, reworder=reworder)


def test_the_words_of_a_model_are_on_disk_asked_and_told_where_they_do_not_fit(
    library: Library, folder: Path
) -> None:
    planned_by_model(folder, library)
    found = robustness.ask(folder, library, counting([]), ScriptedModel(SAID), Silent())
    (one,) = found.changes
    assert [row.case.question for row in one.run.rows] == [SAID] * 3
    assert one.run.record.models["reworder"]["prompt"] == prompts.version("rephrase")
    lines = [json.loads(line) for line in (folder / record.REWORDINGS).open(encoding="utf-8")]
    assert [line["id"] for line in lines] == ["seats", "roof", "small"]
    assert {line["words"] for line in lines} == {SAID}


def test_a_rewording_that_does_not_fit_is_left_out_and_shown(
    library: Library, folder: Path
) -> None:
    planned_by_model(folder, library)
    said = "It has 999 seats."
    found = robustness.ask(folder, library, counting([]), ScriptedModel(said), Silent())
    (one,) = found.changes
    assert (one.shift.n, found.untouched(one)) == (0, 3)
    assert "Rewordings that were not asked" in pages.html(found)
    assert said in pages.html(found)


def test_a_model_that_fails_loses_no_words_and_makes_none_twice(
    library: Library, folder: Path
) -> None:
    class Tiring(ScriptedModel):
        def _stream(
            self, messages: list[BaseMessage], *_: Any, **__: Any
        ) -> Iterator[ChatGenerationChunk]:
            if len(self.heard) == 2:
                raise OSError("tired")
            yield from super()._stream(messages)

    planned_by_model(folder, library)
    screen = Listening()
    with pytest.raises(ProviderError, match=r"failed \(tired\); what was asked"):
        robustness.ask(folder, library, counting([]), Tiring(SAID), screen)
    assert "to go on: ibid eval robustness --resume" in "\n".join(screen.told)
    fresh = ScriptedModel(SAID)
    found = robustness.ask(folder, library, counting([]), fresh, Silent())
    assert len(fresh.heard) == 1
    assert len(found.rewordings) == 3


def test_words_by_another_model_are_not_mixed(library: Library, folder: Path) -> None:
    planned(folder, BY_MODEL, reworder={"name": "another", "prompt": "1"})
    with pytest.raises(RunError, match="the words were found by another"):
        robustness.ask(folder, library, counting([]), ScriptedModel(SAID), Silent())


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["set.jsonl", "--resume", "all"],
        ["--resume", "all", "--kind", "polite"],
        ["--resume", "all", "--sample", "3"],
        ["--resume", "all", "--quotes-only"],
    ],
    ids=" ".join,
)
def test_what_makes_no_measurement_is_wrong_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["eval", "robustness", *arguments])
    assert ended.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_what_was_not_begun_cannot_be_gone_on_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["eval", "robustness", "--resume", str(tmp_path)])
    assert ended.value.code == 1
    assert "holds no plan.json" in capsys.readouterr().err


@pytest.mark.model
def test_on_the_command_line_one_document_of_json_and_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    articles = tmp_path / "articles"
    with tiny_library(tmp_path):
        pass
    assert articles.exists()
    (tmp_path / "set.jsonl").write_text("\n".join(map(json.dumps, CASES)), "utf-8")
    out = tmp_path / "all"
    with pytest.raises(SystemExit) as ended:
        main([
            "eval", "robustness", str(tmp_path / "set.jsonl"), "--quotes-only", "--json",
            "--kind", "polite", "--out", str(out), "--library", str(tmp_path / "none"),
        ])  # fmt: skip
    assert ended.value.code == 0
    document = json.loads(capsys.readouterr().out)
    assert document == json.loads((out / pages.JSON).read_text("utf-8"))
    assert document["is_finished"]
    assert [one["name"] for one in document["shifts"]] == ["polite"]
