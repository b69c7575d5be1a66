"""A hundred libraries of two people each: whatever one of them asks, nothing of another's is told.

To open one and put articles into it takes most of a second. So it is done with a few of them, and
with as many as `IBID_TEST_OPENED` says: 100 by hand.

Each library has words of its own in whatever can be named: titles, texts, sources, collections,
questions. Its people ask every way in there is, below every library's path, with the names and ids
of others.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from chroma_server import ChromaServer
from housed import asked, house, key
from postgres_server import PostgresServer
from tiny import make_article

from rag.index.library import Library
from rag.index.owners import Owners
from rag.index.postgres import Database
from rag.settings import Settings
from ui.window.server import many
from ui.window.server.routes import ROUTES, Route, is_of_programs

MANY = 100
OPENED = int(os.environ.get("IBID_TEST_OPENED", "6"))
ASKED_BY_EACH = 24
SEED = 21
_PATIENCE_S = 60
_HIDDEN = re.compile(r"zq[0-9a-f]{10}")
_GAP = re.compile(r"\{\}")
_MAYBE = re.compile(r"\[([^\]]*)\]")
_CHOICE = re.compile(r"\(([^()]*\|[^()]*)\)")


@dataclass
class Shelf:
    """A library, whose two people send these headers.

    ``hidden`` is a word of all its texts and titles that nobody else ever says; by its ``probe``,
    which they say, its articles would be found.
    """

    name: str
    hidden: str
    probe: str
    people: tuple[dict[str, Any], dict[str, Any]]
    articles: int
    ids: list[str] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)
    said: set[str] = field(default_factory=set)

    @property
    def collections(self) -> list[str]:
        return [f"Of {self.probe}", f"Of {self.hidden}"]

    @property
    def known(self) -> set[str]:
        """What others say of it."""
        return {self.probe, *self.ids, *self.jobs}


@pytest.fixture
def at(
    owners: Owners, postgres: PostgresServer, chroma_server: ChromaServer, tmp_path: Path
) -> many.House:
    settings = Settings(
        library=tmp_path / "home", database=postgres.address, chroma=chroma_server.address
    )
    return house(settings, owners)


def shelves(at: many.House, owners: Owners, dice: random.Random) -> list[Shelf]:
    made = []
    for number in range(MANY):
        name, (hidden, probe) = f"lib-{number}", (f"{dice.getrandbits(40):010x}" for _ in "ab")
        first, second = key(at, f"own-{number}", "admin"), key(at, f"two-{number}")
        owners.create(name, f"key:own-{number}")
        owners.share(name, f"key:two-{number}", dice.choice(["reader", "editor"]))
        made.append(Shelf(name, f"zq{hidden}", f"qk{probe}", (first, second), dice.randint(1, 3)))
    return made


def stock(shelf: Shelf, own: Library) -> None:
    """Put what is only theirs into a library."""
    words = f"The {shelf.probe} {shelf.hidden} heron wades at dusk, number {{}}."
    articles = [
        make_article(words.format(number), f"{shelf.hidden}-{number}", title=f"On {shelf.hidden}")
        for number in range(shelf.articles)
    ]
    shelf.ids = [added.article.id for added in own.add(articles)]
    for name in shelf.collections:
        own.create_collection(name)
        own.collect(name, shelf.ids)


async def begin(client: httpx.AsyncClient, one: Shelf) -> None:
    """Ask for something, and have something done."""
    owner, root = one.people[0], f"/l/{one.name}/v1"
    said = await client.post(f"{root}/ask", json={"question": f"{one.probe}?"}, headers=owner)
    assert one.hidden in said.text
    done = await client.post(f"{root}/articles/sync", json={}, headers=owner)
    assert done.status_code == 202, done.text
    one.jobs.append(done.json()["id"])


def path_of(route: Route, gaps: list[str], dice: random.Random) -> str:
    """A path that a route's pattern may take, with these words in it."""
    path = _MAYBE.sub(lambda found: found[1] if dice.random() < 0.5 else "", route.template)
    path = _CHOICE.sub(lambda found: dice.choice(found[1].split("|")), path)
    return _GAP.sub(lambda _: quote(dice.choice(gaps), safe=""), path)


def body_about(theirs: Shelf, dice: random.Random) -> dict[str, Any]:
    """What some way in or other may read, of another's."""
    fields: dict[str, Any] = {
        "question": f"What of the {theirs.probe} heron?",
        "query": theirs.probe,
        "name": theirs.collections[0],
        "articles": theirs.ids,
        "article_ids": theirs.ids,
        "add": theirs.ids,
        "filter": {"collections": theirs.collections[:1]},
        "collections": theirs.collections[:1],
        "model": f"ibid/{theirs.collections[0]}",
        "messages": [{"role": "user", "content": f"{theirs.probe}?"}],
        "title": "Mine",
        "conversation_id": next(iter(theirs.ids), theirs.name),
        "session_hash": theirs.name,
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "search", "arguments": {"query": theirs.probe}},
    }
    few = dice.choice([["question"], ["query"], ["name"], ["model", "messages"], ["articles"]])
    names = few if dice.random() < 0.7 else [one for one in fields if dice.random() < 0.5]
    return {name: fields[name] for name in names}


def root_of(mine: Shelf, theirs: Shelf, dice: random.Random) -> str:
    """Where it is asked: in one's own, in another's, in none, and by ways around."""
    around = [
        "",
        f"/l/{mine.name}/l/{theirs.name}",
        f"/l/{mine.name}/../{theirs.name}",
        f"/l/{mine.name}%2f..%2f{theirs.name}",
        f"//l/{theirs.name}",
        f"/l/{theirs.name.upper()}",
        f"/l/{mine.name}/libraries/{theirs.name}",
    ]
    return dice.choice([f"/l/{mine.name}", f"/l/{theirs.name}", dice.choice(around)])


async def answer_to(client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    return await asyncio.wait_for(client.send(request), _PATIENCE_S)


def all_of(answer: httpx.Response) -> str:
    return "\n".join([answer.text, *(f"{name}: {value}" for name, value in answer.headers.items())])


def bare(answer: httpx.Response, name: str) -> str:
    """What an answer tells, but for the library's name and the request's id."""
    text = answer.text.replace(answer.headers["x-request-id"], "")
    return f"{answer.status_code} {text.replace(name, 'NAME')}"


async def pry(
    client: httpx.AsyncClient, mine: Shelf, others: list[Shelf], dice: random.Random
) -> None:
    """Ask as one of a library's people, all over, for what is another's."""
    known = {word: one for one in others for word in one.known}
    for route in dice.choices(ROUTES, k=ASKED_BY_EACH):
        theirs = dice.choice(others)
        method = dice.choice(route.methods.split())
        gaps = [*theirs.ids, *theirs.jobs, theirs.collections[0], theirs.name, "own-1"]
        path, root = path_of(route, gaps, dice), root_of(mine, theirs, dice)
        sent = body_about(theirs, dice) if method in ("POST", "PATCH") else None
        headers = {**dice.choice(mine.people), "Accept": "application/json, text/event-stream"}
        request = client.build_request(method, f"{root}{path}", json=sent, headers=headers)
        mine.said |= {word for word in theirs.known if word in f"{path} {json.dumps(sent)}"}
        answer = await answer_to(client, request)
        told = all_of(answer)
        about = f"{method} {root}{path} {sent} {answer.status_code} {told}"
        assert set(_HIDDEN.findall(told)) <= {mine.hidden}, about
        leaked = {word for word in known if word in told and word not in mine.said}
        assert not leaked, about
        if root == f"/l/{theirs.name}":
            # By a key nobody comes in to a window: whoever wants that is asked to sign in.
            assert answer.status_code in ((404,) if is_of_programs(path) else (303, 401)), about
            none = f"/l/{theirs.name[:-1]}x"
            same = client.build_request(method, f"{none}{path}", json=sent, headers=headers)
            missing = await answer_to(client, same)
            assert bare(answer, theirs.name) == bare(missing, f"{theirs.name[:-1]}x"), about
    for person in mine.people:
        own = (await client.get(f"/l/{mine.name}/v1/articles", headers=person)).json()
        assert own["total"] == mine.articles == len(own["articles"])
        found = {"query": f"{mine.probe} heron wades", "k": 50}
        passages = await client.post(f"/l/{mine.name}/v1/search", json=found, headers=person)
        assert {one["article"]["id"] for one in passages.json()["passages"]} == {*mine.ids}


async def test_whatever_is_asked_nothing_of_anothers_library_is_told_or_changed(
    at: many.House, owners: Owners, postgres: PostgresServer
) -> None:
    dice = random.Random(SEED)
    all_of_them = shelves(at, owners, dice)
    made = sorted(dice.sample(all_of_them, OPENED), key=lambda one: one.name)
    empty = [one for one in all_of_them if one not in made]
    by_name = {one.name: one for one in made}
    async with asked(at, lambda name, own: stock(by_name[name], own)) as client:
        for number, one in enumerate(made):
            await begin(client, one)
            if number:
                await pry(client, one, [*made[:number], *empty], dice)
        for number, one in enumerate(made[-5:], OPENED - 5):  # those that are open still
            await pry(client, one, made[:number] + made[number + 1 :], dice)
    for one in made:
        schema = Database(postgres.address, one.name).schema
        counted = postgres.execute(f'SELECT count(*) FROM "{schema}".articles')
        assert counted == [(one.articles,)]
    assert len(owners.all()) == MANY
