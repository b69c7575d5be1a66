"""The seam for articles that are had in several places, are nearly the same, or are taken out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from rag.schema import Article, ArticleInfo, Chunk

if TYPE_CHECKING:
    import numpy as np

    from rag.tuning import DuplicatesTuning


class OtherSource(NamedTuple):
    """Where an article was had too, since when, and the digest of the text that was there.

    That is the article's ``body``; or it is of another article, that was merged into this one.
    """

    source: str
    body: str
    added: datetime


@dataclass(frozen=True, slots=True)
class Removed:
    """All that puts a removed article back: a vector a chunk, the names of its collections.

    ``also`` is where else it was had. Of one that was merged, ``merged_into`` is the id of the
    article that has its sources since, and ``brought`` the collections which that came into so.
    """

    article: Article
    added: datetime
    edited: dict[str, Any]
    chunks: tuple[Chunk, ...]
    vectors: tuple[np.ndarray, ...]
    collections: tuple[str, ...] = ()
    also: tuple[OtherSource, ...] = ()
    merged_into: str = ""
    brought: tuple[str, ...] = ()


class Near(NamedTuple):
    """An article that is nearly the same as another, and in how much, from 0 to 1, about."""

    article: ArticleInfo
    alike: float


class Twins(Protocol):
    """The part of a catalog that knows where else articles were had, and which are alike."""

    def other_sources(
        self, article_ids: Iterable[str] | None = None
    ) -> dict[str, tuple[OtherSource, ...]]:
        """Where else these articles, or all of them, were had, by id."""
        ...

    def also_had_at(self, source: str) -> tuple[ArticleInfo, OtherSource] | None:
        """The article that was had there too, though it is kept under another source."""
        ...

    def with_text(self, body: str) -> list[tuple[ArticleInfo, int]]:
        """The articles whose text has this digest, oldest first, and how many words it has."""
        ...

    def add_source(self, article_id: str, source: str, body: str) -> None:
        """Note that an article was had there too, with a text of this digest."""
        ...

    def add_sources(self, article_id: str, sources: Sequence[OtherSource]) -> None:
        """Note where else an article was had, but for what is had there otherwise."""
        ...

    def drop_source(self, source: str) -> None:
        """Forget that an article was had there too."""
        ...

    def hand_over(self, article_id: str) -> str:
        """Let an article stand under another of its sources; under which, or empty."""
        ...

    def merge(self, kept: str, other: str) -> Removed:
        """Take an article out; another has its sources and collections since."""
        ...

    def unmerge(self, kept: str, sources: Iterable[str], brought: Iterable[str]) -> None:
        """Take back from an article what a merging gave it."""
        ...

    def near(self, article_id: str, tuning: DuplicatesTuning = ...) -> list[Near]:
        """The articles that are nearly the same as one, the likest first."""
        ...

    def duplicates(self, tuning: DuplicatesTuning = ...) -> list[list[Near]]:
        """Articles that are nearly the same, group by group, the largest first."""
        ...
