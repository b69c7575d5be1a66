"""Several libraries behind one service: each is there for its own people, and for no other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from chroma_server import ChromaServer
from fastapi import FastAPI
from housed import asked, bearing, house, key
from postgres_server import PostgresServer
from tiny import make_article

from rag.errors import LibraryError
from rag.index.acting import unguarded
from rag.index.library import Library
from rag.index.owners import Owners, settings_of
from rag.index.postgres import Database
from rag.settings import Settings
from ui import users
from ui.state import places
from ui.window.conversation.history import History
from ui.window.conversation.types import Exchange
from ui.window.server import many
from ui.window.server.shelves import Shelves

ANN, BEN = "key:ann", "user:ben"
PASSWORD = "correct horse"
UNTOLD = ("x-request-id", "content-length", "ratelimit")


@pytest.fixture
def at(
    owners: Owners, postgres: PostgresServer, chroma_server: ChromaServer, tmp_path: Path
) -> many.House:
    """A service with two libraries, news and notes; at most one is open."""
    owners.create("news", ANN)
    owners.create("notes", "key:zoe")
    settings = Settings(
        library=tmp_path / "home",
        database=postgres.address,
        chroma=chroma_server.address,
        api={"libraries": 1},
    )
    return house(settings, owners)


async def test_a_library_is_wholly_below_its_own_path_for_whom_it_is_there(at: many.House) -> None:
    ann, zoe = key(at, "ann"), key(at, "zoe")

    def stock(name: str, own: Library) -> None:
        if name == "news":
            own.add([make_article("Herons wade at dusk.", "herons")])

    async with asked(at, stock) as client:
        made = await client.post("/l/news/v1/articles", json={"text": "Owls hunt."}, headers=ann)
        assert made.status_code == 202, made.text
        assert made.headers["location"] == made.json()["link"]
        assert made.headers["location"].startswith("/l/news/v1/jobs/")
        assert (await client.get(made.headers["location"], headers=ann)).status_code == 200
        said = await client.post("/l/news/v1/ask", json={"question": "herons?"}, headers=ann)
        assert "Herons wade" in said.text
        assert '"/l/news/v1/articles/' in said.text
        listed = await client.get("/l/notes/v1/articles", headers=zoe)
        assert listed.json()["total"] == 0
        assert (await client.get("/l/news/v1/articles", headers=ann)).json()["total"] == 1


def bare(answer: httpx.Response, name: str) -> tuple[int, str, dict[str, str]]:
    """What an answer tells, but for the library's name and what every answer has of its own."""
    told = {one: said for one, said in answer.headers.items() if not one.startswith(UNTOLD)}
    text = answer.text.replace(answer.headers["x-request-id"], "")
    return answer.status_code, text.replace(name, "NAME"), told


async def test_one_that_is_not_theirs_is_to_everybody_as_one_that_is_not(at: many.House) -> None:
    ann, zoe = key(at, "ann", "admin"), key(at, "zoe", "admin")
    wrong, none = bearing("ibid_wrong"), dict[str, str]()
    async with asked(at) as client:
        for path in ("/v1/articles", "/v1/docs", "/v1/nothing", "/metrics", "/mcp", "/healthz", ""):
            for method in ("GET", "POST", "DELETE"):
                guesses = [(wrong, 401)] if path == "/v1/articles" else []  # few are free
                for who, status in ((zoe, 404), (none, 401), *guesses):
                    answer = await client.request(method, f"/l/news{path}", headers=who)
                    missing = await client.request(method, f"/l/nothere{path}", headers=who)
                    assert bare(answer, "news") == bare(missing, "nothere")
                    is_of_programs = path.startswith(("/v1", "/metrics", "/mcp"))
                    assert not is_of_programs or answer.status_code == status, path
        assert (await client.get("/l/news/v1/docs", headers=ann)).status_code == 200


async def test_what_somebody_may_do_in_a_library_says_the_database_and_never_more_than_the_key(
    at: many.House, owners: Owners
) -> None:
    ann, bot, low = key(at, "ann"), key(at, "bot", "admin"), key(at, "low", "read")
    owners.share("news", "key:bot", "reader")
    owners.share("news", "key:low", "owner")
    new = {"name": "Birds"}
    async with asked(at) as client:

        async def made(who: dict[str, str]) -> int:
            return (await client.post("/l/news/v1/collections", json=new, headers=who)).status_code

        assert await made(bot) == 403
        assert await made(low) == 403
        assert (await client.get("/l/news/v1/articles", headers=low)).status_code == 200
        assert await made(ann) == 201
        owners.share("news", "key:bot", "editor")
        assert await made(bot) == 200
        owners.unshare("news", "key:bot")
        assert await made(bot) == 404


async def test_who_signs_in_sees_which_libraries_are_theirs_and_uses_them(
    at: many.House, owners: Owners
) -> None:
    users.add(at.state.users, "ben", PASSWORD, "reader")
    async with asked(at) as client:
        lost = await client.get("/l/news/v1/docs")
        assert lost.status_code == 401
        assert (await client.get("/l/news/")).headers["location"] == "/sign-in?next=/l/news/"
        given = {"name": "ben", "password": PASSWORD}
        came = await client.post("/sign-in?next=/l/news/", data=given)
        assert came.headers["location"] == "/l/news/"
        page = await client.get("/", headers={"Accept-Language": "en"})
        assert "No library is shared with you yet" in page.text
        assert "news" not in page.text and "notes" not in page.text
        assert (await client.get("/l/news/v1/articles")).status_code == 404
        owners.share("news", BEN, "editor")
        assert (
            '<a href="/l/news/v1/docs">news</a> <span>to change</span>'
            in (await client.get("/", headers={"Accept-Language": "en"})).text
        )
        german = await client.get("/de/")
        assert "Ihre Bibliotheken" in german.text and "zum Ändern" in german.text
        assert "notes" not in german.text
        assert (await client.get("/l/news/")).headers["location"] == "/l/news/v1/docs"
        assert (await client.get("/l/news/v1/articles")).json()["total"] == 0
        assert (await client.post("/sign-out")).headers["location"] == "/sign-in"
        assert (await client.get("/l/news/v1/articles")).status_code == 401


async def test_one_that_cannot_be_opened_is_told_and_the_others_go_on(
    at: many.House, owners: Owners
) -> None:
    ann, zoe = key(at, "ann"), key(at, "zoe")
    fails = True

    def stock(name: str, own: Library) -> None:
        if name == "news" and fails:
            raise LibraryError(f"{own.folder}: its disk is gone")

    async with asked(at, stock) as client:
        answer = await client.get("/l/news/v1/articles", headers=ann)
        assert answer.status_code == 503
        assert str(at.settings.library) not in answer.text
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert (await client.get("/l/notes/v1/articles", headers=zoe)).status_code == 200
        fails = False
        assert (await client.get("/l/news/v1/articles", headers=ann)).status_code == 200


async def test_while_the_database_is_away_each_is_told_and_later_all_goes_on(
    at: many.House, postgres: PostgresServer
) -> None:
    ann = key(at, "ann")
    async with asked(at) as client:
        assert (await client.get("/readyz")).json()["ready"] is True
        assert (await client.get("/l/news/v1/articles", headers=ann)).status_code == 200
        postgres.halt()
        try:
            assert (await client.get("/l/news/v1/articles", headers=ann)).status_code == 503
            assert (await client.get("/l/nothere/v1/articles", headers=ann)).status_code == 503
            assert (await client.get("/healthz")).status_code == 200
        finally:
            postgres.start()
        assert (await client.get("/l/news/v1/articles", headers=ann)).status_code == 200


async def test_as_many_are_open_as_may_be_and_one_that_is_asked_stays(
    at: many.House, owners: Owners
) -> None:
    live: list[str] = []
    seen: set[int] = set()

    @contextmanager
    def opening(name: str) -> Iterator[FastAPI]:
        live.append(name)
        seen.add(len(live))
        yield FastAPI()
        live.remove(name)

    shelves = Shelves(opening, most=2)
    async with shelves.using("busy"):
        for name in ("one", "two", "three", "one"):
            async with shelves.using(name):
                assert "busy" in live and name in live
        assert "busy" in live
    again = [shelves.using("one") for _ in range(2)]
    first, second = [await one.__aenter__() for one in again]
    assert first is second
    for one in again:
        await one.__aexit__(None, None, None)
    await shelves.end()
    assert live == []
    assert max(seen) <= 4  # one may close while the next opens


async def test_one_that_has_something_in_hand_stays_open_until_that_is_done() -> None:
    live, in_hand = list[str](), {"busy"}

    @contextmanager
    def opening(name: str) -> Iterator[FastAPI]:
        live.append(name)
        web = FastAPI()
        web.state.is_busy = lambda: name in in_hand
        yield web
        live.remove(name)

    shelves = Shelves(opening, most=1)
    for name in ("busy", "one", "two"):
        async with shelves.using(name):
            pass
    assert "busy" in live
    in_hand.clear()
    async with shelves.using("two"):
        pass
    await shelves.end()
    assert live == []


async def test_all_that_a_service_keeps_of_a_library_is_guarded_in_the_database(
    at: many.House, owners: Owners, postgres: PostgresServer
) -> None:
    ann = key(at, "ann")
    owners.share("news", BEN, "reader")
    async with asked(at) as client:
        await client.get("/l/news/v1/articles", headers=ann)
    mine = settings_of(at.settings, "news")
    database = Database(postgres.address, "news")
    history = History(places.of(mine).conversations)
    for owner in ("user:ben", ANN):
        history.save(owner, f"{owner}'s", [Exchange(f"What does {owner} ask?")])
    history.close()
    database.guard()
    engine = database.engine()
    with engine.connect() as db:
        assert unguarded(db, "ibid_news") == []
    engine.dispose()
    postgres.execute(
        "DROP ROLE IF EXISTS raw",
        "CREATE ROLE raw LOGIN NOSUPERUSER NOBYPASSRLS",
        "GRANT USAGE ON SCHEMA ibid, ibid_news, ibid_home TO raw",
        "GRANT SELECT ON ALL TABLES IN SCHEMA ibid, ibid_news, ibid_home TO raw",
    )
    raw = Database(postgres.address.replace("//postgres@", "//raw@"), "news")
    named = "SELECT tablename FROM pg_tables WHERE schemaname = 'ibid_{}'"
    for person, conversations in ((BEN, 1), (ANN, 1), ("key:zoe", 0), ("", 0)):
        raw.acts_as = person
        engine = raw.engine()
        with engine.connect() as db:
            found = {
                table: db.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
                for (table,) in db.exec_driver_sql(named.format("news")).all()
            }
            of_service = db.exec_driver_sql(named.format("home")).scalars().all()
            assert {"keys", "sessions", "users"} < {*of_service}
            for table in of_service:
                count = f"SELECT count(*) FROM ibid_home.{table}"
                assert db.exec_driver_sql(count).scalar_one() == 0, table
        engine.dispose()
        assert len(found) > 20
        assert found["conversations"] == found["exchanges"] == conversations
        for secret in ("keys", "users", "sessions", "secrets", "rates"):
            assert found[secret] == 0
        assert conversations or set(found.values()) == {0}
    postgres.execute("DROP OWNED BY raw", "DROP ROLE raw")
