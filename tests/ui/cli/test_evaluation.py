"""Promises of evaluation in the window, without a browser: sets, runs, reports, feedback."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from doubles import Provider, WordReader, WordScorer, tiny_library
from fastapi import FastAPI
from kept import kept
from rows import ROWS
from starlette.testclient import TestClient

from eval.sets.cases import load
from rag.assistant import Assistant
from rag.errors import IbidError, RunError
from rag.index.catalog import CATALOG
from rag.index.library import Library
from rag.schema import Answer, Citation, Sentence
from rag.settings import changed
from ui import strings
from ui.window.conversation.feedback import Feedback, Feedbacks
from ui.window.conversation.history import History
from ui.window.conversation.types import Exchange
from ui.window.evaluation import reports
from ui.window.evaluation.measuring import Measuring
from ui.window.evaluation.tab import EvaluationService

ME = "browser:me"
SEATS = "How many people does the boat carry?"


class Engine:
    """All there, and quotes."""

    def __init__(self, library: Library) -> None:
        self.library = library

    def status(self) -> str:
        return ""

    def assistant_over(self, own: Library, *, model: bool) -> Assistant:
        return Assistant(own, WordScorer(), WordReader(), None)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    (tmp_path / "library").mkdir()
    with tiny_library(tmp_path / "library") as library:
        yield library


@pytest.fixture
def history(library: Library, tmp_path: Path) -> Iterator[History]:
    history = History(library.folder / CATALOG)
    yield history
    history.close()


@pytest.fixture
def bench(
    library: Library, history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> EvaluationService:
    monkeypatch.chdir(tmp_path)  # where Ibid was started
    return EvaluationService(Measuring(Engine(library)), history, library.folder)


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.close()


def boat(library: Library) -> tuple[str, str]:
    """The id of the article on the boat, and its sentence on the seats."""
    for info in library.articles():
        text = library.article(info.id).text
        if "240" in text:
            quote = next(line for line in text.replace("\n", " ").split(". ") if "240" in line)
            return info.id, quote if quote in text else "240"
    raise AssertionError("no article has it")


def lines(library: Library, **changes: Any) -> str:
    article, quote = boat(library)
    case = {
        "id": "boat",
        "question": SEATS,
        "answerable": True,
        "answers": ["240"],
        "evidence": [{"article": article, "quote": quote}],
    }
    never = {"id": "never", "question": "Who sold the moon to Peru?", "answerable": False}
    return "\n".join(json.dumps(one) for one in ({**case, **changes}, never)) + "\n"


def finished(bench: EvaluationService) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while (now := bench.poll({}))["busy"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return now


def run(bench: EvaluationService, tag: str = "") -> str:
    assert bench.begin({"set": "boats", "quotes_only": True, "tag": tag}) == {}
    now = finished(bench)
    assert (now["state"], now["done"], now["reason"]) == ("done", 2, "")
    return str(now["run"])


def test_a_set_that_was_brought_is_run_and_listed_with_its_figures(
    bench: EvaluationService, library: Library
) -> None:
    assert bench.add_set({"name": "boats.jsonl", "text": lines(library)}) == {"set": "boats"}
    assert {"name": "boats", "cases": 2} in bench.look({})["sets"]
    name = run(bench)
    (entry,) = bench.look({})["runs"]
    assert (entry["name"], entry["asked"], entry["of"]) == (name, 2, 2)
    assert {one["key"] for one in entry["figures"]} >= {"containment", "refusal F1"}


def test_a_question_opens_to_answer_verdicts_and_cited_words(
    bench: EvaluationService, library: Library
) -> None:
    bench.add_set({"name": "boats.jsonl", "text": lines(library)})
    told = bench.cases({"run": run(bench)})
    assert {one["id"] for one in told["cases"]} == {"boat", "never"}
    number = next(one["number"] for one in told["cases"] if one["id"] == "boat")
    case = bench.case({"run": told["run"], "number": number})
    assert case["gold"] == ["240"]
    assert any("240" in said["text"] and said["cited"] for said in case["sentences"])
    assert {said["support"] for said in case["sentences"]} == {"verified"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no json\n", "boats.jsonl, line 1"),
        ("", "holds no case"),
        ('{"id": "a", "question": "Why?"}\n', "answerable"),
    ],
)
def test_a_set_with_a_fault_is_refused_with_its_place_and_nothing_is_kept(
    bench: EvaluationService, text: str, said: str
) -> None:
    from rag.errors import CaseError

    with pytest.raises(CaseError, match=said):
        bench.add_set({"name": "boats.jsonl", "text": text})
    assert not list(bench.folder.glob("*"))


def test_a_set_may_name_no_file_of_this_machine(bench: EvaluationService, library: Library) -> None:
    text = lines(library, evidence=[{"article": "/etc/hostname", "quote": "a"}])
    assert "/etc/hostname" in bench.add_set({"name": "boats.jsonl", "text": text})["problem"]
    assert not list(bench.folder.glob("*"))


def test_a_set_is_never_overwritten(bench: EvaluationService, library: Library) -> None:
    bench.add_set({"name": "boats.jsonl", "text": lines(library)})
    again = bench.add_set({"name": "boats.jsonl", "text": lines(library)})
    assert again["problem"] == strings.SET_EXISTS.format(name="boats")
    ours = bench.add_set({"name": "seeds.jsonl", "text": lines(library)})
    assert ours["problem"] == strings.SET_EXISTS.format(name="seeds")


@pytest.mark.parametrize("name", ["../../etc/passwd", ".hidden", "", "a/b", None, 7])
def test_no_name_leads_out_of_the_folder_of_runs(bench: EvaluationService, name: object) -> None:
    from rag.errors import RunError

    with pytest.raises(RunError):
        bench.cases({"run": name})


def test_reports_and_comparisons_are_pages_that_may_do_nothing(
    bench: EvaluationService, library: Library
) -> None:
    bench.add_set({"name": "boats.jsonl", "text": lines(library)})
    first, second = run(bench, "one"), run(bench, "two")
    web = FastAPI()
    web.include_router(reports.routes(bench.runs))
    client = TestClient(web)
    for page in (f"/runs/{first}.html", f"/runs/{second}/against/{first}.html"):
        answer = client.get(page)
        assert answer.status_code == 200
        assert "sandbox" in answer.headers["content-security-policy"]
        assert "<script" not in answer.text
    for kind in ("html", "md", "json"):
        answer = client.get(f"/runs/{first}.{kind}?download=1")
        assert answer.headers["content-disposition"].endswith(f'{first}.{kind}"')
    for wrong in ("/runs/none.html", f"/runs/{first}.exe", "/runs/..%2F..%2Fx.json"):
        assert client.get(wrong).status_code == 404


def test_a_stop_keeps_what_was_asked_and_reports_it(
    bench: EvaluationService, library: Library
) -> None:
    bench.add_set({"name": "boats.jsonl", "text": lines(library)})
    bench.measuring.cancel()  # before: it is forgotten when the next begins
    assert run(bench)
    bench.begin({"set": "boats", "quotes_only": True, "tag": "stopped"})
    bench.cancel({})
    now = finished(bench)
    assert now["state"] in ("stopped", "done")
    assert bench.look({})["runs"][0]["asked"] == now["done"]


def test_only_one_evaluation_goes_on_at_a_time(bench: EvaluationService, library: Library) -> None:
    from ui.window.evaluation.measuring import Busy

    bench.add_set({"name": "boats.jsonl", "text": lines(library)})
    bench.begin({"set": "boats", "quotes_only": True})
    try:
        with pytest.raises(Busy):
            for _ in range(50):
                bench.begin({"set": "boats", "quotes_only": True})
    finally:
        bench.cancel({})
        finished(bench)


def test_an_answer_that_was_not_liked_becomes_a_case_with_the_right_answer(
    bench: EvaluationService, history: History, library: Library
) -> None:
    article, quote = boat(library)
    info = next(one for one in library.articles() if one.id == article)
    start = library.article(article).text.index(quote)
    cited = Citation(1, info, start, start + len(quote), quote)
    answer = Answer(
        "And how many?", (Sentence("Some.", (cited,)),), evidence=(cited,), status="answered",
        standalone=SEATS,
    )  # fmt: skip
    history.save(ME, "c1", [Exchange("And how many?", answer, "done")])
    history.record_feedback(ME, "c1", 0, "down", "it gives no number")
    (told,) = bench.feedback({}, ME)["answers"]
    assert (told["question"], told["reason"]) == ("And how many?", "it gives no number")
    assert bench.feedback({}, "browser:other")["answers"] == []

    kept = bench.keep_case({"place": 0, "answer": "240 people", "evidence": 0}, ME)
    assert kept == {"set": "feedback"}
    (case,) = load(bench.folder / "feedback.jsonl")
    assert (case.question, case.answers, case.answerable) == (SEATS, ("240 people",), True)
    assert case.evidence[0].quote == quote
    assert bench.keep_case({"place": 0, "answer": "240"}, ME) == {"problem": strings.CASE_EXISTS}
    assert bench.keep_case({"place": 9}, ME) == {"problem": strings.NO_FEEDBACK}


def test_what_a_programs_caller_did_not_like_is_there_as_well(
    bench: EvaluationService, history: History, tmp_path: Path
) -> None:
    exchange = Exchange("Who?", Answer("Who?", status="refused"), "done")
    given = datetime(2026, 11, 28)
    kept = Feedbacks(Path(str(history.engine.url.database)))
    kept.keep(Feedback("ans_0f3a5c21d4", 0, exchange, "down", "Ada.", given, "key:site"))
    kept.close()
    (told,) = bench.feedback({}, ME)["answers"]
    assert (told["question"], told["reason"]) == ("Who?", "Ada.")
    assert bench.keep_case({"place": 0, "answer": "Ada"}, ME) == {"set": "feedback"}
    (case,) = load(bench.folder / "feedback.jsonl")
    assert (case.id, case.answers) == ("feedback-0f3a5c21-1", ("Ada",))


def test_a_dislike_without_a_right_answer_is_a_question_to_refuse(
    bench: EvaluationService, history: History
) -> None:
    history.save(ME, "c1", [Exchange("Who?", Answer("Who?", status="refused"), "done")])
    history.record_feedback(ME, "c1", 0, "down")
    bench.keep_case({"place": 0, "answer": "  "}, ME)
    (case,) = load(bench.folder / "feedback.jsonl")
    assert (case.answerable, case.answers, case.evidence) == (False, (), ())


def test_runs_are_kept_with_the_library_and_no_other_library_sees_them(
    bench: EvaluationService, library: Library, tmp_path: Path, history: History
) -> None:
    bench.add_set({"name": "boats.jsonl", "text": lines(library)})
    name = run(bench)
    assert (library.folder / "runs" / name / "report.html").is_file()
    assert not (tmp_path / "runs").exists()
    other = EvaluationService(bench.measuring, history, tmp_path / "other")
    assert other.look({})["runs"] == []
    with pytest.raises(RunError):
        other.cases({"run": name})


def test_a_run_that_was_stopped_is_gone_on_with(bench: EvaluationService, library: Library) -> None:
    bench.add_set({"name": "boats.jsonl", "text": lines(library)})
    name = run(bench)
    folder = library.folder / "runs" / name
    first, _ = (folder / "rows.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "rows.jsonl").write_bytes(first)
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(record | {"finished": None}))
    assert bench.look({})["runs"][0]["asked"] == 1
    assert bench.go_on({"run": name}) == {}
    assert finished(bench)["state"] == "done"
    assert bench.look({})["runs"][0]["asked"] == 2
    assert (folder / "rows.jsonl").read_bytes().startswith(first)
    bench.go_on({"run": name})
    now = finished(bench)
    assert now["state"] == "failed" and "is finished" in now["reason"]


def test_older_runs_of_the_working_folder_are_told_of_and_taken_over(
    bench: EvaluationService, library: Library, tmp_path: Path
) -> None:
    mine = {"settings": {"library": str(library.folder)}}
    kept(tmp_path / "runs" / "mine", ROWS[:1], **mine)
    kept(tmp_path / "runs" / "robust" / "original", ROWS[:1], **mine)
    kept(tmp_path / "runs" / "others", ROWS[:1], settings={"library": str(tmp_path / "other")})
    (tmp_path / "runs" / "reader").mkdir()
    assert (bench.look({})["runs"], bench.look({})["older"]) == ([], 2)
    assert bench.take_over({}) == {"taken": 2}
    assert [one["name"] for one in bench.look({})["runs"]] == ["mine"]
    assert bench.look({})["older"] == 0
    assert (library.folder / "runs" / "robust" / "original" / "run.json").is_file()
    assert {one.name for one in (tmp_path / "runs").iterdir()} == {"others", "reader"}
    kept(tmp_path / "runs" / "mine", ROWS[:2], **mine)
    assert "has a run of this name" in bench.take_over({})["problem"]
    assert bench.look({})["runs"][0]["of"] == 1
    assert len(list((tmp_path / "runs" / "mine").iterdir())) > 1


def test_cases_are_proposed_from_the_tab_reviewed_and_run(
    bench: EvaluationService, library: Library, provider: Provider
) -> None:
    library.settings = changed(library.settings, {"base_url": provider.url, "model": "scripted"})
    provider.words = [
        "Quote: It opened again in the autumn of 2020.\n"
        "Question: When had the ovens of Mill Lane opened again?\n"
        "Answer: the autumn of 2020."
    ]
    assert bench.propose({"n": 2}) == {}
    with pytest.raises(IbidError):
        bench.propose({"n": 2})
    now = finished(bench)
    assert (now["state"], now["reason"]) == ("proposed", "")
    assert now["done"] == now["of"] == 2
    [file] = bench.reviewing.candidates({})["files"]
    assert file["name"] == "generated.candidates.jsonl" and file["left"] == now["made"] >= 1
    next_one = bench.reviewing.candidate({"file": file["name"]})
    while "id" in next_one:
        next_one = bench.reviewing.decide(
            {
                "file": file["name"],
                "keep": True,
                **{n: next_one[n] for n in ("id", "question", "answers")},
            }
        )
        assert "problem" not in next_one
    assert "generated" in [one["name"] for one in bench.look({})["sets"]]
    assert bench.begin({"set": "generated", "quotes_only": True}) == {}
    assert finished(bench)["state"] == "done"
    tried = len(provider.requests)
    bench.propose({"n": 1})
    now = finished(bench)
    assert (now["state"], now["reason"]) == ("failed", strings.ALL_TRIED)
    assert len(provider.requests) == tried


def test_proposing_can_be_stopped_and_what_was_made_is_kept(
    bench: EvaluationService, library: Library, provider: Provider
) -> None:
    library.settings = changed(library.settings, {"base_url": provider.url, "model": "scripted"})
    provider.words = ["I cannot."]
    bench.propose({"n": 50})
    bench.cancel({})
    now = finished(bench)
    assert now["state"] == "proposed" and now["done"] == 1
    assert (bench.folder / "generated.candidates.jsonl").read_text().count("\n") == 1


def test_what_a_model_says_no_to_is_told(bench: EvaluationService, library: Library) -> None:
    gone = {"base_url": "http://127.0.0.1:9/v1", "model": "scripted", "retries": 0}
    library.settings = changed(library.settings, gone)
    bench.propose({"n": 1})
    now = finished(bench)
    assert now["state"] == "failed" and now["reason"].startswith("scripted failed (")
    assert "begin again to go on" in now["reason"]
    with strings.speaking("de"):
        assert "beginnen Sie noch einmal" in bench.poll({})["reason"]


def test_while_a_command_measures_the_tab_says_so(library: Library, history: History) -> None:
    turn = threading.Lock()
    bench = EvaluationService(Measuring(Engine(library), turn), history, library.folder)
    bench.add_set({"name": "boats.jsonl", "text": lines(library)})
    with turn, pytest.raises(IbidError, match="A command is measuring"):
        bench.begin({"set": "boats", "quotes_only": True})
    run(bench)
    assert not turn.locked()
