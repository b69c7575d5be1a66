"""The ways into a running Ibid for its owner's commands. Each answers as `ui.api.wire` has it.

Whether a request may come in at all is decided before (`ui.window.server.token`); here it is
looked up once more, so that no way in is open where that is missing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, Field
from starlette.responses import Response, StreamingResponse

from rag import followed
from rag.loaders.table import Columns
from rag.loaders.worker import Worker
from rag.schema import ArticleInfo, Filter, Passage
from ui.api import running, wire
from ui.api.service import Collecting, Own, Step, Syncing
from ui.api.work import Post, streamed
from ui.window.page import visitor

_MEDIA_TYPE = "application/jsonl"
_MOST_PASSAGES = 100


class Wish(BaseModel):
    """What every request brings: the settings that its command was given."""

    settings: dict[str, Any] = {}


class Question(Wish):
    """A question. ``is_whole``: only the finished answer is wanted."""

    question: str = Field(min_length=1)
    only: Filter | None = None
    k: int = Field(10, ge=1, le=_MOST_PASSAGES)
    is_whole: bool = False

    def search(self, own: Own, post: Post) -> Any:
        """The passages."""
        return wire.plain(list[Passage], own.search(self.question, self.k, self.only))

    def ask(self, own: Own, post: Post) -> None:
        """Have it answered."""
        running.answer(own, self.question, self.only, post, self.is_whole)


class Place(BaseModel):
    """A file of this machine, or a link."""

    path: str = ""
    link: str = ""


class Articles(Wish):
    """What is to be added, one of which may take the place of an article.

    ``found_at`` says of each file at which of the ``places`` it was found, which are followed.
    """

    files: list[Place]
    places: list[tuple[followed.Kind, str]] = []
    found_at: list[int] = []
    in_place_of: str = ""
    columns: Columns = Columns()
    to: str = ""

    def add(self, own: Own, post: Post) -> None:
        """Have them added; each step is told."""
        files = [one.link or Path(one.path) for one in self.files]

        places = [followed.Followed(kind, place) for kind, place in self.places]
        found_at = [places[number] for number in self.found_at]
        own.add(files, self.in_place_of, _steps(post), self.columns, self.to, found_at)


class Sync(Wish):
    """What is to be looked at again."""

    syncing: Syncing

    def sync(self, own: Own, post: Post) -> None:
        """Have it looked at; each step is told."""
        own.sync(self.syncing, _steps(post))


class Places(Wish):
    """Places that are followed."""

    places: list[str]

    def unfollow(self, own: Own, post: Post) -> Any:
        """Follow them no longer; what they were."""
        return wire.plain(list[followed.Followed], own.unfollow(self.places))


class Bundle(Wish):
    """A file that `ibid export` wrote."""

    file: Path

    def bring_in(self, own: Own, post: Post) -> Any:
        """Have what it holds put into the library; each article is told."""
        counts, left_out = own.bring_in(
            self.file, lambda done, of: post.tell("article", [done, of])
        )
        return [counts, wire.plain(list[ArticleInfo], left_out)]


class Ids(Wish):
    """Articles, by id or by the beginning of one."""

    article_ids: list[str]

    def remove(self, own: Own, post: Post) -> Any:
        """Have them removed; what is known of them."""
        return wire.plain(list[ArticleInfo], own.remove(self.article_ids))


class Sources(Wish):
    """Where articles were had."""

    sources: list[str]

    def remove(self, own: Own, post: Post) -> Any:
        """Have that forgotten; of each the article, and whether it is gone so."""
        return wire.plain(list[tuple[ArticleInfo, bool]], own.remove_sources(self.sources))


class Merging(Ids):
    """The article that is kept of several."""

    keep: str

    def merge(self, own: Own, post: Post) -> Any:
        """Have them merged; that one, and those that are gone."""
        return wire.plain(list[ArticleInfo], own.merge(self.keep, self.article_ids))


class Facts(Ids):
    """What is to be written over what was read of them, by name."""

    facts: dict[str, str]

    def edit(self, own: Own, post: Post) -> Any:
        """Have it written; what was known of each before, and is since."""
        return wire.plain(
            list[tuple[ArticleInfo, ArticleInfo]], own.edit(self.article_ids, self.facts)
        )


class Change(Wish):
    """What is to become of a collection."""

    collecting: Collecting

    def change(self, own: Own, post: Post) -> Any:
        """Have it done; what is known of the articles that it concerned."""
        return wire.plain(list[ArticleInfo], own.change(self.collecting))


class Proposals(Wish):
    """How many cases are to be proposed, and into which file."""

    out: Path
    n: int = Field(ge=1)
    seed: int
    folder: Path

    def generate(self, measurements: running.Measurements, own: Own, post: Post) -> None:
        """Have them proposed; each is told."""
        with measurements.alone(str(self.out)):
            own.propose(self.out, self.n, self.seed, self.folder, lambda: post.tell("advance", 1))


class Measurement(Wish):
    """A `ui.api.measuring.Job`; it is known by the word ``work``."""

    work: str
    job: Any

    def measure(self, measurements: running.Measurements, own: Own, post: Post) -> None:
        """Have it done; the steps of it are told."""
        from ui.api.measuring import Job

        measurements.run(self.work, own.library, wire.parsed(Job, self.job), post)


class Stopping(Wish):
    """The measurement that is to end after the question in hand."""

    work: str


Lines = Callable[[Wish, Callable[[Own, Post], Any]], Response]


def routes(
    engine: running.Engine,
    on_change: Callable[[], None] = lambda: None,
    turn: threading.Lock | None = None,
) -> APIRouter:
    """``POST /api/…`` for each thing that a command can have done.

    ``on_change`` is told when the articles are no longer what they were; ``turn`` is held
    while something is measured, for a command or by the window.
    """
    router = APIRouter(prefix=wire.API.rstrip("/"), dependencies=[Depends(_has_token)])
    measurements = running.Measurements(engine, turn or threading.Lock())

    def lines(wish: Wish, work: Callable[[Own, Post], Any]) -> Response:
        """What work on the library tells; what it returns is told last."""

        def run(post: Post) -> None:
            library = running.library_of(engine, wish.settings, post)
            with engine.ahead.still(), closing(Worker(library.settings.reading)) as worker:
                done = work(Own(library, worker, engine.assistant_over, on_change=on_change), post)
            post.put("done", done)

        return StreamingResponse(streamed(run), media_type=_MEDIA_TYPE)

    @router.post("/search")
    async def search(given: Question) -> Response:
        return lines(given, given.search)

    @router.post("/ask")
    async def ask(given: Question) -> Response:
        return lines(given, given.ask)

    _articles(router, lines)

    @router.post("/generate")
    async def generate(given: Proposals) -> Response:
        return lines(given, partial(given.generate, measurements))

    @router.post("/eval")
    async def measure(given: Measurement) -> Response:
        return lines(given, partial(given.measure, measurements))

    @router.post("/stop")
    async def stop(given: Stopping) -> Response:
        measurements.stop(given.work)
        return Response(wire.line("done", None), media_type=_MEDIA_TYPE)

    return router


def _articles(router: APIRouter, lines: Lines) -> None:
    """The ways to what changes the articles."""

    @router.post("/add")
    async def add(given: Articles) -> Response:
        return lines(given, given.add)

    @router.post("/sync")
    async def sync(given: Sync) -> Response:
        return lines(given, given.sync)

    @router.post("/unfollow")
    async def unfollow(given: Places) -> Response:
        return lines(given, given.unfollow)

    @router.post("/import")
    async def bring_in(given: Bundle) -> Response:
        return lines(given, given.bring_in)

    @router.post("/remove")
    async def remove(given: Ids) -> Response:
        return lines(given, given.remove)

    @router.post("/sources")
    async def remove_sources(given: Sources) -> Response:
        return lines(given, given.remove)

    @router.post("/merge")
    async def merge(given: Merging) -> Response:
        return lines(given, given.merge)

    @router.post("/edit")
    async def edit(given: Facts) -> Response:
        return lines(given, given.edit)

    @router.post("/collections")
    async def change(given: Change) -> Response:
        return lines(given, given.change)


def _steps(post: Post) -> Callable[[Step], None]:
    return lambda step: post.tell("step", wire.plain(Step, step))


def _has_token(request: Request) -> None:
    if not request.scope.get(visitor.TOKEN):
        raise HTTPException(401)
