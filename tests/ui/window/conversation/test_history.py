"""Conversations outlive the process, and belong to one owner."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
import sqlalchemy as sa
from disks import read_only
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import LibraryError
from rag.index.catalog import CATALOG
from rag.reasons import Reason
from rag.schema import Answer, ArticleInfo, Citation, Passage, Sentence, Timings
from ui import strings
from ui.window.conversation.exchange_json import FORMAT, dump, load
from ui.window.conversation.history import (
    GRACE,
    LONGEST_TITLE,
    History,
    UnknownConversation,
    title_of,
)
from ui.window.conversation.tables import conversations, exchanges
from ui.window.conversation.types import Exchange

INFO = ArticleInfo("a1", "Ferry", "ferry.md", "Courier", None, "en", "d" * 64)
CITATION = Citation(1, INFO, 3, 9, "return")
ANSWER = Answer("When?", (Sentence("In May.", (CITATION,), "verified"),), status="answered")
DONE = Exchange("When does the ferry return?", ANSWER, "done")

_infos = st.from_type(ArticleInfo)
_citations = st.from_type(Citation)
_passages = st.builds(
    Passage,
    ranks=st.dictionaries(st.text(), st.integers()),
    also_in=st.tuples(_infos),
)
_reasons = st.builds(Reason, st.just("elsewhere"), st.tuples(st.text(), st.text()))
_sentences = st.builds(Sentence, because=_reasons, article=st.none() | _infos)
_answers = st.builds(
    Answer,
    sentences=st.lists(_sentences, max_size=3).map(tuple),
    passages=st.lists(_passages, max_size=2).map(tuple),
    evidence=st.lists(_citations, max_size=3).map(tuple),
    timings=st.from_type(Timings),
    standalone=st.text(),
    notice=st.text(),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / CATALOG


@pytest.fixture
def history(kept_at: Path | sa.Engine) -> Iterator[History]:
    opened = History(kept_at)
    yield opened
    opened.close()


@settings(max_examples=150, deadline=None)
@given(st.builds(Exchange, answer=st.none() | _answers))
def test_an_exchange_comes_back_exactly_as_it_was_kept(exchange: Exchange) -> None:
    assert repr(load(dump(exchange))) == repr(exchange)  # no number that is none equals itself


def test_half_a_surrogate_pair_is_kept_as_a_question_mark() -> None:
    assert load(dump(Exchange("a\ud800b"))).question == "a?b"


def test_what_a_newer_ibid_kept_is_told_and_not_guessed_at() -> None:
    with pytest.raises(LibraryError, match="update Ibid"):
        load(dump(DONE), FORMAT + 1)


def test_a_conversation_is_there_after_a_restart(
    kept_at: Path | sa.Engine, history: History
) -> None:
    history.save("ann", "c1", [DONE, Exchange("And back?", None, "failed", "no model")])
    history.close()
    again = History(kept_at)
    found = again.conversation("ann", "c1")
    assert found.exchanges == (DONE, Exchange("And back?", None, "failed", "no model"))
    assert found.title == DONE.question
    again.close()


def test_it_lies_beside_the_catalogs_tables(file: Path) -> None:
    from rag.index.catalog import opened

    with opened(file) as catalog, closing(History(file)) as history:
        history.save("ann", "c1", [DONE])
        assert catalog.articles() == []
        assert catalog.damage() == ""


def test_an_answer_that_was_cut_off_is_told_to_be_interrupted(history: History) -> None:
    history.save("ann", "c1", [Exchange("When?", ANSWER, "writing")])
    (exchange,) = history.conversation("ann", "c1").exchanges
    assert (exchange.state, exchange.answer) == ("failed", ANSWER)
    assert exchange.line == strings.INTERRUPTED


def test_a_later_save_takes_the_place_of_an_earlier_one(history: History) -> None:
    for _ in range(2):
        assert history.save("ann", "c1", [DONE, Exchange("One"), Exchange("Two")])
    history.save("ann", "c1", [DONE, Exchange("Other", None, "stopped")])
    asked = [exchange.question for exchange in history.conversation("ann", "c1").exchanges]
    assert asked == [DONE.question, "Other"]
    assert history.entries("ann", "one two") == []


@pytest.mark.parametrize("owner", ["bob", "", "ann%", "ANN"])
def test_what_belongs_to_another_is_not_there(history: History, owner: str) -> None:
    history.save("ann", "c1", [DONE])
    assert history.entries(owner) == []
    for attempt in (
        lambda: history.conversation(owner, "c1"),
        lambda: history.rename(owner, "c1", "mine now"),
        lambda: history.remove(owner, "c1"),
        lambda: history.restore(owner, "c1"),
        lambda: history.record_feedback(owner, "c1", 0, "down"),
    ):
        with pytest.raises(UnknownConversation):
            attempt()
    assert not history.save(owner, "c1", [Exchange("Overwritten?")])
    history.withdraw_feedback(owner, "c1", 0)
    assert history.conversation("ann", "c1").exchanges == (DONE,)


def test_nothing_is_kept_of_nobody_and_of_nothing(history: History) -> None:
    assert not history.save("", "c1", [DONE])
    history.save("ann", "c2", [])
    assert history.entries("") == history.entries("ann") == []


def test_every_word_of_a_search_must_occur_in_question_answer_or_title(history: History) -> None:
    history.save("ann", "c1", [DONE])
    history.save("ann", "c2", [Exchange("Straßen in München?", None, "done")])
    history.rename("ann", "c1", "Boats")
    assert [entry.id for entry in history.entries("ann")] == ["c2", "c1"]
    for search, found in {
        "ferry MAY": ["c1"],
        "boat": ["c1"],
        "MÜNCHEN": ["c2"],
        "strassen": ["c2"],
        "ferry münchen": [],
        "100%": [],
        "_": [],
        "' OR 1=1 --": [],
    }.items():
        assert [entry.id for entry in history.entries("ann", search)] == found, search


def test_a_title_is_one_clipped_line_of_the_first_question() -> None:
    assert title_of(" When?\nWhere?\u202e ") == "When? Where?"
    long = title_of("word " * 100)
    assert len(long) <= LONGEST_TITLE
    assert long.endswith("word…")


def test_a_title_outlives_the_next_exchange_and_cannot_be_empty(history: History) -> None:
    history.save("ann", "c1", [DONE])
    assert history.rename("ann", "c1", "  Boats\n") == "Boats"
    history.save("ann", "c1", [DONE, DONE])
    assert history.rename("ann", "c1", " \u202e ") == "Boats"
    assert history.entries("ann")[0].title == "Boats"


def test_a_deleted_conversation_can_be_had_back_and_is_gone_until_then(history: History) -> None:
    history.save("ann", "c1", [DONE])
    history.remove("ann", "c1")
    assert history.entries("ann") == []
    with pytest.raises(UnknownConversation):
        history.conversation("ann", "c1")
    # An answer that was still being written.
    assert not history.save("ann", "c1", [DONE, DONE])
    assert history.entries("ann") == []
    history.restore("ann", "c1")
    assert history.conversation("ann", "c1").exchanges == (DONE,)
    with pytest.raises(UnknownConversation):
        history.restore("ann", "c1")


def test_what_was_deleted_long_ago_leaves_no_word_behind(
    kept_at: Path | sa.Engine, history: History
) -> None:
    history.save("ann", "c1", [DONE])
    history.save("ann", "c2", [Exchange("Another?")])
    history.remove("ann", "c1")
    history.remove("ann", "c2")
    long_ago = datetime.now(UTC) - GRACE - timedelta(minutes=1)
    with history.engine.begin() as db:
        db.execute(sa.update(conversations).filter_by(id="c1").values(deleted=long_ago))
    History(kept_at).close()
    with history.engine.begin() as db:
        kept = db.execute(sa.select(exchanges.c.conversation_id, exchanges.c.words)).all()
    assert [tuple(one) for one in kept] == [("c2", "another?")]


def test_a_verdict_keeps_the_answer_and_its_reason(history: History) -> None:
    history.save("ann", "c1", [DONE, DONE])
    history.record_feedback("ann", "c1", 1, "up")
    history.record_feedback("ann", "c1", 1, "down", " It was June.\u202e ")
    history.save("bob", "c2", [DONE])
    history.record_feedback("bob", "c2", 0, "down")
    history.save("ann", "c1", [Exchange("Retried?")])
    (given,) = history.feedback("ann")
    assert (given.exchange, given.verdict, given.reason) == (DONE, "down", "It was June.")
    assert (given.conversation_id, given.place) == ("c1", 1)
    assert history.feedback("ann", "up") == []
    history.withdraw_feedback("ann", "c1", 1)
    assert history.feedback("ann") == []


def test_no_verdict_on_an_answer_that_is_not_there(history: History) -> None:
    history.save("ann", "c1", [DONE])
    with pytest.raises(UnknownConversation):
        history.record_feedback("ann", "c1", 1, "up")


def test_several_threads_may_save_at_once(history: History) -> None:
    def work(number: int) -> None:
        for count in range(1, 6):
            history.save("ann", f"c{number % 2}", [DONE] * count)

    threads = [Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {entry.id for entry in history.entries("ann")} == {"c0", "c1"}
    assert len(history.conversation("ann", "c0").exchanges) in range(1, 6)


def test_where_the_file_cannot_be_written_conversations_last_as_long_as_the_window(
    file: Path,
) -> None:
    kept = History(file)
    kept.save("mara", "c1", [DONE])
    kept.close()
    before = file.read_bytes()
    with read_only(file.parent):
        history = History(file)
        assert history.save("mara", "c2", [DONE])
        assert [one.id for one in history.entries("mara")] == ["c2"]
        assert history.entries("olaf") == []
        history.close()
    assert file.read_bytes() == before
    again = History(file)
    assert [one.id for one in again.entries("mara")] == ["c1"]
    again.close()
