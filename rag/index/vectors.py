"""The vector index: a Chroma collection, derived from the catalog and rebuilt from it at will."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.schema import Chunk

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

_COLLECTION = "chunks"
_BATCH = 2000


class ChromaIndex:
    """Chunk ids by nearness to a vector. Not to be opened by two processes at once.

    Chroma's writer is not safe from a second process: it corrupts the folder silently, and
    reading that folder can end the whole interpreter. The library's lock keeps others out.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._client = _client(folder)
        self._collection = _collection(self._client)

    def close(self) -> None:
        """Give the folder back."""
        close = getattr(self._client, "close", None)
        if close:
            close()

    def count(self) -> int:
        """How many chunks are indexed."""
        return int(self._collection.count())

    def put(self, chunks: Sequence[Chunk], vectors: Sequence[np.ndarray]) -> None:
        """Index chunks, or index them anew; one vector each, in the same order."""
        for at in range(0, len(chunks), _BATCH):
            batch = chunks[at : at + _BATCH]
            self._collection.upsert(
                ids=[chunk.id for chunk in batch],
                embeddings=np.stack(vectors[at : at + _BATCH]),
                metadatas=[{"article_id": chunk.article_id} for chunk in batch],
            )

    def drop(self, chunk_ids: Sequence[str]) -> None:
        """Forget chunks; unknown ids are no error."""
        for at in range(0, len(chunk_ids), _BATCH):
            self._collection.delete(ids=list(chunk_ids[at : at + _BATCH]))

    def clear(self) -> None:
        """Forget everything."""
        self._client.delete_collection(_COLLECTION)
        self._collection = _collection(self._client)

    def stored(self, chunk_ids: Sequence[str]) -> dict[str, np.ndarray]:
        """The vectors of these chunks as they are searched, by id; unknown ids are left out."""
        found: dict[str, np.ndarray] = {}
        for at in range(0, len(chunk_ids), _BATCH):
            batch = list(chunk_ids[at : at + _BATCH])
            held = self._collection.get(ids=batch, include=["embeddings"])
            embeddings = held["embeddings"]
            if embeddings is not None:
                found |= zip(held["ids"], map(np.asarray, embeddings), strict=True)
        return found

    def search(
        self, vector: Sequence[float], limit: int, article_ids: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """The nearest chunks, best first, with their cosine similarity from -1 to 1.

        ``article_ids``: only chunks of these articles; None: of any.
        """
        limit = min(limit, self.count())
        if not limit or (article_ids is not None and not article_ids):
            return []
        hits = self._collection.query(
            query_embeddings=np.asarray([vector], dtype=np.float32),
            n_results=limit,
            where={"article_id": {"$in": list(article_ids)}} if article_ids else None,
            include=["distances"],
        )
        distances = (hits["distances"] or [[]])[0]
        return [
            (chunk_id, 1.0 - distance)
            for chunk_id, distance in zip(hits["ids"][0], distances, strict=True)
        ]


def is_readable(folder: Path) -> bool:
    """Whether Chroma can open a folder that was not closed properly.

    Tried in a child process, because a damaged folder can end the interpreter that opens it.
    """
    if not folder.exists():
        return True
    # With -P no module of the working folder is taken for one of ours.
    probe = [sys.executable, "-P", "-m", "rag.index.vectors", str(folder)]
    try:
        return subprocess.run(probe, capture_output=True, timeout=120).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def seal(folder: Path) -> str:
    """What changes when any file of the index does.

    Taken when the index is closed, it tells at the next opening whether it was left so.
    """
    stats = ((file, file.stat()) for file in folder.rglob("*") if file.is_file())
    # The time of the last change of any kind cannot be set back, as that of writing can.
    files = sorted(
        (str(file.relative_to(folder)), stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
        for file, stat in stats
    )
    return hashlib.sha256(repr(files).encode()).hexdigest()


def discard(folder: Path) -> None:
    """Remove the index; the catalog holds all that it was made of."""
    if folder.is_dir():
        shutil.rmtree(folder, ignore_errors=True)
    else:
        folder.unlink(missing_ok=True)


def _client(folder: Path) -> ClientAPI:
    import chromadb
    from chromadb.config import Settings

    # Chroma would read a file .env of the working folder, where classes to load can be named.
    settings = Settings(_env_file=None, anonymized_telemetry=False)
    return chromadb.PersistentClient(path=str(folder), settings=settings)


def _collection(client: ClientAPI) -> Collection:
    configuration: Any = {"hnsw": {"space": "cosine"}}
    return client.get_or_create_collection(
        _COLLECTION, configuration=configuration, embedding_function=None
    )


if __name__ == "__main__":
    probed = ChromaIndex(Path(sys.argv[1]))
    # Damage shows only where a search comes by, so many are made.
    stored = probed._collection.get(limit=200, include=["embeddings"])["embeddings"]
    assert stored is not None
    for vector in stored:
        nearest = probed.search(list(vector), 10)
        assert nearest[0][1] > 0.99  # of a vector to itself, as long as the graph leads to it
