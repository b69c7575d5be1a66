"""``/v1/jobs``: how far long work is, and calling it off."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field
from starlette.responses import Response

from ui.api.v1.documents import named
from ui.api.v1.holdings import Holdings, needs, owner_of, told
from ui.api.v1.jobs import OVER, Job, Kind, State, Work
from ui.api.v1.problems import DOCS, KINDS, Problem, ProblemError, without_place
from ui.roots import at

_LONGEST_WAIT_S = 300.0
Wait = Annotated[bool, Query(description="Answer when it has ended, or after five minutes.")]


class Progress(BaseModel):
    """How far a job is: files or links, and pages and chunks of the one in hand."""

    done: int
    total: int
    page: int = 0
    pages: int = 0
    chunks: int = 0


class AddedDocument(BaseModel):
    """What became of an article: it was new, took the place of an older state, or is the same."""

    article_id: str
    title: str
    outcome: str = Field(description="added, replaced or same", examples=["added"])
    chunks: int = 0
    notes: list[str] = Field([], description="what its reader did not understand")


class FailedDocument(BaseModel):
    """A file or link that was not added, or a part of it, and why not."""

    name: str
    why: str


class RemovedDocument(BaseModel):
    """An article that a sync removed."""

    article_id: str
    title: str


class ResultDocument(BaseModel):
    """What came of a job so far. Of each list, the first thousand are told."""

    added: list[AddedDocument] = []
    added_count: int = 0
    failed: list[FailedDocument] = []
    removed: list[RemovedDocument] = []
    passed_over: list[str] = []
    unchanged: int = 0


class JobDocument(BaseModel):
    """A job: adding or syncing. It is kept for an hour after its end, by workers for a week."""

    id: str
    kind: Kind
    state: State
    link: str = Field(description="where it is", examples=["/v1/jobs/0f3a"])
    created: str
    ended: str | None = None
    progress: Progress
    result: ResultDocument
    problem: Problem | None = Field(None, description="what ended it, if it failed as a whole")
    note: str | None = Field(None, description="what it waits for, if it is more than its turn")


class JobsDocument(BaseModel):
    """Your jobs, the latest first."""

    jobs: list[JobDocument]


def routes(holdings: Holdings) -> list[APIRouter]:
    """The ways below ``/v1/jobs``. A caller sees only jobs of their own."""
    router = APIRouter(prefix="/v1/jobs", tags=["Jobs"])

    @router.get("", responses=told(), summary="List your jobs")
    def jobs(request: Request) -> JobsDocument:
        """Those that wait, are under way, or ended in the last hour; or week, done by workers."""
        return JobsDocument(jobs=list(map(document, holdings.jobs.of(owner_of(request.scope)))))

    @router.get("/{job_id}", responses=told(404), summary="One job")
    def job(request: Request, job_id: str) -> JobDocument:
        """How far it is, and what came of it so far."""
        return document(holdings.jobs.job(owner_of(request.scope), job_id))

    @router.delete(
        "/{job_id}",
        dependencies=[needs("editor")],
        responses=told(404),
        summary="Call a job off",
    )
    def cancel(request: Request, job_id: str) -> JobDocument:
        """It ends soon; what it has done stays. One that is over stays as it is."""
        found = holdings.jobs.job(owner_of(request.scope), job_id)
        holdings.jobs.cancel(found)
        return document(holdings.jobs.job(found.owner, found.id))

    return [router]


async def answer(
    jobs: Work, job: Job, request: Request, response: Response, wait: bool
) -> JobDocument:
    """What is told of a job that was begun: at once, or when it is over.

    Raises:
        ProblemError: it was waited for, and nothing came of it.
    """
    response.headers["Location"] = at(f"/v1/jobs/{job.id}")
    until = time.monotonic() + _LONGEST_WAIT_S
    while wait and not job.over.is_set() and time.monotonic() < until:
        await asyncio.sleep(jobs.glance_s)
        job = await run_in_threadpool(jobs.job, job.owner, job.id)
        if await request.is_disconnected():
            break
    found = document(job)
    if found.state not in OVER or not wait:
        return found
    response.status_code = 200
    if job.problem is not None:
        raise ProblemError(*job.problem, job=found.link)
    result = found.result
    if job.kind == "add" and result.failed and not result.added:
        raise ProblemError(
            "article",
            f"{result.failed[0].name}: {result.failed[0].why}",
            job=found.link,
            failed=[one.model_dump() for one in result.failed],
        )
    return found


def document(job: Job) -> JobDocument:
    """A job as it is told; nothing of where files lie on this machine."""
    outcome, problem = job.outcome, None
    if job.problem is not None:
        kind, detail = job.problem
        problem = Problem(
            type=at(f"{DOCS}#{kind}"),
            title=KINDS[kind].title,
            status=KINDS[kind].status,
            detail=detail,
        )
    return JobDocument(
        id=job.id,
        kind=job.kind,
        state=job.state,
        link=at(f"/v1/jobs/{job.id}"),
        created=f"{job.created:%Y-%m-%dT%H:%M:%SZ}",
        ended=f"{job.ended:%Y-%m-%dT%H:%M:%SZ}" if job.ended else None,
        progress=Progress(
            done=job.done, total=job.total, page=job.page, pages=job.pages, chunks=job.chunks
        ),
        result=ResultDocument(
            added=list(map(_added, list(outcome.added))),
            added_count=outcome.count,
            failed=[
                FailedDocument(name=named(name), why=without_place(why, name))
                for name, why in list(outcome.failed)
            ],
            removed=[
                RemovedDocument(article_id=one["article_id"], title=one["title"])
                for one in list(outcome.removed)
            ],
            passed_over=[_passed(line) for line in list(outcome.passed)],
            unchanged=outcome.unchanged,
        ),
        problem=problem,
        note=job.note or None,
    )


def _added(one: dict[str, Any]) -> AddedDocument:
    notes = [without_place(note) for note in one["notes"]]
    return AddedDocument(
        article_id=one["article_id"],
        title=one["title"],
        outcome=one["outcome"],
        chunks=one["chunks"],
        notes=notes,
    )


def _passed(line: str) -> str:
    """Why something was passed over, and how much, without its names."""
    return ": ".join(line.split(": ")[:2])
