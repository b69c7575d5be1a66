"""``ibid library adopt``: what was in a folder is in the database, and nothing there is changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from commands import Ibid, in_this_process, without_settings
from kept import kept
from pdfs import make_pdf
from postgres_server import PostgresServer
from rows import ROWS
from tiny import TinyEmbedder

from eval.runs import store
from rag import moving
from rag.index import catalogs
from rag.index.library import opened
from rag.index.originals import Originals
from rag.loaders import read_file
from rag.schema import Answer, Sentence
from rag.settings import Settings
from ui import keys, users
from ui.state import places
from ui.state.places import InFolder, State
from ui.window.conversation.feedback import Feedback, Feedbacks
from ui.window.conversation.history import History
from ui.window.conversation.links import Links
from ui.window.conversation.types import Exchange

PASSWORD = "correct horse battery"
OWNERS = ("user:ann", "user:rob", "user:gone", "key:bot", f"browser:{'b' * 32}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A library that was one person's: who came in, what they asked, what was kept."""
    folder = tmp_path / "mine"
    here = InFolder(folder)
    folder.mkdir()
    users.add(here.users, "ann", PASSWORD)
    users.add(here.users, "rob", PASSWORD, "editor")
    keys.add(here.key_place, "bot", "write", ["Port"])
    history = History(here.conversations)
    for number, owner in enumerate(OWNERS):
        history.save(owner, f"{number}" * 32, [Exchange(f"How many of {owner}?")])
    history.save("user:ann", "d" * 32, [Exchange("Deleted?")])
    history.remove("user:ann", "d" * 32)
    history.close()
    opinions = Feedbacks(here.conversations)
    one = Feedback("0" * 32, 0, Exchange("How many?"), "down", "", datetime(2026, 1, 1), "user:ann")
    opinions.keep(one)
    opinions.close()
    kept(store.runs_of(folder) / "first", ROWS)
    return folder


@pytest.fixture
def ibid(
    postgres: PostgresServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Ibid]:
    without_settings(monkeypatch, tmp_path)
    monkeypatch.setenv("IBID_DATABASE", postgres.address)
    monkeypatch.setenv("IBID_LIBRARY", str(tmp_path / "shared"))
    yield in_this_process(capsys)
    postgres.empty()


@pytest.fixture
def there(ibid: Ibid, postgres: PostgresServer, tmp_path: Path) -> Iterator[State]:
    state = places.of(Settings(library=tmp_path / "shared", database=postgres.address))
    yield state
    state.close()


def questions(state: State) -> dict[str, list[str]]:
    """Whose conversations are there."""
    history = History(state.conversations)
    found = {owner: [one.title for one in history.entries(owner)] for owner in OWNERS}
    return {owner: titles for owner, titles in found.items() if titles}


def test_whoever_came_in_comes_in_and_finds_what_they_asked(
    ibid: Ibid, folder: Path, there: State
) -> None:
    done = ibid("library", "adopt", folder)
    assert done.code == 0
    assert done.out.startswith("2 users, 1 keys, 3 conversations, 1 opinions, 1 runs, 0 copies")
    here = InFolder(folder)
    assert users.read(there.users) == users.read(here.users)
    assert keys.read(there.key_place) == keys.read(here.key_place)
    assert questions(there) == {
        owner: [f"How many of {owner}?"] for owner in ("user:ann", "user:rob", "key:bot")
    }
    assert [one.verdict for one in Feedbacks(there.conversations).all()] == ["down"]
    assert "left: 1 conversations of people who may be others here" in done.err
    assert "left: 1 conversations of browsers" in done.err and "--to USER" in done.err
    assert ibid("eval", "runs", "--json").json["runs"] == [{"name": "first", "asked": len(ROWS)}]


def test_what_was_brought_may_be_brought_again_and_what_changed_there_stays(
    ibid: Ibid, folder: Path, there: State
) -> None:
    ibid("library", "adopt", folder)
    users.appoint(there.users, "rob", "reader")
    History(there.conversations).rename("user:ann", "0" * 32, "Renamed")
    again = ibid("library", "adopt", folder, "--json").json
    counts = ("users", "keys", "conversations", "feedback", "runs", "copies")
    assert [again[name] for name in counts] == [[], [], 0, 0, 0, 0]
    assert again["there"] == 3
    assert users.read(there.users)["rob"].role == "reader"
    assert questions(there)["user:ann"] == ["Renamed"]


def test_of_another_who_has_the_same_name_nothing_is_changed_and_nothing_is_theirs_unless_told(
    ibid: Ibid, folder: Path, there: State
) -> None:
    users.add(there.users, "ann", "another password")
    keys.add(there.key_place, "bot", "read")
    before = users.read(there.users)["ann"], keys.read(there.key_place)["bot"]
    done = ibid("library", "adopt", folder)
    assert "ann: there is another of this name here" in done.err
    assert "key:bot: there is another of this name here" in done.err
    assert "--same-people" in done.err
    assert questions(there).keys() == {"user:rob"}
    assert Feedbacks(there.conversations).all() == []
    ibid("library", "adopt", folder, "--same-people")
    assert questions(there).keys() == {"user:ann", "user:rob", "user:gone", "key:bot"}
    assert (users.read(there.users)["ann"], keys.read(there.key_place)["bot"]) == before


def test_what_browsers_asked_is_given_to_who_is_named(
    ibid: Ibid, folder: Path, there: State
) -> None:
    unknown = ibid("library", "adopt", folder, "--to", "eve")
    assert unknown.code == 1 and "no user eve" in unknown.err
    assert ibid("library", "adopt", folder, "--to", "rob").code == 0
    titles = questions(there)["user:rob"]
    assert sorted(titles) == [f"How many of {OWNERS[4]}?", "How many of user:rob?"]


def test_a_link_to_an_answer_leads_to_it_afterwards(ibid: Ibid, folder: Path, there: State) -> None:
    history = History(InFolder(folder).conversations)
    sentence = Sentence("It has 240 seats.", (), "verified")
    said = Exchange("How many?", Answer("How many?", (sentence,), status="answered"), "done")
    history.save("user:ann", "e" * 32, [said])
    link = Links(history).give("user:ann", "e" * 32, 0)
    history.close()
    ibid("library", "adopt", folder)
    found = Links(History(there.conversations)).answer(link)
    assert found.exchanges[0].question == "How many?"


def test_the_copy_of_a_pdf_whose_article_came_by_an_older_ibid_comes_too(
    ibid: Ibid, folder: Path, there: State, postgres: PostgresServer, tmp_path: Path
) -> None:
    file = tmp_path / "ferry.pdf"
    file.write_bytes(make_pdf([["The night ferry returns."]]))
    article = read_file(file)
    shared = Settings(library=tmp_path / "shared", database=postgres.address)
    here = Settings(library=folder)
    with opened(here, TinyEmbedder()) as own:
        own.add([article])
    moving.export(here, tmp_path / "all.ibid")
    with opened(shared, TinyEmbedder()) as own:
        moving.bring_in(own, tmp_path / "all.ibid")
    Originals(folder).keep(article.digest, file)
    assert ibid("library", "adopt", folder, "--json").json["copies"] == 1
    copy = catalogs.of(shared).originals().of(article)
    assert copy is not None and copy.read_bytes() == file.read_bytes()


def test_people_of_a_library_by_its_name_are_those_of_the_service(
    ibid: Ibid, folder: Path, there: State, postgres: PostgresServer, tmp_path: Path
) -> None:
    ibid("library", "create", "news", "ann")
    assert ibid("library", "adopt", folder, "--library", "news").code == 0
    assert users.read(there.users).keys() == {"ann", "rob"}
    assert questions(there) == {}
    news = Settings(library=tmp_path / "news", database=postgres.address)
    state = places.of(news)
    assert questions(state).keys() == {"user:ann", "user:rob", "key:bot"}
    state.close()


def test_without_a_database_or_a_folder_it_says_what_is_missing(
    ibid: Ibid, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = ibid("library", "adopt", folder.with_name("none"))
    assert done.code == 1 and "there is no such folder" in done.err
    monkeypatch.delenv("IBID_DATABASE")
    done = ibid("library", "adopt", folder)
    assert done.code == 1 and "IBID_DATABASE" in done.err
