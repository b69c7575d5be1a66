"""Promises of sets of several turns: each question has what was said before it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from kept import kept
from rows import ROWS

from eval import importers
from eval.importers import Written
from eval.report.gathered import gather
from eval.report.html import html
from eval.report.markdown import markdown
from eval.runs.runner import asked
from eval.sets.cases import Case, load
from eval.sets.evidence import check
from eval.targets.articles import SetArticles
from rag.errors import CaseError
from rag.loaders import read as read_articles
from rag.schema import Answer, Filter, Passage, Sentence, Turn
from rag.settings import load as settings

FERRY = "Ferries\nThe ferry has 240 seats. It crosses in 20 minutes."
FARES = "Fares\nA ticket costs 4 euros."
YES = {"relevant": {"a": {"value": "yes"}, "b": {"value": "no"}}}
NO = {"relevant": {"a": {"value": "no"}}}


def said(speaker: str, text: str, **more: Any) -> dict[str, Any]:
    return {"speaker": speaker, "text": text, "metadata": {"author_type": "human"}, **more}


ASKED = [
    said("user", "how many seats has the ferry"),
    said("agent", "It has 240 seats."),
    said("user", "and how long does it take?"),
    said("agent", "It crosses in 20 minutes."),
    said("user", "who steers it?"),
    said("agent", "I do not have that information."),
    said("user", "thanks!"),
]


def task(turn: int, answer: str, sort: str, contexts: list[Any], **more: Any) -> dict[str, Any]:
    return {
        "conversation_id": "c1", "task_id": f"c1<::>{turn}", "task_type": "rag", "turn": turn,
        "contexts": contexts, "input": ASKED[: 2 * turn - 1],
        "targets": [said("agent", answer)], "Answerability": [sort], **more,
    }  # fmt: skip


SEATS = {"document_id": "d1", "title": "Ferries", "text": FERRY, "feedback": YES, "score": 1.5}
PRICE = {"document_id": "d2", "title": "Fares", "text": FARES, "feedback": NO}
TASKS = [
    task(1, "It has 240 seats.", "ANSWERABLE", [SEATS, PRICE], **{"Question Type": ["Factoid"]}),
    task(2, "In 20 minutes.", "PARTIAL", [SEATS], **{"Multi-Turn": ["Follow-up"]}),
    task(3, "I do not have that.", "UNANSWERABLE", [], **{"Multi-Turn": float("nan")}),
    task(4, "You are welcome.", "CONVERSATIONAL", []),
]


def written(file: Path, *documents: Any) -> Path:
    file.write_text("\n".join(map(json.dumps, documents)), "utf-8")
    return file


def imported(path: Path, out: Path, format: Any = None) -> tuple[list[Case], Written]:
    done = importers.write(importers.read(path, format), out)
    assert check(done.file).faults == ()
    return load(done.file), done


@pytest.mark.parametrize("format", [None, "mtrag"])
def test_each_task_is_a_case_with_what_was_said_before(tmp_path: Path, format: Any) -> None:
    cases, done = imported(written(tmp_path / "tasks.jsonl", *TASKS), tmp_path / "out", format)
    one, two, three = cases
    assert [case.id for case in cases] == ["c1<::>1", "c1<::>2", "c1<::>3"]
    assert one.history == ()
    assert two.question == "and how long does it take?"
    assert two.history == (
        Turn("user", "how many seats has the ferry"),
        Turn("assistant", "It has 240 seats."),
    )
    assert len(three.history) == 4
    assert two.answers == ("In 20 minutes.",)
    assert [one.quote for one in two.evidence] == [FERRY]
    assert (three.answerable, three.answers, three.evidence) == (False, (), ())
    assert done.lost == ("c1<::>4: it asks nothing (conversational)",)


def test_the_tags_say_turn_answerability_and_kind(tmp_path: Path) -> None:
    cases, _ = imported(written(tmp_path / "tasks.jsonl", *TASKS), tmp_path / "out")
    assert [case.tags for case in cases] == [
        ("turn 1", "answerable", "factoid"),
        ("turn 2", "partial", "follow-up"),
        ("turn 3", "unanswerable"),
    ]


def test_evidence_is_what_people_found_relevant_and_all_else_is_an_article(
    tmp_path: Path,
) -> None:
    cases, done = imported(written(tmp_path / "tasks.jsonl", *TASKS), tmp_path / "out")
    assert [one.quote for one in cases[0].evidence] == [FERRY]
    assert done.articles == 2  # the fares were found and are no evidence
    unjudged = {name: value for name, value in PRICE.items() if name != "feedback"}
    more = task(1, "4 euros.", "ANSWERABLE", [unjudged])
    cases, _ = imported(written(tmp_path / "more.jsonl", more), tmp_path / "more")
    assert [one.quote for one in cases[0].evidence] == [FARES]


def test_a_file_of_conversations_has_a_case_for_each_question(tmp_path: Path) -> None:
    messages = [
        {**ASKED[0], "enrichments": {"Answerability": ["ANSWERABLE"]}},
        {**ASKED[1], "contexts": [SEATS]},
        {**ASKED[4], "enrichments": {"Answerability": ["UNANSWERABLE"]}},
        {**ASKED[5], "contexts": []},
        ASKED[6],
    ]
    file = tmp_path / "conversations.json"
    file.write_text(json.dumps([{"author": "x", "messages": messages}]), "utf-8")
    cases, done = imported(file, tmp_path / "out")
    assert [(case.id, case.answerable, len(case.history)) for case in cases] == [
        ("1-1", True, 0),
        ("1-2", False, 2),
    ]
    assert done.lost == ()


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ({"input": [{"speaker": "user"}]}, r"input\[0\]\.text: missing"),
        ({"contexts": [{"title": "no text"}]}, r"contexts\[0\]\.text: missing"),
    ],
)
def test_what_is_no_task_is_told_with_its_line_and_field(
    tmp_path: Path, line: Any, field: str
) -> None:
    file = written(tmp_path / "tasks.jsonl", TASKS[0], TASKS[1] | line)
    with pytest.raises(CaseError, match=f"line 2, {field}"):
        importers.read(file, "mtrag")


def test_a_task_that_ends_without_a_question_is_left_out_and_told(tmp_path: Path) -> None:
    file = written(tmp_path / "tasks.jsonl", TASKS[0], TASKS[1] | {"input": ASKED[:2]})
    assert importers.read(file).lost == ("c1<::>2: its last message is no question",)


class Scripted:
    """It knows the seats, and remembers the conversations that it was asked in."""

    def __init__(self) -> None:
        self.histories: list[tuple[Turn, ...]] = []

    def ask(self, question: str, history: Any = (), only: Filter | None = None) -> Answer:
        self.histories.append(tuple(history))
        knows = "seats" in question
        text = "It has 240 seats." if knows else "The articles do not say."
        return Answer(question, (Sentence(text),), status="answered" if knows else "refused")

    def search(self, question: str, k: int = 10, only: Filter | None = None) -> list[Passage]:
        return []


def test_a_run_passes_the_conversation_and_tells_of_each_turn_and_answerability(
    tmp_path: Path,
) -> None:
    cases, done = imported(written(tmp_path / "tasks.jsonl", *TASKS), tmp_path / "out")
    articles = read_articles(tmp_path / "out" / "articles")
    held = SetArticles(articles, settings(library=tmp_path / "library"))
    system = Scripted()
    rows = [row for _, row in asked(cases, system, held, root=done.file)]
    assert [len(history) for history in system.histories] == [0, 2, 4]
    gathered = gather(kept(tmp_path / "run", rows))
    by_turn = {one.name: one.figures["containment"].value for one in gathered.turns}
    assert by_turn == {"1": 1.0, "2": 0.0, "3": None}
    assert {one.name: one.figures["refusal F1"].value for one in gathered.answerability} == {
        "answerable": 0.0,  # one refused wrongly
        "unanswerable": 1.0,
    }
    assert "| turn | n |" in markdown(gathered)
    assert "By turn of the conversation" in html(gathered)


def test_a_set_without_conversations_has_no_table_of_turns(tmp_path: Path) -> None:
    gathered = gather(kept(tmp_path / "run", ROWS))
    assert gathered.turns == [] and "By turn" not in html(gathered)
    assert [one.name for one in gathered.answerability] == ["answerable", "unanswerable"]
