"""The Library tab as a reader meets it: a real library, in Chromium."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alike import NEAR, pairs
from pdfs import make_pdf
from playwright.sync_api import Page, expect

from ui import strings

pytestmark = pytest.mark.browser

Window = Any  # conftest.Window, which cannot be imported: there are two of that name

ROWS = "#library .listing tbody tr"
QUEUE = "#library .queue tbody tr"
TOWER = "The tower of Aldwick is 31 metres high, and was built in 1874 by three brothers."


@pytest.fixture(autouse=True)
def patience() -> None:
    """Two cores may be shared with a build."""
    expect.set_options(timeout=20_000)


@pytest.fixture
def stocked(open_window: Callable[..., Window]) -> Iterator[Window]:
    """A window of its own, over a library of three articles, one of them hostile."""
    window = open_window(script="stocked.py", fresh=True)
    yield window
    window.process.terminate()


@pytest.fixture
def bare(open_window: Callable[..., Window]) -> Iterator[Window]:
    """A window of its own, over an empty library."""
    window = open_window("--empty", script="stocked.py", fresh=True)
    yield window
    window.process.terminate()


@pytest.fixture(scope="module")
def looked_at(open_window: Callable[..., Window]) -> Window:
    """The same, for tests that change nothing."""
    return open_window(script="stocked.py")


def visit(page: Page, window: Window, path: str = "/") -> None:
    page.goto(window.url + path)
    page.locator("#box textarea").wait_for()
    page.locator("#library-tab-button").click()
    page.locator("#library .head").wait_for()


def row(page: Page, title: str) -> Any:
    return page.locator(ROWS, has_text=title)


def queued(page: Page, name: str) -> Any:
    return page.locator(QUEUE, has_text=name)


def give(page: Page, *files: Path) -> None:
    if page.locator("#library .adding").is_hidden():
        page.locator("#library .more-add").click()
    page.locator("#library [name=files]").set_input_files([str(file) for file in files])


def written(folder: Path, name: str, words: str | bytes) -> Path:
    file = folder / name
    file.write_bytes(words.encode() if isinstance(words, str) else words)
    return file


def ask(page: Page, question: str) -> None:
    page.locator("#chat-tab-button").click()
    page.locator("#box textarea").fill(question)
    page.locator("#box textarea").press("Enter")


@pytest.mark.parametrize("width", [1280, 390])
def test_the_tabs_lead_to_the_library_and_back_to_the_conversation(
    looked_at: Window, watched: Page, width: int
) -> None:
    watched.set_viewport_size({"width": width, "height": 800})
    visit(watched, looked_at)
    expect(watched.locator(ROWS)).to_have_count(3)
    expect(watched.locator("#box")).to_be_hidden()
    assert watched.evaluate("document.documentElement.scrollWidth") <= width
    assert all(
        box["x"] >= 0 and box["x"] + box["width"] <= width
        for box in (one.bounding_box() for one in watched.locator(f"{ROWS} button").all())
        if box
    )
    watched.locator("#chat-tab-button").click()
    box = watched.locator("#box").bounding_box()
    assert box and 700 < box["y"] + box["height"] <= 800, "the conversation fills the page"


def test_a_library_that_fails_unforeseen_says_so_and_nothing_breaks(
    window: Window, watched: Page
) -> None:
    visit(watched, window)  # the scripted library has no catalog
    notice = watched.locator("#library .notice")
    expect(notice).to_have_text(strings.LIBRARY_WORDS["unforeseen"])


def test_an_empty_library_is_filled_and_asked_without_a_restart(
    bare: Window, watched: Page, tmp_path: Path
) -> None:
    watched.goto(bare.url)
    expect(watched.locator("#chat")).to_contain_text("Your library is empty")
    visit(watched, bare)
    expect(watched.locator("#library .drop")).to_be_visible()
    give(watched, written(tmp_path, "tower.md", f"# The tower\n\n{TOWER}\n"))
    expect(queued(watched, "tower.md")).to_contain_text("Added")
    expect(row(watched, "The tower")).to_contain_text("tower.md")
    expect(watched.locator("#masthead .size")).to_have_text("1 article")
    watched.locator("#chat-tab-button").click()
    expect(watched.locator("#chat")).to_contain_text("Ask your articles")
    ask(watched, "How high is the tower of Aldwick?")
    expect(watched.locator("#chat blockquote")).to_contain_text("31 metres")
    watched.locator("#chat a[href^='#cite-']").first.click()
    expect(watched.locator("#reader mark:not(.calm)")).to_contain_text("31 metres")


def test_what_cannot_be_read_is_told_with_the_reason_and_the_rest_is_added(
    stocked: Window, watched: Page, tmp_path: Path
) -> None:
    visit(watched, stocked)
    give(
        watched,
        written(tmp_path, "broken.pdf", b"%PDF-1.4 and nothing more"),
        written(tmp_path, "scan.pdf", make_pdf([[]])),
        written(tmp_path, "photo.png", b"PNG"),
        written(tmp_path, "blank.txt", "  "),
        written(tmp_path, "disguised.html", make_pdf([["Not a page."]])),
        written(tmp_path, "report.pdf", make_pdf([[TOWER], ["It has 120 steps."]])),
    )
    for name, reason in (
        ("broken.pdf", "damaged"),
        ("scan.pdf", "OCR"),
        ("photo.png", "not read"),
        ("blank.txt", "no text"),
        ("disguised.html", "PDF by another name"),
    ):
        expect(queued(watched, name).locator(".state")).to_have_text("Failed")
        expect(queued(watched, name).locator(".reason")).to_contain_text(reason)
    expect(queued(watched, "report.pdf")).to_contain_text("Added")
    expect(row(watched, "report.pdf")).to_contain_text("2 pages")
    expect(watched.locator("#library .progress")).to_contain_text("1 of 6 added · 5 failed")
    row(watched, "report.pdf").locator(".open").click()
    expect(watched.locator("#library dialog .leaf").last).to_have_text("Page 2")
    watched.keyboard.press("Escape")
    watched.locator("#library .clear").click()
    expect(watched.locator("#library .intake")).to_be_hidden()


def test_the_same_file_again_is_unchanged_and_a_new_version_updates_it(
    stocked: Window, watched: Page, tmp_path: Path
) -> None:
    visit(watched, stocked)
    give(watched, written(tmp_path, "tower.txt", TOWER))
    expect(queued(watched, "tower.txt")).to_contain_text("Added")
    give(watched, tmp_path / "tower.txt")
    expect(queued(watched, "tower.txt").first).to_contain_text("Unchanged")
    give(watched, written(tmp_path, "tower.txt", TOWER + " It leans."))
    expect(queued(watched, "tower.txt").first).to_contain_text("Updated")
    expect(queued(watched, "tower.txt").first).to_contain_text("In place of “")
    expect(watched.locator(ROWS)).to_have_count(4)
    queued(watched, "tower.txt").first.get_by_role("button", name="Put back: ").click()
    expect(queued(watched, "tower.txt")).to_have_count(4)
    expect(queued(watched, "tower.txt").first).to_contain_text("Updated")
    queued(watched, "tower.txt").first.get_by_role("button", name="tower.txt").click()
    text = watched.locator("#library dialog .text")
    expect(text).to_contain_text("three brothers.")
    expect(text).not_to_contain_text("It leans.")


def test_a_file_that_says_it_is_another_asks_before_it_takes_its_place(
    stocked: Window, watched: Page, tmp_path: Path
) -> None:
    visit(watched, stocked)
    give(watched, written(tmp_path, "tower.txt", TOWER))
    expect(queued(watched, "tower.txt")).to_contain_text("Added")
    text = f"---\nsource: tower.txt\ndate: soon\npublisher: Reuters\n---\nAnother tale. {TOWER}"
    give(watched, written(tmp_path, "stranger.md", text))
    expect(queued(watched, "stranger.md")).to_contain_text("Note: published: “soon”")
    expect(queued(watched, "stranger.md")).to_contain_text("Both are kept.")
    expect(watched.locator(ROWS)).to_have_count(5)
    expect(row(watched, "stranger.md")).to_contain_text("says: “Reuters”")
    queued(watched, "stranger.md").get_by_role("button", name="Let it take that place").click()
    expect(watched.locator(ROWS)).to_have_count(4)
    expect(queued(watched, "stranger.md").first).to_contain_text("Updated")


def test_a_dropped_folder_brings_its_articles_under_their_names(
    stocked: Window, watched: Page, tmp_path: Path
) -> None:
    folder = tmp_path / "papers"
    (folder / "old").mkdir(parents=True)
    (folder / ".git").mkdir()
    written(folder, "tower.md", TOWER)
    written(folder / "old", "tower.md", f"Once more: {TOWER}")
    written(folder / ".git", "notes.md", "Nobody's business.")
    written(folder, "photo.png", b"PNG")
    visit(watched, stocked)
    watched.locator("#library .more-add").click()
    watched.locator("#library [name=folder]").set_input_files(folder)
    expect(watched.locator("#library .progress")).to_have_text("2 of 3 added · 1 failed")
    expect(watched.locator("#library")).to_contain_text(
        "Passed over, as their formats are not read (1): papers/photo.png"
    )
    expect(row(watched, "papers/tower.md")).to_have_count(1)
    expect(row(watched, "papers/old/tower.md")).to_have_count(1)


def test_files_are_dropped_on_the_page(stocked: Window, watched: Page) -> None:
    visit(watched, stocked)
    watched.evaluate(
        """words => {
            const carried = new DataTransfer();
            carried.items.add(new File([words], 'dropped.txt', { type: 'text/plain' }));
            const target = document.querySelector('#library .library');
            for (const kind of ['dragenter', 'dragover', 'drop']) {
                const options = { dataTransfer: carried, bubbles: true, cancelable: true };
                target.dispatchEvent(new DragEvent(kind, options));
            }
        }""",
        TOWER,
    )
    expect(queued(watched, "dropped.txt")).to_contain_text("Added")


def test_a_link_inside_is_refused_with_the_reason_and_no_link_is_none(
    looked_at: Window, watched: Page
) -> None:
    visit(watched, looked_at)
    watched.locator("#library .more-add").click()
    box = watched.locator("#library [name=links]")
    box.fill("javascript:window.__xss='link'")
    watched.get_by_role("button", name="Add links").click()
    expect(watched.locator("#library .paste .problem")).to_contain_text("is no link")
    expect(box).to_be_focused()
    box.fill(f"{looked_at.url}/healthz\n\nhttp://localhost:1/\n")
    watched.get_by_role("button", name="Add links").click()
    for link in ("/healthz", "localhost:1"):
        expect(queued(watched, link)).to_contain_text("only public pages")
    expect(box).to_have_value("")


def test_adding_goes_on_while_one_chats_a_second_person_sees_it_and_cancels(
    stocked: Window, watched: Page, tmp_path: Path
) -> None:
    visit(watched, stocked)
    give(
        watched,
        written(tmp_path, "slow.txt", "Slowpoke takes his time."),
        written(tmp_path, "tower.txt", TOWER),
    )
    expect(queued(watched, "slow.txt")).to_contain_text("Embedding")
    expect(queued(watched, "tower.txt")).to_contain_text("Waiting")
    ask(watched, "When will the night ferry return?")
    expect(watched.locator("#chat blockquote").first).to_contain_text("3 May")

    second = watched.context.browser.new_context().new_page()  # type: ignore[union-attr]
    visit(second, stocked)
    expect(queued(second, "slow.txt")).to_contain_text("Embedding")
    second.locator("#library .halt").click()
    expect(queued(second, "tower.txt")).to_contain_text("Cancelled")
    second.close()

    stocked.go.touch()
    watched.locator("#library-tab-button").click()
    for name in ("slow.txt", "tower.txt"):
        expect(queued(watched, name)).to_contain_text("Cancelled")
    expect(watched.locator(ROWS)).to_have_count(3)
    give(watched, tmp_path / "tower.txt")
    expect(queued(watched, "tower.txt").first).to_contain_text("Added")


def test_metadata_is_edited_and_the_answer_cites_it(stocked: Window, watched: Page) -> None:
    visit(watched, stocked)
    edit = row(watched, "Night ferry").get_by_role("button", name="Edit")
    edit.click()
    form = watched.locator("#library dialog form")
    expect(form.locator("[name=title]")).to_be_focused()
    form.locator("[name=link]").fill("javascript:window.__xss='edited'")
    form.locator("[name=title]").fill("The ferry comes back")
    form.locator("[name=published]").fill("2025-05-01")
    form.locator("[name=author]").fill("Jane Doe")
    form.get_by_role("button", name="Save").click()
    expect(form.locator(".problem")).to_contain_text("http://")
    form.locator("[name=link]").fill("https://courier.example/ferry")
    form.get_by_role("button", name="Save").click()
    changed = row(watched, "The ferry comes back")
    expect(changed).to_contain_text("1 May 2025")
    expect(changed).to_contain_text("Jane Doe")
    expect(changed.locator("a.origin")).to_have_text("courier.example")
    expect(changed.locator("a.origin")).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(changed.get_by_role("button", name="Edit")).to_be_focused()
    ask(watched, "When will the night ferry return?")
    expect(watched.locator("#chat .origin").first).to_contain_text("The ferry comes back")


def test_an_edit_can_be_taken_back(stocked: Window, watched: Page) -> None:
    visit(watched, stocked)
    row(watched, "Night ferry").get_by_role("button", name="Edit").click()
    form = watched.locator("#library dialog form")
    form.locator("[name=title]").fill("The ferry comes back")
    form.get_by_role("button", name="Save").click()
    expect(row(watched, "The ferry comes back")).to_be_visible()
    watched.locator("#library").get_by_role("button", name="Undo", exact=True).click()
    expect(row(watched, "Night ferry").get_by_role("button", name="Edit")).to_be_focused()
    expect(row(watched, "The ferry comes back")).to_have_count(0)


def test_what_is_removed_answers_no_more_and_comes_back_whole(
    stocked: Window, watched: Page
) -> None:
    visit(watched, stocked)
    remove = row(watched, "Night ferry").get_by_role("button", name="Remove")
    remove.click()
    expect(watched.locator("#library dialog").get_by_role("button", name="Keep it")).to_be_focused()
    watched.keyboard.press("Escape")
    expect(remove).to_be_focused()
    remove.click()
    watched.locator("#library dialog .danger").click()
    expect(row(watched, "Night ferry")).to_have_count(0)
    expect(watched.locator("#library .undo")).to_be_focused()
    expect(watched.locator("#masthead .size")).to_have_text("2 articles")
    ask(watched, "When will the night ferry return?")
    expect(watched.locator("#chat .took")).to_have_count(1)
    expect(watched.locator("#chat blockquote", has_text="3 May")).to_have_count(0)

    visit(watched, stocked)  # The page was loaded anew: it can still be put back.
    watched.locator("#library .removed summary").click()
    watched.get_by_role("button", name="Put back: Night ferry").click()
    expect(row(watched, "Night ferry").locator(".open")).to_be_focused()
    expect(watched.locator("#library .removed")).to_be_hidden()
    ask(watched, "When will the night ferry return?")
    expect(watched.locator("#chat blockquote", has_text="3 May")).to_have_count(1)


def test_the_list_is_searched_filtered_and_sorted(looked_at: Window, watched: Page) -> None:
    visit(watched, looked_at)
    expect(watched.locator(ROWS)).to_have_count(3)
    watched.locator("#library").get_by_label("Search").fill("cabins")
    expect(watched.locator(ROWS)).to_have_count(1)
    expect(watched.locator("#library .found")).to_have_text("1 found")
    watched.locator("#library").get_by_label("Search").fill("no such thing")
    expect(watched.locator("#library .found")).to_contain_text("No article fits")
    watched.locator("#library").get_by_label("Search").fill("")
    watched.locator("#library").get_by_label("Publisher").select_option("Port Hanna Harbour Board")
    expect(watched.locator(f"{ROWS} .open")).to_have_text(
        ["Harbour board weighs the winter timetable"]
    )
    watched.locator("#library").get_by_label("Publisher").select_option("")
    watched.locator("#library").get_by_label("From").fill("2025-04-15")
    expect(watched.locator(ROWS)).to_have_count(0)
    watched.locator("#library").get_by_label("From").fill("2025-04-14")


def heads(page: Page) -> dict[str, str]:
    found = page.locator("#library .listing th[aria-sort]").all()
    return {one.inner_text(): one.get_attribute("aria-sort") or "" for one in found}


def test_columns_are_sorted_both_ways_and_stay_so_when_the_list_is_drawn_anew(
    stocked: Window, watched: Page, tmp_path: Path
) -> None:
    visit(watched, stocked)
    expect(watched.locator(ROWS)).to_have_count(3)
    assert set(heads(watched)) == {"Title", "Publisher", "Published", "Added", "Words"}
    assert heads(watched)["Added"] == "descending"
    titles = watched.locator(f"{ROWS} .open")
    title = watched.locator("#library th .sorter", has_text="Title")
    title.click()
    expect(titles).to_contain_text(["<img", "Harbour board", "Night ferry"])
    assert heads(watched) == {**dict.fromkeys(heads(watched), "none"), "Title": "ascending"}
    title.click()
    expect(titles).to_contain_text(["Night ferry", "Harbour board", "<img"])
    assert heads(watched)["Title"] == "descending"
    expect(title).to_be_focused()
    give(watched, written(tmp_path, "tower.txt", f"A {TOWER}"))
    expect(watched.locator(ROWS)).to_have_count(4)
    expect(titles).to_contain_text(["Night ferry", "Harbour board", "A The tower", "<img"])
    watched.locator("#library th .sorter", has_text="Words").click()
    words = [
        int(one.replace(",", "")) for one in watched.locator(f"{ROWS} .words").all_inner_texts()
    ]
    expect(watched.locator("#library th.length")).to_have_attribute("aria-sort", "descending")
    expect(titles.last).to_contain_text("A The tower")
    assert len(words) == 4 and max(words) > 100


def test_near_doubles_are_shown_merged_and_brought_back(
    stocked: Window, watched: Page, tmp_path: Path
) -> None:
    wire, reprint = pairs(NEAR["reprint"], 7, 1)[0]
    files = [
        written(tmp_path, "wire.md", f"# By wire\n\n{wire}"),
        written(tmp_path, "reprint.md", f"# Reprinted\n\n{reprint}"),
        written(tmp_path, "copy.md", f"# By wire\n\n{wire}"),
    ]
    visit(watched, stocked)
    give(watched, *files)
    expect(queued(watched, "copy.md")).to_contain_text("It is “By wire”, which is also had from")
    expect(watched.locator(ROWS)).to_have_count(5)
    row(watched, "By wire").locator(".open").click()
    dialog = watched.locator("#library dialog.reading")
    expect(dialog.locator(".also")).to_have_text("Also at: copy.md")
    dialog.locator(".near summary").click()
    expect(dialog.locator(".near")).to_contain_text("% the same words")
    dialog.locator(".near .merge").click()
    expect(watched.locator("#library .undo")).to_be_focused()
    expect(watched.locator("#library .notice")).to_contain_text("was merged into “By wire”")
    expect(watched.locator(ROWS)).to_have_count(4)
    row(watched, "By wire").locator(".open").click()
    expect(dialog.locator(".also")).to_contain_text("reprint.md")
    expect(dialog.locator(".near")).to_have_count(0)
    dialog.locator(".beside").click()
    expect(watched.locator("#reader .also")).to_contain_text("reprint.md")
    visit(watched, stocked)
    watched.locator("#library .removed summary").click()
    watched.get_by_role("button", name="Put back: Reprinted").click()
    expect(row(watched, "Reprinted").locator(".open")).to_be_focused()
    row(watched, "Reprinted").locator(".open").click()
    expect(dialog.locator(".near .open")).to_have_text("By wire")
    dialog.locator(".beside").click()
    watched.locator("#reader .near a").click()
    expect(watched.locator("#reader .page .title")).to_have_text("By wire")


def test_several_articles_are_chosen_and_removed_at_once_and_come_back_at_once(
    stocked: Window, watched: Page
) -> None:
    visit(watched, stocked)
    boxes = watched.locator(f"{ROWS} .choose input")
    bar = watched.locator("#library .chosen-bar")
    expect(boxes).to_have_count(3)
    expect(bar).to_be_hidden()
    boxes.nth(0).click()
    expect(bar).to_contain_text("1 chosen")
    boxes.nth(2).click(modifiers=["Shift"])
    expect(bar).to_contain_text("3 chosen")
    everything = watched.locator("#library th.choose input")
    expect(everything).to_be_checked()
    everything.focus()
    watched.keyboard.press("Space")
    expect(bar).to_be_hidden()
    boxes.nth(1).focus()
    watched.keyboard.press("Space")
    expect(boxes.nth(1)).to_be_focused()
    bar.get_by_role("button", name="Choose all").click()
    expect(bar).to_contain_text("3 chosen")
    boxes.nth(1).click()
    bar.get_by_role("button", name="Remove").click()
    dialog = watched.locator("#library dialog.asking")
    expect(dialog.locator("h3")).to_have_text("Remove 2 articles?")
    expect(dialog.locator("li")).to_have_count(2)
    dialog.locator(".danger").click()
    expect(watched.locator(ROWS)).to_have_count(1)
    expect(bar).to_be_hidden()
    expect(watched.locator("#library .notice")).to_contain_text("2 articles were removed.")
    expect(watched.locator("#library .undo")).to_be_focused()
    watched.keyboard.press("Enter")
    expect(watched.locator(ROWS)).to_have_count(3)
    expect(watched.locator("#library .notice")).to_contain_text("2 articles are back.")
    expect(watched.locator("#library .removed")).to_be_hidden()


def test_what_failed_is_still_told_after_a_reload_until_it_is_dismissed(
    stocked: Window, watched: Page, tmp_path: Path
) -> None:
    visit(watched, stocked)
    give(
        watched,
        written(tmp_path, "photo.png", b"PNG"),
        written(tmp_path, "broken.pdf", b"%PDF-1.4 and nothing more"),
        written(tmp_path, "tower.txt", TOWER),
    )
    told = {"photo.png": "not read", "broken.pdf": "damaged"}
    for again in (False, True):
        if again:
            visit(watched, stocked)
        for name, reason in told.items():
            expect(queued(watched, name)).to_contain_text(reason)
        expect(watched.locator("#library .progress")).to_have_text("1 of 3 added · 2 failed")
        expect(watched.locator("#library .intake h3")).to_have_text("Added")
    queued(watched, "photo.png").locator(".dismiss").click()
    expect(queued(watched, "photo.png")).to_have_count(0)
    expect(queued(watched, "broken.pdf").locator(".dismiss")).to_be_focused()
    visit(watched, stocked, "/de/")
    expect(queued(watched, "broken.pdf")).to_contain_text("beschädigt")
    expect(queued(watched, "photo.png")).to_have_count(0)


def test_the_counter_only_grows_and_what_is_being_added_becomes_added(
    stocked: Window, watched: Page, tmp_path: Path
) -> None:
    visit(watched, stocked)
    watched.evaluate(
        """() => {
            window.said = [];
            const note = () => {
                const line = document.querySelector('#library .progress').textContent;
                const head = document.querySelector('#library .intake h3').textContent;
                if (line && !document.querySelector('#library .intake').hidden)
                    window.said.push([head, ...line.match(/[0-9]+/g).map(Number)]);
            };
            new MutationObserver(note).observe(document.querySelector('#library .intake'),
                { childList: true, subtree: true, characterData: true, attributes: true });
        }"""
    )
    give(watched, *(written(tmp_path, f"{n}.txt", f"Text {n}. {TOWER}") for n in range(6)))
    expect(watched.locator("#library .progress")).to_have_text("6 of 6 added")
    expect(watched.locator("#library .intake h3")).to_have_text("Added")
    said = watched.evaluate("window.said")
    assert {of for _, _, of, *_ in said} == {6}, "all that was chosen counts from the beginning"
    done = [done for _, done, *_ in said]
    assert done == sorted(done) and done[0] == 0
    heads = [head for head, *_ in said]
    assert heads == sorted(heads, key=["Being added", "Added"].index)


DROP = """([selector, kinds, words]) => {
    const carried = new DataTransfer();
    carried.items.add(new File([words], 'dropped.txt', { type: 'text/plain' }));
    for (const kind of kinds) {
        const options = { dataTransfer: carried, bubbles: true, cancelable: true };
        document.querySelector(selector).dispatchEvent(new DragEvent(kind, options));
    }
}"""


@pytest.mark.parametrize("tab", ["chat", "evaluation"])
def test_what_is_dropped_on_any_tab_is_added_to_the_library(
    stocked: Window, watched: Page, tab: str
) -> None:
    visit(watched, stocked)
    watched.locator(f"#{tab}-tab-button").click()
    target = watched.locator(".drop-target")
    watched.evaluate(DROP, [f"#{tab}-tab", ["dragenter", "dragover"], ""])
    expect(target).to_be_visible()
    expect(target).to_contain_text("Drop to add to the library")
    watched.evaluate(DROP, [f"#{tab}-tab", ["dragleave"], ""])
    expect(target).to_be_hidden()
    watched.evaluate(DROP, [f"#{tab}-tab", ["dragover", "drop"], TOWER])
    expect(target).to_be_hidden()
    card = watched.locator(".drop-card")
    expect(card).to_contain_text("1 of 1 added")
    card.get_by_role("button", name="Show the library").click()
    expect(queued(watched, "dropped.txt")).to_contain_text("Added")
    expect(card).to_be_hidden()


def test_what_is_in_the_library_is_told_at_one_look_and_leads_to_the_articles(
    looked_at: Window, watched: Page
) -> None:
    visit(watched, looked_at)
    inside = watched.locator("#library button.inside")
    inside.click()
    drawer = watched.locator("dialog.inside")
    expect(drawer.locator(".subjects > li")).not_to_have_count(0)
    expect(drawer).to_contain_text("Port Hanna Harbour Board")
    expect(drawer).to_contain_text("2025")
    expect(drawer).to_contain_text("English")
    drawer.locator(".typical .open", has_text="Harbour board").click()
    expect(watched.locator("#library dialog .short")).to_contain_text("In short")
    watched.keyboard.press("Escape")
    expect(drawer).to_be_visible()
    expect(drawer.locator(".typical .open", has_text="Harbour board")).to_be_focused()
    drawer.locator(".subject").last.click()
    expect(drawer).to_be_hidden()
    expect(watched.locator("#library .only")).to_contain_text("Only: ")
    expect(watched.locator(ROWS)).not_to_have_count(3)
    watched.get_by_role("button", name="Show all articles").click()
    expect(watched.locator(ROWS)).to_have_count(3)
    inside.click()
    drawer.get_by_role("button", name="The Aldwick Courier").click()
    expect(watched.locator(f"{ROWS} .open")).to_have_text(
        ["Night ferry to return after nine years"]
    )


@pytest.mark.parametrize(("width", "height"), [(1600, 1000), (390, 844)])
def test_the_list_takes_the_width_that_there_is_and_nothing_is_cut(
    looked_at: Window, watched: Page, width: int, height: int
) -> None:
    watched.set_viewport_size({"width": width, "height": height})
    visit(watched, looked_at)
    watched.locator(f"{ROWS} .choose input").first.click()
    table = watched.locator("#library .listing").bounding_box()
    assert table and table["width"] >= width - 60
    cut = watched.evaluate(
        """() => [...document.querySelectorAll('#library :is(button, input, select, td, th, p)')]
            .filter(node => node.offsetParent && !node.closest('thead') || node.matches('th'))
            .map(node => [node.outerHTML.slice(0, 80), node.getBoundingClientRect()])
            .filter(([, box]) => box.width && (box.left < 0 || box.right > innerWidth + 1))
            .map(([name]) => name)"""
    )
    assert cut == [] and watched.evaluate("document.documentElement.scrollWidth") <= width


def test_hostile_titles_texts_and_file_names_do_nothing(
    stocked: Window, watched: Page, tmp_path: Path
) -> None:
    """``watched`` sees to it that nothing ran and nothing was asked of another host."""
    visit(watched, stocked)
    name = "<img src=x onerror=window.__xss=1>${window.__xss=2}{{x}}.txt"
    give(watched, written(tmp_path, name, "<script>window.__xss='text'</script> Words."))
    expect(queued(watched, "onerror")).to_contain_text("Added")
    expect(row(watched, "window.__xss=1")).to_have_count(1)
    hostile = row(watched, "Evil & Sons")
    expect(hostile.locator("a")).to_have_count(0)
    hostile.locator(".open").click()
    expect(watched.locator("#library dialog .text")).to_contain_text("<script>")
    watched.keyboard.press("Escape")
    hostile.get_by_role("button", name="Remove").click()
    expect(watched.locator("#library dialog h3")).to_contain_text("<img src=x onerror")
    watched.locator("#library dialog .danger").click()
    expect(watched.locator("#library .notice")).to_contain_text("<img src=x")
    assert watched.locator("#library img, #library script, #library dialog img").count() == 0


def test_the_keyboard_reaches_everything(looked_at: Window, watched: Page) -> None:
    visit(watched, looked_at)
    expect(watched.locator(ROWS)).to_have_count(3)
    watched.locator(f"{ROWS} .open").first.focus()
    watched.keyboard.press("Enter")
    expect(watched.locator("#library dialog .text")).to_be_focused()
    watched.keyboard.press("Escape")
    expect(watched.locator(f"{ROWS} .open").first).to_be_focused()
    watched.keyboard.press("Tab")
    watched.keyboard.press("Tab")
    focused = watched.evaluate("document.activeElement.getAttribute('aria-label')")
    assert focused.startswith(("Edit: ", "Remove: "))


def focused(page: Page) -> Any:
    return page.evaluate(
        """() => {
            const { tagName, className, textContent } = document.activeElement;
            const row = document.activeElement.closest('tr')?.querySelector('.open').textContent;
            return { tagName, className, textContent, row };
        }"""
    )


def test_a_dialog_that_is_told_late_that_it_closed_takes_the_focus_from_nobody(
    looked_at: Window, watched: Page
) -> None:
    visit(watched, looked_at)
    watched.locator(f"{ROWS} .open").first.focus()
    watched.evaluate("addEventListener('close', event => event.stopPropagation(), true)")
    for key in ("Enter", "Escape", "Tab"):
        watched.keyboard.press(key)
        watched.wait_for_timeout(300)
    before = focused(watched)
    assert before["tagName"] == "A", "the link to where the article is from"
    watched.evaluate("document.querySelector('#library dialog').onclose?.(new Event('close'))")
    assert focused(watched) == before


@pytest.mark.parametrize("control", [".open", "a.origin", ".edit", ".remove"])
def test_nobody_loses_their_place_when_the_list_of_articles_is_drawn_anew(
    stocked: Window, watched: Page, tmp_path: Path, control: str
) -> None:
    visit(watched, stocked)
    row(watched, "Night ferry").locator(control).focus()
    before = focused(watched)
    second = watched.context.browser.new_context().new_page()  # type: ignore[union-attr]
    visit(second, stocked)
    give(second, written(tmp_path, "tower.txt", TOWER))
    expect(watched.locator(ROWS)).to_have_count(4)
    assert focused(watched) == before, "another article came"
    row(second, "Night ferry").locator(".edit").click()
    second.locator("#library dialog [name=author]").fill("Ann Other")
    second.locator("#library dialog [type=submit]").click()
    expect(row(watched, "Night ferry")).to_contain_text("Ann Other")
    assert focused(watched) == before, "the article itself changed"
    row(second, "Night ferry").locator(".remove").click()
    second.locator("#library dialog .danger").click()
    expect(watched.locator(ROWS)).to_have_count(3)
    after = focused(watched)
    assert after["row"] == "Harbour board weighs the winter timetable", "the next in its place"
    second.close()


def test_nobody_loses_their_place_while_articles_are_added(
    stocked: Window, watched: Page, tmp_path: Path
) -> None:
    visit(watched, stocked)
    give(watched, written(tmp_path, "tower.txt", TOWER))
    queued(watched, "tower.txt").locator(".open").focus()
    give(watched, written(tmp_path, "slow.txt", "Slowpoke takes his time."))
    expect(queued(watched, "slow.txt")).to_contain_text("Embedding")
    stocked.go.touch()
    expect(queued(watched, "slow.txt")).to_contain_text("Added")
    assert focused(watched)["textContent"] == "tower.txt"


def test_an_article_that_changed_while_it_was_read_still_has_the_focus_afterwards(
    stocked: Window, watched: Page
) -> None:
    visit(watched, stocked)
    row(watched, "Night ferry").locator(".open").click()
    expect(watched.locator("#library dialog .text")).to_be_focused()
    second = watched.context.browser.new_context().new_page()  # type: ignore[union-attr]
    visit(second, stocked)
    row(second, "Night ferry").locator(".edit").click()
    second.locator("#library dialog [name=author]").fill("Ann Other")
    second.locator("#library dialog [type=submit]").click()
    expect(row(watched, "Night ferry")).to_contain_text("Ann Other")
    second.close()
    watched.keyboard.press("Escape")
    expect(watched.locator("#library dialog")).to_be_hidden()
    after = focused(watched)
    assert (after["className"], after["row"]) == ("open", "Night ferry to return after nine years")


def test_an_article_is_opened_beside_the_chat(looked_at: Window, watched: Page) -> None:
    visit(watched, looked_at)
    row(watched, "Harbour board").locator(".open").click()
    watched.get_by_role("link", name="Open beside the chat").click()
    expect(watched.locator("#library dialog")).to_be_hidden()
    expect(watched.locator("#reader .title")).to_have_text(
        "Harbour board weighs the winter timetable"
    )
    expect(watched.locator("#box")).to_be_visible()


def test_the_library_speaks_german(looked_at: Window, watched: Page) -> None:
    visit(watched, looked_at, "/de/")
    expect(watched.locator("#library h2")).to_have_text("Bibliothek")
    expect(row(watched, "Night ferry")).to_contain_text("14. April 2025")


def test_no_path_but_that_of_an_upload_is_opened(looked_at: Window, watched: Page) -> None:
    secret = looked_at.log.with_name("secret.txt")
    secret.write_text("The password is swordfish.")
    visit(watched, looked_at)
    told = watched.evaluate(
        """async path => {
            const config = window.gradio_config;
            const one = config.components.find(part => part.props.elem_id === 'library');
            const asked = (fn_name, data) => fetch('/gradio_api/component_server', {
                method: 'POST', headers: { 'Content-Type': 'application/json' },
                body: JSON.stringify({ component_id: one.id, session_hash: 'x', fn_name, data }),
            }).then(answer => answer.json());
            return [await asked('add_file', { path, name: 'a.txt' }), await asked('poll', {})];
        }""",
        str(secret),
    )
    assert "did not arrive" in told[0]["problem"]
    assert secret.exists()
    assert not any(item["name"] == "a.txt" for item in told[1]["items"])


def test_a_refusal_speaks_the_language_of_the_page(stocked: Window, watched: Page) -> None:
    visit(watched, stocked, "/de/")
    ask(watched, "Wer gewann 1972 in Reykjavik?")
    expect(watched.locator("#chat .took")).to_have_count(1)
    expect(watched.locator("#chat")).to_contain_text("Ihre Artikel sagen es nicht")
