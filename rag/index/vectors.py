"""The vector index: a Chroma collection, derived from the catalog and rebuilt from it at will."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.index import trial
from rag.index.trial import COLLECTION
from rag.schema import Chunk
from rag.stores import Labels, Wanted

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

_BATCH = 2000
_PROBE_S = 120.0
_ASIDE = "-damaged-"
_NONE: Mapping[str, Labels] = {}


class ChromaIndex:
    """Chunk ids by nearness to a vector. Not to be opened by two processes at once.

    Chroma's writer is not safe from a second process: it corrupts the folder silently, and
    reading that folder can end the whole interpreter. The library's lock keeps others out.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._client = _client(folder)
        self._collection = collection(self._client, COLLECTION)

    def close(self) -> None:
        """Give the folder back."""
        close = getattr(self._client, "close", None)
        if close:
            close()

    def count(self) -> int:
        """How many chunks are indexed."""
        return int(self._collection.count())

    def ids(self) -> list[str]:
        """The ids of all chunks that are indexed."""
        return list(self._collection.get(include=[])["ids"])

    def put(
        self,
        chunks: Sequence[Chunk],
        vectors: Sequence[np.ndarray],
        labels: Mapping[str, Labels] = _NONE,
    ) -> None:
        """Index chunks, or index them anew; one vector each, in the same order.

        ``labels``: those of their articles, by id; where there are none, the id is one.
        """
        for at in range(0, len(chunks), _BATCH):
            batch = chunks[at : at + _BATCH]
            self._collection.upsert(
                ids=[chunk.id for chunk in batch],
                embeddings=np.stack(vectors[at : at + _BATCH]),
                metadatas=[
                    _written(labels.get(chunk.article_id) or Labels(chunk.article_id))
                    for chunk in batch
                ],
            )

    def label(self, chunks: Mapping[str, Labels]) -> None:
        """Give indexed chunks, by id, the labels that their articles have now."""
        ids = list(chunks)
        for at in range(0, len(ids), _BATCH):
            batch = ids[at : at + _BATCH]
            self._collection.update(ids=batch, metadatas=[_written(chunks[id_]) for id_ in batch])

    def labelled(self, chunk_ids: Sequence[str]) -> dict[str, Labels]:
        """The labels of these chunks as they are searched, by id; unknown ids are left out."""
        found: dict[str, Labels] = {}
        for at in range(0, len(chunk_ids), _BATCH):
            held = self._collection.get(
                ids=list(chunk_ids[at : at + _BATCH]), include=["metadatas"]
            )
            metadatas = held["metadatas"] or []
            found |= {id_: _read(one) for id_, one in zip(held["ids"], metadatas, strict=True)}
        return found

    def drop(self, chunk_ids: Sequence[str]) -> None:
        """Forget chunks; unknown ids are no error."""
        for at in range(0, len(chunk_ids), _BATCH):
            self._collection.delete(ids=list(chunk_ids[at : at + _BATCH]))

    def clear(self) -> None:
        """Forget everything."""
        self._client.delete_collection(COLLECTION)
        self._collection = collection(self._client, COLLECTION)

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
        self, vector: Sequence[float], limit: int, wanted: Wanted | None = None
    ) -> list[tuple[str, float]]:
        """The nearest chunks, best first, with their cosine similarity from -1 to 1.

        ``wanted``: only chunks of such labels, at most some 30,000 names in all; None: of any.
        """
        limit = min(limit, self.count())
        if limit < 1 or (wanted is not None and wanted.articles == ()):
            return []
        hits = self._collection.query(
            query_embeddings=np.asarray([vector], dtype=np.float32),
            n_results=limit,
            where=_where(wanted) if wanted else None,
            include=["distances"],
        )
        distances = (hits["distances"] or [[]])[0]
        return [
            (chunk_id, 1.0 - distance)
            for chunk_id, distance in zip(hits["ids"][0], distances, strict=True)
        ]


def _written(labels: Labels) -> dict[str, Any]:
    """Labels as Chroma keeps them. Of those that are None it forgets what it knew."""
    return {
        "article_id": labels.article_id,
        "publisher": labels.publisher,
        "language": labels.language,
        "day": labels.published.toordinal() if labels.published else None,
        "collections": list(labels.collections) or None,
    }


def _read(kept: Mapping[str, Any]) -> Labels:
    day = kept.get("day")
    return Labels(
        kept["article_id"],
        kept.get("publisher"),
        kept.get("language"),
        None if day is None else date.fromordinal(int(day)),
        tuple(kept.get("collections") or ()),
    )


def _where(wanted: Wanted) -> dict[str, Any] | None:
    asked: list[dict[str, Any]] = [
        {name: {"$in": list(values)}}
        for name, values in (
            ("article_id", wanted.articles),
            ("publisher", wanted.publishers),
            ("language", wanted.languages),
        )
        if values
    ]
    if wanted.since:
        asked.append({"day": {"$gte": wanted.since.toordinal()}})
    if wanted.until:
        asked.append({"day": {"$lte": wanted.until.toordinal()}})
    if wanted.collections:
        within = [{"collections": {"$contains": id_}} for id_ in wanted.collections]
        asked.append(within[0] if len(within) == 1 else {"$or": within})
    if len(asked) < 2:
        return asked[0] if asked else None
    return {"$and": asked}


def is_readable(folder: Path, within_s: float = _PROBE_S) -> bool:
    """Whether Chroma can open a folder that was not closed properly, and read and search it.

    Tried in a child process, because a damaged folder can end the interpreter that opens it, or
    hang it: that is waited for ``within_s`` seconds and no longer.
    """
    if not folder.exists():
        return True
    # With -P no module of the working folder is taken for one of ours.
    probe = [sys.executable, "-P", "-m", trial.__name__, str(folder)]
    none = subprocess.DEVNULL
    with subprocess.Popen(probe, stdin=subprocess.PIPE, stdout=none, stderr=none) as process:
        try:
            return process.wait(within_s) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            process.kill()


def seal(folder: Path) -> str:
    """What changes when any file of the index does.

    Taken when the index is closed, it tells at the next opening whether it was left so.
    """
    stats = ((file, file.stat()) for file in _files(folder))
    # The time of the last change of any kind cannot be set back, as that of writing can.
    files = sorted(
        (str(file.relative_to(folder)), stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
        for file, stat in stats
    )
    return hashlib.sha256(repr(files).encode()).hexdigest()


def set_aside(folder: Path) -> Path | None:
    """Give a damaged index another name, of today, beside its own; what it is called now.

    One at most is kept, for whoever wants to look into it; None: there was nothing to be kept, or
    no room for a second index beside it, and it was removed.
    """
    for older in were_set_aside(folder):
        discard(older)
    with suppress(OSError):
        room = shutil.disk_usage(folder.parent).free
        if folder.exists() and room > 2 * sum(one.stat().st_size for one in _files(folder)):
            return folder.rename(folder.with_name(f"{folder.name}{_ASIDE}{date.today()}"))
    discard(folder)
    return None


def were_set_aside(folder: Path) -> list[Path]:
    """What `set_aside` made of earlier indexes of this folder."""
    return sorted(folder.parent.glob(f"{folder.name}{_ASIDE}*"))


def discard(folder: Path) -> None:
    """Remove the index; the catalog holds all that it was made of."""
    if folder.is_dir():
        shutil.rmtree(folder, ignore_errors=True)
    else:
        folder.unlink(missing_ok=True)


def _files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


def _client(folder: Path) -> ClientAPI:
    import chromadb
    from chromadb.api.shared_system_client import SharedSystemClient
    from chromadb.config import Settings

    # Chroma would read a file .env of the working folder, where classes to load can be named.
    settings = Settings(_env_file=None, anonymized_telemetry=False)
    try:
        return chromadb.PersistentClient(path=str(folder), settings=settings)
    except BaseException:
        # What it failed to start it would give to whoever opens the folder next.
        SharedSystemClient._identifier_to_system.pop(str(folder), None)
        raise


def collection(client: ClientAPI, name: str) -> Collection:
    """The collection of this name, made if there is none."""
    # Chroma's own 100 finds 98 of the 40 nearest where this finds 99, in the same time.
    configuration: Any = {"hnsw": {"space": "cosine", "ef_search": 200}}
    return client.get_or_create_collection(
        name, configuration=configuration, embedding_function=None
    )
