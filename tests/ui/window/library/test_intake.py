"""The queue without a browser: what becomes of each thing that is added, and of its file."""

from __future__ import annotations

import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pptx
import pytest
from alike import NEAR, pairs
from doubles import tiny_library
from pdfs import make_pdf
from tiny import make_article

from rag.errors import ArticleError
from rag.index.library import Library
from rag.index.originals import ORIGINALS, Originals
from rag.schema import Article
from ui import strings
from ui.ahead import Ahead
from ui.window.library import intake as module
from ui.window.library import tab
from ui.window.library.intake import Intake, TooMany
from ui.window.library.items import Item
from ui.window.library.tab import LibraryService

LINK = "https://news.example/ferry"
SOON = 60.0


class Engine:
    """A library that is ready, or is being loaded as long as ``loading`` says something."""

    assistant = None
    error: str | None = None

    def __init__(self, library: Library) -> None:
        self.library = library
        self.ahead = Ahead()
        self.loading = ""

    def status(self) -> str:
        return self.loading


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with tiny_library(tmp_path, empty=True) as library:
        yield Engine(library)


@pytest.fixture
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files."""
    folder = tmp_path / "spool"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def nothing(link: str, *_: object) -> Article:
    raise ArticleError(f"{link}: nobody answers")


def uploaded(folder: Path, words: str | bytes, name: str = "upload") -> Path:
    file = folder / name
    file.write_bytes(words.encode() if isinstance(words, str) else words)
    return file


def settled(intake: Intake) -> list[Item]:
    until(lambda: not any(item.state in module.BUSY for item in intake.items()))
    return intake.items()


def until(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + SOON
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_an_upload_of_several_articles_is_one_thing_with_notes_on_what_is_amiss(
    engine: Engine, tmp_path: Path
) -> None:
    intake = Intake(engine)
    with zipfile.ZipFile(tmp_path / "up", "w") as archive:
        for name, words in (("a.txt", "One."), ("b.txt", " "), ("c.odt", "x"), ("d.txt", "Four.")):
            archive.writestr(name, words)
    intake.add_file(tmp_path / "up", "a.zip")
    intake.add_file(uploaded(tmp_path, "title,text\nA,Five.\nB,Six.\n", "2"), "b.csv")
    intake.add_file(uploaded(tmp_path, "Region,Sold,In\nNorth,4,May\n", "3"), "c.csv")
    intake.add_file(uploaded(tmp_path, "title,text\nA,\n", "4"), "d.csv")
    first, *others = settled(intake)
    assert [item.state for item in (first, *others)] == ["added", "added", "added", "failed"]
    assert [note.kind for note in first.notes] == ["empty", "passed over"]
    sources = {info.source for info in engine.library.articles()}
    assert sources == {"a.zip/a.txt", "a.zip/d.txt", "b.csv/A", "b.csv/B", "c.csv"}


def test_each_thing_is_told_what_became_of_it(engine: Engine, tmp_path: Path) -> None:
    def fetched(link: str, *_: object) -> Article:
        return make_article("From the web.", link)

    intake = Intake(engine, fetched)
    files = [
        ("a.txt", "One."), ("a.txt", "One."), ("a.txt", "Two."), ("b.odt", "x"), ("c.txt", " "),
    ]  # fmt: skip
    for number, (name, words) in enumerate(files):
        intake.add_file(uploaded(tmp_path, words, str(number)), name)
    intake.add_link(LINK)
    items = settled(intake)
    states = [item.state for item in items]
    assert states == ["added", "same", "replaced", "failed", "failed", "added"]
    kinds = [item.error and item.error.kind for item in items[3:5]]
    assert kinds == ["format unknown", "empty"]
    assert engine.library.article(items[5].article_id).source == LINK
    assert intake.stock == 3
    [followed] = engine.library.catalog.followed()  # no upload has a place to look at again
    assert (followed.kind, followed.place) == ("page", LINK)
    assert [one.is_held for one in engine.library.catalog.had(followed)] == [True]


def test_of_a_pdf_a_copy_is_kept_by_its_digest_and_of_nothing_else(
    engine: Engine, tmp_path: Path
) -> None:
    originals = Originals(tmp_path)
    intake = Intake(engine, keep=originals.keep)
    ferry, log = (make_pdf([[f"The {name} is back."]]) for name in ("ferry", "log"))
    packed, shown = BytesIO(), BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("sub/log.pdf", log)
        archive.writestr("sub/b.md", "Two.")
    deck = pptx.Presentation()
    deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = "The deck is back."
    deck.save(shown)
    intake.add_file(uploaded(tmp_path, ferry, "0"), "ferry.pdf")
    intake.add_file(uploaded(tmp_path, "One.", "1"), "a.txt")
    intake.add_file(uploaded(tmp_path, packed.getvalue(), "2"), "all.zip")
    intake.add_file(uploaded(tmp_path, shown.getvalue(), "3"), "deck.pptx")
    assert [item.state for item in settled(intake)] == ["added"] * 4
    articles = {one.title: one for one in engine.library.articles()}
    assert {one.stem for one in (tmp_path / ORIGINALS).iterdir()} == {
        articles["The ferry is back"].digest,
        articles["The log is back"].digest,
    }
    kept = originals.of(articles["The log is back"])
    assert kept is not None and kept.read_bytes() == log


def test_what_was_replaced_is_named_and_can_be_had_back(engine: Engine, tmp_path: Path) -> None:
    desk = LibraryService(engine)
    for number, words in enumerate(("# Old\n\nOne.", "# New\n\nTwo.")):
        desk.intake.add_file(uploaded(tmp_path, words, str(number)), "a.md")
    first, second = settled(desk.intake)
    old = second.before
    assert first.before is None
    assert old is not None
    assert old.title == "Old"
    told = desk.poll({})["items"]
    assert [item["before"] for item in told] == [None, "Old"]
    for lost in ({"number": first.number}, {"number": 77}, {"number": "2"}, {}):
        assert desk.put_back_older(lost) == {"problem": strings.NO_OLDER}
    assert desk.put_back_older({"number": second.number}) == {}
    third = settled(desk.intake)[-1]
    assert engine.library.article(second.article_id) == old
    assert third.state == "replaced"
    assert third.before is not None
    assert third.before.title == "New"


def test_what_says_it_is_another_is_kept_beside_it_until_a_person_lets_it_take_its_place(
    engine: Engine, tmp_path: Path
) -> None:
    engine.library.add([trusted := make_article("The dam holds.", LINK, title="Dam holds")])
    desk = LibraryService(engine)
    text = f"---\ntitle: Dam holds\nsource: {LINK}\ndate: soon\n---\nThe dam bursts."
    desk.intake.add_file(uploaded(tmp_path, text), "a.md")
    (item,) = settled(desk.intake)
    assert (item.state, item.namesake) == ("added", trusted.info)
    [told] = desk.poll({})["items"]
    assert told["namesake"] == LINK
    assert len(told["notes"]) == 1 and "soon" in told["notes"][0]
    with strings.speaking("de"):
        assert "kein eindeutiges Datum" in desk.poll({})["items"][0]["notes"][0]
    assert engine.library.article(trusted.id) == trusted
    for lost in ({"number": 77}, {"number": "1"}, {}):
        assert desk.take_place(lost) == {"problem": strings.NO_OLDER}
    assert desk.take_place({"number": item.number}) == {}
    taken = settled(desk.intake)[-1]
    assert (taken.state, taken.article_id) == ("replaced", trusted.id)
    assert engine.library.article(trusted.id).text == "The dam bursts."
    assert desk.put_back_older({"number": taken.number}) == {}
    settled(desk.intake)
    assert engine.library.article(trusted.id) == trusted


@pytest.mark.parametrize(
    "name", ["ibid:seeds/ferry.md", "/ibid:seeds/ferry.md", "../ibid:seeds//ferry.md", "C:/a.md"]
)
def test_no_upload_bears_a_name_that_only_ibid_or_a_disk_gives(
    engine: Engine, tmp_path: Path, name: str
) -> None:
    engine.library.add([own := make_article("The ferry is back.", "ibid:seeds/ferry.md")])
    intake = Intake(engine, nothing)
    intake.add_file(uploaded(tmp_path, "The ferry sank."), name)
    (item,) = settled(intake)
    assert item.state == "added"
    assert not item.name.startswith(("ibid:", "C:"))
    assert engine.library.article(own.id) == own


def test_an_upload_is_moved_away_and_gone_when_it_is_done(
    engine: Engine, tmp_path: Path, spool: Path
) -> None:
    intake = Intake(engine, nothing)
    upload = uploaded(tmp_path, "One.")
    engine.loading = "Loading…"
    intake.add_file(upload, "a.txt")
    assert not upload.exists()
    assert len(files_in(spool)) == 1
    engine.loading = ""
    settled(intake)
    until(lambda: not files_in(spool))


def test_what_is_cancelled_is_not_added_and_its_file_is_gone(
    engine: Engine, tmp_path: Path, spool: Path
) -> None:
    intake = Intake(engine, nothing)
    engine.loading = "Loading…"
    for name in ("a.txt", "b.txt"):
        intake.add_file(uploaded(tmp_path, name, name), name)
    intake.cancel()
    engine.loading = ""
    until(lambda: not files_in(spool))
    assert [item.state for item in settled(intake)] == ["cancelled", "cancelled"]
    intake.add_file(uploaded(tmp_path, "Once more."), "a.txt")
    assert [item.state for item in settled(intake)][-1] == "added"
    assert len(engine.library.articles()) == 1


def test_what_is_read_is_left_off_at_once_when_it_is_cancelled(
    engine: Engine, tmp_path: Path
) -> None:
    page = b"<p " + b" ".join(b"a%d=x" % n for n in range(100_000)) + b">The night ferry.</p>"
    intake = Intake(engine, nothing)
    intake.add_file(uploaded(tmp_path, page), "slow.html")
    until(lambda: intake.items()[0].state == "reading")
    time.sleep(0.5)
    intake.cancel()
    began = time.monotonic()
    intake.add_file(uploaded(tmp_path, "One."), "a.txt")
    assert [item.state for item in settled(intake)] == ["cancelled", "added"]
    assert time.monotonic() - began < 8


def test_pages_without_text_are_noted_in_the_readers_language(
    engine: Engine, tmp_path: Path
) -> None:
    desk = LibraryService(engine)
    desk.intake.add_file(uploaded(tmp_path, make_pdf([["The night ferry."], []])), "a.pdf")
    settled(desk.intake)
    (told,) = desk.poll({})["items"]
    assert (told["state"], told["reason"]) == ("added", "")
    assert "1 of 2 pages (2)" in told["notes"][0]
    with strings.speaking("de"):
        assert "auf 1 von 2 Seiten" in desk.poll({})["items"][0]["notes"][0]


def test_a_failure_that_nobody_foresaw_ends_nothing(engine: Engine, tmp_path: Path) -> None:
    def broken(link: str, *_: object) -> Article:
        raise ZeroDivisionError("a secret")

    intake = Intake(engine, broken)
    intake.add_link(LINK)
    intake.add_file(uploaded(tmp_path, "One."), "a.txt")
    items = settled(intake)
    assert [(item.state, item.error) for item in items] == [("failed", None), ("added", None)]


def test_clearing_forgets_what_is_done_and_nothing_else(engine: Engine, tmp_path: Path) -> None:
    intake = Intake(engine, nothing)
    intake.add_link(LINK)
    settled(intake)
    engine.loading = "Loading…"
    intake.add_file(uploaded(tmp_path, "One."), "a.txt")
    intake.clear()
    assert [item.name for item in intake.items()] == ["a.txt"]
    engine.loading = ""
    assert [item.state for item in settled(intake)] == ["added"]


def test_a_full_queue_takes_no_more_and_keeps_no_file(
    engine: Engine, tmp_path: Path, spool: Path
) -> None:
    engine.loading = "Loading…"
    intake = Intake(engine, nothing)
    for number in range(module.MOST_WAITING):
        intake.add_link(f"{LINK}/{number}")
    with pytest.raises(TooMany):
        intake.add_file(uploaded(tmp_path, "One."), "a.txt")
    assert files_in(spool) == []
    intake.cancel()
    engine.loading = ""


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a.txt", "a.txt"),
        ("papers/old/a.txt", "papers/old/a.txt"),
        ("../../etc/a.txt", "etc/a.txt"),
        ("/etc/a.txt", "etc/a.txt"),
        ("C:\\papers\\a.txt", "C_/papers/a.txt"),
        ("https://news.example/a.txt", "https:/news.example/a.txt"),
        ("a\u202etxt.exe\n.txt", "atxt.exe .txt"),
        ("..", "article"),
    ],
)
def test_an_uploads_name_is_one_that_a_source_may_have(
    engine: Engine, tmp_path: Path, given: str, kept: str
) -> None:
    engine.loading = "Loading…"
    intake = Intake(engine, nothing)
    intake.add_file(uploaded(tmp_path, "One."), given)
    assert [item.name for item in intake.items()] == [kept]
    intake.cancel()
    engine.loading = ""


def test_many_may_add_at_once(engine: Engine, tmp_path: Path) -> None:
    intake = Intake(engine, nothing)

    def add(name: str) -> None:
        for n in range(5):
            intake.add_file(uploaded(tmp_path, f"Text {name}{n}.", f"{name}{n}"), f"{name}{n}.txt")

    threads = [threading.Thread(target=add, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [item.state for item in settled(intake)] == ["added"] * 15
    assert len(engine.library.articles()) == 15


NONSENSE: list[Any] = [
    None, 7, "x", [], {}, {"id": 7}, {"id": "../x"}, {"token": []}, {"path": ["x"]}, {"links": {}},
    {"limit": -1, "words": 3}, {"since": "soon", "publisher": ["x"], "sort": "1; DROP TABLE"},
]  # fmt: skip


@pytest.mark.parametrize("given", NONSENSE)
def test_whatever_a_page_sends_it_is_answered_in_words(engine: Engine, given: Any) -> None:
    desk = LibraryService(engine)
    for act in (desk.look, desk.poll, desk.add_links, desk.read, desk.edit, desk.remove, desk.merge,
                desk.put_back, desk.cancel, desk.clear, desk.refuse, desk.overview):  # fmt: skip
        assert isinstance(act(given), dict)
    assert desk.add_file(given, lambda word: None)["problem"]
    assert desk.read(given)["problem"]
    assert desk.put_back(given)["problem"]


def test_the_last_removals_can_be_put_back_and_only_once(engine: Engine) -> None:
    articles = [make_article(f"Text {n}.", f"{n}.md") for n in range(3)]
    engine.library.add(articles)
    desk = LibraryService(engine)
    tokens = [desk.remove({"ids": [article.id]})["token"] for article in articles]
    assert len(desk.look({})["removed"]) == 3
    assert desk.put_back({"token": tokens[1]}) == {"ids": [articles[1].id], "again": 0}
    assert "problem" in desk.put_back({"token": tokens[1]})
    assert [info.id for info in engine.library.articles()] == [articles[1].id]
    engine.library.add([articles[0]])
    assert "again" in desk.put_back({"token": tokens[0]})["problem"]


def test_near_doubles_are_told_merged_and_put_back(engine: Engine) -> None:
    one, other = (
        make_article(text, name)
        for text, name in zip(
            pairs(NEAR["reprint"], 7, 1)[0], ("wire.md", "https://news.example/re"), strict=True
        )
    )
    engine.library.add([one, other])
    desk = LibraryService(engine)
    told = desk.read({"id": one.id})
    assert [near["id"] for near in told["near"]] == [other.id] and told["also"] == []
    assert 80 < told["near"][0]["alike"] < 100
    merged = desk.merge({"id": one.id, "others": [other.id]})
    assert desk.read({"id": one.id})["also"] == [{"source": other.source, "link": other.source}]
    assert desk.read({"id": one.id})["near"] == [] and "problem" in desk.read({"id": other.id})
    assert [gone["token"] for gone in desk.look({})["removed"]] == [merged["token"]]
    assert desk.put_back({"token": merged["token"]}) == {"ids": [other.id], "again": 0}
    assert desk.read({"id": one.id})["also"] == []
    for others in ([], [one.id], ["nowhere"], "x"):
        assert "problem" in desk.merge({"id": one.id, "others": others})


def test_the_page_learns_only_what_is_new(engine: Engine) -> None:
    desk = LibraryService(engine)
    told = desk.poll({"version": -1})
    assert told["items"] == []
    assert "items" not in desk.poll({"version": told["version"]})
    desk.add_links({"links": "http://127.0.0.1:9/\n\nhttp://127.0.0.1:9/\n"})
    settled(desk.intake)
    [item] = desk.poll({"version": told["version"]})["items"]
    assert item["state"] == "failed" and "only public pages" in item["reason"]
    with strings.speaking("de"):
        [item] = desk.poll({"version": told["version"]})["items"]
    assert item["reason"].startswith("127.0.0.1 liegt in diesem Rechner oder seinem Netz;")


def test_one_visitor_cannot_fill_the_queue_for_the_others(engine: Engine) -> None:
    engine.loading = "Loading…"
    desk = LibraryService(engine)
    links = "\n".join(f"{LINK}/{number}" for number in range(200))
    for number in range(5):
        assert desk.add_links({"links": links.replace("ferry", f"f{number}")}, "mara") == {}
    told = {"problem": strings.TOO_MANY_OF_YOURS.format(limit=1_000)}
    assert desk.add_links({"links": f"{LINK}/once-more"}, "mara") == told
    assert desk.add_links({"links": links}, "tova") == {}
    for name in ("ines", "olaf", "per"):
        for number in range(5):
            last = desk.add_links({"links": links.replace("ferry", f"f{number}")}, name)
    assert last == {"problem": strings.TOO_MANY_WAITING.format(limit=4_000)}
    desk.intake.cancel()
    engine.loading = ""


def test_cutting_a_long_text_into_chunks_can_be_cancelled(engine: Engine) -> None:
    class Stop(Exception):
        pass

    def stop(done: int, of: int) -> None:
        raise Stop

    before = engine.library.embedder.documents  # type: ignore[attr-defined]
    with pytest.raises(Stop):
        engine.library.add([make_article("The ferry sank. " * 20_000, "long")], on_embedded=stop)
    assert engine.library.embedder.documents == before  # type: ignore[attr-defined]


def test_the_count_of_what_is_added_together_only_grows(engine: Engine, tmp_path: Path) -> None:
    intake = Intake(engine, nothing)
    seen = []
    for number in range(4):
        intake.add_file(uploaded(tmp_path, f"Text {number}.", str(number)), f"{number}.txt")
        seen.append(intake.tally())
    intake.refuse("photo.png", "formats_only")
    until(lambda: (seen.append(intake.tally()) or intake.tally().get("added")) == 4)
    intake.clear(5)
    seen.append(intake.tally())
    for before, after in pairwise(seen):
        assert after["of"] >= before["of"]
        assert after.get("added", 0) >= before.get("added", 0)
    assert seen[-1] == {"added": 4, "failed": 1, "of": 5}
    intake.clear()
    assert intake.tally() == {"of": 0}


def test_what_failed_stays_until_it_is_dismissed_however_much_comes_after_it(
    engine: Engine, tmp_path: Path
) -> None:
    desk = LibraryService(engine)
    photo = {"name": "photo.png", "why": "formats_only"}
    told = desk.refuse({"files": [photo]}, "mara")
    for number in range(3):
        desk.intake.add_file(uploaded(tmp_path, f"Text {number}.", str(number)), f"{number}.txt")
    settled(desk.intake)
    desk.refuse({"files": [{"name": f"{n}.png", "why": "formats_only"} for n in range(999)]})
    poll = desk.poll({"version": -1})
    assert (poll["items"][0]["name"], poll["items"][0]["why"]) == ("photo.png", "formats_only")
    assert {item["state"] for item in poll["items"]} == {"failed"} and len(poll["items"]) == 1_000
    assert poll["tally"] == {"added": 3, "failed": 1_000, "of": 1_003}
    assert poll["last"] == 1_003
    desk.clear({"number": told["numbers"][0]})
    assert "photo.png" not in [item["name"] for item in desk.poll({"version": -1})["items"]]


def test_there_are_words_for_every_refusal() -> None:
    assert set(strings.LIBRARY_WORDS) >= tab.REFUSALS


def test_a_page_cannot_note_what_it_likes(engine: Engine) -> None:
    desk = LibraryService(engine)
    files: list[Any] = [None, 7, {"name": "a"}, {"name": "a", "why": "heading"}, {"name": ["a"]}]
    assert desk.refuse({"files": files}) == {"numbers": []}
    told = desk.refuse({"files": [{"name": "a" * 9_000, "why": "too_large", "x": "y"}] * 2_000})
    assert len(told["numbers"]) == 1_000
    [item, *_] = desk.poll({"version": -1})["items"]
    assert len(item["name"]) <= 300 and item["facts"] == {}


def test_articles_that_are_removed_together_come_back_together(engine: Engine) -> None:
    articles = [make_article(f"Text {n}.", f"{n}.md", title=f"Title {n}") for n in range(5)]
    engine.library.add(articles)
    embedded = engine.library.embedder.documents  # type: ignore[attr-defined]
    desk = LibraryService(engine)
    told = desk.remove({"ids": [one.id for one in articles[:4]] + ["nowhere", "../x"]})
    assert told["count"] == 4
    assert [info.id for info in engine.library.articles()] == [articles[4].id]
    [removed] = desk.look({})["removed"]
    assert removed["count"] == 4 and len(removed["titles"]) == 3
    engine.library.add([articles[0]])
    back = desk.put_back({"token": told["token"]})
    assert sorted(back["ids"]) == sorted(one.id for one in articles[1:4]) and back["again"] == 1
    assert len(engine.library.articles()) == 5
    assert engine.library.vectors.count() == engine.library.catalog.count()[1]
    now = engine.library.embedder.documents  # type: ignore[attr-defined]
    assert now == embedded + 1, "but for the one that was added again, nothing is embedded anew"


def test_of_many_removals_the_last_can_always_be_put_back(engine: Engine) -> None:
    articles = [make_article(f"Text {n}.", f"{n}.md") for n in range(51)]
    engine.library.add(articles)
    desk = LibraryService(engine)
    tokens = [desk.remove({"ids": [article.id]})["token"] for article in articles]
    assert desk.put_back({"token": tokens[0]})["problem"]
    assert desk.put_back({"token": tokens[-1]})["ids"] == [articles[-1].id]


def test_an_overview_is_made_once_and_again_when_the_library_changed(engine: Engine) -> None:
    facts = {"publisher": "The Courier", "published": "2024-05-01"}
    engine.library.add([make_article("The ferry sails at night.", "a.md", title="Ferry", **facts)])
    desk = LibraryService(engine)
    told = desk.overview({})
    assert told["publishers"] == [["The Courier", 1]] and told["years"] == [["2024", 1]]
    [subject] = told["subjects"]
    assert [one["title"] for one in subject["typical"]] == ["Ferry"]
    engine.library.add([make_article("Der Turm steht in der alten Stadt am Fluss.", "b.md")])
    assert desk.overview({}) == told
    desk.intake.restock()
    assert sorted(code for code, _ in desk.overview({})["languages"]) == ["de", "en"]
