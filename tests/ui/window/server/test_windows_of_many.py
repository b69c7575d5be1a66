"""A window over several libraries: each is below its own path, and there for its own people."""

from __future__ import annotations

import asyncio
import gc
import re
import weakref
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from chroma_server import ChromaServer
from housed import HERE, house, opening
from paged import Paged, paged
from postgres_server import PostgresServer
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from tiny import make_article

from rag.index.library import Library
from rag.index.owners import Owners
from rag.settings import Settings
from ui import strings, users
from ui.window.app import Window
from ui.window.page import scripts
from ui.window.server import many
from ui.window.server.routes import ROUTES, is_of_programs

PASSWORD = "correct horse"
PEOPLE = ("ann", "ben", "eve")
TEXTS = {"news": "Herons wade at dusk.", "notes": "Owls hunt at night."}
QUESTION = "What do herons do at dusk?"


@pytest.fixture
def at(
    owners: Owners, postgres: PostgresServer, chroma_server: ChromaServer, tmp_path: Path
) -> many.House:
    """News are Ann's, notes are Ben's, and Eve may read both."""
    owners.create("news", "user:ann")
    owners.create("notes", "user:ben")
    for name in ("news", "notes"):
        owners.share(name, "user:eve", "reader")
    settings = Settings(
        library=tmp_path / "home",
        database=postgres.address,
        chroma=chroma_server.address,
    )
    made = house(settings, owners, has_windows=True)
    for name in PEOPLE:
        users.add(made.state.users, name, PASSWORD, "reader")
    return made


def one_at_a_time(at: many.House) -> None:
    """Have one library open, and no more if nobody uses them."""
    limits = at.settings.api.model_copy(update={"libraries": 1})
    at.settings = at.settings.model_copy(update={"api": limits})


def stocked(name: str, own: Library) -> None:
    own.add([make_article(TEXTS[name], name)])


@asynccontextmanager
async def signed_in(
    at: many.House, *names: str, around: Callable[[ASGIApp], ASGIApp] = lambda app: app
) -> AsyncIterator[list[httpx.AsyncClient]]:
    """A browser of each, who have signed in to the service while it lives."""
    web = many.application(at, partial(opening, at, stocked))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(web.router.lifespan_context(web))
        app: Any = around(web)
        way = httpx.ASGITransport(app, raise_app_exceptions=True, client=("127.0.0.1", 4321))
        browsers = []
        for name in names:
            made = httpx.AsyncClient(
                transport=way, base_url=HERE, headers={"Accept-Language": "en"}
            )
            browser = await stack.enter_async_context(made)
            came = await browser.post("/sign-in", data={"name": name, "password": PASSWORD})
            assert came.status_code == 303
            assert (await browser.get("/")).status_code == 200  # which makes the browser known
            browsers.append(browser)
        yield browsers


async def said(page: Paged, question: str) -> str:
    """The name of the conversation that a question begins, once it is answered."""
    await page.fire("reader", "ask_brought", {"question": question})
    await page.fire("reader", "watch_answer")
    (newest, *_) = await page.call("drawer", "list_conversations", "")
    assert newest["title"] == question
    return str(newest["id"])


async def test_whoever_signs_in_is_led_from_the_list_to_the_window_of_each_library_and_back(
    at: many.House,
) -> None:
    async with signed_in(at, "ann", "eve") as (ann, eve):
        await paged(ann, "/l/news")  # from then on it is known how many articles it has
        listed = (await ann.get("/")).text
        assert '<a href="/l/news/">news</a> <span>1 article · your own</span>' in listed
        assert "notes" not in listed
        assert '<a href="/l/notes/">notes</a> <span>to read</span>' in (await eve.get("/")).text
        bare = await ann.get("/l/news?chat=" + "0" * 32)
        assert bare.headers["location"] == "/l/news/?chat=" + "0" * 32
        page = await ann.get("/l/news/")
        assert page.status_code == 200
        assert '<meta name="ibid-root" content="/l/news">' in page.text
        head = page.text.partition("</head>")[0]
        asked = re.findall(r'(?:src|href)="(/[^"]+)"', head)
        assert {(await ann.get(path)).status_code for path in asked} == {200}
        window = await paged(ann, "/l/news")
        assert window.config["root"] == f"{HERE}/l/news"
        masthead = (await window.load())[0][0]
        assert 'href="/"' in masthead and "news" in masthead and "1 article" in masthead
        for asset in re.findall(r'(?:src|href)="\./(assets/[^"]+)"', page.text)[:3]:
            assert (await ann.get(f"/l/news/{asset}")).status_code == 200
        assert (await ann.get(scripts.address())).status_code == 200
        docs = await ann.get("/l/news/v1/docs")
        assert docs.status_code == 200


async def test_each_language_has_its_window_of_a_library_and_asks_there(at: many.House) -> None:
    async with signed_in(at, "ann", "eve") as (ann, eve):
        led = await ann.get("/l/news/", headers={"Accept-Language": "de"})
        assert led.headers["location"] == "/l/news/de/"
        assert 'lang="de"' in (await ann.get("/l/news/de/")).text
        chosen = await ann.get("/l/news/language/de?chat=" + "0" * 32)
        assert chosen.headers["location"] == "/l/news/de/?chat=" + "0" * 32
        first = await paged(ann, "/l/news/de")
        assert first.config["root"] == f"{HERE}/l/news/de"
        # Whoever opened it first is nobody to the next.
        theirs = await paged(eve, "/l/news/de")
        name = await said(theirs, QUESTION)
        assert await first.call("drawer", "list_conversations", "") == []
        kept = await eve.get(f"/l/news/conversations/{name}.md?language=de")
        assert "Herons wade" in kept.text
        assert (await ann.get(f"/l/news/conversations/{name}.md")).status_code == 404


async def test_a_question_is_answered_from_its_library_and_kept_for_whoever_asked_there_alone(
    at: many.House,
) -> None:
    async with signed_in(at, "ann", "eve") as (ann, eve):
        window = await paged(eve, "/l/news")
        name = await said(window, QUESTION)
        kept = (await eve.get(f"/l/news/conversations/{name}.md")).text
        assert "Herons wade" in kept and QUESTION in kept
        again = await paged(eve, "/l/news")
        shown = str(await again.load(chat=name))
        assert QUESTION in shown and "#cite-" in shown
        link = (await window.call("reader", "link_answer", [name, 0]))["link"]
        await window.call("settings", "change_settings", {"passages": 3})

        hers = await paged(ann, "/l/news")
        assert await hers.call("drawer", "list_conversations", "") == []
        assert QUESTION not in str(await hers.load(chat=name))
        assert QUESTION in str(await hers.load(answer=link))  # it was given to be read here
        usual = (await hers.call("settings", "look_settings"))["passages"]
        assert usual != 3

        other = await paged(eve, "/l/notes")
        assert await other.call("drawer", "list_conversations", "") == []
        assert (await other.call("settings", "look_settings"))["passages"] == usual
        for way in (f"conversations/{name}", f"answers/{link}"):
            assert (await eve.get(f"/l/notes/{way}.md")).status_code == 404
        assert QUESTION not in str(await other.load(chat=name))
        assert QUESTION not in str(await other.load(answer=link))
        assert (await window.call("settings", "look_settings"))["passages"] == 3


async def test_each_may_do_in_the_window_what_their_role_in_that_library_allows(
    at: many.House, owners: Owners
) -> None:
    paper = {"files": ("paper.txt", b"Ravens remember faces.", "text/plain")}
    refused = {"problem": strings.NOT_ALLOWED}
    async with signed_in(at, "ann", "eve") as (ann, eve):
        mine, theirs = await paged(ann, "/l/news"), await paged(eve, "/l/news")
        (article,) = (await mine.call("library", "look"))["articles"]
        assert (await theirs.call("library", "look"))["may_edit"] is False
        assert (await eve.post("/l/news/gradio_api/upload", files=paper)).status_code == 403
        assert await theirs.call("library", "remove", {"ids": [article["id"]]}) == refused
        assert await theirs.call("evaluation", "look") == refused
        assert (await eve.get("/l/news/runs/x.html")).status_code == 403
        assert (await theirs.call("reader", "get_article", article["id"]))["text"] == TEXTS["news"]

        owners.share("news", "user:eve", "editor")
        assert (await theirs.call("library", "look"))["may_edit"] is True
        (word,) = (await eve.post("/l/news/gradio_api/upload", files=paper)).json()
        taken = {"path": word, "name": "paper.txt"}
        assert "problem" in await mine.call("library", "add_file", taken)  # it is Eve's
        assert "number" in await theirs.call("library", "add_file", taken)
        assert await theirs.call("evaluation", "look") == refused
        assert "problem" not in await mine.call("evaluation", "look")
        async with asyncio.timeout(60):
            while (await mine.call("library", "poll", {}))["tally"].get("added") != 1:
                await asyncio.sleep(0.05)
        assert len((await mine.call("library", "look"))["articles"]) == 2


def path_of(template: str) -> str:
    """One of the paths that a way in takes."""
    path = re.sub(r"\(([^()|]*)\|[^()]*\)", r"\1", template)
    return re.sub(r"\[[^\]]*\]", "", path).replace("{}", "0")


def bare(answer: httpx.Response, name: str) -> tuple[int, str, list[tuple[str, str]]]:
    """What an answer tells, but for the library's name and what every answer has of its own."""
    own = ("x-request-id", "content-length", "ratelimit")
    told = [(key, said) for key, said in answer.headers.items() if not key.startswith(own)]
    text = answer.text.replace(answer.headers["x-request-id"], "")
    return answer.status_code, text.replace(name, "NAME"), told


async def test_every_way_into_the_window_of_anothers_library_is_as_that_of_none(
    at: many.House,
) -> None:
    async with signed_in(at, "ann", "ben") as (ann, ben):
        page = await paged(ann, "/l/news")
        for way in ROUTES:
            for home in ("", "/de"):
                path = f"{home}{path_of(way.template)}"
                for method in way.methods.split():
                    sent = {"session_hash": page.name, "data": [], "fn_index": 0}
                    given = sent if method == "POST" else None
                    theirs = await ben.request(method, f"/l/news{path}", json=given)
                    none = await ben.request(method, f"/l/nothere{path}", json=given)
                    assert bare(theirs, "news") == bare(none, "nothere"), path
                    assert theirs.status_code == 404, (path, theirs.text)
                    if not is_of_programs(path):
                        assert theirs.text == strings.NO_SUCH_PAGE


async def test_whoever_a_library_is_taken_from_is_out_of_its_window_at_once(
    at: many.House, owners: Owners
) -> None:
    async with signed_in(at, "eve") as (eve,):
        page = await paged(eve, "/l/news")
        assert await page.call("drawer", "list_conversations", "") == []
        owners.unshare("news", "user:eve")
        for path in ("/l/news/", "/l/news/config", "/l/news/healthz"):
            assert (await eve.get(path)).status_code == 404
        assert "news" not in (await eve.get("/")).text


async def run_of(browser: httpx.AsyncClient, name: str) -> str:
    """What tells a window of a library from the next one of it."""
    return str((await browser.get(f"/l/{name}/healthz")).json()["run"])


async def test_a_window_stays_while_a_page_of_it_is_open_and_the_next_one_is_another(
    at: many.House,
) -> None:
    is_open = asyncio.Event()

    def watched(app: ASGIApp) -> ASGIApp:
        async def watching(scope: Scope, receive: Receive, send: Send) -> None:
            async def noted(message: Message) -> None:
                if "heartbeat" in scope["path"]:
                    is_open.set()
                await send(message)

            await app(scope, receive, noted)

        return watching

    one_at_a_time(at)
    async with signed_in(at, "eve", around=watched) as (eve,):
        first = await run_of(eve, "news")
        page = asyncio.create_task(eve.get("/l/news/gradio_api/heartbeat/page"))
        await is_open.wait()
        await run_of(eve, "notes")
        assert await run_of(eve, "news") == first
        page.cancel()
        await asyncio.gather(page, return_exceptions=True)
        await run_of(eve, "notes")
        assert await run_of(eve, "news") != first


async def test_of_a_window_that_was_closed_nothing_stays_in_memory(at: many.House) -> None:
    def windows() -> list[Window]:
        return [one for one in gc.get_objects() if type(one) is Window]

    one_at_a_time(at)
    before = {id(one) for one in windows()}
    async with signed_in(at, "eve") as (eve,):
        await paged(eve, "/l/news")
        made = [weakref.ref(one) for one in windows() if id(one) not in before]
        assert made
        await run_of(eve, "notes")
        async with asyncio.timeout(60):
            while any(one() for one in made):
                await asyncio.sleep(0.1)
                gc.collect()


async def test_two_libraries_that_are_opened_at_once_have_each_their_own_window(
    at: many.House,
) -> None:
    async with signed_in(at, "eve") as (eve,):
        ways = ("/l/news", "/l/notes", "/l/news/de", "/l/notes/de")
        pages = await asyncio.gather(*(paged(eve, way) for way in ways))
        numbers = {len(page.config["components"]) for page in pages}
        assert len(numbers) == 1
        for page, way in zip(pages, ways, strict=True):
            assert way.split("/")[2] in (await page.load())[0][0]
