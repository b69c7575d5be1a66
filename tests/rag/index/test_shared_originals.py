"""Copies of PDFs in a library's database: whoever has it open shows their pages, until they go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from pdfs import make_pdf
from postgres_server import PostgresServer
from tiny import TinyEmbedder

from rag import moving
from rag.index import catalogs
from rag.index.acting import acting_for
from rag.index.library import Library, opened
from rag.index.originals import ORIGINALS, Originals
from rag.index.owners import Owners
from rag.index.pages import Pages
from rag.index.postgres import Database
from rag.index.shared_originals import OriginalsTable
from rag.loaders import read_file
from rag.schema import Article
from rag.settings import Settings

pytestmark = pytest.mark.engines("shared")
FERRY = make_pdf([["The night ferry returns."], ["A berth costs 38 crowns."]])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "ferry.pdf"
    file.write_bytes(FERRY)
    return file


@pytest.fixture
def sent(file: Path) -> Article:
    """An article as it comes by an upload, whose file is nowhere afterwards."""
    return replace(read_file(file), source="ferry.pdf")


@pytest.fixture
def replicas(settings: Settings, tmp_path: Path) -> Iterator[tuple[Library, Library]]:
    """Two that have the library open on machines of their own."""
    other = settings.model_copy(update={"library": tmp_path / "other" / "library"})
    with opened(settings, TinyEmbedder()) as one, opened(other, TinyEmbedder()) as two:
        yield one, two


def test_a_page_of_what_one_read_is_drawn_by_another(
    replicas: tuple[Library, Library], file: Path, sent: Article
) -> None:
    here, there = replicas
    pages = Pages(there.originals)
    here.add([sent])
    assert not pages.has(sent)
    here.originals.keep(sent.digest, file)
    file.unlink()
    assert pages.has(sent)
    drawn = pages.page(there.article(sent.id), 2)
    assert drawn is not None and drawn.words
    assert not any((own.folder / ORIGINALS).exists() for own in replicas)


def test_a_copy_goes_with_its_article_in_one_transaction(
    replicas: tuple[Library, Library], file: Path, sent: Article, postgres: PostgresServer
) -> None:
    here, there = replicas
    here.add([sent])
    here.originals.keep(sent.digest, file)
    schema = Database(postgres.address, here.folder.name).schema
    # What hears of the removal as it is made finds the copy gone with it, or the article there.
    postgres.execute(
        f'SET search_path = "{schema}"',
        "CREATE FUNCTION seen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF EXISTS (SELECT FROM \"{schema}\".originals) THEN RAISE 'a copy without article'; "
        "END IF; RETURN NULL; END $$",
        "CREATE CONSTRAINT TRIGGER seen AFTER DELETE ON articles DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION seen()",
    )
    there.remove([sent.id])
    assert not here.originals.has(sent.digest)
    assert here.articles() == []


def test_what_was_taken_out_and_comes_back_has_its_copy_and_a_sweep_spares_what_is_new(
    replicas: tuple[Library, Library], file: Path, sent: Article, postgres: PostgresServer
) -> None:
    here, there = replicas
    here.add([sent])
    here.originals.keep(sent.digest, file)
    taken = here.take([sent.id])
    there.originals.sweep(set())
    assert here.originals.has(sent.digest)
    here.put_all_back(taken)
    schema = Database(postgres.address, here.folder.name).schema
    aged = f"UPDATE \"{schema}\".originals SET kept = kept - interval '2 hours'"
    postgres.execute(aged)
    there.originals.sweep(set())
    assert here.originals.has(sent.digest)
    here.take([sent.id])
    there.originals.sweep(set())
    assert not here.originals.has(sent.digest)


def test_the_oldest_go_where_there_are_too_many_bytes(
    replicas: tuple[Library, Library], settings: Settings, tmp_path: Path, postgres: PostgresServer
) -> None:
    database = catalogs.database_of(settings)
    assert database is not None
    copies = OriginalsTable(database, tmp_path, most_bytes=1_000)
    schema = database.schema
    for name in ("a", "b", "c"):
        (tmp_path / name).write_bytes(name.encode() * 400)
        copies.keep(f"{name}{name}", tmp_path / name)
        postgres.execute(f"UPDATE \"{schema}\".originals SET kept = kept - interval '1 minute'")
    assert [copies.has(digest) for digest in ("aa", "bb", "cc")] == [False, True, True]
    (tmp_path / "d").write_bytes(b"d" * 2_000)
    copies.keep("dd", tmp_path / "d")
    assert not copies.has("dd")


def test_an_export_carries_them_from_one_library_into_another(
    replicas: tuple[Library, Library], settings: Settings, file: Path, sent: Article, tmp_path: Path
) -> None:
    here, _ = replicas
    here.add([sent])
    here.originals.keep(sent.digest, file)
    moving.export(settings, tmp_path / "all.ibid")
    for database in (None, settings.database):
        given = {**settings.model_dump(), "library": tmp_path / f"to {database is None}"}
        with opened(Settings(**{**given, "database": database}), TinyEmbedder()) as there:
            moving.bring_in(there, tmp_path / "all.ibid")
            copy = there.originals.of(sent)
            assert copy is not None and copy.read_bytes() == FERRY


def test_of_a_library_with_owners_its_readers_see_them_its_editors_keep_them_and_nobody_else(
    postgres: PostgresServer, tmp_path: Path, file: Path, sent: Article
) -> None:
    with postgres.as_service() as address, closing(Owners(address, keeps=True)) as owners:
        owners.create("news", "user:ann")
        owners.share("news", "user:ed", "editor")
        owners.share("news", "user:rob", "reader")
        with opened(Settings(library=tmp_path / "news", database=address), TinyEmbedder()) as own:
            own.add([sent])
            for person in ("user:rob", "user:cat"):
                with acting_for(person):
                    own.originals.keep(sent.digest, file)
            assert not own.originals.has(sent.digest)
            with acting_for("user:ed"):
                own.originals.keep(sent.digest, file)
            for person in ("user:ann", "user:ed", "user:rob", "user:cat", ""):
                with acting_for(person):
                    assert own.originals.has(sent.digest) is (person != "user:cat"), person
            with acting_for("user:rob"):
                own.originals.forget([sent.digest])
            assert own.originals.has(sent.digest)
            with acting_for("user:ed"):
                own.remove([sent.id])
            assert not own.originals.has(sent.digest)


def test_a_copy_that_an_older_ibid_left_in_the_folder_is_shown_and_goes_too(
    replicas: tuple[Library, Library], file: Path, sent: Article
) -> None:
    here, there = replicas
    here.add([sent])
    Originals(here.folder).keep(sent.digest, file)
    assert Pages(here.originals).has(sent)
    assert not Pages(there.originals).has(sent)
    here.originals.forget([sent.digest])
    assert not Pages(here.originals).has(sent)
