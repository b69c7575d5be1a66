"""Promises to whoever kept a library of an older Ibid: it opens whole, and is kept as it was."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from tiny import TinyEmbedder, make_article

from rag.errors import LibraryError
from rag.index import integrity, mending
from rag.index.catalog import CATALOG
from rag.index.database import _add_functions
from rag.index.library import opened
from rag.index.tables import SCHEMA_VERSION
from rag.schema import Filter
from rag.settings import Settings

VERSIONS = [1, 2, 3, 4, 5]
# What each version's tables had more than those of the one before.
MADE = {
    1: """
CREATE TABLE facts (name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (name));
CREATE TABLE articles (id TEXT NOT NULL, title TEXT NOT NULL, source TEXT NOT NULL,
  publisher TEXT, published DATE, language TEXT, digest TEXT NOT NULL, added DATETIME NOT NULL,
  text TEXT NOT NULL, PRIMARY KEY (id), UNIQUE (source));
CREATE INDEX ix_articles_digest ON articles (digest);
CREATE TABLE chunks ("row" INTEGER NOT NULL, id TEXT NOT NULL, article_id TEXT NOT NULL,
  start INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL, vector BLOB NOT NULL,
  indexed BOOLEAN NOT NULL, PRIMARY KEY ("row"), UNIQUE (id),
  FOREIGN KEY(article_id) REFERENCES articles (id));
CREATE INDEX ix_chunks_article_id ON chunks (article_id);
CREATE INDEX ix_chunks_indexed ON chunks (indexed);
CREATE TABLE dropped (chunk_id TEXT NOT NULL, PRIMARY KEY (chunk_id));
CREATE VIEW titled AS SELECT chunks.row, articles.title, chunks.text, chunks.article_id
  FROM chunks JOIN articles ON articles.id = chunks.article_id;
CREATE VIRTUAL TABLE lexical USING fts5(title, text, content='titled', content_rowid='row',
  tokenize='porter unicode61');
""",
    2: """
ALTER TABLE articles ADD COLUMN author TEXT;
ALTER TABLE articles ADD COLUMN link TEXT;
ALTER TABLE articles ADD COLUMN pages JSON NOT NULL DEFAULT '[]';
ALTER TABLE articles ADD COLUMN edited JSON NOT NULL DEFAULT '{}';
""",
    3: """
ALTER TABLE articles ADD COLUMN stated_source TEXT;
ALTER TABLE articles ADD COLUMN tags JSON NOT NULL DEFAULT '[]';
""",
    4: """
ALTER TABLE chunks ADD COLUMN words TEXT;
DROP TABLE lexical;
DROP VIEW titled;
CREATE VIEW titled AS SELECT chunks.row, articles.title,
  coalesce(chunks.words, chunks.text) AS text, chunks.article_id
  FROM chunks JOIN articles ON articles.id = chunks.article_id;
CREATE VIRTUAL TABLE lexical USING fts5(title, text, content='titled', content_rowid='row',
  tokenize="porter unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'");
CREATE TABLE sums ("row" INTEGER NOT NULL, sum INTEGER NOT NULL, PRIMARY KEY ("row"));
""",
    5: """
ALTER TABLE chunks ADD COLUMN labelled BOOLEAN NOT NULL DEFAULT 0;
CREATE INDEX unlabelled ON chunks (row) WHERE NOT labelled;
""",
}
TABLES = ("facts", "articles", "chunks")
RIVER = "The river flooded the valley in spring. " * 20
BRIDGES = "Die alten Brücken der Stadt wurden im Winter abgerissen. " * 12


def older(settings: Settings, version: int) -> None:
    """A library as an Ibid of that version had it, of today's articles and vectors."""
    with opened(settings, TinyEmbedder()) as own:
        own.add(
            [
                make_article(RIVER, "river.md", publisher="Courier", published="2025-04-14"),
                make_article(BRIDGES, "https://news.example/bridges"),
            ]
        )
    today = settings.library / CATALOG
    file = settings.library / "older.sqlite3"
    with closing(sqlite3.connect(file)) as db, db:
        _add_functions(db, None)
        for one in range(1, version + 1):
            db.executescript(MADE[one])
        db.execute("ATTACH DATABASE ? AS today", [str(today)])
        for table in TABLES:
            names = [row[1] for row in db.execute(f"PRAGMA main.table_info({table})")]
            columns = ", ".join(f'"{name}"' for name in names)
            db.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM today.{table}")
        db.execute("UPDATE facts SET value = ? WHERE name = 'schema'", [str(version)])
        db.execute("DELETE FROM facts WHERE name = 'seal'")
        if version < 5:
            db.execute("UPDATE articles SET language = NULL")
        if version < 4:
            db.execute("INSERT INTO lexical(lexical) VALUES ('rebuild')")
        db.execute("INSERT INTO lexical(lexical) VALUES ('rebuild')")
        db.commit()
        db.execute("DETACH DATABASE today")
    today.unlink()
    for end in ("-wal", "-shm"):
        today.with_name(f"{CATALOG}{end}").unlink(missing_ok=True)
    file.rename(today)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_library_of_each_older_version_is_opened_whole_and_kept_as_it_was(
    settings: Settings, tmp_path: Path, version: int
) -> None:
    older(settings, version)
    embedder = TinyEmbedder()
    for is_again in (False, True):
        with opened(settings, embedder) as own:
            by_source = {info.source: info for info in own.articles()}
            river = by_source["river.md"]
            bridges = by_source["https://news.example/bridges"]
            assert own.article(river.id).text == RIVER.strip()
            assert (river.publisher, river.published) == ("Courier", date(2025, 4, 14))
            assert (river.language, bridges.language) == ("en", "de")
            assert integrity.agree(own.catalog, own.vectors) and own.vectors.count() > 5
            assert own.catalog.search("river valley", 3)[0][0].startswith(river.id)
            assert own.catalog.search("Brücke abgerissen", 3)[0][0].startswith(bridges.id)
            assert own.catalog.matching(Filter(languages=("de",))) == [bridges.id]
            assert own.catalog.metadata("schema") == SCHEMA_VERSION
            assert not is_again or mending.repair(own) == []
    assert embedder.documents == 0
    kept = sorted(file.name for file in settings.library.glob("catalog-schema-*"))
    if str(version) == SCHEMA_VERSION:
        assert kept == []
        return
    # One copy, of before the first step, is all that is needed to go back.
    assert kept == [f"catalog-schema-{version}.sqlite3"]
    with closing(sqlite3.connect(settings.library / kept[0])) as db:
        facts = dict(db.execute("SELECT name, value FROM facts").fetchall())
        assert facts["schema"] == str(version)
        assert db.execute("SELECT count(*) FROM articles").fetchone() == (2,)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    again = settings.model_copy(update={"library": tmp_path / "again"})
    again.library.mkdir()
    shutil.copy(settings.library / kept[0], again.library / CATALOG)
    with opened(again, embedder) as own:
        assert len(own.articles()) == 2 and own.vectors.count() > 5
    assert embedder.documents == 0


def test_every_older_version_is_tried() -> None:
    assert [str(version) for version in VERSIONS][-1] in (
        SCHEMA_VERSION,
        str(int(SCHEMA_VERSION) - 1),
    )


def test_a_library_of_a_newer_version_is_left_alone_and_told_what_to_do(settings: Settings) -> None:
    older(settings, 5)
    file = settings.library / CATALOG
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE facts SET value = '99' WHERE name = 'schema'")
    with pytest.raises(LibraryError, match="update Ibid") as caught:
        opened(settings, TinyEmbedder()).__enter__()
    assert "\n" not in str(caught.value)
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("SELECT value FROM facts WHERE name = 'schema'").fetchone() == ("99",)
        assert db.execute("SELECT count(*) FROM articles").fetchone() == (2,)
    assert not list(settings.library.glob("catalog-schema-*"))
