"""``/v1/feedback``: what callers thought of answers, kept with those of the window's readers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from rag import schema
from rag.index.catalog import CATALOG
from rag.language.visible import plain_lines
from ui.api.v1 import documents
from ui.api.v1.documents import CitationDocument, Document
from ui.api.v1.holdings import Holdings, needs, owner_of, told
from ui.api.v1.problems import ProblemError
from ui.api.v1.recent import RecentAnswers
from ui.window.conversation.feedback import LONGEST_REASON, Feedback, Feedbacks, TooMuchFeedback

_Verdict = Literal["up", "down"]


class GivenFeedback(BaseModel):
    """What somebody thinks of an answer that was given to them, by its ``id``.

    A later verdict on the same answer replaces an earlier one.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"answer_id": "ans_0f3a5c21d4e89b7760aa12fe", "verdict": "up"}]
        },
    )

    answer_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,100}$")]
    verdict: _Verdict
    comment: Annotated[str, StringConstraints(max_length=LONGEST_REASON)] = ""


class FeedbackDocument(Document):
    """What was thought, by whom and when (ISO 8601, UTC); and of which answer, as it was given."""

    answer_id: str
    verdict: _Verdict
    comment: str = ""
    by: str = ""
    given: str
    question: str
    status: schema.Status
    text: str
    citations: list[CitationDocument] = Field(description="of each sentence in turn")


class FeedbacksDocument(BaseModel):
    """What was said, the latest first. ``next`` is the offset of the next page; null: the last."""

    feedback: list[FeedbackDocument]
    total: int
    offset: int
    next: int | None = None


def feedback_document(one: Feedback) -> FeedbackDocument:
    """Feedback on an answer."""
    answer = one.exchange.answer or schema.Answer(one.exchange.question)
    return FeedbackDocument(
        answer_id=one.conversation_id,
        verdict=one.verdict,
        comment=one.reason,
        by=one.by,
        given=f"{one.given:%Y-%m-%dT%H:%M:%SZ}",
        question=one.exchange.question,
        status=answer.status,
        text=documents.text_of(answer),
        citations=documents.citation_documents(answer),
    )


def routes(holdings: Holdings, answers: RecentAnswers) -> list[APIRouter]:
    """``POST`` for everybody who may ask, ``GET`` for the owner."""
    router = APIRouter(prefix="/v1/feedback", tags=["Feedback"])
    folder = holdings.folder or Path(holdings.library.folder)
    kept = Feedbacks(holdings.conversations or folder / CATALOG)

    @router.post(
        "",
        dependencies=[needs("reader")],
        responses=told(404, 409),
        status_code=201,
        summary="Say what you think of an answer",
    )
    def give(request: Request, given: GivenFeedback) -> FeedbackDocument:
        """Kept with the answer, for the owner of the library, who may make a test case of it.

        The id is that of an answer of `/v1/ask` or `/v1/chat/completions`, which is known for as
        long as the settings `api.answers` and `api.answer_hours` say: 1,000 answers and 24 hours.
        """
        owner = owner_of(request.scope)
        one = Feedback(
            given.answer_id,
            0,
            answers.exchange(given.answer_id, owner),
            given.verdict,
            plain_lines(given.comment).strip(),
            datetime.now(UTC).replace(tzinfo=None),
            owner,
        )
        try:
            kept.keep(one)
        except TooMuchFeedback:
            raise ProblemError(
                "disk", "There is too much feedback; its owner has to see."
            ) from None
        return feedback_document(one)

    @router.get(
        "", dependencies=[needs("owner")], responses=told(), summary="Read what was thought"
    )
    def listing(
        verdict: Annotated[_Verdict | None, Query(description="Only these.")] = None,
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> FeedbacksDocument:
        """The verdicts of all callers, the latest first; those of the window's readers are not."""
        found = [one for one in kept.all(verdict) if one.of_program]
        page = found[offset : offset + limit]
        end = offset + len(page)
        return FeedbacksDocument(
            feedback=[feedback_document(one) for one in page],
            total=len(found),
            offset=offset,
            next=end if page and end < len(found) else None,
        )

    return [router]
