"""``/v1/feedback``: what callers thought of answers, kept for the library's owner."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from rag.language.visible import plain_lines
from ui.api.v1.holdings import Holdings, needs, owner_of, told
from ui.api.v1.problems import ProblemError
from ui.state.lines import Full, Lines, LinesFile

log = logging.getLogger(__name__)

FEEDBACK = "feedback.jsonl"
"""The file's name in the library's folder: one document a line, the latest last."""
_MOST_BYTES = 50_000_000
_Verdict = Literal["up", "down"]
_Said = Annotated[str, StringConstraints(max_length=2_000)]


class GivenFeedback(BaseModel):
    """What somebody thinks of an answer. A later verdict of theirs replaces an earlier one."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"answer_id": "ans-0f3a", "verdict": "up"}]},
    )

    answer_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,100}$")]
    verdict: _Verdict
    comment: _Said = ""
    question: _Said = Field("", description="what was asked, so that it can become a test case")


class FeedbackDocument(GivenFeedback):
    """The same, and who said so, when (ISO 8601, UTC)."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={})

    by: str = ""
    given: str


class FeedbacksDocument(BaseModel):
    """What was said, the latest first. ``next`` is the offset of the next page; null: the last."""

    feedback: list[FeedbackDocument]
    total: int
    offset: int
    next: int | None = None


class Feedbacks:
    """What was said, in a library's folder or in lines that others add to as well."""

    def __init__(self, where: Path | Lines) -> None:
        self._lines: Lines = (
            LinesFile(where / FEEDBACK, _MOST_BYTES) if isinstance(where, Path) else where
        )

    def keep(self, one: FeedbackDocument) -> None:
        """Write it down, whole and for good.

        Raises:
            ProblemError: there is too much of it already.
            OSError, LibraryError: it cannot be written.
        """
        try:
            self._lines.add(json.dumps(one.model_dump()).encode())
        except Full:
            said = "There is too much feedback; its owner has to see."
            raise ProblemError("disk", said) from None

    def all(self) -> list[FeedbackDocument]:
        """What counts of it, the latest first. A line that is damaged is passed over."""
        kept: dict[tuple[str, str], FeedbackDocument] = {}
        for line in self._lines.newest():
            try:
                one = FeedbackDocument.model_validate_json(line)
            except ValidationError:
                log.warning("a damaged line of feedback was passed over")
                continue
            kept.setdefault((one.by, one.answer_id), one)
        return list(kept.values())


def routes(holdings: Holdings) -> list[APIRouter]:
    """``POST`` for everybody who may ask, ``GET`` for the owner."""
    router = APIRouter(prefix="/v1/feedback", tags=["Feedback"])
    kept = Feedbacks(holdings.feedback or holdings.folder or Path(holdings.library.folder))

    @router.post(
        "",
        dependencies=[needs("reader")],
        responses=told(409),
        status_code=201,
        summary="Say what you think of an answer",
    )
    def give(request: Request, given: GivenFeedback) -> FeedbackDocument:
        """Kept for the owner of the library, who may make test cases of it."""
        facts: dict[str, Any] = given.model_dump()
        for name in ("comment", "question"):
            facts[name] = plain_lines(facts[name]).strip()
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        one = FeedbackDocument(**facts, by=owner_of(request.scope), given=now)
        kept.keep(one)
        return one

    @router.get(
        "", dependencies=[needs("owner")], responses=told(), summary="Read what was thought"
    )
    def listing(
        verdict: Annotated[_Verdict | None, Query(description="Only these.")] = None,
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> FeedbacksDocument:
        """The verdicts of all callers, the latest first."""
        found = [one for one in kept.all() if verdict in (None, one.verdict)]
        page = found[offset : offset + limit]
        end = offset + len(page)
        following = end if page and end < len(found) else None
        return FeedbacksDocument(feedback=page, total=len(found), offset=offset, next=following)

    return [router]
