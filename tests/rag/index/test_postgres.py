"""Promises of a catalog in PostgreSQL, beside those that it shares with SQLite's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from postgres_server import PostgresServer
from tiny import TinyEmbedder, make_article

from rag import moving
from rag.errors import LibraryError, LibraryInUse, SettingsError
from rag.index import catalogs
from rag.index.array import ArrayIndex
from rag.index.catalog import SqlCatalog
from rag.index.chunking import chunk
from rag.index.library import Library, opened
from rag.index.postgres import Database, PostgresCatalog
from rag.opening import temporary_library
from rag.schema import Article, Filter
from rag.settings import Settings

TEXTS = (
    ("Floods", "Rivers were flooding the Café near snake_case and Straße. " * 9),
    ("Rivers and floods", "The river flooded; rivers flood. Don't \\ it's 'quoted' & | ! <-> :*"),
    ("Нева", "Реки разлились, и город стоял в воде три дня подряд."),
    ("東京", "東京の川が氾濫した。洪水は三日続いた。"),
    ("हिन्दी", "नदी में बाढ़ आई और गाँव डूब गए।"),
    ("Mühle", "Die Mühlen standen an den Flüssen, und das Wasser stieg im Frühjahr."),
    ("Long", f"A {'wörd' * 300} of a thousand letters, and a river. \u0301 ²³ ½ ﬁve."),
)  # fmt: skip
QUESTIONS = (
    "river", "flooded rivers", "cafe strasse", "snake_case", "don't quote it's", "реки город",
    "洪水", "東京の川", "नदी बाढ़", "Welche Mühle stand am Fluss?", "wörd" * 300, "five ²",
    "the of a", "rivers rivers river", "floods", "<-> & | :*",
)  # fmt: skip


def articles() -> list[Article]:
    return [
        make_article(text, f"{n}.md", title=title, publisher=f"Ström {n % 2}")
        for n, (title, text) in enumerate(TEXTS)
    ]


def put(catalog: SqlCatalog, article: Article) -> list[str]:
    chunks = chunk(article, 200, 0)
    catalog.put(article, chunks, TinyEmbedder().embed_documents([one.text for one in chunks]))
    return [piece.id for piece in chunks]


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[str]:
    yield postgres.address
    postgres.empty()


@pytest.fixture
def schema(database: str) -> Database:
    return Database(database, "library")


@pytest.fixture
def by_sqlite(tmp_path: Path) -> Iterator[SqlCatalog]:
    with catalogs.opened(catalogs.FilePlace(tmp_path)) as own:
        yield own


# The same answers as SQLite's


def test_words_find_the_same_chunks_in_the_same_order_with_the_same_scores(
    catalog: SqlCatalog, by_sqlite: SqlCatalog
) -> None:
    for article in articles():
        put(catalog, article)
        put(by_sqlite, article)
    gone = make_article("A river that is no more.", "gone.md")
    for each in (catalog, by_sqlite):
        put(each, gone)
        each.remove([gone.id])
    some = 0
    for question in QUESTIONS:
        for only in (None, Filter(publishers=("STRÖM 1",))):
            here, there = (one.search(question, 10, only) for one in (catalog, by_sqlite))
            assert [id_ for id_, _ in here] == [id_ for id_, _ in there], question
            scores = [score for _, score in there]
            assert [score for _, score in here] == pytest.approx(scores, rel=1e-5), question
            some += len(here)
    assert some > len(QUESTIONS)
    assert catalog.faults(deep=True) == by_sqlite.faults(deep=True) == {}


@pytest.mark.parametrize("words", ["snake_c", "river-flo", "quo", "wasser früh", "МЮ"])
def test_the_shelf_holds_the_same_of_any_words(
    catalog: SqlCatalog, by_sqlite: SqlCatalog, words: str
) -> None:
    for article in articles():
        put(catalog, article)
        put(by_sqlite, article)
    here, there = (
        [one.info.id for one in each.listing(words, sort="title")[0]]
        for each in (catalog, by_sqlite)
    )
    assert here == there
    here, there = (
        [(one.info.id, one.words) for one in each.listing(sort="words")[0]]
        for each in (catalog, by_sqlite)
    )
    assert here == there


def test_case_is_folded_and_words_are_counted_as_python_does(schema: Database) -> None:
    PostgresCatalog(schema).close()
    letters = [chr(code) for code in range(1, 0x1F000) if not 0xD800 <= code < 0xE000]
    engine = schema.engine()
    with engine.connect() as db:
        each = sa.text(
            "SELECT folded(a), words_in('a' || a || 'b') FROM unnest(CAST(:all AS text[])) AS a"
        )
        found = db.execute(each, {"all": letters}).all()
    engine.dispose()
    wrong = [
        letter
        for letter, (folded, words) in zip(letters, found, strict=True)
        if (folded, words) != (letter.casefold(), len(f"a{letter}b".split()))
    ]
    assert wrong == []


def test_vectors_that_changed_or_are_none_are_found(catalog: SqlCatalog, schema: Database) -> None:
    article = make_article("Rivers flood. " * 40)
    chunks = chunk(article, 200, 0)
    vectors = [np.ones(4) * (number + 1) for number in range(len(chunks))]
    vectors[1] = np.array([1.0, np.nan, 0.0, 1.0])
    vectors[2] = np.array([1.0, 0.0, 0.0, -np.inf])
    catalog.put(article, chunks, vectors)
    engine = schema.engine()
    with engine.begin() as db:
        changed = sa.text("UPDATE chunks SET vector = set_byte(vector, 3, 1) WHERE id = :id")
        db.execute(changed, {"id": chunks[0].id})
    engine.dispose()
    assert [one.id for one in catalog.damaged_chunks()] == [one.id for one in chunks[:3]]
    catalog.mend(chunks[:3], [np.ones(4)] * 3)
    assert catalog.damaged_chunks() == []


def test_a_library_moves_from_sqlite_into_postgres_and_back_with_equal_answers(
    tmp_path: Path, database: str
) -> None:
    here = Settings(library=tmp_path / "here", chunk_chars=200, chunk_overlap=40)
    there = here.model_copy(update={"library": tmp_path / "there"})
    there = Settings(**{**there.model_dump(), "database": database})
    back = here.model_copy(update={"library": tmp_path / "back"})
    with opened(here, TinyEmbedder()) as library:
        library.add(articles())
        library.collect("Boats", [library.articles()[0].id])
        library.edit(library.articles()[1].id, publisher="Courier")
        asked = answers(library)
    moving.export(here, tmp_path / "all.ibid")
    for settings, file in ((there, "all.ibid"), (back, "again.ibid")):
        embedder = TinyEmbedder()
        with opened(settings, embedder) as library:
            counts, left_out = moving.bring_in(library, tmp_path / file)
            assert (counts["added"], left_out) == (len(TEXTS), [])
            assert embedder.documents == 0
            assert answers(library) == asked
        with opened(settings, TinyEmbedder()) as library:
            assert answers(library) == asked
        moving.export(settings, tmp_path / "again.ibid") if settings is there else None


def answers(library: Library) -> list[object]:
    """What is found for each question by words and by meaning, and what is known of it."""
    told: list[object] = []
    for question in QUESTIONS:
        by_words = library.catalog.search(question, 10)
        nearest = ArrayIndex(library.catalog).search(TinyEmbedder().embed_query(question), 5)
        told.append([(id_, round(score, 3)) for id_, score in by_words])
        told.append(nearest)
    told += sorted(library.articles(), key=lambda info: info.id)
    return [*told, library.catalog.collections(), library.catalog.counted("publisher")]


def test_an_export_is_of_one_moment_though_articles_come_meanwhile(
    tmp_path: Path, settings: Settings
) -> None:
    with opened(settings, TinyEmbedder()) as library:
        library.add(articles())

        def meanwhile(done: int, of: int) -> None:
            assert of == len(TEXTS)
            library.add([make_article(f"It came while {done} were written.", f"late{done}.md")])

        assert moving.export(settings, tmp_path / "all.ibid", meanwhile) == len(TEXTS)
        assert library.catalog.count()[0] == 2 * len(TEXTS)


# Whose it is, and what is there


def test_it_has_one_owner_at_a_time_on_whatever_machine(settings: Settings, tmp_path: Path) -> None:
    elsewhere = settings.model_copy(update={"library": tmp_path / "other" / "library"})
    with opened(settings, TinyEmbedder(), purpose="ibid chat"):
        assert catalogs.of(elsewhere).owner() == "ibid: ibid chat"
        with (
            pytest.raises(LibraryInUse, match="in use by ibid: ibid chat") as told,
            opened(elsewhere, TinyEmbedder()),
        ):
            pass
        assert "\n" not in str(told.value)
        with catalogs.opened(catalogs.existing(elsewhere)) as catalog:  # reading needs no lock
            assert catalog.count() == (0, 0)
    with opened(elsewhere, TinyEmbedder()):
        assert catalogs.of(settings).owner() == "ibid"
    assert catalogs.of(settings).owner() == ""


def test_libraries_of_other_names_are_apart(settings: Settings) -> None:
    with opened(settings, TinyEmbedder()) as library:
        library.add(articles())
    for name in ("Library", "library2", "bücher", "a'b\"c; d"):
        other = settings.model_copy(update={"library": settings.library.with_name(name)})
        assert not catalogs.of(other).exists()
        with opened(other, TinyEmbedder()) as library:
            assert library.articles() == []
        assert catalogs.of(other).exists()


def test_a_temporary_library_leaves_nothing_in_the_database(
    settings: Settings, postgres: PostgresServer
) -> None:
    with temporary_library(settings, TinyEmbedder()) as library:
        library.add(articles())
    assert postgres.execute("SELECT FROM pg_namespace WHERE starts_with(nspname, 'ibid_')") == []


def test_many_may_make_it_at_once(schema: Database) -> None:
    failed: list[BaseException] = []

    def make() -> None:
        try:
            PostgresCatalog(schema).close()
        except BaseException as error:
            failed.append(error)

    makers = [threading.Thread(target=make) for _ in range(4)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert failed == [] and schema.exists()


def test_a_schema_of_another_version_is_refused_with_what_to_do(schema: Database) -> None:
    catalog = PostgresCatalog(schema)
    catalog.set_metadata(schema="999")
    with pytest.raises(LibraryError, match="update Ibid"):
        PostgresCatalog(schema)
    catalog.close()


def test_that_postgres_is_away_is_told_in_one_line_and_it_goes_on_once_it_is_back(
    catalog: SqlCatalog, postgres: PostgresServer
) -> None:
    ids = put(catalog, make_article("Rivers flood."))
    with ExitStack() as back:
        postgres.halt()
        back.callback(postgres.start)
        for ask in (catalog.articles, lambda: put(catalog, make_article("Fires burn.", "b"))):
            with pytest.raises(LibraryError, match="does not answer") as told:
                ask()
            assert "\n" not in str(told.value)
    assert [id_ for id_, _ in catalog.search("river", 5)] == ids


@pytest.mark.parametrize("address", ["nonsense", "mysql://me:secret@host/db", "http://host", "://"])
def test_an_address_that_is_none_is_told_without_what_is_secret_in_it(
    tmp_path: Path, address: str
) -> None:
    settings = Settings(library=tmp_path, database=address)
    with pytest.raises(SettingsError, match="postgresql://") as told:
        catalogs.of(settings)
    assert "secret" not in str(told.value)


def test_nobody_there_is_told_without_the_password(tmp_path: Path) -> None:
    address = f"postgresql://me:secret@/db?host={tmp_path}"
    with pytest.raises(LibraryError, match="does not answer") as told:
        catalogs.existing(Settings(library=tmp_path, database=address))
    assert "secret" not in str(told.value) and "\n" not in str(told.value)
