"""A hundred libraries of two people each: whatever one of them asks, nothing of another's is told.

To open one with its window, and to put into it what is asked for, takes a while. So it is done with
a few of them, and with as many as `IBID_TEST_OPENED` says: 100 by hand.

Each library, and each of its people, has words of its own in whatever can be named: titles, texts,
files, collections, conversations, links, verdicts, wishes, runs. Its people ask every way in that
the service tells of, and every handler and function of the window, with the names and ids of
others: below their library's path, below another's, and by ways around.
"""

from __future__ import annotations

import json
import logging
import os
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import httpx
import pytest
from chroma_server import ChromaServer
from crowd import Person, Shelf, crowd, leave_about, visited
from housed import house
from postgres_server import PostgresServer
from prying import HELLO, Asked, Page, Pryer, Tool, Way, documented, listed, posted, routed, spoken

from rag.index.owners import Owners
from rag.index.postgres import Database
from rag.settings import Settings
from ui.window.server import many
from ui.window.server.routes import is_of_programs

log = logging.getLogger(__name__)

MANY = 100
OPENED = int(os.environ.get("IBID_TEST_OPENED", "3"))
SEED = int(os.environ.get("IBID_TEST_SEED", "21"))
ASKED_BY_EACH = int(os.environ.get("IBID_TEST_ASKED", "34"))
_WORDS = re.compile(r"\w+")
_HIDDEN = re.compile(r"(?:zq|pz|lz|fz)[0-9a-f]{10}")
_GIVEN = re.compile(r"\b(?:ans_|chatcmpl-)\w+")
_CHANGES = ("DELETE", "PATCH")
_ANSWERS = ("/v1/ask", "/v1/chat/completions")
_DOCUMENT, _CONFIG = Asked("GET", "/v1/openapi.json"), Asked("GET", "/config")


@pytest.fixture(params=["both nets", "the first net alone"])
def address(request: pytest.FixtureRequest, postgres: PostgresServer) -> Iterator[str]:
    """The database, as a service has it; or as one has it that passes by row-level security."""
    if request.param == "both nets":
        with postgres.as_service() as made:
            yield made
    else:
        yield postgres.address
        postgres.empty()


@pytest.fixture
def owners(address: str) -> Iterator[Owners]:
    with closing(Owners(address, keeps=True)) as made:
        yield made


@pytest.fixture
def at(
    owners: Owners,
    address: str,
    chroma_server: ChromaServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> many.House:
    """The service, which is started where something lies that is of no library."""
    leave_about(tmp_path)
    monkeypatch.chdir(tmp_path)
    settings = Settings(
        library=tmp_path / "home",
        database=address,
        chroma=chroma_server.address,
        api={"rate": 0},
        queue={"waiting": 100_000},
    )
    return house(settings, owners, has_windows=True)


class Search:
    """All that is asked, and that nothing of others is told."""

    def __init__(self, client: httpx.AsyncClient, made: list[Shelf], dice: random.Random) -> None:
        self._client = client
        self._made = made
        self._dice = dice
        self._known = {word for shelf in made for word in shelf.known}
        self._given: dict[str, str] = {}  # the ids of answers, and whose each is
        self._sessions: dict[str, str] = {}  # of whom each is
        self.statuses: Counter[int] = Counter()
        self.ways = 0
        self.deck: Iterator[Way | Tool | int | str] = iter(())

    async def begin(self, mine: Shelf) -> None:
        """Look up all that can be asked: ways in, handlers by number, and functions by name."""
        [person, _] = mine.people
        document = await self._own(mine, person, _DOCUMENT)
        page = Page(await self._own(mine, person, _CONFIG), "")
        names = [f"{place} {name}" for place, (_, name) in enumerate(page.functions)]
        routes = mine.app.routes if mine.app else []
        tools = await self._tools(mine, person)
        told = [*listed(), *documented(document), *routed(routes)]
        assert len(tools) > 3 and len(page.handlers) > 20 and len(names) > 20 and len(told) > 100
        ways: list[Way | Tool | int | str] = [*told, *tools, *range(len(page.handlers)), *names]
        self._dice.shuffle(ways)
        self.ways = len(ways)
        self.deck = cycle(ways)

    async def pry(self, mine: Shelf, person: Person) -> None:
        """Ask as one person of a library, all over, for what is another's."""
        document = await self._own(mine, person, _DOCUMENT)
        config = await self._own(mine, person, _CONFIG)
        question = {"question": f"What of the {mine.probe} heron?"}
        answered = await self._own(mine, person, posted("/v1/ask", question), by_key=True)
        person.answer = answered["id"]
        for way in islice(self.deck, ASKED_BY_EACH):
            theirs = self._dice.choice([one for one in self._made if one is not mine])
            changes = not isinstance(way, Way) or way.method in _CHANGES
            words = self._words_of(mine, person, theirs, changes=changes)
            pryer = Pryer(words, self._dice, document)
            if isinstance(way, Way):
                await self.ask(mine, person, theirs, pryer.asked(way))
                continue
            if isinstance(way, Tool):
                await self._speak(mine, person, theirs, pryer.called(way))
                continue
            session = self._dice.choice((person.name, theirs.people[0].name))
            page = Page(config, session, "/de" if self._dice.random() < 0.05 else "")
            for one in _of_page(page, way, pryer):
                answer = await self.ask(mine, person, theirs, one)
                if "queue/join" in one.path and answer.status_code != 200:
                    break  # nothing comes of it

    async def _tools(self, mine: Shelf, person: Person) -> list[Tool]:
        """What a program may call by the protocol; the session is kept."""
        root = f"/l/{mine.name}"
        answer, about = await self._send(mine, person, root, HELLO, by_key=True)
        assert answer.status_code == 200, about
        session = self._sessions[person.name] = answer.headers["mcp-session-id"]
        answer, about = await self._send(
            mine, person, root, spoken("tools/list", {}, session), by_key=True
        )
        [told] = [line for line in answer.text.splitlines() if line.startswith(("data:", "{"))]
        tools = json.loads(told.removeprefix("data:"))["result"]["tools"]
        return [Tool(one["name"], one["inputSchema"]) for one in tools]

    async def _speak(
        self, mine: Shelf, person: Person, theirs: Shelf, params: dict[str, Any]
    ) -> None:
        """Call a tool in a session of one's own, and in another's, which is none."""
        if person.name not in self._sessions:
            await self._tools(mine, person)
        others = self._dice.sample(sorted(self._sessions), min(2, len(self._sessions)))
        for whose in {person.name, *others}:
            session = self._sessions[whose]
            for by_key in (True, False) if whose == person.name else (True,):
                one = spoken("tools/call", params, session)
                root = f"/l/{mine.name}"
                answer, about = await self._send(mine, person, root, one, by_key=by_key)
                is_theirs = whose == person.name and by_key
                assert answer.status_code == (200 if is_theirs else 404), about

    def _words_of(self, mine: Shelf, person: Person, theirs: Shelf, *, changes: bool) -> list[str]:
        """What may be said: of another library, of the other person of one's own, and one's own
        where that changes nothing."""
        [beside] = [one for one in mine.people if one is not person]
        named = [theirs.name, *theirs.collections[:1], *theirs.people[0].principals]
        given = [one for one, whose in self._given.items() if whose != person.name]
        given = self._dice.sample(given, min(3, len(given)))
        own = [] if changes else self._dice.sample(sorted({*mine.own, *person.ids}), 3)
        return [*sorted(theirs.known), *named, *sorted(beside.ids), *given, *own]

    async def ask(self, mine: Shelf, person: Person, theirs: Shelf, one: Asked) -> httpx.Response:
        """Ask this below one's own library, another's, or none."""
        root = self._root(mine, theirs)
        by_key = is_of_programs(one.path) and self._dice.random() < 0.5
        answer, about = await self._send(mine, person, root, one, by_key=by_key)
        if root == f"/l/{theirs.name}":
            none = f"{theirs.name[:-1]}x"
            missing, _ = await self._send(mine, person, f"/l/{none}", one, by_key=by_key)
            assert bare(answer, theirs.name) == bare(missing, none), about
            assert not answer.is_success, about
        return answer

    def _root(self, mine: Shelf, theirs: Shelf) -> str:
        around = [
            "",
            f"/l/{mine.name}/l/{theirs.name}",
            f"/l/{mine.name}/../{theirs.name}",
            f"/l/{mine.name}%2f..%2f{theirs.name}",
            f"//l/{theirs.name}",
            f"/l/{theirs.name.upper()}",
            f"/l/{mine.name}/libraries/{theirs.name}",
        ]
        mostly = [f"/l/{mine.name}"] * 4 + [f"/l/{theirs.name}"] * 2
        return self._dice.choice([*mostly, self._dice.choice(around)])

    async def _own(self, mine: Shelf, person: Person, one: Asked, *, by_key: bool = False) -> Any:
        answer, about = await self._send(mine, person, f"/l/{mine.name}", one, by_key=by_key)
        assert answer.status_code == 200, about
        return answer.json()

    async def _send(
        self, mine: Shelf, person: Person, root: str, one: Asked, *, by_key: bool = False
    ) -> tuple[httpx.Response, str]:
        """An answer, in which nothing is told that is not for this person; and all about it."""
        who = person.key if by_key else person.page
        headers = {**who, **one.headers, "Accept": "application/json, text/event-stream"}
        answer = await self._client.request(
            one.method, f"{root}{one.path}", content=one.content, headers=headers
        )
        self.statuses[answer.status_code] += 1
        told = "\n".join([answer.text, *map(str, answer.headers.items())])
        about = f"{person.name}: {one.method} {root}{one.said} {answer.status_code} {told}"
        # Gradio answers so, in no words, where what its handlers are given makes no sense.
        assert answer.status_code != 500 or "gradio_api" in one.path, about
        if one.method != "GET" and answer.is_success:
            mine.said |= {*_WORDS.findall(one.said)}  # which may be kept, as a name
        words = {*_WORDS.findall(told)} - {*_WORDS.findall(one.said)} - mine.said
        [beside] = [other for other in mine.people if other is not person]
        own = {mine.hidden, person.hidden, person.linked, person.opinion}
        own |= {beside.opinion} if person.role == "owner" else set()
        own |= {beside.linked} if beside.link in f"{one.said} {mine.said}" else set()
        assert set(_HIDDEN.findall(told)) <= own, about
        assert not (self._known & words) - {mine.probe, *mine.own, *person.ids}, about
        found = {*_GIVEN.findall(told)} - {*_GIVEN.findall(one.said)}
        others = {given for given in found if self._given.get(given, person.name) != person.name}
        assert person.role == "owner" or not others, about  # who reads what all think of answers
        for given in found - others if one.path in _ANSWERS else ():
            self._given.setdefault(given, person.name)
        return answer, about

    async def check(self, mine: Shelf, person: Person) -> None:
        """What is theirs is there as it was, and counted as what it is; so is what they were given
        a link to, and nothing else of whoever gave it."""
        [beside] = [other for other in mine.people if other is not person]
        articles = await self._own(mine, person, Asked("GET", "/v1/articles"))
        assert articles["total"] == mine.articles == len(articles["articles"])
        jobs = {one["id"] for one in (await self._own(mine, person, _JOBS))["jobs"]}
        assert jobs & {*person.jobs} and not jobs & {*beside.jobs}
        root = f"/l/{mine.name}"
        for path, word in (
            (f"/conversations/{person.conversation}.json", person.hidden),
            (f"/answers/{beside.link}.json", beside.linked),
        ):
            answer, about = await self._send(mine, person, root, Asked("GET", path))
            assert answer.status_code == 200 and word in answer.text, about
        if person.role == "owner":
            page = Page(await self._own(mine, person, _CONFIG), person.name)
            bench = page.named("evaluation")
            told = await self._own(mine, person, page.called(bench, "look", {}))
            assert [run["name"] for run in told["runs"]] == [mine.run]
            assert told["older"] == 0  # of what lies where the service was started
            told = await self._own(mine, person, page.called(bench, "candidates", {}))
            assert told["files"] == []
        for given, status in ((beside.answer, 404), (person.answer, 201)):
            said = {"answer_id": given, "verdict": "up", "comment": person.opinion}
            thought = posted("/v1/feedback", said)
            answer, about = await self._send(mine, person, root, thought, by_key=True)
            assert answer.status_code == status, about
        lost = Asked("GET", f"/conversations/{beside.conversation}.json")
        answer, about = await self._send(mine, person, root, lost)
        assert answer.status_code == 404, about


_JOBS = Asked("GET", "/v1/jobs")


def _of_page(page: Page, way: int | str, pryer: Pryer) -> list[Asked]:
    """An event and what comes of it, or a function called with this and that."""
    if isinstance(way, int):
        number = page.handlers[way]
        return [page.predicted(number, pryer), page.joined(number, pryer), page.followed()]
    component, name = page.functions[int(way.split()[0])]
    return [page.called(component, name, given) for given in pryer.all_given()]


def bare(answer: httpx.Response, name: str) -> str:
    """What an answer tells, but for the library's name and the request's id."""
    text = answer.text.replace(answer.headers["x-request-id"], "")
    return f"{answer.status_code} {text.replace(name, 'NAME')}"


@pytest.mark.timeout(300 + 60 * OPENED)
async def test_whatever_is_asked_nothing_of_anothers_library_or_person_is_told_or_changed(
    at: many.House, owners: Owners, postgres: PostgresServer
) -> None:
    dice = random.Random(SEED)
    made = crowd(at, owners, dice, MANY, OPENED)
    began = time.monotonic()
    async with visited(at, made) as client:
        for one in made:
            opened = await client.get(f"/l/{one.name}/v1/articles", headers=one.people[0].key)
            assert opened.status_code == 200, opened.text
        stocked = time.monotonic()
        search = Search(client, made, dice)
        await search.begin(made[0])
        for one in made:
            for person in one.people:
                await search.pry(one, person)
            for person in one.people:
                await search.check(one, person)
            log.info("%s: %d requests", one.name, search.statuses.total())
    count = search.statuses.total()
    log.info("seed %d, %d ways in; %d libraries", SEED, search.ways, OPENED)
    log.info("stocked in %.0f s, all in %.0f s", stocked - began, time.monotonic() - began)
    log.info("%d requests: %s", count, dict(sorted(search.statuses.items())))
    assert search.statuses[200] > count / 10
    for one in made:
        schema = Database(postgres.address, one.name).schema
        for table, had in (("articles", one.articles), ("conversations", 2), ("links", 2)):
            query = f"SELECT count(*) FROM \"{schema}\".{table} AS one WHERE one::text ~ '{{}}'"
            marks = (
                [one.hidden] if table == "articles" else [two.conversation for two in one.people]
            )
            found = sum(postgres.execute(query.format(mark))[0][0] for mark in marks)
            assert found == had, (one.name, table)
    assert len(owners.all()) == MANY
