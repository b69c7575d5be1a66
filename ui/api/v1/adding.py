"""Articles that programs send: words, links and files, read and added as any other."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from fastapi.concurrency import run_in_threadpool

from rag import errors, followed
from rag.index.library import Added
from rag.loaders import Reading
from rag.schema import Article, Filter
from ui.api.service import Own
from ui.api.v1.caller import Caller
from ui.api.v1.holdings import Holdings, has
from ui.api.v1.jobs import Job
from ui.api.v1.problems import ProblemError
from ui.api.visits import Notes, Visit


@dataclass(frozen=True, slots=True)
class Sent:
    """Something to be added: a file that lies in the spool, named as it was sent, or a link.

    ``facts`` are what its sender says of it, by the names of `ArticleInfo`.
    """

    name: str
    file: Path | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


class ReadingSent(Reading):
    """Reads files of the spool under the names that they were sent with, and links as ever."""

    def __init__(self, own: Own, sent: Sequence[Sent]) -> None:
        super().__init__(own.worker)
        self._names = {one.file: one.name for one in sent if one.file is not None}

    def each(
        self, file: Path | str, *arguments: Any, **named: Any
    ) -> Iterator[Article | errors.ArticleError]:
        """As `Reading` has it."""
        name = self._names.get(file) if isinstance(file, Path) else None
        if name is None or not isinstance(file, Path):
            yield from super().each(file, *arguments, **named)
            return
        self.seen, self.is_unchanged = followed.UNSEEN, False
        yield from self.each_of(file.read_bytes(), Path(name), name, *arguments)


Keep = Callable[[str, Path, str], None]
"""Keeps a copy of a PDF by its digest, to be shown: of a file, or of its member of that name."""


@dataclass(frozen=True, slots=True)
class Adding:
    """The adding of what a caller has sent, into their collections ``to``.

    ``again`` says whether what failed at a place is not told as a failure yet, since it is left
    for another try. ``brought`` is told of each article that was read, and what became of it.
    """

    caller: Caller
    sent: Sequence[Sent]
    to: tuple[str, ...]
    keep: Keep = lambda digest, file, member: None
    again: Callable[[int, errors.ArticleError], bool] = lambda place, error: False
    brought: Callable[[Article, Added], None] = lambda article, outcome: None

    @property
    def names(self) -> list[str]:
        """What each is known by."""
        return [one.name for one in self.sent]

    def run(self, own: Own, job: Job, places: Sequence[int] | None = None) -> None:
        """Add one after the other, or those at some places; one that fails is no end of others."""
        reading = ReadingSent(own, self.sent)
        with Notes(own, to=self.to[0] if self.to else "") as notes:
            for place in range(len(self.sent)) if places is None else places:
                one = self.sent[place]
                visit = _Visit(self, own, place, one, job)
                try:
                    visit.run(reading)
                finally:
                    if one.file is None:
                        notes.note(followed.Followed("page", one.name), visit)

    def clear(self) -> None:
        """Delete what is left of it in the spool."""
        for one in self.sent:
            if one.file is not None:
                with suppress(OSError):
                    one.file.unlink(missing_ok=True)

    def check(self, own: Own, article: Article, name: str) -> None:
        """Make sure that no article is touched that is not there for the caller.

        Raises:
            ArticleError: it would be.
        """
        if not self.caller.collections:
            return
        foreseen = own.library.foresee(article)
        only = Filter(articles=(foreseen.article.id,))
        theirs = own.library.catalog.matching(self.caller.within(only) or only)
        if foreseen.outcome != "added" and not theirs:
            raise errors.ArticleError(
                f"{name}: the library has it already, outside of your collections; ask its owner "
                "to put it into one of them"
            )


class _Visit(Visit):
    """A visit of what was sent."""

    def __init__(self, adding: Adding, own: Own, place: int, sent: Sent, job: Job) -> None:
        file = sent.file if sent.file is not None else sent.name
        super().__init__(own, place, file, job.step, take=self._brought)
        self._adding = adding
        self._sent = sent

    def _brought(self, article: Article) -> Any:
        sent, own = self._sent, self._own
        article = described(article, sent.facts)
        self._adding.check(own, article, sent.name)
        outcome = self.added(article)
        for collection in self._adding.to:
            own.library.collect(collection, [outcome.article.id])
        if sent.file is not None and article.pages and article.page_kind == "page":
            member = article.source.removeprefix(sent.name).lstrip("/")  # of an archive
            self._adding.keep(outcome.article.digest, sent.file, member)
        self._adding.brought(article, outcome)
        return outcome

    def fail(self, error: errors.ArticleError) -> None:
        """Tell a failure, unless there is another try."""
        if not self._adding.again(self._place, error):
            super().fail(error)


def described(article: Article, facts: Mapping[str, Any]) -> Article:
    """An article with what its sender says of it; other facts are another article's."""
    if not facts:
        return article
    said = "\n".join(f"{name}: {facts[name]}" for name in sorted(facts))
    return replace(
        article, **facts, digest=sha256(f"{said}\n\n{article.digest}".encode()).hexdigest()
    )


async def begun(
    holdings: Holdings,
    caller: Caller,
    owner: str,
    sent: list[tuple[str, bytes | None, dict[str, Any]]],
    collections: list[str],
) -> Job:
    """The job that adds what was sent: each a name, its bytes if it is no link, and its facts."""
    if any(not has(caller, name) for name in collections):
        raise PermissionError(collections[0])
    to = tuple(dict.fromkeys(collections)) or caller.collections[:1]
    size = sum(len(content or b"") for _, content, _ in sent)
    waiting = await run_in_threadpool(holdings.jobs.waiting_bytes, owner)
    if waiting + size > holdings.limits.kept_mb * 1_000_000:
        raise ProblemError(
            "too-many",
            f"More than {holdings.limits.kept_mb} MB of yours wait to be added; go on after that.",
            headers={"Retry-After": "30"},
        )

    def spooled() -> list[Sent]:
        for name in to:
            holdings.library.create_collection(name)  # a name that makes no sense is told at once
        kept = []
        for name, content, facts in sent:
            file = None
            if content is not None:
                file = holdings.spool.queued.resolve() / uuid.uuid4().hex
                file.write_bytes(content)
            kept.append(Sent(name, file, facts))
        return kept

    adding = Adding(caller, await run_in_threadpool(spooled), to, holdings.keep)
    try:
        return await run_in_threadpool(holdings.jobs.add, owner, adding, size)
    except (errors.IbidError, ProblemError):
        adding.clear()
        raise
