"""Promises of a library: nothing lost, nothing twice, one owner, and it always opens again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from doubles import ListIndex
from tiny import DIMENSIONS, TinyEmbedder, make_article

from rag.errors import ArticleError, LibraryError, LibraryInUse, LibraryMismatch, UnknownArticle
from rag.index.catalog import CATALOG, SqliteCatalog
from rag.index.library import Library, opened
from rag.index.ownership import owned, owner
from rag.index.places import VECTORS, Folder
from rag.index.preparing import Courtesy
from rag.index.vectors import ChromaIndex
from rag.loaders import read_file
from rag.schema import Article, Filter
from rag.settings import Settings

TESTS = Path(__file__).parents[2]
RIVER = "The river flooded the valley. " * 30


def assert_whole(library: Library) -> None:
    """Catalog and index hold the same chunks, and every one is found by both legs."""
    articles = library.articles()
    ids = [piece.id for info in articles for piece in library.catalog.chunks_of(info.id)]
    assert library.catalog.damage() == ""
    assert library.catalog.count() == (len(articles), len(ids))
    assert library.vectors.count() == len(ids)
    everything = library.embedder.embed_query("anything")
    assert {name for name, _ in library.vectors.search(everything, 10_000)} == set(ids)
    for info in articles:
        text = library.article(info.id).text
        for piece in library.catalog.chunks_of(info.id):
            assert text[piece.start : piece.end] == piece.text


def found(library: Library, question: str) -> tuple[set[str], set[str]]:
    """The articles that a question leads to by its words and by its meaning."""
    legs = (
        library.catalog.search(question, 100),
        library.vectors.search(library.embedder.embed_query(question), 3),
    )
    lexical, dense = ({name.split(".")[0] for name, _ in leg} for leg in legs)
    return lexical, dense


# Asking


def test_a_first_question_needs_no_vector_index_and_finds_what_it_would(
    settings: Settings, embedder: TinyEmbedder
) -> None:
    opened_in: list[Path] = []

    def open_index(folder: Path) -> ChromaIndex:
        opened_in.append(folder)
        return ChromaIndex(folder)

    def library(*, as_left: bool = True, **tuning: int) -> closing[Library]:
        retrieval = settings.retrieval.model_copy(update=tuning)
        with_it = settings.model_copy(update={"retrieval": retrieval})
        catalog = SqliteCatalog(settings.library / CATALOG)
        return closing(
            Library(
                settings.library,
                with_it,
                embedder,
                catalog,
                Folder(settings.library / VECTORS, open_index),
                is_catalog_as_left=as_left,
            )
        )

    with opened(settings, embedder) as own:
        own.add(make_article(f"{word} on the river. " * 90, word) for word in "ferry mill".split())
        some = Filter(articles=(own.articles()[0].id,))
        none = Filter(articles=("nobody",))
    asked = embedder.embed_query("ferry")
    with library() as own:
        first = [own.nearest(asked, 5), own.nearest(asked, 9, some), own.nearest(asked, 5, none)]
        assert not opened_in
        assert own.vectors.count() and opened_in
        later = [own.nearest(asked, 5), own.nearest(asked, 9, some), own.nearest(asked, 5, none)]
    assert list(map(len, first)) == list(map(len, later))
    for one, other in zip(first, later, strict=True):
        assert [near for _, near in one] == pytest.approx([near for _, near in other], abs=1e-4)
    for large_or_changed in (library(in_memory=1), library(as_left=False)):
        opened_in.clear()
        with large_or_changed as own:
            assert own.nearest(asked, 5)[0][1] == pytest.approx(first[0][0][1], abs=1e-4)
        assert opened_in
    with pytest.raises(LibraryError, match="closed"):
        own.nearest(asked, 5)


# Adding and removing


@pytest.mark.engines
def test_what_was_added_is_found_by_words_and_by_meaning(library: Library) -> None:
    river, fire = make_article(RIVER, "a"), make_article("Fires burn. " * 30, "b")
    outcomes = library.add([river, fire])
    assert [(one.outcome, one.chunks > 1) for one in outcomes] == [("added", True)] * 2
    assert found(library, "river valley") == ({river.id}, {river.id})
    assert found(library, "fires burn") == ({fire.id}, {fire.id})
    assert_whole(library)


@pytest.mark.engines
def test_to_add_the_same_again_changes_nothing(library: Library, embedder: TinyEmbedder) -> None:
    library.add([make_article(RIVER)])
    embedded, before = embedder.documents, library.catalog.count()
    (again,) = library.add([make_article(RIVER)])
    assert (again.outcome, again.chunks) == ("same", 0)
    assert (embedder.documents, library.catalog.count()) == (embedded, before)


def test_the_same_article_from_another_place_is_not_added_twice(library: Library) -> None:
    first = make_article(RIVER, "a")
    library.add([first])
    (again,) = library.add([make_article(RIVER, "b")])
    assert (again.outcome, again.article.id) == ("same", first.id)
    assert len(library.articles()) == 1


@pytest.mark.engines
def test_an_edited_article_replaces_the_old_one(library: Library) -> None:
    library.add([make_article(RIVER)])
    new = make_article("Fires burn. " * 30)
    (outcome,) = library.add([new])
    assert outcome.outcome == "replaced"
    assert library.articles() == [new.info]
    assert found(library, "river")[0] == set()
    assert_whole(library)


@pytest.mark.engines
def test_an_article_may_be_edited_to_and_fro(library: Library) -> None:
    for text in (RIVER, "Fires burn.", RIVER, "Fires burn.", RIVER):
        library.add([make_article(text)])
        assert_whole(library)
    assert library.articles()[0].digest == make_article(RIVER).digest


@pytest.mark.engines
def test_what_was_added_stays_when_a_later_one_fails(library: Library) -> None:
    bad = replace(make_article("Text.", "b"), text="half \ud83d a character")
    reported = []
    with pytest.raises(ArticleError):
        library.add([make_article(RIVER, "a"), bad], reported.append)
    assert len(reported) == len(library.articles()) == 1
    assert_whole(library)


@pytest.mark.parametrize("letter", ["\0", "\ud800"])
@pytest.mark.parametrize("field", ["text", "source"])
def test_what_no_text_can_hold_is_refused_in_one_line(
    library: Library, field: str, letter: str
) -> None:
    with pytest.raises(ArticleError) as caught:
        library.add([replace(make_article("Text."), **{field: f"a{letter}b"})])
    assert "\n" not in str(caught.value)
    str(caught.value).encode()
    assert library.articles() == []


@pytest.mark.engines
def test_a_removed_article_leaves_nothing_behind_and_may_come_back(library: Library) -> None:
    article = make_article(RIVER)
    for _ in range(3):
        assert library.add([article])[0].outcome == "added"
        assert found(library, "river") == ({article.id}, {article.id})
        assert library.remove([article.id]) == [article.info]
        assert library.catalog.count() == (0, 0) and library.vectors.count() == 0
        assert found(library, "river") == (set(), set())


@pytest.mark.engines
def test_removing_is_all_or_nothing(library: Library) -> None:
    article = make_article(RIVER)
    library.add([article])
    with pytest.raises(UnknownArticle):
        library.remove([article.id, "nobody"])
    assert library.articles() == [article.info]


def test_the_beginning_of_an_id_will_do_if_it_fits_no_other(library: Library) -> None:
    articles = [make_article(f"Text {n}.", source=str(n)) for n in range(40)]
    library.add(articles)
    assert library.full_id(articles[0].id[:11]) == articles[0].id
    shared = next(one.id[0] for one in articles if sum(a.id[0] == one.id[0] for a in articles) > 1)
    with pytest.raises(UnknownArticle, match="say more"):
        library.full_id(shared)
    for nobody in ("", "%", "zzz", "\ud800", "' OR 1=1"):
        with pytest.raises(UnknownArticle):
            library.full_id(nobody)


# What it was built with


@pytest.mark.engines
def test_another_embedder_or_other_chunks_are_refused_with_the_remedy(settings: Settings) -> None:
    with opened(settings, TinyEmbedder()) as own:
        own.add([make_article(RIVER)])
    other_chunks = settings.model_copy(update={"chunk_chars": 300})
    for chosen, embedder in ((settings, TinyEmbedder("other")), (other_chunks, TinyEmbedder())):
        with pytest.raises(LibraryMismatch, match="ibid rebuild") as caught:
            opened(chosen, embedder).__enter__()
        assert "\n" not in str(caught.value)
    with opened(settings, TinyEmbedder()) as own:
        assert_whole(own)


@pytest.mark.engines
def test_a_rebuild_makes_it_as_if_built_so_from_the_start(settings: Settings) -> None:
    articles = [make_article(f"{RIVER} {n}", source=str(n)) for n in range(5)]
    with opened(settings, TinyEmbedder()) as own:
        own.add(articles)
    chosen = settings.model_copy(update={"chunk_chars": 300, "chunk_overlap": 0})
    other = TinyEmbedder("other", dimensions=16)
    with opened(chosen, other, to_rebuild=True) as own:
        assert own.rebuild() == 5
        assert_whole(own)
    with opened(chosen, other) as own:
        assert [info.source for info in own.articles()] == ["4", "3", "2", "1", "0"]
        assert max(len(piece.text) for piece in own.catalog.chunks_of(articles[0].id)) > 200
        assert_whole(own)


@pytest.mark.engines
def test_a_rebuild_may_be_done_while_the_index_is_open(library: Library) -> None:
    library.add([make_article(RIVER)])
    library.rebuild()
    assert_whole(library)


@pytest.mark.engines
def test_once_emptied_it_takes_any_embedder(settings: Settings) -> None:
    article = make_article(RIVER)
    with opened(settings, TinyEmbedder()) as own:
        own.add([article])
        own.remove([article.id])
    with opened(settings, TinyEmbedder("other", dimensions=16)) as own:
        own.add([article])
        assert_whole(own)


# One owner


@contextmanager
def held_elsewhere(folder: Path) -> Iterator[int]:
    """Another process owns the library until the end; yields its pid."""
    code = (
        "import sys; from pathlib import Path; from rag.index.ownership import owned\n"
        "with owned(Path(sys.argv[1]), 'ibid chat'): print('held', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout and process.stdout.readline() == b"held\n"
            yield process.pid
        finally:
            process.kill()


def test_a_second_owner_is_told_who_the_first_is_and_what_to_do(settings: Settings) -> None:
    with held_elsewhere(settings.library) as pid:
        with pytest.raises(LibraryInUse, match=rf"process {pid} \(ibid chat\)") as caught:
            opened(settings, TinyEmbedder()).__enter__()
        assert "\n" not in str(caught.value) and "--library" in str(caught.value)
        assert owner(settings.library) == f"process {pid} (ibid chat)"
    assert owner(settings.library) == ""
    with opened(settings, TinyEmbedder()) as own:
        assert own.articles() == []
    assert not (settings.library / "owner.json").exists()


@pytest.mark.parametrize("note", ["", "[]", "null", '{"pid": null}', '{"pid": 1e99}', "{}", "\0"])
def test_a_spoiled_note_of_the_owner_names_nobody(tmp_path: Path, note: str) -> None:
    (tmp_path / "owner.json").write_text(note)
    assert owner(tmp_path) == ""
    with owned(tmp_path):
        assert owner(tmp_path) == f"process {os.getpid()}"


def test_a_folder_that_cannot_be_is_told_in_one_line(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    for folder in (tmp_path / "file", tmp_path / "file" / "library", tmp_path / ("x" * 300)):
        with pytest.raises(LibraryError, match="--library") as caught:
            opened(settings.model_copy(update={"library": folder}), TinyEmbedder()).__enter__()
        assert "\n" not in str(caught.value)


def test_a_thread_left_behind_cannot_touch_the_index_once_it_is_closed(settings: Settings) -> None:
    with opened(settings, TinyEmbedder()) as own:
        own.add([make_article(RIVER, "a")])
    late = make_article("Fires burn.", "b")
    with pytest.raises(LibraryError, match="closed"):
        own.add([late])
    with opened(settings, TinyEmbedder()) as own:
        assert_whole(own)


# Damage


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of enough chunks for Chroma to write its graph to files of their own."""
    settings = Settings(
        library=tmp_path_factory.mktemp("built") / "library", chunk_chars=100, chunk_overlap=0
    )
    text = " ".join(f"Sentence {n} of the river flooding the valley again." for n in range(1300))
    with opened(settings, TinyEmbedder()) as own:
        own.add([make_article(text)])
    assert list(settings.library.rglob("data_level0.bin"))
    return settings.library


@pytest.mark.parametrize(
    ("harm", "died"),
    [
        ("none", False),
        ("none", True),
        ("gone", True),
        ("a file", False),
        ("chroma.sqlite3", False),
        ("chroma.sqlite3", True),
        ("data_level0.bin", False),
        ("link_lists.bin", True),
        ("*", True),
    ],
)
def test_a_harmed_index_is_made_anew_without_embedding(
    tmp_path: Path, built: Path, harm: str, died: bool
) -> None:
    library = Path(shutil.copytree(built, tmp_path / "library"))
    vectors = library / "vectors"
    if harm in ("gone", "a file"):
        shutil.rmtree(vectors)
    if harm == "a file":
        vectors.write_bytes(os.urandom(5000))
    for file in vectors.rglob(harm) if vectors.is_dir() else ():
        if file.is_file():
            file.write_bytes(os.urandom(file.stat().st_size))
    if died:
        (library / "owner.json").write_text(json.dumps({"pid": 2**30, "purpose": "ibid chat"}))
    embedder = TinyEmbedder()
    with opened(Settings(library=library, chunk_chars=100, chunk_overlap=0), embedder) as own:
        assert found(own, "river valley") == ({own.articles()[0].id},) * 2
        assert own.vectors.count() == own.catalog.count()[1] >= 1300
    assert embedder.documents == 0


def test_an_index_that_lacks_some_chunks_is_filled_up(settings: Settings) -> None:
    with opened(settings, TinyEmbedder()) as own:
        own.add([make_article(RIVER)])
        own.vectors.drop([own.catalog.chunks_of(own.articles()[0].id)[0].id])
    embedder = TinyEmbedder()
    with opened(settings, embedder) as own:
        assert_whole(own)
    assert embedder.documents == 0


def test_a_damaged_catalog_is_told_in_one_line(settings: Settings) -> None:
    settings.library.mkdir()
    (settings.library / CATALOG).write_bytes(os.urandom(10_000))
    with pytest.raises(LibraryError, match="backup") as caught:
        opened(settings, TinyEmbedder()).__enter__()
    assert "\n" not in str(caught.value)
    with owned(settings.library):
        pass  # The lock was given back.


ADD_UNTIL_KILLED = """
import sys
from pathlib import Path
from tiny import TinyEmbedder, make_article
from rag.index.places import VECTORS, Folder
from rag.index.library import opened
from rag.settings import Settings
with opened(Settings(library=Path(sys.argv[1]), chunk_chars=200, chunk_overlap=40),
            TinyEmbedder()) as own:
    for n in range(int(sys.argv[2]), 100_000):
        # Of many chunks with the same vector, an approximate search may leave one out.
        text = " ".join(f"River {n} flooded valley {i} on day {i * n}." for i in range(40))
        (one,) = own.add([make_article(text, source=str(n))])
        print(one.article.id, flush=True)
"""


def test_killed_while_it_adds_it_opens_whole_with_all_that_was_reported(
    settings: Settings,
) -> None:
    reported: list[str] = []
    for round_, wait in enumerate((0.0, 0.02)):
        process = subprocess.Popen(
            [sys.executable, "-c", ADD_UNTIL_KILLED, str(settings.library), str(round_ * 1000)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(TESTS)},
            text=True,
        )
        assert process.stdout
        reported += [process.stdout.readline().strip() for _ in range(5)]
        time.sleep(wait)
        process.kill()
        reported += process.stdout.read().split()
        process.wait()
        assert (settings.library / "owner.json").exists()
        embedder = TinyEmbedder()
        with opened(settings, embedder) as own:
            assert set(reported) <= {info.id for info in own.articles()}
            assert_whole(own)
            assert embedder.documents == 0
    assert len(reported) >= 10 and all(reported)


# Several threads


@pytest.mark.engines
def test_many_may_read_while_two_add(library: Library) -> None:
    failed: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            lexical, dense = found(library, "river valley")
            library.catalog.infos(lexical | dense)

    def add(name: str) -> None:
        for n in range(8):
            library.add([make_article(f"The river {name}{n} flooded. " * 20, source=f"{name}{n}")])

    def caught(work: object, *args: str) -> None:
        try:
            work(*args)  # type: ignore[operator]
        except BaseException as error:
            failed.append(error)

    readers = [threading.Thread(target=caught, args=(read,)) for _ in range(3)]
    writers = [threading.Thread(target=caught, args=(add, name)) for name in "ab"]
    for thread in (*readers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    assert failed == []
    assert len(library.articles()) == 16
    assert_whole(library)


def test_another_vector_index_may_stand_under_a_library(
    tmp_path: Path, settings: Settings, embedder: TinyEmbedder
) -> None:
    catalog = SqliteCatalog(tmp_path / CATALOG)
    own = Library(tmp_path, settings, embedder, catalog, Folder(tmp_path, ListIndex))
    article = make_article("The boat carries two hundred people.", "boat")
    own.add([article])
    vector = embedder.embed_query("How many people does the boat carry?")
    (found,) = own.vectors.search(vector, 5)
    assert own.catalog.chunks([found[0]])[found[0]].article_id == article.id
    own.remove([article.id])
    assert own.vectors.count() == 0
    own.close()


# Where an article was had


def reading(folder: Path, name: str, text: str) -> Article:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return read_file(folder / name)


@pytest.mark.engines
def test_no_article_takes_the_place_of_the_one_that_it_says_it_is(
    library: Library, tmp_path: Path
) -> None:
    """However alike they are: it is kept beside it, and whoever adds it is told."""
    trusted = make_article("The dam holds. " * 20, "https://news.example/dam", title="Dam holds")
    library.add([trusted])
    text = (
        "---\ntitle: Dam holds\nsource: https://news.example/dam\n---\n" + "The dam bursts. " * 20
    )
    (told,) = library.add([reading(tmp_path, "stranger.md", text)])
    assert (told.outcome, told.namesake) == ("added", trusted.info)
    assert library.article(trusted.id) == trusted
    assert len(library.articles()) == 2
    (again,) = library.add([read_file(tmp_path / "stranger.md")])
    assert again.outcome == "same"


@pytest.mark.engines
def test_an_article_takes_anothers_place_when_it_is_told_to(
    library: Library, tmp_path: Path
) -> None:
    old = make_article("The dam holds. " * 20, "https://news.example/dam")
    library.add([old, new := reading(tmp_path, "dam.txt", "The dam bursts. " * 20)])
    (told,) = library.add([new], in_place_of=old.id[:6])
    assert (told.outcome, told.before) == ("replaced", old)
    (only,) = library.articles()
    assert (only.id, only.source) == (old.id, new.source)
    (told,) = library.add([reading(tmp_path, "dam.txt", "The dam was mended. " * 20)])
    assert (told.outcome, told.article.id) == ("replaced", old.id)
    (told,) = library.add([old])
    assert told.outcome == "added" and told.article.id != old.id
    assert_whole(library)
    with pytest.raises(UnknownArticle):
        library.add([new], in_place_of="none")


@pytest.mark.parametrize("edit", ["", "It is calm now."])
@pytest.mark.parametrize("folder", ["notes", "other"])
def test_a_renamed_file_is_the_article_that_it_was(
    library: Library, tmp_path: Path, edit: str, folder: str
) -> None:
    first = reading(tmp_path / "notes", "river.txt", RIVER)
    library.add([first])
    (tmp_path / "notes" / "river.txt").unlink()
    name = "flood.txt" if folder == "notes" else "river.txt"
    (told,) = library.add([reading(tmp_path / folder, name, RIVER + edit)])
    assert (told.outcome, told.article.id, told.moved_from) == ("replaced", first.id, first.source)
    (only,) = library.articles()
    assert only.source == str(tmp_path / folder / name)
    assert_whole(library)
    (again,) = library.add([reading(tmp_path / "notes", "river.txt", "Fires burn. " * 30)])
    assert again.outcome == "added" and len(library.articles()) == 2
    assert_whole(library)


@pytest.mark.parametrize("why", ["another text", "both there", "folder away"])
def test_a_file_that_has_not_moved_is_an_article_of_its_own(
    library: Library, tmp_path: Path, why: str
) -> None:
    library.add([reading(tmp_path / "notes", "river.txt", RIVER)])
    if why != "both there":
        (tmp_path / "notes" / "river.txt").unlink()
    if why == "folder away":
        (tmp_path / "notes").rmdir()
    folder = tmp_path / ("notes" if why != "folder away" else "other")
    text = "Fires burn. " * 30 if why == "another text" else RIVER + "It is calm now."
    (told,) = library.add([reading(folder, "flood.txt", text)])
    assert (told.outcome, told.moved_from) == ("added", "")
    assert len(library.articles()) == 2


def test_articles_of_an_older_ibid_keep_their_ids_and_are_known_again(
    library: Library, tmp_path: Path
) -> None:
    """Its source was what it said of itself; the same file changes nothing, an edited one asks."""
    file = reading(tmp_path, "a.md", "---\nsource: https://news.example/a\n---\nThe text.")
    older = replace(make_article("The text.", "https://news.example/a"), digest=file.digest)
    library.add([older])
    (same,) = library.add([file])
    assert (same.outcome, same.article.id) == ("same", older.id)
    edited = reading(tmp_path, "a.md", "---\nsource: https://news.example/a\n---\nAnother text.")
    (told,) = library.add([edited])
    assert (told.outcome, told.namesake) == ("added", older.info)


def test_what_a_person_wrote_over_an_article_is_not_said_by_it(library: Library) -> None:
    article = make_article(RIVER, publisher="Reuters")
    library.add([article])
    assert library.edit(article.id, publisher="The Courier").by_hand == ("publisher",)
    assert library.articles()[0].by_hand == ("publisher",)


def test_what_is_embedded_gives_way_to_a_question_of_another_thread_for_a_while() -> None:
    waited: list[float] = []
    courtesy = Courtesy(60, waited.append)
    courtesy.give_way()
    courtesy.asked = (threading.get_ident(), time.monotonic())
    courtesy.give_way()  # to oneself nobody need give way
    assert waited == []
    courtesy.asked = (-1, time.monotonic())
    courtesy.give_way()
    (seconds,) = waited
    assert 0 < seconds <= 60


def test_every_piece_that_is_embedded_gives_way(library: Library) -> None:
    waited: list[float] = []
    library.courtesy = Courtesy(60, waited.append)
    thread = threading.Thread(target=lambda: library.nearest([1.0] * DIMENSIONS, 1))
    thread.start()
    thread.join()
    library.add([make_article(RIVER * 20)])
    assert len(waited) > 1
