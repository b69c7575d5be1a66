"""What belongs to a person of a library is there for no other, though a WHERE be forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from postgres_server import PostgresServer, asking
from tiny import TinyEmbedder, make_article

from rag.errors import LibraryReadOnly
from rag.index.acting import acting_for, shown, unguarded
from rag.index.library import opened
from rag.index.owners import Owners
from rag.index.postgres import Database
from rag.schema import Answer, ArticleInfo, Citation, Sentence
from rag.settings import Settings
from ui.queue.store import Store, Wanted
from ui.state import places
from ui.state.places import State
from ui.window.conversation import tables
from ui.window.conversation.feedback import Feedback, Feedbacks
from ui.window.conversation.history import History, UnknownConversation
from ui.window.conversation.links import Links, UnknownLink
from ui.window.conversation.types import Exchange
from ui.wishes import Kept, Wishes

ANN, BEN, CAT = "user:ann", "user:ben", "user:cat"
ROLES = {ANN: "editor", BEN: "editor", CAT: "owner"}
SCHEMA = "ibid_news"
GIVEN = datetime(2026, 1, 1)
FOREVER = 4e9


@pytest.fixture
def settings(postgres: PostgresServer, tmp_path: Path) -> Iterator[Settings]:
    """Those of a library of three people that a service keeps; nobody asks its vectors."""
    with postgres.as_service() as address, closing(Owners(address, keeps=True)) as owners:
        owners.create("news", CAT)
        for person in (ANN, BEN):
            owners.share("news", person, ROLES[person])
        nowhere = "http://127.0.0.1:9"
        mine = Settings(library=tmp_path / "news", database=address, chroma=nowhere)
        with opened(mine.model_copy(update={"chroma": None}), TinyEmbedder()) as own:
            own.add([make_article("Herons wade at dusk.", "herons")])
        yield mine


@pytest.fixture
def state(settings: Settings) -> Iterator[State]:
    with closing(places.of(settings)) as kept:
        yield kept


@pytest.fixture
def history(state: State) -> History:
    return History(state.conversations)


def word(person: str) -> str:
    """What stands in all that a person says, and in nothing of others."""
    return f"secret-of-{person.partition(':')[2]}"


def exchange(person: str) -> Exchange:
    said = word(person)
    article = ArticleInfo("a1", "Ferry", "https://news.example/f", "Courier", None, "en", "d")
    cited = Citation(1, article, 0, 8, said)
    told = (Sentence(said, (cited,), "verified"),)
    return Exchange(said, Answer(said, told, (), (cited,), "answered"), "done")


def keep_all(person: str, settings: Settings, state: State, history: History) -> str:
    """Keep of a person whatever is kept of one, by the ways in; returns a link to their answer."""
    said = word(person)
    with acting_for(person), closing(Store(settings)) as queue:
        assert history.save(person, said, [exchange(person)] * 2)
        history.record_feedback(person, said, 0, "down", said)
        Feedbacks(state.conversations).keep(
            Feedback(f"ans_{said}", 0, exchange(person), "up", said, GIVEN, person)
        )
        state.given.put(f"ans_{said}", person, said, FOREVER, most=10)
        Kept(state.wishes).keep(person, Wishes(model=said))
        queue.put([Wanted("add", [said], {"text": said}, {0: said.encode()}, person)])
        return Links(history).give(person, said, 1)


@pytest.fixture
def links(settings: Settings, state: State, history: History) -> dict[str, str]:
    """A link to an answer of each, who have all that a person may have."""
    return {person: keep_all(person, settings, state, history) for person in ROLES}


def named(db: sa.Connection) -> list[str]:
    """Every table there is, whoever made it and whatever for."""
    found = sa.text(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = :schema "
        "AND table_type = 'BASE TABLE' ORDER BY table_name"
    )
    return list(db.scalars(found, {"schema": SCHEMA}))


def rows(db: sa.Connection, table: str) -> list[str]:
    """All of them, as text, the bytes too."""
    found = db.exec_driver_sql(f'SELECT * FROM "{SCHEMA}"."{table}"').mappings()
    return [repr({name: bare(value) for name, value in row.items()}) for row in found]


def bare(value: Any) -> Any:
    return value.decode(errors="replace") if isinstance(value, bytes) else value


@contextmanager
def past_all(postgres: PostgresServer) -> Iterator[sa.Connection]:
    """A connection of the server's own superuser, for whom there are no policies."""
    engine = sa.create_engine(sa.make_url(postgres.address).set(drivername="postgresql+psycopg"))
    try:
        with engine.connect() as db:
            yield db
    finally:
        engine.dispose()


def held(postgres: PostgresServer, person: str) -> dict[str, list[str]]:
    """The rows with a person's word or name, by their tables."""
    with past_all(postgres) as db:
        found = {
            table: sorted(row for row in rows(db, table) if word(person) in row or person in row)
            for table in named(db)
        }
    return {table: some for table, some in found.items() if some}


def raw(settings: Settings, person: str) -> AbstractContextManager[sa.Connection]:
    """A connection that knows nothing of ours but who acts."""
    assert settings.database is not None
    return asking(settings.database.get_secret_value(), person)


def attempt(db: sa.Connection, statement: str) -> int:
    """How many rows a statement changes; none where the database refuses it."""
    try:
        with db.begin_nested():
            return db.exec_driver_sql(statement).rowcount
    except (sa.exc.ProgrammingError, sa.exc.IntegrityError):
        return 0


def test_without_a_where_nobody_sees_or_changes_what_is_another_persons(
    links: dict[str, str], settings: Settings, postgres: PostgresServer
) -> None:
    of_ann, of_ben = held(postgres, ANN), held(postgres, BEN)
    assert of_ann.keys() == of_ben.keys()
    assert len(of_ann) >= 8, of_ann.keys()  # what is kept of a person stands in so many tables
    with raw(settings, BEN) as db:
        for table in named(db):
            seen = rows(db, table)
            assert not [row for row in seen if word(ANN) in row or ANN in row], table
            own = [row for row in seen if word(BEN) in row or BEN in row]
            assert sorted(own) == of_ben.get(table, []), table
    for person, more in ((BEN, BEN), (CAT, "user:nobody")):
        for table in of_ann:
            with raw(settings, person) as db:
                mine = len(held(postgres, person).get(table, []))
                columns = db.exec_driver_sql(f'SELECT * FROM "{SCHEMA}"."{table}"').keys()
                for column in columns:
                    changed = f'UPDATE "{SCHEMA}"."{table}" SET "{column}" = "{column}"'
                    assert attempt(db, changed) == mine, (table, column)
                for column in {"owner", "reader"} & {*columns}:
                    attempt(db, f'UPDATE "{SCHEMA}"."{table}" SET {column} = \'{more}\'')
                assert attempt(db, f'DELETE FROM "{SCHEMA}"."{table}"') <= mine
                db.commit()
    assert held(postgres, ANN) == of_ann


def test_who_owns_the_library_sees_of_others_what_they_think_of_answers_and_nothing_else(
    links: dict[str, str], settings: Settings, postgres: PostgresServer
) -> None:
    with raw(settings, CAT) as db:
        seen = {table for table in named(db) if any(word(ANN) in row for row in rows(db, table))}
    assert seen == {"feedback"}


def test_what_ibid_itself_asks_for_a_person_is_asked_as_that_person(
    links: dict[str, str], settings: Settings, state: State, history: History
) -> None:
    """Each of its own connections that reads what is a person's, with a WHERE forgotten."""
    with closing(Store(settings)) as queue, acting_for(BEN):
        engines = [state.conversations, history.engine]
        connections = [engine.connect() for engine in engines if isinstance(engine, sa.Engine)]
        with queue.tables.looking() as looking:
            for db in (looking, *connections):
                owners = [row.owner for row in db.execute(sa.select(tables.conversations))]
                assert owners == [BEN]
        for db in connections:
            db.close()
        assert [one.names for one in queue.jobs()] == [[word(BEN)]]
        assert state.given.get(f"ans_{word(BEN)}", ANN, 0.0) is None
        assert state.given.get(f"ans_{word(ANN)}", ANN, 0.0) is None  # whoever he says that he is
        assert Kept(state.wishes).of(ANN) == Wishes()
        with pytest.raises(UnknownConversation):
            history.conversation(ANN, word(ANN))
        assert history.entries(ANN) == []
    with closing(Store(settings)) as queue, acting_for(ANN):
        assert [one.names for one in queue.jobs()] == [[word(ANN)]]
        assert history.conversation(ANN, word(ANN)).exchanges
        assert state.given.get(f"ans_{word(ANN)}", ANN, 0.0)


def test_a_link_shows_its_answer_to_whoever_has_it_until_it_is_gone_and_no_other(
    links: dict[str, str], settings: Settings, history: History
) -> None:
    with acting_for(BEN):
        assert Links(history).answer(links[ANN]).exchanges[0].question == word(ANN)
        with shown(links[ANN]), history.engine.begin() as db:
            every = {row.id for row in db.execute(sa.select(tables.links))}
            assert every == {links[ANN], links[BEN]}
            assert db.execute(sa.delete(tables.links)).rowcount == 1  # his own
        with history.engine.connect() as db:
            assert db.execute(sa.select(tables.links)).all() == []
    with acting_for(ANN):
        history.remove(ANN, word(ANN))
        with acting_for(BEN), pytest.raises(UnknownLink):
            Links(history).answer(links[ANN])
        history.restore(ANN, word(ANN))
    with acting_for("user:stranger"), pytest.raises(UnknownLink):
        Links(history).answer(links[ANN])
    with acting_for(BEN):
        assert Links(history).answer(links[ANN])


def test_an_id_that_is_anothers_is_taken_by_nobody(links: dict[str, str], history: History) -> None:
    with acting_for(BEN):
        assert not history.save(BEN, word(ANN), [exchange(BEN)])
        with pytest.raises(LibraryReadOnly, match="row-level security"):
            history.save(ANN, word(ANN), [exchange(BEN)] * 3)
        with pytest.raises(UnknownConversation):
            history.record_feedback(ANN, word(ANN), 0, "up")
    with acting_for(ANN):
        assert history.conversation(ANN, word(ANN)).exchanges[1].question == word(ANN)


def test_what_was_deleted_an_hour_ago_goes_for_good_whoever_deletes_next(
    links: dict[str, str], history: History, postgres: PostgresServer
) -> None:
    with acting_for(ANN):
        history.remove(ANN, word(ANN))
    with past_all(postgres) as db:
        late = datetime.now() - timedelta(days=1)
        gone = sa.text(f"UPDATE {SCHEMA}.conversations SET deleted = :late WHERE owner = '{ANN}'")
        db.execute(gone, {"late": late})
        db.commit()
    with acting_for(BEN):
        history.remove(BEN, word(BEN))
    left = held(postgres, ANN)
    assert {"conversations", "exchanges", "links"}.isdisjoint(left)
    assert "feedback" in left  # which is kept whatever becomes of the conversation


def test_tables_that_come_with_the_first_thing_of_a_person_are_guarded_from_then_on(
    settings: Settings, state: State, postgres: PostgresServer
) -> None:
    one = Feedback("ans_1", 0, exchange(ANN), "up", "", GIVEN, ANN)
    with acting_for(ANN):
        Feedbacks(state.conversations).keep(one)
    with past_all(postgres) as db:
        assert unguarded(db, SCHEMA) == []
    with raw(settings, BEN) as db:
        assert rows(db, "feedback") == []


def test_policies_of_an_earlier_ibid_are_made_anew(
    links: dict[str, str], settings: Settings, postgres: PostgresServer
) -> None:
    with past_all(postgres) as db:
        db.exec_driver_sql(f"DROP POLICY own ON {SCHEMA}.links")
        db.exec_driver_sql(f"DROP POLICY shown ON {SCHEMA}.links")
        db.exec_driver_sql(f"CREATE POLICY kept ON {SCHEMA}.links USING (true)")
        db.commit()
    with raw(settings, BEN) as db:
        assert len(rows(db, "links")) == len(ROLES)
    assert settings.database is not None
    database = Database(settings.database.get_secret_value(), "news")
    assert "links" in Owners.weaknesses(settings)[0]
    database.guard()
    with raw(settings, BEN) as db:
        assert len(rows(db, "links")) == 1
    assert not any("links" in one for one in Owners.weaknesses(settings))
