"""Promises of a sync: the library becomes what stands at the followed places, and no more."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from doubles import ListIndex
from hypothesis import HealthCheck, given, settings
from sites import HOST, Site, site
from tiny import TinyEmbedder, make_article

from rag.followed import Followed
from rag.index import integrity
from rag.index.catalog import SqliteCatalog
from rag.index.library import Library
from rag.index.places import VECTORS, Folder
from rag.loaders import chosen
from rag.loaders.manners import Manners
from rag.loaders.table import Columns
from rag.loaders.worker import Worker
from rag.settings import Settings
from ui.api.service import CalledOff, Own, Step, Syncing

RIVER = "The river rose to 4 metres in {}, and the lower town was under water for three days."


@dataclass
class Shelf:
    """A library, what is done with it, and what was told of the last of that."""

    own: Own
    embedder: TinyEmbedder
    site: Site
    steps: list[Step] = field(default_factory=list)

    @property
    def library(self) -> Library:
        return self.own.library

    def add(self, *paths: Path | str, to: str = "", columns: Columns | None = None) -> None:
        found = chosen([str(path) for path in paths])
        self._add(found.files, found.followed, to, columns)

    def add_links(self, kind: Any, place: str, *paths: str) -> None:
        there = Followed(kind, place)
        self._add([HOST + path for path in paths], [there] * len(paths))

    def _add(
        self,
        files: Sequence[Path | str],
        found_at: Sequence[Followed],
        to: str = "",
        columns: Columns | None = None,
    ) -> None:
        self.steps.clear()
        self.own.add(files, "", self.steps.append, columns, to, found_at)
        assert not self.failed

    def sync(self, *places: Path | str, **how: bool) -> None:
        self.steps.clear()
        self.own.sync(Syncing(tuple(map(str, places)), **how), self.steps.append)  # type: ignore[arg-type]

    @property
    def outcomes(self) -> dict[str, str]:
        """What became of what is not as it was, by the end of its source."""
        told = {
            Path(one["source"]).name: "moved" if one["moved_from"] else one["outcome"]
            for step in self.steps
            for one in step.added
            if one["outcome"] != "same"
        }
        removed = {Path(one["source"]).name: "removed" for s in self.steps for one in s.removed}
        return told | removed

    @property
    def failed(self) -> str:
        return "\n".join(step.failed for step in self.steps if step.failed)

    @property
    def passed(self) -> str:
        return "\n".join(line for step in self.steps for line in step.passed)

    @property
    def names(self) -> set[str]:
        return {Path(info.source).name for info in self.library.articles()}

    def id(self, name: str) -> str:
        [found] = [i.id for i in self.library.articles() if Path(i.source).name == name]
        return found

    def state(self) -> Any:
        """All that a sync could change."""
        catalog = self.library.catalog
        followed = catalog.followed()
        return self.library.articles(), followed, [catalog.had(one) for one in followed]


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker() as one:
        yield one


@pytest.fixture
def web() -> Iterator[Site]:
    with site() as here:
        yield here


@contextmanager
def bare_shelf(folder: Path, worker: Worker, web: Site | None = None) -> Iterator[Shelf]:
    """A shelf over an index in memory."""
    embedder, index = TinyEmbedder(), ListIndex(folder)
    catalog = SqliteCatalog(folder / "catalog.sqlite3")
    known = Settings(library=folder)
    place = Folder(folder / VECTORS, lambda _: index)
    with closing(Library(folder, known, embedder, catalog, place)) as library:
        here = web or Site()
        yield Shelf(Own(library, worker, reading=here.reading), embedder, here)
        library.bring_up_to_date()
        assert integrity.agree(catalog, library.vectors)


@pytest.fixture
def shelf(tmp_path: Path, worker: Worker, web: Site) -> Iterator[Shelf]:
    (tmp_path / "library").mkdir()
    with bare_shelf(tmp_path / "library", worker, web) as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of three articles."""
    made = tmp_path / "notes"
    (made / "sub").mkdir(parents=True)
    for name in ("a.txt", "b.txt", "sub/c.txt"):
        write(made / name, RIVER.format(f"the year of {name}"))
    return made


def write(file: Path, text: str) -> None:
    """Write a file that has lain there for a while."""
    file.write_text(text)
    os.utime(file, (1_700_000_000, 1_700_000_000))


def test_a_folder_is_followed_from_when_it_is_added(shelf: Shelf, folder: Path) -> None:
    shelf.add(folder)
    [followed] = shelf.library.catalog.followed()
    assert (followed.kind, followed.place, followed.looked) == ("folder", str(folder), None)
    had = shelf.library.catalog.had(followed)
    assert [(one.place, one.is_held) for one in had] == [
        (str(folder / name), True) for name in ("a.txt", "b.txt", "sub/c.txt")
    ]
    shelf.sync()
    assert shelf.library.catalog.followed()[0].looked is not None


def test_a_folder_of_what_is_here_already_is_followed_too(shelf: Shelf, folder: Path) -> None:
    for name in ("a.txt", "b.txt", "sub/c.txt"):
        uploaded(shelf, (folder / name).read_text(), name)
    before = shelf.library.articles()
    shelf.add(folder)
    assert len(shelf.library.catalog.followed()) == 1
    (folder / "a.txt").unlink()
    write(folder / "d.txt", "The library of Osk lends 12 boats.")
    shelf.sync(prune=True)
    assert shelf.outcomes == {"d.txt": "added"}
    assert [
        info for info in shelf.library.articles() if not info.source.endswith("d.txt")
    ] == before


def test_what_is_new_is_added_what_changed_replaced_and_the_rest_left(
    shelf: Shelf, folder: Path
) -> None:
    shelf.add(folder)
    ids = {name: shelf.id(name) for name in ("a.txt", "b.txt", "c.txt")}
    write(folder / "b.txt", "The ferry now has 240 seats and leaves at eight.")
    write(folder / "d.txt", "The library of Osk lends 12 boats.")
    shelf.sync()
    assert shelf.outcomes == {"b.txt": "replaced", "d.txt": "added"}
    assert {name: shelf.id(name) for name in ids} == ids
    assert "240 seats" in shelf.library.article(ids["b.txt"]).text


def test_a_second_sync_changes_nothing_and_embeds_nothing(shelf: Shelf, folder: Path) -> None:
    link = shelf.site.put("/a", RIVER.format("May"))
    shelf.add(folder)
    shelf.add_links("page", link, "/a")
    (folder / "a.txt").unlink()
    shelf.sync(prune=True)
    articles, embedded = shelf.library.articles(), shelf.embedder.documents
    for _ in range(2):
        shelf.sync(prune=True)
        assert (shelf.outcomes, shelf.failed, shelf.passed) == ({}, "", "")
    assert shelf.library.articles() == articles and shelf.embedder.documents == embedded


def test_what_is_gone_is_kept_and_told_unless_it_is_to_be_pruned(
    shelf: Shelf, folder: Path
) -> None:
    shelf.add(folder)
    (folder / "a.txt").unlink()
    shelf.sync()
    assert shelf.outcomes == {} and len(shelf.names) == 3
    assert "1 gone from there and kept; --prune removes it" in shelf.passed
    shelf.sync(prune=True)
    assert shelf.outcomes == {"a.txt": "removed"} and shelf.names == {"b.txt", "c.txt"}
    write(folder / "a.txt", RIVER.format("June"))
    shelf.sync()
    assert shelf.outcomes == {"a.txt": "added"}


def test_a_dry_run_tells_all_of_it_and_changes_nothing(shelf: Shelf, folder: Path) -> None:
    shelf.site.put("/a", RIVER.format("May"))
    shelf.site.put("/b", RIVER.format("June"))
    shelf.add(folder, to="Rivers")
    shelf.add_links("feed", shelf.site.feed("/a", "/b"), "/a", "/b")
    shelf.sync()
    (folder / "a.txt").rename(folder / "z.txt")
    (folder / "b.txt").unlink()
    write(folder / "d.txt", "The library of Osk lends 12 boats.")
    write(folder / "e.txt", "The library of Osk lends 12 boats.")
    shelf.site.put("/a", "The ferry now has 240 seats.")
    shelf.site.put("/b", status=410)
    before = shelf.state()
    shelf.sync(prune=True, dry_run=True)
    foretold = shelf.outcomes
    assert shelf.failed == "" and foretold == {
        "z.txt": "moved", "d.txt": "added", "b.txt": "removed", "a": "replaced",
        "b": "removed",
    }  # fmt: skip
    assert shelf.state() == before
    shelf.sync(prune=True)
    assert shelf.outcomes == foretold


def test_nothing_is_removed_before_all_is_added_nor_when_it_is_called_off(
    shelf: Shelf, folder: Path
) -> None:
    shelf.add(folder)
    (folder / "a.txt").unlink()
    write(folder / "d.txt", "The library of Osk lends 12 boats.")
    shelf.sync(prune=True)
    told = [bool(step.removed) - bool(step.added) for step in shelf.steps]
    assert told.index(1) > max(n for n, one in enumerate(told) if one == -1)
    (folder / "b.txt").unlink()
    write(folder / "e.txt", "The port of Osk froze over in January.")

    def stop(step: Step) -> None:
        if step.added:
            raise CalledOff

    with pytest.raises(CalledOff):
        shelf.own.sync(Syncing(prune=True), stop)
    assert "b.txt" in shelf.names


def test_a_moved_file_keeps_its_id_in_its_folder_and_from_one_to_another(
    shelf: Shelf, folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    write(other / "x.txt", "The lamp of the pier was lit with 31 candles.")
    shelf.add(folder, other)
    ids = {shelf.id("a.txt"), shelf.id("b.txt")}
    (folder / "a.txt").rename(folder / "sub" / "a2.txt")
    (folder / "b.txt").rename(other / "b.txt")
    shelf.sync(prune=True)
    assert shelf.outcomes == {"a2.txt": "moved", "b.txt": "moved"}
    assert ids == {shelf.id("a2.txt"), shelf.id("b.txt")} and len(shelf.names) == 4
    (other / "b.txt").rename(folder / "b.txt")
    shelf.sync(prune=True)
    assert shelf.id("b.txt") in ids and len(shelf.names) == 4


def test_what_a_person_removed_does_not_come_back_by_itself(shelf: Shelf, folder: Path) -> None:
    shelf.add(folder)
    shelf.library.remove([shelf.id("a.txt")])
    for _ in range(2):
        shelf.sync()
        assert shelf.names == {"b.txt", "c.txt"}
        assert "1 whose article was removed or replaced by hand; ibid add has it" in shelf.passed
    write(folder / "a.txt", RIVER.format("a year that was corrected"))
    shelf.sync()
    assert shelf.names == {"b.txt", "c.txt"}
    shelf.add(folder / "a.txt")
    shelf.sync()
    assert shelf.names == {"a.txt", "b.txt", "c.txt"} and shelf.passed == ""


def test_what_took_the_place_of_an_article_keeps_it(
    shelf: Shelf, folder: Path, tmp_path: Path
) -> None:
    shelf.add(folder)
    write(tmp_path / "new.txt", "The river rose to 5 metres, as was measured later.")
    shelf.own.add([tmp_path / "new.txt"], shelf.id("a.txt"), shelf.steps.append)
    os.utime(folder / "a.txt", (1_700_000_001, 1_700_000_001))
    shelf.sync(prune=True)
    assert shelf.names == {"new.txt", "b.txt", "c.txt"}


def test_edits_outlive_a_change_and_keep_what_is_gone(shelf: Shelf, folder: Path) -> None:
    shelf.add(folder)
    shelf.library.edit(shelf.id("a.txt"), publisher="The Courier")
    write(folder / "a.txt", "The ferry now has 240 seats.")
    shelf.sync()
    [edited] = [info for info in shelf.library.articles() if info.id == shelf.id("a.txt")]
    assert shelf.outcomes == {"a.txt": "replaced"} and edited.publisher == "The Courier"
    (folder / "a.txt").unlink()
    shelf.sync(prune=True)
    assert "a.txt" in shelf.names and "edited by hand; ibid remove" in shelf.passed


def test_new_articles_come_into_the_collection_that_was_named(shelf: Shelf, folder: Path) -> None:
    shelf.add(folder, to="Rivers")
    shelf.library.uncollect("Rivers", [shelf.id("a.txt")])
    write(folder / "b.txt", "The ferry now has 240 seats.")
    write(folder / "d.txt", "The library of Osk lends 12 boats.")
    shelf.sync()
    assert shelf.library.catalog.collection("Rivers").articles == 3
    assert not shelf.library.catalog.collections(shelf.id("a.txt"))


def test_rows_and_members_that_are_gone_are_removed_where_all_else_was_read(
    shelf: Shelf, tmp_path: Path
) -> None:
    table, archive = tmp_path / "t.csv", tmp_path / "z.zip"

    def fill(rows: Sequence[str], members: Sequence[str], note: str = "") -> None:
        lines = [f"{one},The buoy {one} of the harbour is green." if one else "x," for one in rows]
        write(table, "\n".join(["Key,Beitrag", *lines, ""]))
        with zipfile.ZipFile(archive, "w") as made:
            for one in members:
                made.writestr(one, f"The pier {one} is {len(note)} metres long.")
            made.writestr("c.odt", "x")

    fill(["1", "2", "3"], ["p.txt", "q.txt"])
    shelf.add(table, columns=Columns(text="Beitrag", key="Key"))
    shelf.add(archive)
    fill(["1", "", "3"], ["p.txt"])
    shelf.sync(prune=True)
    assert shelf.outcomes == {"q.txt": "removed"}, "a row could not be read: none is gone"
    assert shelf.failed
    fill(["1", "3"], ["p.txt"], "n")
    shelf.sync(prune=True)
    assert shelf.outcomes == {"2": "removed", "p.txt": "replaced"} and not shelf.failed
    table.write_text("")
    shelf.sync(prune=True)
    assert shelf.outcomes == {} and "no text in it" in shelf.failed


def test_an_empty_or_missing_folder_removes_nothing_and_is_told(shelf: Shelf, folder: Path) -> None:
    shelf.add(folder)
    away = folder.rename(folder.with_name("away"))
    shelf.sync(prune=True)
    assert len(shelf.names) == 3 and "or its disk is not there" in shelf.failed
    folder.mkdir()
    shelf.sync(prune=True)
    assert len(shelf.names) == 3 and "as where a disk is not there" in shelf.failed
    (folder / "README").write_text("This is the mount point.")
    shelf.sync(prune=True)
    assert len(shelf.names) == 3 and "as where a disk is not there" in shelf.failed
    (folder / "README").unlink()
    folder.rmdir()
    away.rename(folder)
    shelf.sync(prune=True)
    assert (shelf.failed, shelf.passed, len(shelf.names)) == ("", "", 3)


def test_an_empty_folder_in_a_folder_removes_nothing_until_it_is_gone(
    shelf: Shelf, folder: Path
) -> None:
    shelf.add(folder)
    (folder / "sub" / "c.txt").unlink()
    shelf.sync(prune=True)
    assert "c.txt" in shelf.names and "remove the folder if it is gone" in shelf.passed
    (folder / "sub").rmdir()
    shelf.sync(prune=True)
    assert shelf.outcomes == {"c.txt": "removed"}


def test_a_file_that_lay_on_another_disk_is_not_gone(shelf: Shelf, folder: Path) -> None:
    """As where a disk is mounted in the folder, whose mount point has something in it."""
    catalog = shelf.library.catalog
    shelf.add(folder)
    [followed] = catalog.followed()
    for one in catalog.had(followed):
        if one.place.endswith("b.txt"):
            catalog.follow(followed, [type(one)(one.place, one.source, one.article_id, disk="/m")])
    (folder / "a.txt").unlink()
    (folder / "b.txt").unlink()
    shelf.sync(prune=True)
    assert shelf.outcomes == {"a.txt": "removed"} and "the disk at /m" in shelf.passed


def test_a_file_by_itself_is_followed_until_it_is_gone(shelf: Shelf, folder: Path) -> None:
    shelf.add(folder / "a.txt")
    write(folder / "a.txt", "The ferry now has 240 seats.")
    shelf.sync()
    assert shelf.outcomes == {"a.txt": "replaced"}
    away = folder.rename(folder.with_name("away"))
    shelf.sync(prune=True)
    assert shelf.names == {"a.txt"} and shelf.failed
    away.rename(folder)
    (folder / "a.txt").unlink()
    shelf.sync(prune=True)
    assert shelf.names == set() and shelf.library.catalog.followed() == []
    shelf.sync(prune=True)
    assert not shelf.failed


def test_an_article_of_two_folders_is_gone_when_it_is_gone_from_both(
    shelf: Shelf, folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    write(other / "x.txt", "The lamp of the pier was lit with 31 candles.")
    write(other / "twin.txt", (folder / "a.txt").read_text())
    shelf.add(folder, other)
    name = shelf.id("a.txt")
    embedded = shelf.embedder.documents
    (folder / "a.txt").unlink()
    shelf.sync(prune=True)
    assert shelf.outcomes == {} and shelf.library.article(name).source == str(other / "twin.txt")
    (other / "twin.txt").unlink()
    shelf.sync(prune=True, dry_run=True)
    assert shelf.outcomes == {"twin.txt": "removed"}
    shelf.sync(prune=True)
    assert shelf.outcomes == {"twin.txt": "removed"} and "a.txt" not in shelf.names
    assert shelf.embedder.documents == embedded


def test_what_is_merged_by_hand_stays_merged(shelf: Shelf, folder: Path) -> None:
    shelf.add(folder)
    kept = shelf.id("a.txt")
    shelf.library.merge(kept, [shelf.id("b.txt")])
    for _ in range(2):
        shelf.sync(prune=True)
        assert (shelf.names, shelf.outcomes) == ({"a.txt", "c.txt"}, {})
    (folder / "b.txt").unlink()
    shelf.sync(prune=True)
    assert shelf.names == {"a.txt", "c.txt"}
    write(folder / "b.txt", "The ferry now has 240 seats.")
    shelf.sync()
    assert shelf.outcomes == {"b.txt": "added"}


def test_a_file_that_is_followed_twice_is_gone_from_both(shelf: Shelf, folder: Path) -> None:
    shelf.add(folder)
    shelf.add(folder / "sub")
    shelf.add(folder / "sub" / "c.txt")
    write(folder / "sub" / "d.txt", "The library of Osk lends 12 boats.")
    shelf.sync()
    assert shelf.outcomes == {"d.txt": "added"}
    (folder / "sub" / "c.txt").unlink()
    shelf.sync(folder / "sub", prune=True)
    assert shelf.outcomes == {"c.txt": "removed"}


# The web


def test_a_page_is_asked_whether_it_is_as_it_was(shelf: Shelf) -> None:
    shelf.site.put("/tag", RIVER.format("May"))
    shelf.site.put("/day", RIVER.format("June"), is_dated=True)
    shelf.site.put("/bare", RIVER.format("July"), is_bare=True)
    paths = ("/tag", "/day", "/bare")
    for path in paths:
        shelf.add_links("page", HOST + path, path)
    shelf.site.visits()
    embedded = shelf.embedder.documents
    shelf.sync()
    assert shelf.site.visits() == [("/tag", 304), ("/day", 304), ("/bare", 200)]
    assert shelf.outcomes == {} and shelf.embedder.documents == embedded
    for path in paths:
        shelf.site.put(path, "The ferry now has 240 seats.".replace("240", str(len(path))))
    shelf.sync()
    assert set(shelf.outcomes.values()) == {"replaced"} and len(shelf.outcomes) == 3


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_says_it_is_gone_is(shelf: Shelf, status: int) -> None:
    link = shelf.site.put("/a", RIVER.format("May"))
    shelf.add_links("page", link, "/a")
    shelf.site.put("/a", status=status)
    shelf.sync()
    assert shelf.names == {"a"} and not shelf.failed and "--prune removes it" in shelf.passed
    shelf.sync(prune=True)
    assert shelf.outcomes == {"a": "removed"} and not shelf.failed
    assert shelf.library.catalog.followed() == []


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"status": 500}, "the server says 500"),
        ({"status": 503}, "the server says 503"),
        ({"status": 403}, "the server says 403"),
        ({"status": 401}, "the server says 401"),
        ({"status": 429}, "the server says 429"),
        ({"hangs": True}, "no whole answer"),
        ({"body": "", "status": 200}, "there is no text"),
        ({"body": "<p>", "kind": "text/html"}, "no"),
        ({"body": "x", "kind": "image/png"}, "image/png"),
        ({"status": 302, "location": "http://nowhere.example/"}, "no host"),
    ],
    ids=str,
)
def test_a_page_that_cannot_be_had_removes_nothing_and_is_told(
    shelf: Shelf, how: dict[str, Any], why: str
) -> None:
    link = shelf.site.put("/a", RIVER.format("May"))
    shelf.add_links("page", link, "/a")
    shelf.site.put("/a", **{"body": "Not the page.", **how})
    shelf.sync(prune=True)
    assert shelf.names == {"a"} and why in shelf.failed
    shelf.site.put("/a", RIVER.format("May"))
    shelf.sync(prune=True)
    assert (shelf.failed, shelf.outcomes) == ("", {})


def test_a_feed_forgets_and_nothing_is_gone_for_that(shelf: Shelf) -> None:
    for name in "abcd":
        shelf.site.put(f"/{name}", RIVER.format(name))
    feed = shelf.site.feed("/a", "/b")
    shelf.add_links("feed", feed, "/a", "/b")
    shelf.site.feed("/c")
    shelf.sync(prune=True)
    assert shelf.outcomes == {"c": "added"} and shelf.names == {"a", "b", "c"}
    shelf.site.put("/a", "The ferry now has 240 seats.")
    shelf.site.visits()
    shelf.sync(prune=True)
    assert shelf.outcomes == {"a": "replaced"}
    assert shelf.site.visits()[0] == ("/rss", 304)
    shelf.site.put("/b", status=404)
    shelf.sync(prune=True)
    assert shelf.outcomes == {"b": "removed"}


def test_a_new_entry_that_could_not_be_had_is_tried_again(shelf: Shelf) -> None:
    shelf.site.put("/a", RIVER.format("May"))
    feed = shelf.site.feed("/a")
    shelf.add_links("feed", feed, "/a")
    shelf.site.feed("/a", "/b")
    shelf.site.put("/b", status=500)
    shelf.sync()
    assert "500" in shelf.failed
    shelf.site.put("/b", RIVER.format("June"))
    shelf.sync()
    assert shelf.outcomes == {"b": "added"} and not shelf.failed


@pytest.mark.parametrize("how", [{"status": 404}, {"status": 500}, {"hangs": True}], ids=str)
def test_a_feed_that_cannot_be_had_removes_nothing_and_its_pages_wait(
    shelf: Shelf, how: dict[str, Any]
) -> None:
    shelf.site.put("/a", RIVER.format("May"))
    shelf.add_links("feed", shelf.site.feed("/a"), "/a")
    shelf.site.put("/rss", **how)
    shelf.site.put("/a", status=404)
    shelf.sync(prune=True)
    assert shelf.names == {"a"} and "/rss" in shelf.failed


def test_a_sitemap_and_a_list_bring_what_is_new_in_them(shelf: Shelf, tmp_path: Path) -> None:
    def sitemap(*paths: str) -> str:
        urls = "".join(f"<url><loc>{HOST}{path}</loc></url>" for path in paths)
        name = "http://www.sitemaps.org/schemas/sitemap/0.9"
        return shelf.site.put("/map.xml", f'<urlset xmlns="{name}">{urls}</urlset>')

    for name in "abcd":
        shelf.site.put(f"/{name}", RIVER.format(name))
    links = tmp_path / "links.txt"
    links.write_text(f"{HOST}/c\n")
    shelf.add_links("sitemap", sitemap("/a"), "/a")
    shelf.add_links("list", str(links), "/c")
    sitemap("/a", "/b")
    links.write_text(f"{HOST}/d\n")
    shelf.sync(prune=True)
    assert shelf.outcomes == {"b": "added", "d": "added"} and len(shelf.names) == 4
    links.unlink()
    shelf.sync(prune=True)
    assert len(shelf.names) == 4 and "links.txt" in shelf.failed


def test_a_page_that_moved_keeps_its_id_and_one_that_leads_astray_replaces_nothing(
    shelf: Shelf,
) -> None:
    link = shelf.site.put("/a", RIVER.format("May"))
    shelf.add_links("page", link, "/a")
    name = shelf.id("a")
    shelf.site.put("/new", RIVER.format("May"))
    shelf.site.put("/a", status=301, location="/new")
    shelf.sync(prune=True)
    assert shelf.outcomes == {"new": "replaced"}
    assert shelf.id("new") == name and len(shelf.names) == 1
    shelf.sync(prune=True)
    assert (shelf.outcomes, shelf.passed) == ({}, "")
    shelf.site.put("/", "Welcome to the News. All that you want to know of Osk is here.")
    shelf.site.put("/a", status=302, location="/")
    shelf.sync(prune=True)
    assert shelf.id("new") == name and "leads to another page now" in shelf.passed


def test_robots_txt_is_heeded_and_removes_nothing(shelf: Shelf) -> None:
    link = shelf.site.put("/a", RIVER.format("May"))
    shelf.add_links("page", link, "/a")
    shelf.site.put("/robots.txt", "User-agent: *\nDisallow: /", kind="text/plain")
    shelf.site.visits()
    shelf.sync(prune=True)
    assert shelf.site.visits() == []
    assert shelf.names == {"a"} and "robots.txt" in shelf.failed


def test_a_host_that_gives_no_answer_is_not_asked_for_each_page(shelf: Shelf) -> None:
    links = [f"http://nowhere.example/{number}" for number in range(6)]
    manners = Manners(shelf.site.fetch, pause_s=0)
    told = []
    for link in links:
        with pytest.raises(Exception, match=r"nowhere\.example") as caught:
            manners.fetch(link, lambda done, of: None)
        told.append(str(caught.value))
    assert ["not asked again" in one for one in told] == [False] * 3 + [True] * 3


def test_what_is_followed_no_longer_is_not_looked_at_and_stays(shelf: Shelf, folder: Path) -> None:
    shelf.add(folder)
    [gone] = shelf.own.unfollow([str(folder)])
    assert gone.place == str(folder) and len(shelf.names) == 3
    (folder / "a.txt").unlink()
    shelf.sync(prune=True)
    assert len(shelf.names) == 3 and shelf.library.catalog.followed() == []
    with pytest.raises(Exception, match="this is not followed; ibid sync --list"):
        shelf.own.unfollow([str(folder)])


def test_a_link_in_a_hostile_etag_is_never_sent_back(shelf: Shelf, web: Site) -> None:
    page = web.fetch(web.put("/a", RIVER.format("May")))
    assert page.seen.etag and page.seen.link == f"{HOST}/a"
    again = web.fetch(f"{HOST}/a", seen=page.seen)
    assert again.is_unchanged and again.data == b""
    # Of another address the ETag says nothing.
    web.put("/b", RIVER.format("May"))
    assert not web.fetch(f"{HOST}/b", seen=page.seen).is_unchanged


def uploaded(shelf: Shelf, text: str, name: str = "mine.txt") -> None:
    shelf.library.add([make_article(text, name)])


@pytest.mark.parametrize("is_same_text", [True, False])
@pytest.mark.parametrize("happens", ["deleted", "emptied", "missing", "changed"])
def test_what_was_added_by_hand_is_never_touched(
    shelf: Shelf, folder: Path, happens: str, is_same_text: bool
) -> None:
    """Whatever becomes of a folder, even of a file that says just what an upload says."""
    text = RIVER.format("the year of a.txt")
    uploaded(shelf, text if is_same_text else "An upload tells of the 17 lamps of the quay.")
    program = make_article("A program tells of the 3 mills of Osk.", str(folder / "sub" / "p.txt"))
    shelf.library.add([program])
    hand = {"mine.txt", "p.txt"}
    before = [info for info in shelf.library.articles() if Path(info.source).name in hand]
    shelf.add(folder)
    if happens == "deleted":
        (folder / "a.txt").unlink()
        (folder / "b.txt").unlink()
    elif happens == "emptied":
        for file in folder.rglob("*.txt"):
            file.unlink()
    elif happens == "missing":
        folder.rename(folder.with_name("away"))
    elif happens == "changed":
        write(folder / "a.txt", "The ferry now has 240 seats.")
    for _ in range(2):
        shelf.sync(prune=True)
        held = [info for info in shelf.library.articles() if Path(info.source).name in hand]
        assert held == before


FILES = ("x/a.txt", "x/b.txt", "y/a.txt", "y/c.txt")
TEXTS = [RIVER.format(word) for word in ("May", "a cold spring", "Osk")] + [
    "The ferry now has 240 seats and leaves at eight from the lower quay."
]
_files, _texts = st.sampled_from(FILES), st.sampled_from(TEXTS)
_done = st.one_of(
    st.tuples(st.just("write"), _files, _texts),
    st.tuples(st.just("delete"), _files, _texts),
    st.tuples(st.just("rename"), _files, _files),
    st.tuples(st.just("upload"), _files, _texts),
    st.tuples(st.just("edit"), _files, _texts),
    st.tuples(st.just("remove by hand"), _files, _texts),
    st.tuples(st.just("sync"), _files, _texts),
    st.tuples(st.just("prune"), _files, _texts),
    st.tuples(st.just("away"), _files, _texts),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_done, min_size=3, max_size=12))
def test_whatever_happens_a_sync_removes_only_what_was_had_there_and_is_gone(
    worker: Worker, done: list[tuple[str, str, str]]
) -> None:
    with tempfile.TemporaryDirectory() as made, bare_shelf(Path(made), worker) as shelf:
        root = Path(made) / "notes"
        for name, text in zip(FILES, TEXTS, strict=True):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).with_name(".keep").touch()
            write(root / name, text)
        write(root / "first.txt", "The library of Osk lends 12 boats.")
        shelf.add(root)
        for number, (act, name, other) in enumerate(done):
            file = root / name
            held = shelf.library.catalog.with_source(str(file))
            if act == "write":
                write(file, other)
            elif act == "delete":
                file.unlink(missing_ok=True)
            elif act == "rename" and file.exists():
                file.rename(root / other)
            elif act == "upload":
                shelf.library.add([make_article(other, f"upload-{number}.txt")])
            elif act == "edit" and held:
                shelf.library.edit(held.id, publisher="The Courier")
            elif act == "remove by hand" and held:
                shelf.library.remove([held.id])
            elif act in ("sync", "prune", "away"):
                check_sync(shelf, root, act)


def check_sync(shelf: Shelf, root: Path, act: str) -> None:
    before = {info.id: info for info in shelf.library.articles()}
    if act == "away":
        root = root.rename(root.with_name("away"))
    shelf.sync(prune=act != "sync")
    after = {info.id: info for info in shelf.library.articles()}
    for id_, info in before.items():
        is_from_there = info.source.startswith("/")
        if not is_from_there:
            assert after[id_] == info
        elif act != "prune" or info.by_hand:
            assert after[id_].by_hand == info.by_hand
        elif id_ not in after:
            assert not Path(info.source).exists()
    if act == "prune":
        for info in after.values():
            is_there = not info.source.startswith("/") or Path(info.source).exists()
            assert is_there or info.by_hand
    embedded = shelf.embedder.documents
    shelf.sync(prune=act != "sync")
    assert (shelf.outcomes, shelf.embedder.documents) == ({}, embedded)
    if act == "away":
        assert after == before
        root.rename(root.with_name("notes"))
