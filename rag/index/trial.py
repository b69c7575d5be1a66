"""A trial of an index that was not closed properly, for a process of its own: a damaged folder can
end the interpreter that reads it.

It speaks with Chroma's engine itself: to import the whole of Chroma takes most of a second, and
whoever opens the library waits for it.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import Any

COLLECTION = "chunks"
_WITHIN = ("default_tenant", "default_database")
_BATCH = 2000
_PROBED = 200  # vectors that are searched for, from all over the folder
_FAR = 0.01  # from a vector to itself, as cosine distance, as long as the graph leads to it
_OPEN_FILES = 64


def probe(folder: Path) -> None:
    """Read all of an index and search it here and there; whatever is raised, it is damaged."""
    engine = _engine(folder)
    for collection in engine.list_collections(None, 0, *_WITHIN):
        if collection.name == COLLECTION:
            _look_into(engine, str(collection.id))


def _engine(folder: Path) -> Any:
    """Chroma's own, as its client for Python opens it."""
    import chromadb_rust_bindings as chroma

    made = chroma.SqliteDBConfig(
        hash_type=chroma.MigrationHash.MD5,
        migration_mode=chroma.MigrationMode.Apply,
        url=f"{folder}/chroma.sqlite3",
    )
    return chroma.Bindings(
        allow_reset=False,
        sqlite_db_config=made,
        persist_path=str(folder),
        hnsw_cache_size=_OPEN_FILES,
    )


def _look_into(engine: Any, collection: str) -> None:
    ids = _held(engine, collection, None, [])[0]
    for at in range(0, len(ids), _BATCH):
        _held(engine, collection, ids[at : at + _BATCH], ["embeddings"])
    some = ids[:: len(ids) // _PROBED + 1]
    # Damage shows only where a search comes by, so many are made.
    for vector in _held(engine, collection, some, ["embeddings"])[1] if some else ():
        asked = (collection, None, [vector], min(10, len(ids)), None, None, ["distances"], *_WITHIN)
        found = engine.query(*asked)
        assert found.distances[0][0] < _FAR


def _held(
    engine: Any, collection: str, ids: list[str] | None, included: list[str]
) -> tuple[list[str], list[Any]]:
    found = engine.get(collection, ids, None, None, 0, None, included, *_WITHIN)
    return found.ids, found.embeddings


def _end_with_the_one_that_asks() -> None:
    """End at the end of standard input: another may own the folder by then."""

    def wait() -> None:
        os.read(0, 1)  # nothing ever comes
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    _end_with_the_one_that_asks()
    probe(Path(sys.argv[1]))
