"""Whose libraries are, in a database: what each sees, and nothing else, whatever is asked."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from postgres_server import PostgresServer, asking
from tiny import TinyEmbedder, make_article

from rag.errors import LibraryError, LibraryInUse, LibraryReadOnly
from rag.index.acting import REGISTRY, acting_for, unguarded
from rag.index.library import Library, opened
from rag.index.owners import Owners
from rag.index.postgres import Database
from rag.settings import Settings

ANN, BEN, CAT = "user:ann", "user:ben", "key:cat"


@pytest.fixture
def address(postgres: PostgresServer) -> Iterator[str]:
    """The database, as the service has it."""
    with postgres.as_service() as made:
        yield made


@pytest.fixture
def owners(address: str) -> Iterator[Owners]:
    made = Owners(address, keeps=True)
    yield made
    made.close()


@pytest.fixture
def news(address: str, owners: Owners, tmp_path: Path) -> Iterator[Library]:
    """Ann's library, which Ben reads; of another that is Cat's there is not a word in it."""
    owners.create("news", ANN)
    owners.create("other", CAT)
    owners.share("news", BEN, "reader")
    with opened(Settings(library=tmp_path / "news", database=address), TinyEmbedder()) as own:
        own.add([make_article("Herons wade at dusk.", "herons"), make_article("Owls.", "owls")])
        owls = own.add([make_article("Larks sing.", "larks")])[0].article
        own.collect("Birds", [owls.id])
        yield own


def test_a_library_is_there_for_whom_it_is_shared_with_as_what_they_are(owners: Owners) -> None:
    owners.create("news", ANN)
    owners.share("news", BEN, "reader")
    assert owners.libraries_of(ANN) == {"news": "owner"}
    assert owners.role_of(BEN, "news") == "reader"
    assert owners.role_of(CAT, "news") == ""
    owners.unshare("news", BEN)
    assert owners.libraries_of(BEN) == {}


def tables(db: sa.Connection, schema: str) -> list[str]:
    """Every table there is, whoever made it and whatever for."""
    found = sa.text(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = :schema "
        "AND table_type = 'BASE TABLE' ORDER BY table_name"
    )
    return list(db.scalars(found, {"schema": schema}))


def count(db: sa.Connection, name: str) -> int:
    return int(db.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one())


def changed_by(db: sa.Connection, statement: str) -> int:
    """How many rows a statement changes; none where row-level security refuses it."""
    try:
        with db.begin_nested():
            return db.exec_driver_sql(statement).rowcount
    except sa.exc.ProgrammingError as error:
        assert "row-level security" in str(error)
        return 0


def held(postgres: PostgresServer, schema: str) -> dict[str, str]:
    """All that is in each table, as the server's own superuser sees it."""
    named = f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{schema}'"
    return {
        table: str(
            postgres.execute(f'SELECT one::text FROM "{schema}"."{table}" AS one ORDER BY 1')
        )
        for (table,) in postgres.execute(named)
    }


def test_who_forgets_to_say_whose_it_wants_sees_nothing_of_others_and_changes_nothing(
    news: Library, address: str, postgres: PostgresServer
) -> None:
    schema = Database(address, "news").schema
    before = held(postgres, schema)
    assert len(before) > 12
    assert sum(rows != "[]" for rows in before.values()) > 6
    for stranger in ("", CAT, "user:nobody", "*", "library:ibid_other"):
        with asking(address, stranger) as db:
            for table in tables(db, schema):
                name = f'"{schema}"."{table}"'
                column = next(iter(db.exec_driver_sql(f"SELECT * FROM {name}").keys()))
                assert count(db, name) == 0, table
                assert changed_by(db, f'UPDATE {name} SET "{column}" = "{column}"') == 0, table
                assert changed_by(db, f"DELETE FROM {name}") == 0, table
            db.commit()
            with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
                db.exec_driver_sql(f"INSERT INTO \"{schema}\".facts VALUES ('x', 'y')")
    assert held(postgres, schema) == before


def test_no_table_of_a_library_is_without_a_policy(
    news: Library, address: str, postgres: PostgresServer
) -> None:
    schema = Database(address, "news").schema
    for here in (schema, REGISTRY):
        bare = postgres.execute(
            "SELECT tablename FROM pg_tables LEFT JOIN pg_policies USING (schemaname, tablename) "
            f"WHERE schemaname = '{here}' AND policyname IS NULL"
        )
        assert bare == []
        with asking(address, "") as db:
            assert unguarded(db, here) == []


def test_a_table_that_comes_later_is_found_and_guarded(
    news: Library, address: str, postgres: PostgresServer
) -> None:
    database = Database(address, "news")
    with asking(address, database.acts_as) as db:
        db.exec_driver_sql(f'CREATE TABLE "{database.schema}".later (words text)')
        db.exec_driver_sql(f"INSERT INTO \"{database.schema}\".later VALUES ('herons')")
        db.commit()
        assert unguarded(db, database.schema) == ["later"]
    with asking(address, CAT) as db:  # so the tests above can fail
        assert count(db, f'"{database.schema}".later') == 1
    database.guard()
    with asking(address, CAT) as db:
        assert count(db, f'"{database.schema}".later') == 0
    with asking(address, ANN) as db:  # nobody's, as the keys are
        assert count(db, f'"{database.schema}".later') == 0
    with asking(address, database.acts_as) as db:
        assert count(db, f'"{database.schema}".later') == 1


def test_what_belongs_to_a_person_is_seen_by_no_other_of_the_same_library(
    news: Library, address: str
) -> None:
    database = Database(address, "news")
    s = f'"{database.schema}"'
    with asking(address, database.acts_as) as db:
        for made in (
            f"CREATE TABLE {s}.talks (id int PRIMARY KEY, owner text)",
            f"CREATE TABLE {s}.lines (talk int REFERENCES {s}.talks (id), words text)",
            f"CREATE TABLE {s}.feedback (talk int, owner text)",
            f"INSERT INTO {s}.talks VALUES (1, '{ANN}'), (2, '{BEN}')",
            f"INSERT INTO {s}.lines VALUES (1, 'of Ann'), (2, 'of Ben')",
            f"INSERT INTO {s}.feedback VALUES (1, '{ANN}'), (2, '{BEN}')",
        ):
            db.exec_driver_sql(made)
        db.commit()
    database.guard()
    for person, words, verdicts in ((ANN, ["of Ann"], 2), (BEN, ["of Ben"], 1), (CAT, [], 0)):
        with asking(address, person) as db:
            assert list(db.exec_driver_sql(f"SELECT words FROM {s}.lines").scalars()) == words
            assert count(db, f"{s}.talks") == len(words)
            assert count(db, f"{s}.feedback") == verdicts  # owners read what all think of answers
            assert db.exec_driver_sql(f"DELETE FROM {s}.lines").rowcount == len(words)
            with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
                db.exec_driver_sql(f"INSERT INTO {s}.talks VALUES (3, 'user:another')")
    with asking(address, database.acts_as) as db:  # the library's own work, as what is swept
        assert count(db, f"{s}.talks") == 2


def test_a_reader_reads_and_changes_nothing_and_an_editor_does(
    news: Library, owners: Owners
) -> None:
    with acting_for(BEN):
        assert len(news.articles()) == 3
        assert [chunk for chunk, _ in news.catalog.search("herons", 5)]
        with pytest.raises(LibraryReadOnly):
            news.add([make_article("Gulls.", "gulls")])
        with pytest.raises(LibraryReadOnly):
            news.remove([news.articles()[0].id])
        assert len(news.articles()) == 3
    owners.share("news", BEN, "editor")
    with acting_for(BEN):
        news.add([make_article("Gulls.", "gulls")])
        assert len(news.articles()) == 4


def test_what_the_index_is_owed_is_settled_whoever_asks(
    owners: Owners, address: str, postgres: PostgresServer, tmp_path: Path
) -> None:
    owners.create("news", ANN)
    owners.share("news", BEN, "reader")
    settings = Settings(library=tmp_path / "news", database=address)
    with opened(settings, TinyEmbedder()) as own:
        own.add([make_article("Herons wade at dusk.", "herons")])
    postgres.execute("UPDATE ibid_news.chunks SET indexed = false")
    with opened(settings, TinyEmbedder()) as own, acting_for(BEN):
        own.open_vectors()
        assert own.nearest(TinyEmbedder().embed_query("herons wade"), 5)
    owed = "SELECT count(*) FROM ibid_news.chunks WHERE NOT indexed"
    assert postgres.execute(owed) == [(0,)]


def test_who_acts_is_forgotten_with_the_transaction(news: Library, owners: Owners) -> None:
    with acting_for(CAT):
        assert news.articles() == []
        assert news.catalog.search("herons", 5) == []
        with acting_for(ANN):
            assert len(news.articles()) == 3
        assert news.articles() == []
    assert len(news.articles()) == 3  # the library itself
    owners.unshare("news", BEN)
    with acting_for(BEN):
        assert news.articles() == []


def test_nobody_sees_of_the_registry_what_is_about_others(
    news: Library, owners: Owners, address: str
) -> None:
    for person, libraries, members in ((ANN, 1, 1), (CAT, 1, 1), ("user:nobody", 0, 0), ("", 0, 0)):
        with asking(address, person) as db:
            assert count(db, "ibid.libraries") == libraries
            assert count(db, "ibid.members") == members
            assert db.exec_driver_sql("UPDATE ibid.members SET role = 'owner'").rowcount == 0
            with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
                db.exec_driver_sql(
                    f"INSERT INTO ibid.members VALUES ('ibid_news', '{person}', 'owner')"
                )


def test_words_are_found_by_their_index_where_the_server_is_told_that_it_may_be_used(
    news: Library, address: str, postgres: PostgresServer
) -> None:
    schema = Database(address, "news").schema
    match = "FUNCTION ts_match_vq(tsvector, tsquery)"
    asked = f"EXPLAIN SELECT row FROM \"{schema}\".lexical WHERE words @@ 'heron'::tsquery"

    def plan() -> str:
        with asking(address, BEN) as db:
            db.exec_driver_sql("SET enable_seqscan = off")
            return "\n".join(db.exec_driver_sql(asked).scalars())

    assert "lexical_words" not in plan()
    postgres.execute(f"ALTER {match} LEAKPROOF")
    try:
        assert "lexical_words" in plan()
    finally:
        postgres.execute(f"ALTER {match} NOT LEAKPROOF")


def test_a_library_without_an_owner_a_name_or_a_place_in_the_list_is_told(owners: Owners) -> None:
    with pytest.raises(LibraryError, match="ibid library create news"):
        owners.share("news", BEN, "reader")
    owners.create("news", ANN)
    for wrong in (
        partial(owners.create, "news", BEN),
        partial(owners.create, "../etc", ANN),
        partial(owners.create, "more", "library:ibid_news"),
        partial(owners.create, "more", "*"),
        partial(owners.share, "news", BEN, "god"),
        partial(owners.share, "news", ANN, "reader"),
        partial(owners.unshare, "news", ANN),
        partial(owners.unshare, "news", BEN),
    ):
        with pytest.raises(LibraryError):
            wrong()
            pytest.fail(str(wrong))
    assert owners.libraries_of(ANN) == {"news": "owner"}
    assert [one.name for one in owners.all()] == ["news"]


def test_a_library_that_was_there_before_the_registry_is_guarded_when_it_is_entered(
    owners: Owners, address: str, tmp_path: Path
) -> None:
    with opened(Settings(library=tmp_path / "news", database=address), TinyEmbedder()) as own:
        own.add([make_article("Herons wade.", "herons")])
        with acting_for(CAT):
            assert len(own.articles()) == 1  # nobody's, and so everybody's who has the address
    owners.create("news", ANN)
    with opened(Settings(library=tmp_path / "news", database=address), TinyEmbedder()) as own:
        with acting_for(CAT):
            assert own.articles() == []
        with acting_for(ANN):
            assert len(own.articles()) == 1


def test_a_library_is_removed_whole_and_not_while_it_is_open(
    news: Library, owners: Owners, postgres: PostgresServer
) -> None:
    with pytest.raises(LibraryInUse):
        owners.remove(news.settings, "news")
    home = news.settings.model_copy(update={"library": news.settings.library.parent / "other"})
    with pytest.raises(LibraryError, match="other is also where users and keys are kept"):
        owners.remove(home, "other")
    owners.remove(news.settings, "other")
    assert owners.libraries_of(CAT) == {}
    left = postgres.execute("SELECT nspname FROM pg_namespace WHERE nspname = 'ibid_other'")
    assert left == []
