"""What callers thought of answers: kept with the answer, for the owner, and for good."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from commands import in_this_process
from shelved import Served, serving
from starlette.testclient import TestClient

from eval.sets import cases
from rag.index.catalog import CATALOG
from rag.limits import ApiLimits
from rag.schema import Answer
from ui.api.v1.problems import ProblemError
from ui.api.v1.recent import RecentAnswers
from ui.state.given import GivenHere
from ui.window.conversation.feedback import MOST, Feedback, Feedbacks, TooMuchFeedback
from ui.window.conversation.history import History
from ui.window.conversation.types import Exchange

SEATS = "How many people does the boat carry?"


@pytest.fixture
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as it:
        yield it


def asked(client: TestClient, question: str = SEATS) -> Any:
    return client.post("/v1/ask", json={"question": question}).json()


def thinks(client: TestClient, name: str, verdict: str = "up", **more: str) -> Any:
    given = {"answer_id": name, "verdict": verdict, **more}
    return client.post("/v1/feedback", json=given)


def test_it_is_kept_with_the_question_the_text_and_the_citations_of_its_answer(
    served: Served,
) -> None:
    ann = served.calling("reader", name="ann")
    answer = asked(ann)
    assert answer["citations"]
    done = thinks(ann, answer["id"], comment="so\x1b[31m so\n")
    assert done.status_code == 201
    served.library.remove([info.id for info in served.library.articles()])
    [told] = served.client.get("/v1/feedback").json()["feedback"]
    assert told == done.json()
    assert (told["by"], told["verdict"], told["question"]) == ("key:ann", "up", SEATS)
    assert "\x1b" not in told["comment"]
    for name in ("text", "citations", "status"):
        assert told[name] == answer[name]


def test_a_later_verdict_on_the_same_answer_replaces_an_earlier_one(served: Served) -> None:
    ann, bob = served.calling("reader", name="ann"), served.calling("reader", name="bob")
    hers, his = asked(ann)["id"], asked(bob)["id"]
    for client, name, verdict in ((ann, hers, "up"), (bob, his, "up"), (ann, hers, "down")):
        assert thinks(client, name, verdict).status_code == 201
    told = served.client.get("/v1/feedback").json()["feedback"]
    assert {(one["by"], one["verdict"]) for one in told} == {("key:ann", "down"), ("key:bob", "up")}
    only = served.client.get("/v1/feedback?verdict=up&limit=1").json()
    assert (only["total"], only["next"]) == (1, None)


def test_an_id_that_no_answer_to_this_caller_had_is_unknown(served: Served) -> None:
    ann, bob = served.calling("reader", name="ann"), served.calling("reader", name="bob")
    hers = asked(ann)["id"]
    for client, name in ((ann, "ans_0f3a"), (bob, hers), (served.client, hers)):
        refused = thinks(client, name)
        assert refused.status_code == 404
        assert refused.json()["type"].endswith("#unknown-answer")
        assert "24 hours" in refused.json()["detail"]
    assert served.client.get("/v1/feedback").json()["total"] == 0
    assert thinks(ann, hers).status_code == 201


def test_the_answers_of_streams_and_of_openais_clients_have_ids_too(served: Served) -> None:
    events = served.client.post("/v1/ask", json={"question": SEATS, "stream": True}).text
    done = next(json.loads(line[6:]) for line in events.split("\n") if '"total_ms"' in line)
    sent = {"messages": [{"role": "user", "content": SEATS}]}
    chat = "/v1/chat/completions"
    whole = served.client.post(chat, json=sent).json()
    first = served.client.post(chat, json={**sent, "stream": True}).text.split("\n")[0]
    names = [done["id"], whole["id"], json.loads(first[6:])["id"]]
    assert [thinks(served.client, name).status_code for name in names] == [201] * 3
    told = served.client.get("/v1/feedback").json()["feedback"]
    assert {one["answer_id"] for one in told} == set(names)
    assert {one["text"] for one in told} == {done["text"]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"answer_id": "a", "verdict": "meh"},
        {"answer_id": "", "verdict": "up"},
        {"answer_id": "../x", "verdict": "up"},
        {"answer_id": "a", "verdict": "up", "comment": "x" * 2_001},
    ],
)
def test_what_makes_no_sense_is_refused(served: Served, wrong: dict[str, str]) -> None:
    assert served.client.post("/v1/feedback", json=wrong).status_code == 422
    assert served.client.get("/v1/feedback").json()["total"] == 0


def test_so_many_answers_are_known_and_for_so_long() -> None:
    clock = [0.0]
    given = RecentAnswers(ApiLimits(answers=2, answer_hours=1), GivenHere(), lambda: clock[0])
    for name in ("ans_1", "ans_2", "ans_3"):
        asyncio.run(given.keep(name, "key:ann", Answer(name)))
    assert given.exchange("ans_2", "key:ann").question == "ans_2"
    with pytest.raises(ProblemError, match="1 hours, or 2 answers"):
        given.exchange("ans_1", "key:ann")
    clock[0] = 3601
    with pytest.raises(ProblemError):
        given.exchange("ans_3", "key:ann")


def test_no_more_is_kept_than_there_is_room_for(tmp_path: Path) -> None:
    kept = Feedbacks(tmp_path / CATALOG)
    one = Feedback("ans_0", 0, Exchange("Who?"), "up", "", datetime(2026, 11, 28))
    for number in range(3):
        kept.keep(replace(one, conversation_id=f"ans_{number}"))
    assert len(kept.all()) == 3 < MOST
    small = Feedbacks(tmp_path / CATALOG, most=3)
    with pytest.raises(TooMuchFeedback):
        small.keep(replace(one, conversation_id="ans_9"))


def test_the_command_lists_it_with_that_of_the_window_and_makes_a_set_of_what_was_liked(
    served: Served,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("IBID_LIBRARY", str(served.library.folder))
    ibid = in_this_process(capsys)
    assert "thumb" in ibid("feedback").out
    ann = served.calling("reader", name="ann")
    liked, refused, wrong = (
        asked(ann),
        asked(ann, "Who owns the moon and why?"),
        asked(ann, "When did the bakery open?"),
    )
    assert liked["citations"] and refused["status"] == "refused"
    thinks(ann, liked["id"])
    thinks(ann, refused["id"])
    thinks(ann, wrong["id"], "down", comment="\x1b[31mIt was June.")
    history = History(served.library.folder / CATALOG)
    history.save("browser:secret", "c1", [Exchange("And now?", Answer("And now?"), "done")])
    history.record_feedback("browser:secret", "c1", 0, "down")

    told = ibid("feedback")
    assert SEATS in told.out and "key:ann" in told.out and "It was June." in told.out
    assert "And now?" in told.out and "secret" not in told.out and "\x1b" not in told.out
    listed = ibid("feedback", "--json", "--verdict", "down", "-n", "1").json
    assert (len(listed["feedback"]), listed["total"]) == (1, 2)

    file = tmp_path / "liked.jsonl"
    assert "2 answers were not liked" in ibid("feedback", "--export", str(file)).out
    by_question = {case.question: case for case in cases.load(file)}
    assert set(by_question) == {SEATS, "Who owns the moon and why?"}
    case = by_question[SEATS]
    assert case.answerable and not by_question["Who owns the moon and why?"].answerable
    assert {one.quote for one in case.evidence} == {one["quote"] for one in liked["citations"]}
    assert ibid("eval", "check", str(file)).code == 0
    assert ibid("feedback", "--export", str(file)).code == 1


def test_nothing_is_made_by_looking_where_there_is_no_library(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ibid = in_this_process(capsys)
    done = ibid("feedback", "--library", str(tmp_path / "none"), "--json")
    assert done.json == {"feedback": [], "total": 0}
    assert ibid("feedback", "--library", str(tmp_path), "--export", "x.jsonl").code == 1
    assert list(tmp_path.iterdir()) == []
