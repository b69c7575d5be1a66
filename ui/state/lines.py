"""Documents that are only added to, one a line. No Gradio here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol


class Lines(Protocol):
    """Lines of one kind, each a document in JSON."""

    def add(self, line: bytes) -> None:
        """Put one down, whole and for good. Raises LibraryError: it cannot be written."""
        ...

    def newest(self) -> Iterator[bytes]:
        """All of them, the latest first."""
        ...
