"""Places in articles, and which of them meet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one article, ``text[start:end]`` in code points."""

    article_id: str
    start: int
    end: int

    def overlaps(self, other: Span) -> bool:
        """Whether the two share at least one character."""
        return self.article_id == other.article_id and max(self.start, other.start) < min(
            self.end, other.end
        )


def overlapping(spans: Iterable[Span], gold: Sequence[Span]) -> tuple[bool, ...]:
    """Of each span, in order, whether it overlaps a gold span of the same article."""
    return tuple(any(span.overlaps(other) for other in gold) for span in spans)


def first_ranks(spans: Sequence[Span], gold: Sequence[Span]) -> tuple[int | None, ...]:
    """Of each gold span, the rank from 1 of the first span that overlaps it; None without one."""
    return tuple(
        next((rank for rank, span in enumerate(spans, start=1) if span.overlaps(other)), None)
        for other in gold
    )
