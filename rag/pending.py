"""What a vector index lacks of what its catalog holds, as the catalog has it written down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from rag.schema import Chunk

if TYPE_CHECKING:
    import numpy as np


class Pending(Protocol):
    """The part of a catalog that says what the vector index still lacks."""

    def has_pending(self) -> bool:
        """Whether the vector index lacks anything."""
        ...

    def pending_chunks(self, batch: int = 1000) -> Iterator[list[tuple[Chunk, np.ndarray]]]:
        """Chunks that are not in the vector index yet, with their vectors, in batches."""
        ...

    def mark_indexed(self, chunk_ids: Sequence[str]) -> None:
        """These chunks are in the vector index now."""
        ...

    def pending_removals(self, batch: int = 1000) -> list[str]:
        """Ids of some chunks that are gone from here and may still be in the vector index."""
        ...

    def mark_removed(self, chunk_ids: Sequence[str]) -> None:
        """These chunks are gone from the vector index too."""
        ...

    def pending_labels(self, batch: int = 1000) -> Iterator[dict[str, str]]:
        """Chunks of whose articles the index knows something older: id to article id."""
        ...

    def mark_labelled(self, chunk_ids: Sequence[str]) -> None:
        """The index knows of these chunks' articles what stands here."""
        ...

    def mark_pending(self, chunk_ids: Sequence[str]) -> None:
        """The vector index lacks these chunks."""
        ...

    def mark_all_pending(self) -> None:
        """The vector index starts from nothing: it lacks every chunk."""
        ...
