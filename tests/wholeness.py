"""What is so of every library, whatever was done with it."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from rag.index import integrity
from rag.index.catalog import CATALOG, SqlCatalog
from rag.index.chunking import chunk
from rag.index.library import Library


def assert_whole(own: Library) -> None:
    """Chunks, their words and their vectors are those of the articles, and no others."""
    catalog, counted = own.catalog, 0
    for info in own.articles():
        one = own.article(info.id)
        expected = chunk(one, own.settings.chunk_chars, own.settings.chunk_overlap)
        assert catalog.chunks_of(info.id) == expected, info.source
        assert all(one.text[piece.start : piece.end] == piece.text for piece in expected)
        counted += len(expected)
    assert catalog.count()[1] == counted == own.vectors.count()
    assert integrity.agree(catalog, own.vectors)
    assert not catalog.pending_removals() and not list(catalog.pending_chunks())
    assert not catalog.damage() and not catalog.damaged_chunks()
    if catalog.file is None:
        assert isinstance(catalog, SqlCatalog) and catalog.faults(deep=True) == {}
        return
    with closing(sqlite3.connect(own.folder / CATALOG)) as db, db:
        db.create_function("searchable", 1, lambda text: text)
        db.execute("INSERT INTO lexical(lexical, rank) VALUES ('integrity-check', 1)")
        assert db.execute("SELECT count(*) FROM lexical_docsize").fetchone() == (counted,)
        assert db.execute("SELECT count(*) FROM sums").fetchone() == (counted,)
