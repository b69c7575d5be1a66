"""Promises of a library as one file: the same elsewhere, and nothing of what is not whole."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny import TinyEmbedder, make_article

from rag.errors import LibraryError
from rag.index.catalog import CATALOG
from rag.index.catalogs import FilePlace
from rag.index.library import Library, opened
from rag.index.originals import Originals
from rag.index.portable.exporting import export
from rag.index.portable.importing import bring_in, reading
from rag.index.salvage import salvage
from rag.schema import Article
from rag.settings import Settings

RIVER = "The river flooded the valley in 1998. " * 40
TOWER = "The tower of Aldwick is 31 metres high. It was built in 1874."


@contextmanager
def shelf(folder: Path, embedder: TinyEmbedder | None = None) -> Iterator[Library]:
    with opened(Settings(library=folder), embedder or TinyEmbedder()) as library:
        yield library


def filled(folder: Path) -> None:
    with shelf(folder) as library:
        library.add([make_article(RIVER, "river.md", title="The river", date="2024-05-03")])
        library.add([make_article(TOWER, "tower.md", title="The tower")])
        [tower] = [one for one in library.articles() if one.title == "The tower"]
        library.edit(tower.id, publisher="The Courier")
        library.collect("Old towers", [tower.id])


def brought(file: Path, library: Library) -> dict[Any, int]:
    with reading(file) as bundle:
        return bring_in(library, bundle, Originals(library.folder).keep)


def held(library: Library) -> dict[str, Any]:
    """All that a library knows, by article."""
    return {
        info.id: (
            library.article(info.id),
            library.catalog.added(info.id),
            library.catalog.chunks_of(info.id),
            library.catalog.collections(info.id),
        )
        for info in library.articles()
    }


def found(library: Library, question: str) -> list[tuple[str, float]]:
    vector = library.embedder.embed_query(question)
    return [(name, round(like, 5)) for name, like in library.vectors.search(vector, 5)]


def test_a_library_elsewhere_is_the_same_and_nothing_is_embedded_again(tmp_path: Path) -> None:
    filled(tmp_path / "here")
    manifest = export(FilePlace(tmp_path / "here"), tmp_path / "all.ibid")
    embedder = TinyEmbedder()
    with shelf(tmp_path / "here") as here, shelf(tmp_path / "there", embedder) as there:
        assert brought(tmp_path / "all.ibid", there) == {"added": 2, "same": 0, "kept": 0}
        assert manifest.articles == 2
        assert held(there) == held(here)
        assert found(there, "how high is the tower") == found(here, "how high is the tower")
        assert embedder.documents == 0
        assert brought(tmp_path / "all.ibid", there) == {"added": 0, "same": 2, "kept": 0}


def test_another_model_embeds_the_texts_anew(tmp_path: Path) -> None:
    filled(tmp_path / "here")
    export(FilePlace(tmp_path / "here"), tmp_path / "all.ibid")
    other = TinyEmbedder("another", dimensions=16)
    with shelf(tmp_path / "there", other) as there:
        assert brought(tmp_path / "all.ibid", there)["added"] == 2
        assert other.documents == there.catalog.count()[1] == there.vectors.count()


def test_what_stands_there_already_is_not_changed(tmp_path: Path) -> None:
    filled(tmp_path / "here")
    export(FilePlace(tmp_path / "here"), tmp_path / "all.ibid")
    with shelf(tmp_path / "there") as there:
        there.add([make_article("The tower is closed.", "tower.md", title="The tower")])
        before = held(there)
        assert brought(tmp_path / "all.ibid", there) == {"added": 1, "same": 0, "kept": 1}
        assert before.items() <= held(there).items()


def test_the_copy_of_a_pdf_goes_with_its_article(tmp_path: Path) -> None:
    filled(tmp_path / "here")
    with shelf(tmp_path / "here") as here:
        info = here.articles()[0]
        (tmp_path / "it.pdf").write_bytes(b"%PDF-1.4 copy")
        Originals(here.folder).keep(info.digest, tmp_path / "it.pdf")
    export(FilePlace(tmp_path / "here"), tmp_path / "all.ibid")
    with shelf(tmp_path / "there") as there:
        brought(tmp_path / "all.ibid", there)
        copy = Originals(there.folder).of(info)
        assert copy is not None
        assert copy.read_bytes() == b"%PDF-1.4 copy"


def test_a_library_is_exported_while_it_is_owned_and_changed(tmp_path: Path) -> None:
    filled(tmp_path / "here")
    with shelf(tmp_path / "here") as here:
        export(FilePlace(here.folder), tmp_path / "before.ibid", lambda done, of: None)
        here.remove([info.id for info in here.articles()])
    with shelf(tmp_path / "there") as there:
        assert brought(tmp_path / "before.ibid", there)["added"] == 2


def test_no_file_is_written_over_and_none_is_left_half(tmp_path: Path) -> None:
    filled(tmp_path / "here")
    (tmp_path / "all.ibid").write_text("mine")
    with pytest.raises(LibraryError, match="is there already"):
        export(FilePlace(tmp_path / "here"), tmp_path / "all.ibid")
    assert (tmp_path / "all.ibid").read_text() == "mine"

    def interrupt(_done: int, _of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(FilePlace(tmp_path / "here"), tmp_path / "half.ibid", interrupt)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["all.ibid", "here"]


def rewritten(file: Path, change: Callable[[dict[str, bytes]], None], *, is_summed: bool) -> Path:
    """The file with its members changed, and with their sums if it is to look whole."""
    import hashlib

    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    if is_summed:
        manifest = json.loads(members["manifest.json"])
        manifest["sha256"] = {
            name: hashlib.sha256(data).hexdigest()
            for name, data in members.items()
            if name != "manifest.json"
        }
        members["manifest.json"] = json.dumps(manifest).encode()
    changed = file.with_name("changed.ibid")
    with zipfile.ZipFile(changed, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return changed


@pytest.mark.parametrize(
    "change",
    [
        lambda members: members.update({"articles.jsonl": members["articles.jsonl"][:-20]}),
        lambda members: members.update({"../../evil": b"x"}),
        lambda members: members.update({"manifest.json": b"{}"}),
        lambda members: members.pop("manifest.json"),
        lambda members: members.pop("articles.jsonl"),
        lambda members: members.update(
            {"manifest.json": members["manifest.json"].replace(b'"format": 1', b'"format": 2')}
        ),
    ],
)
def test_nothing_is_taken_from_a_file_that_is_not_whole(
    tmp_path: Path, change: Callable[[dict[str, bytes]], None]
) -> None:
    filled(tmp_path / "here")
    export(FilePlace(tmp_path / "here"), tmp_path / "all.ibid")
    changed = rewritten(tmp_path / "all.ibid", change, is_summed=False)
    with shelf(tmp_path / "there") as there:
        with pytest.raises(LibraryError, match="nothing was taken from it"):
            brought(changed, there)
        assert there.articles() == []


@pytest.mark.parametrize("kind", ["text", "cut", "folder", "absent"])
def test_what_is_no_such_file_is_said_to_be_none(tmp_path: Path, kind: str) -> None:
    filled(tmp_path / "here")
    file = tmp_path / "all.ibid"
    if kind == "text":
        file.write_text("no zip")
    elif kind == "cut":
        export(FilePlace(tmp_path / "here"), file)
        file.write_bytes(file.read_bytes()[:-100])
    elif kind == "folder":
        file.mkdir()
    with pytest.raises(LibraryError, match=r"all\.ibid: "), reading(file):
        pass


def _line(**changes: Any) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        lines = [json.loads(line) for line in members["articles.jsonl"].splitlines()]
        for name, value in changes.items():
            place = lines[0]["article"] if name in lines[0]["article"] else lines[0]
            place[name] = value
        members["articles.jsonl"] = b"\n".join(json.dumps(one).encode() for one in lines)

    return change


@pytest.mark.parametrize(
    "change",
    [
        _line(id="../../etc"),
        _line(digest="x/y"),
        _line(chunks=[[0, 10_000_000]]),
        _line(chunks=[[5, 2]]),
        _line(vectors="AAAA"),
        _line(edited={"text": "mine"}),
        _line(edited={"link": "javascript:alert(1)"}),
        _line(text=None),
    ],
)
def test_a_hostile_line_is_refused_with_its_number(
    tmp_path: Path, change: Callable[[dict[str, bytes]], None]
) -> None:
    filled(tmp_path / "here")
    export(FilePlace(tmp_path / "here"), tmp_path / "all.ibid")
    changed = rewritten(tmp_path / "all.ibid", change, is_summed=True)
    with shelf(tmp_path / "there") as there, pytest.raises(LibraryError, match="line 1 "):
        brought(changed, there)


def test_vectors_of_another_length_or_no_numbers_are_not_believed(tmp_path: Path) -> None:
    import base64

    filled(tmp_path / "here")
    export(FilePlace(tmp_path / "here"), tmp_path / "all.ibid")
    short = base64.b64encode(np.ones(4, "<f4").tobytes()).decode()
    changed = rewritten(
        tmp_path / "all.ibid", _line(chunks=[[0, 10]], vectors=short), is_summed=True
    )
    with shelf(tmp_path / "there") as there:
        assert brought(changed, there)["added"] == 2
        question = there.embedder.embed_query("the river")
        assert there.vectors.search(question, 50)
        assert there.vectors.count() == there.catalog.count()[1]
    endless = base64.b64encode(np.full(4, np.nan, "<f4").tobytes()).decode()
    changed = rewritten(
        tmp_path / "all.ibid", _line(chunks=[[0, 9]], vectors=endless), is_summed=True
    )
    with shelf(tmp_path / "other") as other, pytest.raises(LibraryError, match="line 1 "):
        brought(changed, other)


def test_what_can_be_read_of_a_damaged_catalog_is_saved_for_a_new_library(tmp_path: Path) -> None:
    articles = [
        make_article(f"{number}. {RIVER * 3}", f"{number}.md", title=f"Number {number}")
        for number in range(40)
    ]
    with shelf(tmp_path / "here") as here:
        here.add(articles)
    file = tmp_path / "here" / CATALOG
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = file.read_bytes()
    at = whole.index(articles[20].text[:200].encode())
    file.write_bytes(whole[: at - 6000] + b"\xff" * 9000 + whole[at + 3000 :])
    saved, lost = salvage(file, tmp_path / "saved.ibid")
    assert lost > 0
    assert 20 <= saved < 40
    with shelf(tmp_path / "there") as there:
        assert brought(tmp_path / "saved.ibid", there)["added"] == saved
        texts = {article.source: article.text for article in articles}
        back: list[Article] = [there.article(info.id) for info in there.articles()]
        assert all(texts[one.source] == one.text for one in back)


def test_of_what_is_no_catalog_any_more_nothing_is_saved(tmp_path: Path) -> None:
    file = tmp_path / CATALOG
    file.write_bytes(b"\xff" * 100_000)
    with pytest.raises(LibraryError, match="nothing can be read of it any more"):
        salvage(file, tmp_path / "saved.ibid")
    assert not (tmp_path / "saved.ibid").exists()
