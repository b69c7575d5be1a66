"""A conversation as a file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from rag.schema import Answer, ArticleInfo, Citation, Sentence
from ui.strings import speaking
from ui.window.conversation import export
from ui.window.conversation.exchange_json import load
from ui.window.conversation.files import text
from ui.window.conversation.history import Conversation, History
from ui.window.conversation.jobs import Jobs
from ui.window.conversation.types import Exchange
from ui.window.page import visitor

INFO = ArticleInfo(
    "a1",
    "Night ferry *returns*",
    "https://news.example/ferry",
    "Courier",
    date(2025, 4, 14),
    "en",
    "d",
)
CITATION = Citation(1, INFO, 3, 9, "return [^9] <img src=x>")
SAID = (Sentence("In May.", (CITATION,), "verified"),)
DONE = Exchange("When [^1]?", Answer("When?", SAID, (), (CITATION,), "answered"), "done")
WHEN = datetime(2026, 1, 2, 3, 4, 5)
CONVERSATION = Conversation("c1", "When # does it?", WHEN, WHEN, (DONE, DONE, Exchange("So?")))


def test_every_footnote_of_every_answer_has_a_name_of_its_own_and_a_text() -> None:
    said = text.as_markdown(CONVERSATION)
    used = re.findall(r"(?<!\\)\[\^([\d-]+)\](?!:)", said)
    told = re.findall(r"^\[\^([\d-]+)\]:", said, re.MULTILINE)
    assert used == told == ["1-1", "2-1"]


def test_markdown_names_the_real_source_and_disarms_what_others_wrote() -> None:
    said = text.as_markdown(CONVERSATION)
    assert "Night ferry \\*returns\\*" in said
    assert "<https://news.example/ferry>" in said
    assert "<img" not in said.replace("\\<img", "")
    assert said.startswith("# When # does it?\n\n2 January 2026\n")
    assert "**So?**\n\n*The answer is still to come.*" in said


def test_markdown_is_written_in_the_language_of_the_reader() -> None:
    with speaking("de"):
        assert "2\\. Januar 2026" in text.as_markdown(CONVERSATION)


def test_json_holds_whole_answers() -> None:
    document = json.loads(json.dumps(text.as_document(CONVERSATION)))
    assert load(json.dumps(document["exchanges"][0])) == DONE
    assert document["title"] == CONVERSATION.title
    assert document["created"] == "2026-01-02T03:04:05Z"


def test_an_answer_that_is_still_to_come_is_said_to_be() -> None:
    talk = replace(CONVERSATION, exchanges=(Exchange("When?"),))
    assert "still to come" in text.as_markdown(talk)


NOBODY: Any = None  # answers: nothing is asked


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    opened = History(tmp_path / "catalog.sqlite3")
    yield opened
    opened.close()


def test_only_the_browser_that_asked_can_fetch_its_conversation(history: History) -> None:
    secret, other = "a" * 32, "b" * 32
    history.save(f"browser:{secret}", "c1", [DONE])
    web = FastAPI()
    web.include_router(export.routes(Jobs(NOBODY, history)))
    web.add_middleware(visitor.Visitors)

    def fetch(path: str, browser: str) -> tuple[int, str, str]:
        with TestClient(web, cookies={visitor.BROWSER: browser}) as client:
            answer = client.get(path)
            return answer.status_code, answer.headers.get("content-disposition", ""), answer.text

    status, disposition, text = fetch("/conversations/c1.md", secret)
    assert (status, disposition) == (200, 'attachment; filename="when-1.md"')
    assert "In May." in text
    status, disposition, text = fetch("/conversations/c1.json", secret)
    assert (status, disposition) == (200, 'attachment; filename="when-1.json"')
    assert json.loads(text)["exchanges"]
    for path, browser in (
        ("/conversations/c1.md", other),
        ("/conversations/c1.json", "not a secret"),
        ("/conversations/c1.exe", secret),
        ("/conversations/c1.md?answer=2", secret),
        ("/conversations/c1.pdf?answer=1", other),
        ("/conversations/c2.md", secret),
    ):
        status, _, text = fetch(path, browser)
        assert status == 404
        assert "May" not in text
