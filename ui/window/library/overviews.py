"""What a library holds, looked over once for all who ask until it changes."""

from __future__ import annotations

import threading

from rag.index import overview
from rag.index.library import Library

Overview = overview.Overview


class Overviews:
    """The last overview, and of which stock it was."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: tuple[int, Overview] | None = None

    def of(self, library: Library, stock: int) -> Overview:
        """The overview of a library; ``stock`` is another once anything in it was changed.

        Raises:
            LibraryError: its catalog cannot be read.
        """
        with self._lock:  # Two who ask at once wait for one.
            if self._seen is None or self._seen[0] != stock:
                self._seen = stock, overview.overview(library.catalog)
            return self._seen[1]
