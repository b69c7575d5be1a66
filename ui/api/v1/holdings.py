"""What the ways in for programs share: the library as a caller sees it, and who may do what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Protocol

from fastapi import Depends, Query, Request
from pydantic import BaseModel
from starlette.types import Scope

from rag import errors
from rag.limits import WindowLimits
from rag.loaders.worker import Worker
from rag.schema import Article, Filter
from ui.api.running import Engine
from ui.api.service import Collecting, Own
from ui.api.v1.caller import KEY, Caller, caller_of
from ui.api.v1.jobs import Work
from ui.api.v1.problems import MEDIA_TYPE, ProblemError
from ui.state.given import AnswersGiven, GivenHere
from ui.users import Role
from ui.window.page import visitor

Name = Annotated[str, Query(max_length=200)]


class Spool(Protocol):
    """Where what was sent lies until it is added: `ui.window.server.uploads.Spool`."""

    queued: Path


@dataclass(frozen=True)
class Holdings:
    """What the articles are kept with. ``keep`` has a copy of a PDF by its digest, to be shown.
    ``folder`` is the library's; ``conversations`` are kept by that engine, if not there, and the
    answers of late are ``given``."""

    engine: Engine
    jobs: Work
    spool: Spool
    keep: Callable[[str, Path, str], None] = lambda digest, file, member: None
    limits: WindowLimits = field(default_factory=WindowLimits)
    on_change: Callable[[], None] = lambda: None
    folder: Path | None = None
    conversations: Any = None
    given: AnswersGiven = field(default_factory=GivenHere)

    @property
    def library(self) -> Any:
        """The `rag.index.library.Library`, which is there from the beginning."""
        return self.engine.library

    @contextmanager
    def own(self) -> Iterator[Own]:
        """What changes the library at once.

        Raises:
            ProblemError: its models are still being loaded.
        """
        if self.engine.is_loading:
            raise ProblemError("unavailable", headers={"Retry-After": "5"})
        with (
            self.engine.ahead.still(),
            closing(Worker(self.library.settings.reading)) as worker,
        ):
            yield Own(self.library, worker, self.engine.assistant_over, on_change=self.on_change)

    def is_theirs(self, caller: Caller, article_id: str) -> bool:
        """Whether an article is there for a caller."""
        only = caller.within(Filter(articles=(article_id,)))
        return bool(self.library.catalog.matching(only))

    def article(self, caller: Caller, article_id: str) -> Article:
        """An article that is there for a caller. Raises UnknownArticle."""
        if not self.is_theirs(caller, article_id):
            raise errors.UnknownArticle(article_id)
        found: Article = self.library.article(article_id)
        return found

    def collections_of(self, caller: Caller, article_id: str) -> list[str]:
        """The names of the collections of a caller that an article is in."""
        names = [one.name for one in self.library.catalog.collections(article_id)]
        return [name for name in names if has(caller, name)]


def has(caller: Caller, collection: str) -> bool:
    """Whether a collection is there for a caller. Its name is the same in any case."""
    theirs = {name.casefold() for name in caller.collections}
    return not theirs or collection.casefold() in theirs


def removed(holdings: Holdings, caller: Caller, article_id: str) -> None:
    """Remove an article, or take it out of the caller's collections if it is in others as well.

    Raises:
        UnknownArticle: it is not there for them.
    """
    holdings.article(caller, article_id)
    names = [one.name for one in holdings.library.catalog.collections(article_id)]
    with holdings.own() as own:
        if caller.collections and not all(has(caller, name) for name in names):
            for name in names:
                if has(caller, name):
                    own.change(Collecting("remove", name, article_ids=(article_id,)))
        else:
            own.remove([article_id])


def owner_of(scope: Scope) -> str:
    """Whose work a request is: a key's, a user's, or that of whoever this machine lets in."""
    if key := scope.get(KEY):
        return f"key:{key}"
    user = scope.get(visitor.USER)
    return f"user:{user}" if user else ""


def needs(role: Role) -> Any:
    """A dependency: whoever asks may do what takes this role. The gate has looked before."""

    def check(request: Request) -> None:
        if not caller_of(request).may(role):
            raise ProblemError("forbidden")

    return Depends(check)


def asked_for(
    publisher: Annotated[list[Name], Query(description="Only of these publishers.")] = [],  # noqa: B006
    source: Annotated[list[Name], Query(description="Only of sources that begin so.")] = [],  # noqa: B006
    language: Annotated[list[Name], Query(description="Only in these languages.")] = [],  # noqa: B006
    collection: Annotated[list[Name], Query(description="Only of these collections.")] = [],  # noqa: B006
    since: Annotated[date | None, Query(description="Only of that day or later.")] = None,
    until: Annotated[date | None, Query(description="Only of that day or before.")] = None,
) -> Filter:
    """Which articles a request is about."""
    return Filter(
        publishers=tuple(publisher),
        sources=tuple(source),
        languages=tuple(language),
        since=since,
        until=until,
        collections=tuple(collection),
    )


Asked = Annotated[Filter, Depends(asked_for)]


def told(*statuses: int, ok: type[BaseModel] | None = None) -> dict[int | str, dict[str, Any]]:
    """What the docs say of the problems that a way in may answer with.

    ``ok`` is what it answers where there was nothing to do, or all was done at once.
    """
    words = {401: "Nobody knows who asks", 403: "Not allowed", 422: "The request makes no sense"}
    more = {
        404: "It is not there",
        409: "Not now",
        413: "Too large",
        429: "Too many",
        503: "Not ready yet",
    }
    known = words | {status: more[status] for status in statuses}
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    problems: dict[int | str, dict[str, Any]] = {
        status: {"description": known[status], "content": content} for status in known
    }
    if ok is not None:
        problems[200] = {"description": "It is done already", "model": ok}
    return problems
