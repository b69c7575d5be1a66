"""Many libraries of two people each, in each of which stands what nobody else may be told."""

from __future__ import annotations

import random
import secrets
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from hearing import Hearing
from housed import HERE, ReadyEngine, key
from kept import kept
from pdfs import make_pdf
from rows import row
from tiny import TinyEmbedder, make_article

from eval.runs.sharing import sharing
from rag.index import catalogs
from rag.index.library import Library, opened
from rag.index.owners import Owners, settings_of
from rag.loaders import read_file
from rag.schema import Answer, Article, ArticleInfo, Citation, Sentence
from rag.settings import Settings
from ui import users
from ui.queue.store import Store, Wanted
from ui.state import places
from ui.state.sessions import Session
from ui.window.conversation.history import History
from ui.window.conversation.links import Links
from ui.window.conversation.types import Exchange
from ui.window.server import many
from ui.window.server.auth import SESSION
from ui.wishes import Kept, Wishes

PASSWORD = "correct horse battery"
NOBODYS = "zqffffffffff"
"""A word of what is of no library."""
_FOREVER_S = 3600.0


@dataclass
class Person:
    """Somebody who signs in, and whose programs have a key, each of which is one of the library.

    ``hidden`` is a word of all that is theirs alone, their conversations and files; ``linked`` one
    of the answer to which they gave a ``link``; and ``opinion`` one of what they think of answers,
    which the owners of the library read too.
    """

    name: str
    role: str
    key: dict[str, Any]
    page: dict[str, Any]
    hidden: str
    linked: str
    opinion: str
    conversation: str
    link: str = ""
    answer: str = ""
    jobs: list[str] = field(default_factory=list)

    @property
    def principals(self) -> tuple[str, str]:
        return f"user:{self.name}", f"key:{self.name}"

    @property
    def ids(self) -> set[str]:
        """What of theirs has a name that others might say."""
        return {self.conversation, *self.jobs, *([self.link] if self.link else [])}


@dataclass
class Shelf:
    """A library. ``hidden`` is a word of all its texts, titles, files and runs that nobody else
    ever says; by its ``probe``, which they say, its articles would be found. Its own people have
    ``said`` these words, and may find them again."""

    name: str
    hidden: str
    probe: str
    people: tuple[Person, Person]
    articles: int
    ids: list[str] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    run: str = ""
    app: FastAPI | None = None
    said: set[str] = field(default_factory=set)

    @property
    def collections(self) -> list[str]:
        return [f"Of {self.probe}", f"Of {self.hidden}"]

    @property
    def own(self) -> set[str]:
        """The ids of what belongs to the library, and so to both people."""
        return {*self.ids, *self.digests, *([self.run] if self.run else [])}

    @property
    def known(self) -> set[str]:
        """What others say of it."""
        return {self.probe, *self.own}.union(*(person.ids for person in self.people))


def crowd(
    at: many.House, owners: Owners, dice: random.Random, count: int, opened: int
) -> list[Shelf]:
    """So many libraries of two people each; those of them that are to be ``opened``, in which
    there is nothing yet. The people of no other one ask anything."""
    users.add(at.state.users, "first", PASSWORD)
    hashed = users.read(at.state.users)["first"].hashed  # to make one takes most of a second
    made = []
    for number in sorted(dice.sample(range(count), opened)):
        roles = ("owner", dice.choice(["reader", "editor"]))
        first, second = (
            _person(at, f"{what}-{number}", role, hashed, dice)
            for what, role in zip(("own", "two"), roles, strict=True)
        )
        hidden, probe = (f"{dice.getrandbits(40):010x}" for _ in "ab")
        name, articles = f"lib-{number}", dice.randint(1, 3)
        made.append(Shelf(name, f"zq{hidden}", f"qk{probe}", (first, second), articles))
    for number in range(count):
        owners.create(f"lib-{number}", f"user:own-{number}")
        owners.share(f"lib-{number}", f"user:two-{number}", "reader")
    for shelf in made:
        for person in shelf.people:
            for principal in person.principals:
                owners.share(shelf.name, principal, person.role)
    return made


def _person(at: many.House, name: str, role: str, hashed: str, dice: random.Random) -> Person:
    at.state.users.put(name, users.User(hashed, "reader"))  # type: ignore[union-attr]
    token, now = secrets.token_urlsafe(32), at.doors.now()
    at.state.signed_in.begin(token, Session(name, hashed, now + _FOREVER_S), now)
    words = (f"{kind}{dice.getrandbits(40):010x}" for kind in ("pz", "lz", "fz"))
    page = {"Cookie": f"{SESSION}={token}; ibid_language=en", "Origin": HERE}
    return Person(name, role, key(at, name, "admin"), page, *words, f"{dice.getrandbits(128):032x}")


def stock(at: many.House, shelf: Shelf, own: Library) -> None:
    """Put into a library, once, what is only theirs who have it."""
    if shelf.ids:
        return
    words = f"The {shelf.probe} {shelf.hidden} heron wades at dusk, number {{}}."
    articles = [
        make_article(words.format(number), f"{shelf.hidden}-{number}", title=f"On {shelf.hidden}")
        for number in range(shelf.articles)
    ]
    mine = settings_of(at.settings, shelf.name)
    articles[0] = _with_pages(mine, articles[0].text, shelf.hidden)
    added = [one.article for one in own.add(articles)]
    shelf.ids = [article.id for article in added]
    shelf.digests = [article.digest[:8] for article in added]
    for name in shelf.collections:
        own.create_collection(name)
        own.collect(name, shelf.ids)
    shelf.run = f"{shelf.probe}-run"
    one = row(shelf.hidden, "answered")
    case = replace(one.case, question=shelf.hidden, answers=(shelf.hidden,))
    runs = mine.library / "runs"
    with sharing(mine, runs):
        kept(runs / shelf.run, [replace(one, case=case)])
    with closing(places.of(mine)) as state, closing(Store(mine)) as queue:
        history = History(state.conversations)
        for person in shelf.people:
            _keep(person, history)
            Kept(state.wishes).keep(person.principals[0], Wishes(model=person.hidden))
            file = make_pdf([[f"A file of {person.hidden}."]], person.hidden)
            for principal in person.principals:
                wanted = Wanted("add", [f"{person.hidden}.pdf"], {}, {0: file}, principal)
                person.jobs += queue.put([wanted])


def _with_pages(mine: Settings, text: str, title: str) -> Article:
    """An article of a PDF whose pages can be shown."""
    file = mine.library / "sent.pdf"
    file.write_bytes(make_pdf([[text]], title))
    article = read_file(file)
    catalogs.of(mine).originals().keep(article.digest, file)
    file.unlink()
    return article


def _keep(person: Person, history: History) -> None:
    """A conversation, a link to its second answer, and what they think of the first."""
    owner = person.principals[0]
    said = [exchange(word) for word in (person.hidden, person.linked, person.hidden)]
    assert history.save(owner, person.conversation, said)
    history.record_feedback(owner, person.conversation, 1, "down", person.opinion)
    person.link = Links(history).give(owner, person.conversation, 1)


def exchange(word: str) -> Exchange:
    """A question and its answer, whole, in all of which a word stands."""
    article = ArticleInfo("a1", f"On {word}", f"https://{word}.example", None, None, "en", "d")
    cited = Citation(1, article, 0, 8, f"Cites {word}.")
    told = (Sentence(f"Told of {word}.", (cited,), "verified"),)
    answer = Answer(f"What of {word}?", told, (), (cited,), "answered")
    return Exchange(answer.question, answer, "done")


def leave_about(folder: Path) -> None:
    """Put where a service is started what is of no library: a run, and cases that were proposed."""
    kept(folder / "runs" / NOBODYS, [row(NOBODYS, "answered")], settings={})
    (folder / f"{NOBODYS}.candidates.jsonl").write_text("{}\n")


@contextmanager
def _opening(at: many.House, shelves: Sequence[Shelf], name: str) -> Iterator[FastAPI]:
    [shelf] = [one for one in shelves if one.name == name]
    with opened(settings_of(at.settings, name), TinyEmbedder()) as own:
        stock(at, shelf, own)
        shelf.app = many.served(at, name, ReadyEngine(own))
        yield shelf.app


@asynccontextmanager
async def visited(at: many.House, shelves: Sequence[Shelf]) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service of these libraries while it lives."""
    web = many.application(at, partial(_opening, at, shelves))
    async with (
        web.router.lifespan_context(web),
        httpx.AsyncClient(transport=Hearing(web), base_url=HERE) as client,
    ):
        yield client
