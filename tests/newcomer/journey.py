"""A newcomer's first minutes, played from an empty environment and an empty library.

``make newcomer`` builds the wheel, installs it where nothing is, starts ``ibid chat`` in an empty
folder, and does in a real browser what a person does first: drops three files of their own, asks
five questions (the fourth is answered by none of them), reloads while an answer is being written,
and exports the conversation. It prints the seconds of each step and what was answered, and leaves
a picture of each step. It judges nothing: the answers are there to be read.

With ``--fetch`` there are no models at first: they are fetched from the window, stopped and gone on
with, out of a package index and a hub on loopback that have what this machine has.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import textwrap
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "ui")]

from browsing import CHIPS, QUESTION, ask  # noqa: E402
from hubs import shelf  # noqa: E402
from pdfs import Line, make_pdf  # noqa: E402
from playwright.sync_api import Page, expect, sync_playwright  # noqa: E402

from rag.settings import load  # noqa: E402
from ui import strings  # noqa: E402

FILES = Path(__file__).parent / "files"
QUESTIONS = (
    "How much is the rent for a half plot?",
    "Why was the mill wheel taken out?",
    "When will the library be open on Sundays?",
    "How many members does the bowls club have?",
    "Who pays for the repair of the mill?",
)
RELOADED = QUESTIONS[1]
ANSWER_LIMIT_MS = 300_000
INSTALL_LIMIT_S = 1800
STRIP = "section.fetching"
RATE = 20_000_000  # bytes a second, as a good line brings them
COLUMN, COLUMNS, LINE = 42, (50, 310), 15


def main() -> None:
    """Play it all and print what each step took."""
    parser = argparse.ArgumentParser(description="A newcomer's first minutes, in a real browser.")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "newcomer")
    parser.add_argument(
        "--environment", type=Path, help="one that has the wheel; default: made anew"
    )
    parser.add_argument(
        "--models", type=Path, help="a models folder; default: that of this machine; may be empty"
    )
    parser.add_argument(
        "--fetch", action="store_true", help="begin without models, and fetch them from the window"
    )
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    environment = given.environment
    if environment is None:
        environment = given.out / "environment"
        with step("the wheel is built and installed in an empty environment"):
            install(environment, given.out)
    folder = given.out / time.strftime("%H%M%S")
    folder.mkdir()
    models = given.models or load().models_dir
    if not given.fetch:
        play(environment, folder, models)
        return
    with shelf(models, folder, RATE) as served:
        play(environment, folder, folder / "models", served.environment)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print what a step took."""
    began = time.perf_counter()
    yield
    print(f"{time.perf_counter() - began:7.1f} s  {name}", flush=True)  # noqa: T201


def install(environment: Path, out: Path) -> None:
    """The wheel of this clone in an environment of its own, in the versions of the constraints."""
    venv.create(environment, clear=True, with_pip=True)
    pip = [environment / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "-q"]
    alone = {**os.environ, "PYTHONPATH": "", "PIP_CONSTRAINT": str(ROOT / "constraints.txt")}
    built = [*pip, "wheel", "--no-deps", "--wheel-dir", out, ROOT]
    subprocess.run(built, check=True, timeout=INSTALL_LIMIT_S, env=alone)
    newest = max(out.glob("*.whl"), key=lambda file: file.stat().st_mtime)
    subprocess.run([*pip, "install", newest], check=True, timeout=INSTALL_LIMIT_S, env=alone)


def play(
    environment: Path, folder: Path, models: Path, fetched_from: dict[str, str] | None = None
) -> None:
    """Start the window in an empty folder and use it as a newcomer does."""
    told = {"IBID_MODELS_DIR": str(models), **(fetched_from or {})}
    with sync_playwright() as playwright, chat(environment, folder, told) as address:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        with step("the page is there"):
            page.goto(address)
            page.locator(QUESTION).wait_for(timeout=ANSWER_LIMIT_MS)
        picture(page, folder, "empty")
        if fetched_from:
            fetch(page, folder)
        with step("three files are dropped, read and embedded"):
            drop(page)
        picture(page, folder, "library")
        page.locator("#chat-tab-button").click()
        page.wait_for_timeout(1000)
        picture(page, folder, "welcome")
        # Fetching is what is looked at then, and the answers are those of the other journey.
        for place, question in enumerate(QUESTIONS[: 2 if fetched_from else None], start=1):
            answer(page, question)
            picture(page, folder, f"answer-{place}")
            if fetched_from and place == 1:
                with step("the language model is here"):
                    expect(page.locator(STRIP)).to_be_hidden(timeout=ANSWER_LIMIT_MS)
                picture(page, folder, "models-here")
        with step("the conversation is exported"):
            export(page, folder)
        page.set_viewport_size({"width": 390, "height": 844})
        picture(page, folder, "phone")
        browser.close()


@contextmanager
def chat(environment: Path, folder: Path, found: dict[str, str]) -> Iterator[str]:
    """The address of the installed ``ibid chat``, with a home in which there is nothing yet."""
    home = folder / "home"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("IBID_")}
    alone = {**kept, "HOME": str(home), "PYTHONPATH": "", "PYTHONUNBUFFERED": "1", **found}
    alone.pop("XDG_DATA_HOME", None)
    with (folder / "log").open("wb") as log:
        began = time.perf_counter()
        process = subprocess.Popen(
            [environment / "bin" / "ibid", "chat", "--port", "0"],
            cwd=home,
            env=alone,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        assert process.stdout
        line = next((line for line in process.stdout if "http://" in line), "")
        if not line:
            raise SystemExit((folder / "log").read_text())
        print(f"{time.perf_counter() - began:7.1f} s  the address is printed", flush=True)  # noqa: T201
        try:
            yield "http://" + line.split("http://")[1].split()[0]
        finally:
            with step("Ctrl-C ends it"):
                process.send_signal(2)
                process.wait(30)


def fetch(page: Page, folder: Path) -> None:
    """Have the models fetched, stop, go on, and wait for the small ones, with which it quotes."""
    strip = page.locator(STRIP)
    act = strip.locator("button.act")
    expect(act).to_be_visible()
    picture(page, folder, "models-offered")
    act.click()
    with step("the first model is coming"):
        expect(strip.locator(".line")).to_contain_text("·", timeout=ANSWER_LIMIT_MS)
    picture(page, folder, "models-coming")
    with step("stop"):
        act.click()
        going_on = re.compile(strings.FETCHING_WORDS["go_on"].partition("(")[0])
        expect(act).to_have_text(going_on, timeout=ANSWER_LIMIT_MS)
    picture(page, folder, "models-stopped")
    print(" " * 11 + act.inner_text(), flush=True)  # noqa: T201
    with step("gone on with, the small models are here"):
        act.click()
        expect(strip.locator(".heading")).to_be_hidden(timeout=ANSWER_LIMIT_MS)
    picture(page, folder, "models-small")


def drop(page: Page) -> None:
    """Give the three files, as one who drops them into the window, and wait until they are in."""
    sent = [
        {"name": file.name, "mimeType": "", "buffer": file.read_bytes()}
        for file in sorted(FILES.iterdir())
        if file.suffix != ".txt"
    ]
    bulletin = two_columns((FILES / "mill-bulletin.txt").read_text("utf-8"))
    sent.append({"name": "mill-bulletin.pdf", "mimeType": "application/pdf", "buffer": bulletin})
    page.locator("#library-tab-button").click()
    page.locator("#library [name=files]").set_input_files(sent)
    done = page.locator("#library .queue :is(tr.added, tr.failed)")
    expect(done).to_have_count(len(sent), timeout=ANSWER_LIMIT_MS)


def two_columns(text: str) -> bytes:
    """A PDF of one page: the heading above, the paragraphs in two columns below."""
    heading, *paragraphs = text.split("\n\n")
    lines = [line for each in paragraphs for line in (*textwrap.wrap(each, COLUMN), "")]
    half = (len(lines) + 1) // 2
    placed: list[Line] = [(COLUMNS[0], 790, heading.strip())]
    for left, column in zip(COLUMNS, (lines[:half], lines[half:]), strict=True):
        placed += [(left, 750 - LINE * at, line) for at, line in enumerate(column) if line]
    return make_pdf([placed], title="The Mill Bulletin")


def answer(page: Page, question: str) -> None:
    """Ask, reload in the midst of one of the answers, and print what stands there in the end."""
    before = page.locator("#chat .took").count()
    with step(f"sources: {question}"):
        ask(page, question)
        page.locator("#reader a.card").first.wait_for(timeout=ANSWER_LIMIT_MS)
    if question == RELOADED:
        page.reload()
        page.locator(QUESTION).wait_for(timeout=ANSWER_LIMIT_MS)
    with step(f"answer:  {question}"):
        expect(page.locator("#chat .took")).to_have_count(before + 1, timeout=ANSWER_LIMIT_MS)
    said = page.locator("#chat .message.bot").last.inner_text()
    print(textwrap.indent(" ".join(said.split()), " " * 11), flush=True)  # noqa: T201
    if page.locator(CHIPS).count():
        page.locator(CHIPS).last.hover()


def export(page: Page, folder: Path) -> None:
    """Export the conversation out of the list of conversations."""
    page.locator("#drawer .toggle").click()
    entry = page.locator(".drawer li").first
    entry.hover()
    entry.get_by_role("button", name=strings.KEEP).click()
    with page.expect_download(timeout=ANSWER_LIMIT_MS) as download:
        page.locator(".drawer .keeping").get_by_text("Markdown", exact=True).click()
    download.value.save_as(folder / download.value.suggested_filename)


def picture(page: Page, folder: Path, name: str) -> None:
    """What is seen now."""
    page.wait_for_timeout(700)
    page.screenshot(path=folder / f"{name}.png")


if __name__ == "__main__":
    main()
