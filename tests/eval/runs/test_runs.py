from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import given, settings
from hypothesis import strategies as st
from kept import BEGAN, kept, record
from rows import INFO, ROWS

from eval.runs import store as runs
from eval.runs.record import Asked, Held, check_same, differences
from eval.runs.runner import Row
from eval.sets.cases import Case
from rag.errors import RunError
from rag.reasons import Reason
from rag.schema import Answer, Citation, Passage, Sentence, Timings, Turn

KEY = "sk-very-secret-key"


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    info = replace(INFO, published=date(2021, 3, 2))
    passage = Passage(info, 1, 5, "four", 0.7, {"lexical": 2}, ("c1",), (INFO,))
    answer = Answer(
        "And when?",
        (
            Sentence(
                "In “1889”.\u2028",
                (Citation(1, info, 1, 5, "four", 0.5),),
                "partial",
                Reason("other", ("why",)),
            ),
        ),
        (passage,),
        (Citation(1, info, 1, 5, "four", 0.5),),
        "answered",
        "m",
        Timings(1, 2, None, None, 9),
        "a notice",
        "When did it open?",
    )
    case = Case("a", "And when?", False, history=(Turn("user", "Who?"),), tags=("[x]",))
    row = Row(
        case,
        (),
        answer,
        None,
        {"MRR": None, "hit@1": 1.0},
        "FN",
        1.5,
        found=(passage,),
        ranks=(1, None),
    )
    run = kept(tmp_path / "run", [*ROWS, row])
    assert list(runs.load(run.folder).rows) == [*ROWS, row]
    assert runs.load(run.folder).row("a") == row
    assert runs.load(run.folder / "run.json").record == run.record


def test_rows_come_in_the_order_of_the_set_whenever_they_were_done(tmp_path: Path) -> None:
    run = runs.create(tmp_path / "run", record(3))
    with runs.writing(run, []) as write:
        for number in (3, 1, 2):
            write(number, ROWS[number - 1])
    done = runs.finish(run)
    assert [number for number, _ in done.numbered()] == [1, 2, 3]
    assert list(done.rows) == ROWS[:3]


def test_a_row_is_on_disk_before_the_next_question(tmp_path: Path) -> None:
    run = runs.create(tmp_path / "run", record(2))
    with runs.writing(run, []) as write:
        write(1, ROWS[0])
        assert list(runs.load(run.folder).rows) == [ROWS[0]]


def test_a_run_is_finished_once_every_case_was_asked(tmp_path: Path) -> None:
    run = runs.create(tmp_path / "run", record(2))
    with runs.writing(run, []) as write:
        write(1, ROWS[0])
    assert not runs.finish(run).is_finished
    with runs.writing(run, []) as write:
        write(2, ROWS[1])
    assert runs.finish(run).is_finished
    assert runs.load(run.folder).is_finished


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_wherever_a_crash_tears_the_last_row_the_others_are_whole(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    run = kept(tmp_path_factory.mktemp("torn") / "run", ROWS[:3])
    file = run.folder / "rows.jsonl"
    whole = file.read_bytes()
    begin = run.places[3]
    file.write_bytes(whole[: data.draw(st.integers(begin, len(whole) - 1))])
    torn = runs.load(run.folder)
    assert list(torn.rows) == ROWS[:2]
    with runs.writing(torn, []) as write:
        write(3, ROWS[2])
    assert file.read_bytes() == whole


def test_a_line_that_is_no_row_is_told_with_its_place(tmp_path: Path) -> None:
    run = kept(tmp_path / "run", ROWS[:2])
    file = run.folder / "rows.jsonl"
    file.write_bytes(b"{}\n" + file.read_bytes())
    with pytest.raises(RunError, match=r"rows.jsonl: byte 0 begins no row; make the run again"):
        runs.load(run.folder)
    file.write_text('{"number": 1, "case": 5}\n')
    with pytest.raises(RunError, match=r"row 1 cannot be read \(case"):
        list(runs.load(run.folder).rows)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "holds no run.json; name the folder of a run"),
        ("{", "cannot be read .*; make the run again"),
        ("[]", "is no record of a run .*; make the run again"),
        ('{"format": 1}', "is no record of a run .*; make the run again"),
        ('{"format": 99}', "written by another version of Ibid; make the run again"),
    ],
)
def test_what_is_no_run_is_told_in_one_line(tmp_path: Path, text: str | None, message: str) -> None:
    if text is not None:
        (tmp_path / "run.json").write_text(text)
    with pytest.raises(RunError, match=message) as caught:
        runs.load(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_folder_in_use_is_not_written_over(tmp_path: Path) -> None:
    run = kept(tmp_path / "run", ROWS[:1])
    with pytest.raises(RunError, match=r"not empty.*--out"):
        runs.create(run.folder, record())
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match=r"is a file.*--out"):
        runs.create(tmp_path / "file" / "run", record())
    assert list(runs.load(run.folder).rows) == ROWS[:1]


def test_two_writers_of_one_run_are_kept_apart(tmp_path: Path) -> None:
    run = kept(tmp_path / "run", ROWS[:1])
    with FileLock(run.folder / ".lock"), pytest.raises(RunError, match="another Ibid"):  # noqa: SIM117
        with runs.writing(run, []):
            raise AssertionError("written by two")


def test_the_runs_of_a_folder_come_latest_first_and_what_is_none_is_left_out(
    tmp_path: Path,
) -> None:
    kept(tmp_path / "old", ROWS[:1])
    kept(tmp_path / "new", ROWS[:1], started=BEGAN + timedelta(days=1))
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "run.json").write_text("{")
    assert [run.name for run in runs.listed(tmp_path)] == ["new", "old"]
    assert runs.listed(tmp_path / "nowhere") == []


def test_a_run_is_named_by_its_set_its_time_and_its_tag() -> None:
    at = datetime(2026, 5, 24, 10, 15, 3)
    own = Path("/lib/runs")
    plain = runs.folder_for(Path("/lib"), Path("a/seeds.jsonl"), "", at)
    assert plain == own / "seeds-20260524-101503"
    named = runs.folder_for(Path("/lib"), Path("my set.jsonl"), "../k=5", at)
    assert named.parent == own
    assert named.name == "my-set-20260524-101503-..-k-5"


def test_no_secret_is_on_disk_not_even_in_an_error(tmp_path: Path) -> None:
    told = replace(ROWS[-1], error=f"ProviderError: {KEY} is no key of https://me:word@host/v1")
    assert ROWS[0].answer
    noticed = replace(ROWS[0], answer=replace(ROWS[0].answer, notice=f"{KEY} of http://a:b@c"))
    run = runs.create(tmp_path / "run", record(2))
    with runs.writing(run, [KEY]) as write:
        write(1, told)
        write(2, noticed)
    text = (run.folder / "rows.jsonl").read_text("utf-8")
    assert KEY not in text
    assert "me:word" not in text and "a:b@" not in text
    assert "https://host/v1" in text


def test_light_rows_keep_all_that_is_measured_and_no_long_text(tmp_path: Path) -> None:
    assert ROWS[0].answer
    passage, cited = Passage(INFO, 0, 4, "long", 0.5), (Citation(1, INFO, 0, 1, "long"),)
    heavy = replace(
        ROWS[0],
        found=(passage,),
        answer=replace(ROWS[0].answer, passages=(passage,), evidence=cited),
    )
    (light,) = kept(tmp_path / "run", [heavy]).light_rows()
    assert (light.values, light.verdict, light.case) == (heavy.values, heavy.verdict, heavy.case)
    assert light.answer and light.answer.text == ROWS[0].answer.text
    assert light.answer.passages[0].score == light.found[0].score == 0.5
    assert "long" not in repr(light)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"asked": Asked("sets/tower.jsonl", "other", 8)}, "the set sets/tower.jsonl has changed"),
        ({"asked": Asked("s", "d1", 8, sample=4)}, "--sample was not set and is 4"),
        ({"settings": {"chunk_chars": 9}}, "the setting chunk_chars was 650 and is 9"),
        ({"model": "m"}, "the model was none and is m"),
        ({"models": {"embedder": {"name": "tiny", "sha256": "x"}}}, "a model's file has changed"),
        ({"held": Held("tiny, titled chunks", "x", 1)}, "the library holds other articles"),
        ({"held": Held("large", "d2", 1)}, "built by tiny, titled chunks and is by large"),
        ({"change": "polite"}, "the change was none and is polite"),
        ({"code": "x"}, "Ibid itself has changed"),
        ({"versions": {"python": "3.11", "chromadb": "1.6"}}, "another version of chromadb"),
    ],
)
def test_what_may_change_an_answer_stops_a_resume(changes: dict[str, object], words: str) -> None:
    with pytest.raises(RunError, match="cannot be gone on with") as caught:
        check_same(record(), record(**changes))
    assert words in str(caught.value)


def test_what_changes_no_answer_does_not_stop_a_resume() -> None:
    moved = {"chunk_chars": 650, "library": "elsewhere", "retries": 3}
    check_same(record(), record(settings=moved, workers=4, started=BEGAN + timedelta(1)))


def test_a_record_of_before_there_were_changes_is_read(tmp_path: Path) -> None:
    run = kept(tmp_path / "run", ROWS[:1])
    file = run.folder / "run.json"
    document = json.loads(file.read_text("utf-8"))
    assert document.pop("change") == ""
    file.write_text(json.dumps(document), "utf-8")
    old = runs.load(run.folder).record
    assert old.change == ""
    check_same(old, record(1))


def test_the_model_that_made_a_change_is_no_difference_beside_the_change() -> None:
    by_model = {**record().models, "reworder": {"name": "m"}}
    changed = record(change="by a model", models=by_model)
    assert differences(record(), changed) == ["the change was none and is by a model"]
    other = replace(changed, models={**by_model, "reworder": {"name": "n"}})
    assert differences(changed, other) == ["a model's file has changed"]


def test_a_run_that_did_not_ask_a_case_says_so(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="it has no case none"):
        kept(tmp_path / "run", ROWS[:1]).row("none")


def test_a_line_is_json_that_anything_can_read(tmp_path: Path) -> None:
    run = kept(tmp_path / "run", ROWS)
    lines = (run.folder / "rows.jsonl").read_text("utf-8").splitlines()
    first = json.loads(lines[0])
    assert first["number"] == 1
    assert first["case"]["id"] == "1"
    assert first["answer"]["sentences"][0]["support"] == "verified"
    assert first["answer"]["sentences"][0]["citations"][0]["quote"] == "opened in 1889"


@pytest.mark.parametrize("known_by", ["catalog.sqlite3", "lock"])
def test_a_run_in_the_folder_of_a_library_is_of_it_wherever_its_catalog_is(
    tmp_path: Path, known_by: str
) -> None:
    run = tmp_path / "news" / "runs" / "all-20260102"
    assert runs.library_of(run) is None
    run.mkdir(parents=True)
    (tmp_path / "news" / known_by).touch()
    assert runs.library_of(run) == tmp_path / "news"
    assert runs.library_of(tmp_path / "news" / "elsewhere" / "all") is None
