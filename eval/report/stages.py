"""What became of the right words on their way: found, read, packed, said, cited. Or where lost.

Only of cases whose evidence is known; the others have nothing to follow.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from eval.language import spoken, table
from eval.measures.scoring import span
from eval.metrics import overlapping
from eval.runs.runner import Row

Tone = Literal["good", "fair", "bad"]
OutcomeKind = Literal[
    "failed", "made up", "refused wrongly", "refused rightly", "wrong", "wrong of evidence",
    "wrong of nothing", "right of other words", "unmeasured", "right", "unjudged",
]  # fmt: skip

OUTCOMES: dict[OutcomeKind, str] = {
    "failed": "failed",
    "made up": "answered, though no article says it",
    "refused wrongly": "refused, though an article says it",
    "refused rightly": "rightly refused",
    "wrong": "without the gold answer, and cites other words",
    "wrong of evidence": "without the gold answer, though it cites the evidence",
    "wrong of nothing": "without the gold answer",
    "right of other words": "with the gold answer, but cites other words",
    "unmeasured": "answered, but not wholly measured",
    "right": "right",
    "unjudged": "not to be judged",
}
"""What the reports say of each."""


@dataclass(frozen=True, slots=True)
class Stages:
    """How far the gold evidence of one case came. ``rank`` counts from 1; None: not found.

    ``found``: among the passages that were searched. ``first``: at the top of them. ``read``:
    among those that the answer was made from. ``packed``: among the quotations that were chosen
    from these. ``answered``: it was not refused. ``said``: the answer holds a gold answer.
    ``cited``: it cites the evidence.
    """

    rank: int | None
    found: bool
    first: bool
    read: bool
    packed: bool
    answered: bool
    said: bool
    cited: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way: how many cases came so far, and how many of them were lost at it."""

    name: str
    left: int
    lost: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be thought of one answer. ``badness``: the higher, the sooner shown."""

    kind: OutcomeKind
    badness: int
    tone: Tone

    @property
    def words(self) -> str:
        """The outcome as the reports tell it."""
        return OUTCOMES[self.kind] if spoken() == "en" else table("outcomes")[self.kind]


WAY = {
    "found": "Found by search",
    "read": "Read for the answer",
    "packed": "Chosen as evidence",
    "answered": "Not refused",
    "said": "Said in the answer",
    "cited": "Cited",
}
"""The steps in their order, with what a reader is told of each."""


def stages(row: Row) -> Stages | None:
    """What became of the gold evidence; None where none is known, or where nothing came back."""
    if not row.gold or row.answer is None or not row.disclosed.passages:
        return None
    answer, is_refused = row.answer, row.answer.status == "refused"
    relevance = row.relevance or ()
    rank = relevance.index(True) + 1 if any(relevance) else None
    read = any(overlapping(map(span, answer.passages), row.gold))
    return Stages(
        rank=rank,
        found=rank is not None or read,
        first=rank == 1,
        read=read,
        packed=any(overlapping(map(span, answer.evidence), row.gold)),
        answered=not is_refused,
        said=row.values.get("containment") == 1,
        cited=row.values.get("citation hit") == 1,
    )


def waterfall(followed: Iterable[Stages]) -> list[Step]:
    """How many cases came through each step and all before it, from all that were followed."""
    left = list(followed)
    steps = [Step("all", len(left), 0)]
    for name in WAY:
        through = [one for one in left if getattr(one, name)]
        steps.append(Step(name, len(through), len(left) - len(through)))
        left = through
    return steps


def outcome(row: Row) -> Outcome:
    """What is to be thought of an answer, by the measures of its case."""
    if row.error and row.answer is None:
        return Outcome("failed", 9, "bad")
    said, cited = row.values.get("containment"), row.values.get("citation hit")
    match row.verdict:
        case "FN":
            return Outcome("made up", 8, "bad")
        case "FP":
            return Outcome("refused wrongly", 6, "bad")
        case "TP":
            return Outcome("refused rightly", 0, "good")
    if said == 0 and cited == 0:
        return Outcome("wrong", 7, "bad")
    if said == 0 and cited is None:
        return Outcome("wrong of nothing", 7, "bad")
    if said == 0:
        return Outcome("wrong of evidence", 5, "fair")
    if cited == 0:
        return Outcome("right of other words", 3, "fair")
    if row.error:
        return Outcome("unmeasured", 4, "fair")
    return Outcome("right", 0, "good") if said else Outcome("unjudged", 1, "good")
