"""What callers thought of answers: kept for the owner, and for good."""

from __future__ import annotations

import stat
from collections.abc import Iterator

import pytest
from shelved import Served, serving

from ui.api.v1.feedback import FEEDBACK, Feedbacks


@pytest.fixture
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as it:
        yield it


def test_a_later_verdict_of_the_same_caller_replaces_an_earlier_one(served: Served) -> None:
    ann, bob = served.calling("reader", name="ann"), served.calling("reader", name="bob")
    for client, verdict in ((ann, "up"), (bob, "up"), (ann, "down")):
        given = {"answer_id": "a-1", "verdict": verdict, "comment": "so\x1b[31m so\n"}
        assert client.post("/v1/feedback", json=given).status_code == 201
    told = served.client.get("/v1/feedback").json()
    assert [(one["by"], one["verdict"]) for one in told["feedback"]] == [
        ("key:ann", "down"),
        ("key:bob", "up"),
    ]
    assert "\x1b" not in told["feedback"][0]["comment"]
    only = served.client.get("/v1/feedback?verdict=up&limit=1").json()
    assert (only["total"], only["next"]) == (1, None)


def test_it_outlives_the_service_and_a_line_that_is_damaged(served: Served) -> None:
    given = {"answer_id": "a-1", "verdict": "up", "question": "How many seats?"}
    served.client.post("/v1/feedback", json=given)
    file = served.library.folder / FEEDBACK
    with file.open("ab") as opened:
        opened.write(b'{"answer_id": "a-2", "verd')
    found = Feedbacks(served.library.folder).all()
    assert [(one.answer_id, one.question) for one in found] == [("a-1", "How many seats?")]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


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
