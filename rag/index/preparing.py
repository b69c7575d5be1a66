"""The vectors of an article's chunks, as they are stored, and what they were made by."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from rag.errors import ArticleError, LibraryMismatch
from rag.index.chunking import chunk, in_context
from rag.protocols import Embedder
from rag.schema import Article, Chunk
from rag.settings import Settings

AT_ONCE = 32
_GIVES_WAY_S = 2.0  # in which most questions are answered, or their sources are known


class Courtesy:
    """Lets the questions of other threads go before what is embedded in bulk, chunks by chunks.

    Both take all cores. Whoever asks without an end does not keep anything from being embedded: so
    many seconds a question, and then some chunks.
    """

    def __init__(
        self, seconds: float = _GIVES_WAY_S, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._seconds, self._sleep = seconds, sleep
        self.asked = (0, -seconds)
        """By which thread a question came last, and when, on the monotonic clock."""

    def give_way(self) -> None:
        """Wait for a question that came just now from another thread."""
        thread, when = self.asked
        left = when + self._seconds - time.monotonic()
        if left > 0 and thread != threading.get_ident():
            self._sleep(left)


def vectors_of(
    embedder: Embedder,
    title: str,
    chunks: Sequence[Chunk],
    on_embedded: Callable[[int, int], None] = lambda done, of: None,
) -> list[list[float]]:
    """One finite vector a chunk, in order, each embedded under the title of its article.

    ``on_embedded`` is told how many are done of how many, as they come.

    Raises:
        ArticleError: the embedder makes no vector of one, as a damaged one or a half-precise may.
    """
    texts = [in_context(title, piece.text) for piece in chunks]
    vectors: list[list[float]] = []
    while len(vectors) < len(texts):
        some = texts[len(vectors) : len(vectors) + AT_ONCE]
        made = embedder.embed_documents(some)
        if len(made) != len(some) or not np.isfinite(np.asarray(made)).all():
            raise ArticleError(
                f"{title}: the embedding model {embedder.fingerprint} makes no vector of it; "
                "check it with ibid models verify, or name another with IBID_EMBEDDER",
                "embedding",
                model=embedder.fingerprint,
            )
        vectors += made
        on_embedded(len(vectors), len(texts))
    return vectors


class Prepared:
    """An embedder that has embedded the passages of articles at once which are soon to be added.

    What is asked of it besides, as of an article whose title was edited, it embeds then.

    Raises:
        IbidError: the embedder's own, as it is made.
    """

    def __init__(self, embedder: Embedder, settings: Settings, articles: Iterable[Article]) -> None:
        self.fingerprint = embedder.fingerprint
        self._embedder = embedder
        cut = (settings.chunk_chars, settings.chunk_overlap)
        pieces = ((one.title, piece.text) for one in articles for piece in chunk(one, *cut))
        texts = list(dict.fromkeys(in_context(title, text) for title, text in pieces))
        self._made: dict[str, list[float]] = {}
        for start in range(0, len(texts), AT_ONCE):
            some = texts[start : start + AT_ONCE]
            self._made |= zip(some, embedder.embed_documents(some), strict=True)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """As `Embedder` has it."""
        if all(text in self._made for text in texts):
            return [self._made[text] for text in texts]
        return self._embedder.embed_documents(texts)

    def embed_query(self, text: str) -> list[float]:
        """As `Embedder` has it."""
        return self._embedder.embed_query(text)


def fingerprint(settings: Settings, embedder: Embedder) -> str:
    """What changes when the chunks or vectors that would be made of an article do."""
    pieces = f"{settings.chunk_chars}+{settings.chunk_overlap}"
    return f"{embedder.fingerprint}, titled chunks of {pieces} characters"


def mismatch(folder: Path, built_by: str | None, today: str) -> LibraryMismatch:
    """The error of a library that was built by another embedder, or with other chunks."""
    return LibraryMismatch(
        f"{folder}: built by {built_by}; the settings say {today}. "
        "Set them back, or build it anew: ibid rebuild"
    )
