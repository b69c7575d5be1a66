"""Links to single answers: who may make, follow and take back which."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient
from scripted import ScriptedAssistant, ScriptedEngine, ScriptedLibrary

from rag.index.catalog import CATALOG
from rag.schema import Answer, ArticleInfo, Citation, Sentence
from ui import strings, users
from ui.users import Role
from ui.window.conversation.history import History, UnknownConversation
from ui.window.conversation.links import Links, UnknownLink
from ui.window.conversation.types import Exchange
from ui.window.server.serve import application

COURIER = ArticleInfo("a1", "Ferry", "https://news.example/f", "Courier", None, "en", "d")
CITED = Citation(1, COURIER, 0, 8, "In May.")


def exchange(question: str, said: str = "In May.") -> Exchange:
    told = (Sentence(said, (CITED,), "verified"),)
    return Exchange(question, Answer(question, told, (), (CITED,), "answered"), "done")


TALK = (exchange("secret one?"), exchange("shared?"), exchange("secret three?"))


@pytest.fixture
def history(kept_at: Path | sa.Engine) -> Iterator[History]:
    opened = History(kept_at)
    opened.save("user:ann", "c1", TALK)
    yield opened
    opened.close()


def test_a_link_leads_to_its_answer_and_to_nothing_else_of_the_conversation(
    history: History,
) -> None:
    links = Links(history)
    link = links.give("user:ann", "c1", 1)
    assert re.fullmatch("[0-9a-f]{32}", link)
    found = links.answer(link)
    assert found.exchanges == (TALK[1],)
    assert found.id == ""
    assert "secret" not in repr(found)


def test_the_same_answer_has_one_link_until_it_is_taken_back(history: History) -> None:
    links = Links(history)
    first = links.give("user:ann", "c1", 1)
    assert links.give("user:ann", "c1", 1) == first
    assert links.known("user:ann", "c1", 1)
    links.withdraw("user:ann", "c1", 1)
    assert not links.known("user:ann", "c1", 1)
    with pytest.raises(UnknownLink):
        links.answer(first)
    assert links.give("user:ann", "c1", 1) != first


def test_nobody_links_or_unlinks_what_is_another_s(history: History) -> None:
    links = Links(history)
    link = links.give("user:ann", "c1", 1)
    for owner in ("user:bob", "", "browser:c1"):
        with pytest.raises(UnknownConversation):
            links.give(owner, "c1", 0)
        assert not links.known(owner, "c1", 1)
        links.withdraw(owner, "c1", 1)
    assert links.answer(link).exchanges == (TALK[1],)


@pytest.mark.parametrize("place", [-1, 3, 4])
def test_there_is_no_link_to_what_is_not_there_or_not_answered(
    history: History, place: int
) -> None:
    history.save("user:ann", "c1", (*TALK, Exchange("still?")))
    with pytest.raises(UnknownConversation):
        Links(history).give("user:ann", "c1", place)


def test_a_link_ends_with_its_conversation_and_comes_back_with_it(history: History) -> None:
    links = Links(history)
    link = links.give("user:ann", "c1", 1)
    history.remove("user:ann", "c1")
    with pytest.raises(UnknownLink):
        links.answer(link)
    history.restore("user:ann", "c1")
    assert links.answer(link).exchanges == (TALK[1],)


def test_a_link_leads_to_the_answer_that_was_shared_when_another_took_its_place(
    history: History,
) -> None:
    links = Links(history)
    link = links.give("user:ann", "c1", 2)
    history.save("user:ann", "c1", (*TALK[:2], exchange("private now?")))
    assert links.answer(link).exchanges == (TALK[2],)
    links.withdraw("user:ann", "c1", 2)
    with pytest.raises(UnknownLink):
        links.answer(link)


def test_what_its_reader_thought_of_an_answer_is_not_shared(history: History) -> None:
    history.save("user:ann", "c1", (replace(TALK[0], verdict="down"),))
    links = Links(history)
    assert links.answer(links.give("user:ann", "c1", 0)).exchanges[0].verdict is None


@pytest.mark.parametrize("link", ["", "c1", "0" * 32, "%", "'" * 32, "a" * 33, None, 7, ["a"]])
def test_what_is_no_link_leads_nowhere(history: History, link: object) -> None:
    Links(history).give("user:ann", "c1", 1)
    with pytest.raises(UnknownLink):
        Links(history).answer(link)


# Over the whole application ---------------------------------------------------------------------

HERE, PASSWORD = "http://127.0.0.1", "correct horse battery"
PEOPLE: dict[str, Role] = {"ann": "editor", "rob": "reader"}


@pytest.fixture
def web(tmp_path: Path) -> FastAPI:
    engine = ScriptedEngine(ScriptedAssistant(tmp_path / "go"), ScriptedLibrary(empty=False))
    for name, role in PEOPLE.items():
        users.add(tmp_path / users.USERS, name, PASSWORD, role)
    return application(engine, tmp_path, users=tmp_path / users.USERS)


def test_whoever_may_sign_in_reads_the_answer_by_its_link_and_a_stranger_signs_in_first(
    web: FastAPI, tmp_path: Path
) -> None:
    history = History(tmp_path / CATALOG)
    history.save("user:ann", "c" * 32, TALK)
    link = Links(history).give("user:ann", "c" * 32, 1)
    with TestClient(web, base_url=HERE, follow_redirects=False) as client:
        turned = client.get(f"/?answer={link}")
        assert turned.headers["location"] == f"/sign-in?next=/%3Fanswer%3D{link}"
        assert client.get(f"/answers/{link}.md").status_code == 401
        into = client.post(
            f"/sign-in?next=/%3Fanswer%3D{link}", data={"name": "rob", "password": PASSWORD}
        )
        assert into.headers["location"] == f"/?answer={link}"
        text = client.get(f"/answers/{link}.md").text
        assert "**shared?**" in text and "secret" not in text
        whole = client.get(f"/answers/{link}.json").json()
        assert "secret" not in json.dumps(whole)
        assert whole["id"] == ""
        for path in (f"/conversations/{'c' * 32}.md", f"/answers/{'c' * 32}.md", "/answers/x.md"):
            assert client.get(path).status_code == 404
        assert client.get(f"/answers/{link}.exe").status_code == 404
        Links(history).withdraw("user:ann", "c" * 32, 1)
        gone: Any = client.get(f"/answers/{link}.pdf?language=de")
        with strings.speaking("de"):
            assert (gone.status_code, gone.text) == (404, strings.NO_LINK)
    history.close()
