from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import given, settings
from hypothesis import strategies as st
from kept import kept
from rows import ROWS, row
from spoken import ENGLISH, of_rows, visible

from eval.language import speaking
from eval.report.gathered import gather as gathered
from eval.report.html import html as report_of
from eval.robustness import page as pages
from eval.robustness import record as probe
from eval.robustness.changes import BY_MODEL, KINDS, Rewording
from eval.robustness.record import Plan, Robustness
from eval.runs.runner import Row
from rag.errors import RunError

ATTACK = "</style><script>alert(1)</script><img src=x onerror=alert(1)>[bold]|"


def polite(one: Row) -> Row:
    return replace(one, case=replace(one.case, question=f"Please: {one.case.question}"))


def worsened(one: Row) -> Row:
    return replace(one, values={**one.values, "containment": 0.0, "citation hit": 0.0})


def probed(folder: Path, before: list[Row], after: list[Row], **plan: object) -> Robustness:
    """What is on disk of the set as it is and of one change."""
    kinds = ("polite", "articles shuffled")
    probe.begin(folder, replace(Plan("sets/tower.jsonl", kinds), **plan))
    kept(folder / "original", before)
    kept(folder / "polite", after, change="polite")
    return probe.gather(folder)


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    plan = Plan("s.jsonl", (*KINDS, BY_MODEL), 9, 5, 3, True, True, "d", {"name": "m"})
    probe.begin(tmp_path / "new", plan)
    assert probe.load(tmp_path / "new") == plan
    with pytest.raises(RunError, match=r"not empty.*--out"):
        probe.begin(tmp_path / "new", plan)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, r"holds no plan\.json; name a folder as ibid eval robustness prints it"),
        ("{", "cannot be read .*; begin again"),
        ('{"path": "s"}', "cannot be read .*; begin again"),
        ('{"path": "s", "kinds": [], "format": 9}', "another version of Ibid"),
        ('{"path": "s", "kinds": ["../up"]}', r"no change is called '\.\./up'; there are: polite"),
    ],
)
def test_what_is_no_plan_is_told_in_one_line(
    tmp_path: Path, text: str | None, message: str
) -> None:
    if text is not None:
        (tmp_path / "plan.json").write_text(text)
    with pytest.raises(RunError, match=message) as caught:
        probe.load(tmp_path)
    assert "\n" not in str(caught.value)


def test_each_change_has_a_folder_of_its_own(tmp_path: Path) -> None:
    places = [probe.place(tmp_path, kind) for kind in ("", *KINDS, BY_MODEL)]
    assert len(set(places)) == len(KINDS) + 2
    assert {place.parent for place in places} == {tmp_path}
    assert probe.place(tmp_path, "lower case").name == "lower-case"


def test_two_at_work_in_one_folder_are_kept_apart(tmp_path: Path) -> None:
    with FileLock(tmp_path / ".lock"), pytest.raises(RunError, match="another Ibid"):  # noqa: SIM117
        with probe.alone(tmp_path):
            raise AssertionError("both at work")


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_wherever_a_crash_tears_the_last_rewording_the_others_are_whole(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("torn")
    made = [Rewording(str(n), "Why?", "For what reason –\u2028?", n % 2 == 0) for n in range(3)]
    with probe.rewording(folder) as (_, keep):
        for one in made:
            keep(one)
    file = folder / "rewordings.jsonl"
    whole = file.read_bytes()
    last = whole.rindex(b"\n", 0, -1) + 1
    file.write_bytes(whole[: data.draw(st.integers(last, len(whole) - 1))])
    with probe.rewording(folder) as (before, keep):
        assert list(before.values()) == made[:2]
        keep(made[2])
    assert file.read_bytes() == whole


def test_what_was_done_is_gathered_and_what_was_not_is_told(tmp_path: Path) -> None:
    after = [worsened(polite(ROWS[0])), *map(polite, ROWS[1:7])]
    found = probed(tmp_path / "all", ROWS, after)
    (one,) = found.changes
    assert (one.shift.n, one.shift.changed) == (7, ("1",))
    assert found.untouched(one) == 1
    assert found.waiting == ("articles shuffled",)
    assert pages.warnings(found) == ["Not begun: articles shuffled."]
    assert not pages.document(found)["is_finished"]
    assert "6 came out as before (85.7 %); 1 became worse, 0 became better." in pages.lead(found)


def test_robustness_is_told_in_german(tmp_path: Path) -> None:
    found = probed(tmp_path / "all", ROWS, [worsened(polite(ROWS[0])), *map(polite, ROWS[1:])])
    with speaking("de"):
        page = visible(pages.html(found))
        told = of_rows(" ".join((page, *pages.warnings(found), pages.lead(found))))
    assert "aus wie zuvor" in told
    assert "Höflich" in told
    assert set(re.findall(ENGLISH, told.replace("Could you please tell me:", ""))) == set()
    assert "Nicht begonnen: Artikel gemischt." in told


def test_failed_questions_and_stopped_runs_are_told(tmp_path: Path) -> None:
    found = probed(tmp_path / "all", ROWS, list(map(polite, ROWS)))
    said = " ".join(pages.warnings(found))
    assert "polite 1" in said and "failed both times" in said
    file = tmp_path / "all" / "polite" / "rows.jsonl"
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:5]))
    document = json.loads((tmp_path / "all" / "polite" / "run.json").read_text("utf-8"))
    (tmp_path / "all" / "polite" / "run.json").write_text(
        json.dumps({**document, "finished": None}), "utf-8"
    )
    said = " ".join(pages.warnings(probe.gather(tmp_path / "all")))
    assert "Stopped: polite was asked 5 of 8 questions." in said


def test_the_page_shows_both_questions_both_outcomes_and_both_answers(tmp_path: Path) -> None:
    after = [polite(row("1", "refused")), *map(polite, ROWS[1:])]
    page = pages.html(probed(tmp_path / "all", ROWS, after))
    for words in (
        '<p class="asked" dir="auto">When?</p>',
        '<p class="asked" dir="auto">Please: When?</p>',
        '<span class="verdict">right</span>',
        '<span class="verdict">refused, though an article says it</span>',
        "It opened in 1889.",
        '<a href="polite/report.html">polite</a>',
        '<a href="original/report.html">original</a>',
    ):
        assert words in page


def test_a_change_that_touches_no_question_has_its_reports_too(tmp_path: Path) -> None:
    found = probed(tmp_path / "all", ROWS, [])
    pages.write(found)
    assert found.untouched(found.changes[0]) == len(ROWS)
    assert "Nothing was asked with a change yet." in (tmp_path / "all" / pages.HTML).read_text()
    assert "tower: polite" in report_of(gathered(found.changes[0].run))


def test_no_word_of_others_becomes_markup(tmp_path: Path) -> None:
    def attacked(one: Row) -> Row:
        case = replace(one.case, question=ATTACK, answers=(ATTACK,), id=ATTACK + one.case.id)
        return replace(one, case=case, error=ATTACK)

    before = [attacked(one) for one in ROWS[:3]]
    after = [worsened(polite(one)) for one in before]
    folder = tmp_path / "all"
    found = probed(folder, before, after, path=f"{ATTACK}.jsonl", distractors=ATTACK)
    with probe.rewording(folder) as (_, keep):
        keep(Rewording("a", ATTACK, ATTACK, False))
    found = probe.gather(folder)
    tags: list[str] = []

    class Page(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.append(tag)
            assert not any(name.startswith("on") or name == "src" for name, _ in attrs)

    Page().feed(pages.html(found))
    assert "details" in tags
    assert not {"script", "img", "link", "iframe"} & set(tags)
    assert "<" not in pages.markdown(found).replace("\\<", "")


def test_the_json_says_what_each_change_did(tmp_path: Path) -> None:
    after = [worsened(polite(ROWS[0])), *map(polite, ROWS[1:])]
    found = probed(tmp_path / "all", ROWS, after)
    pages.write(found)
    document = json.loads((tmp_path / "all" / pages.JSON).read_text("utf-8"))
    assert document == pages.document(found)
    (one,) = document["shifts"]
    assert (one["name"], one["run"], one["n"], one["changed"]) == ("polite", "polite", 8, ["1"])
    assert one["containment"]["difference"] == -0.25
    assert one["consistency"]["low"] < 7 / 8
