"""How the tools reach the library of the Ibid that this process is: as all other programs do."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING, Any

from fastapi.concurrency import run_in_threadpool

from rag.errors import ArticleError
from ui import turns
from ui.api.running import library_of
from ui.api.v1 import adding, answering, articles
from ui.api.v1.caller import Caller
from ui.api.v1.holdings import removed
from ui.api.v1.jobs import Job, Work
from ui.mcp.arguments import Added, Adding, Additions
from ui.mcp.calling import Call, Report
from ui.mcp.reach import far

if TYPE_CHECKING:
    from rag.schema import Answer, Filter, Passage
    from ui.api.v1.answering import Engine
    from ui.api.v1.holdings import Holdings

_GLANCE_S, _BEAT_S = 0.1, 5.0


class OfEngine:
    """A `ui.mcp.reach.Reach` of what runs; ``holdings`` keeps its articles for programs."""

    is_local = False

    def __init__(self, engine: Engine, holdings: Holdings) -> None:
        self._engine = engine
        self._holdings = holdings

    def search(self, call: Call, query: str, k: int, only: Filter | None) -> list[Passage]:
        """As `Reach` has it."""
        library = library_of(self._engine, {}, call)
        assistant = self._engine.assistant_over(library, model=False)
        return assistant.search(query, k, only)

    async def answer(self, question: str, only: Filter | None, report: Report) -> Answer:
        """As `Reach` has it: in its turn, by what answers every program."""
        asked = answering.Asked(question, only=only)
        last: list[Answer] = []
        with turns.place():
            assistant = await answering.ready(self._engine)
            stream = answering.snapshots(self._engine, assistant, asked, _BEAT_S)
            async with aclosing(stream) as snapshots:
                async for snapshot in snapshots:
                    if snapshot is not None:
                        last.append(snapshot)
                        await report(len(last), None, far(snapshot))
        return last[-1]

    async def add(self, caller: Caller, given: Adding, report: Report) -> Additions:
        """As `Reach` has it: as one job among those of other programs."""
        facts = given.model_dump(include={"title", "publisher", "author", "published"})
        said = {name: fact for name, fact in facts.items() if fact}
        if given.url:
            sent = articles.NewArticle(url=given.url, **said)
        else:
            sent = articles.NewArticle(text=given.text, format="markdown", **said)
        content = None if sent.text is None else sent.text.encode(errors="replace")
        to = [given.collection] if given.collection else []
        brought = [(sent.name(), content, sent.said())]
        job = await adding.begun(self._holdings, caller, caller.name, brought, to)
        try:
            return _additions(await _over(self._holdings.jobs, job, report))
        except asyncio.CancelledError:
            self._holdings.jobs.cancel(job)
            raise

    def remove(self, call: Call, caller: Caller, article_id: str) -> None:
        """As `Reach` has it."""
        removed(self._holdings, caller, article_id)

    @contextmanager
    def catalog(self) -> Iterator[Any]:
        """As `Reach` has it."""
        yield self._engine.library.catalog


async def _over(jobs: Work, job: Job, report: Report) -> Job:
    """Wait for the end of a job, and tell how far it is; the job as it is then."""
    told, steps = "", 0
    while not job.over.is_set():
        far = f"page {job.page} of {job.pages}" if job.pages else f"{job.chunks} parts"
        if far != told:
            told, steps = far, steps + 1
            await report(steps, None, far)
        await asyncio.sleep(max(_GLANCE_S, jobs.glance_s))
        job = await run_in_threadpool(jobs.job, job.owner, job.id)
    return job


def _additions(job: Job) -> Additions:
    """What came of it. Raises ArticleError: nothing was added."""
    failed = [f"{name}: {why}" for name, why in job.outcome.failed]
    if not job.outcome.added:
        why = job.problem[1] if job.problem else "there is no article in it"
        raise ArticleError("; ".join(failed) or why)
    return Additions(articles=[Added.of(one) for one in job.outcome.added], failed=failed)
