"""Promises of the types."""

from __future__ import annotations

from rag.schema import upgraded


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
