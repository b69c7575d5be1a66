"""Promises of the types."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from rag.reasons import ENGLISH, Kind, Reason
from rag.schema import Sentence
from rag.upgrading import upgraded


def test_an_answer_that_an_older_ibid_wrote_down_is_read_in_todays_form() -> None:
    def sentence(lead: str) -> dict[str, object]:
        return {"text": "Rain.", "is_quote": True, "lead": lead}

    old = {
        "answer": {
            "status": "quoted",
            "sentences": [
                sentence("The nearest words, which may not answer it:"),
                sentence("The Courier, 3 April 2025, differs:"),
                sentence("The Courier:"),
                sentence(""),
            ],
        }
    }
    new = upgraded(old)
    assert new["answer"]["status"] == "hedged"
    leads = [one["lead"] for one in new["answer"]["sentences"]]
    assert leads == ["nearest", "differs", "source", ""]
    assert upgraded(new) == new


def test_what_is_no_answer_is_left_as_it_is() -> None:
    document = {"status": "quoted", "lead": "The nearest words", "sentences": []}
    assert upgraded([document, 3, None]) == [document, 3, None]


@pytest.mark.parametrize("kind", ENGLISH)
def test_a_reason_that_an_older_ibid_wrote_in_english_is_data_again(kind: Kind) -> None:
    words = ("11 km", "9 km")[: ENGLISH[kind].count("{")]
    written = Reason(kind, words).english
    new = upgraded({"text": "Rain.", "is_quote": False, "reason": written})
    assert (new["because"]["kind"], new["because"]["words"]) == (kind, words)


def test_a_sentence_is_stored_with_its_reason_in_english_and_as_data() -> None:
    adapter = TypeAdapter(Sentence)
    said = Sentence("Rain.", because=Reason("elsewhere", ("9 km", "11 km")))
    stored = adapter.dump_python(said, mode="json")
    assert stored["reason"] == said.reason == "9 km: the source says 11 km there"
    assert adapter.validate_python(upgraded(stored)) == said
