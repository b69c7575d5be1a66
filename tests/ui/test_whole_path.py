"""From an empty folder to a cited answer in a browser, on real models."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.model, pytest.mark.timeout(600)]
ROOT = Path(__file__).parents[2]
QUESTION = "How many people were evacuated in the Port Ellery flood?"
PATIENCE_MS = 240_000


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("whole-path")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "ui.cli.main",
        "chat",
        "--port",
        str(port),
        "--starter",
        "seeds",
    ]
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "IBID_LIBRARY": str(folder / "library")},
            stdout=output,
            stderr=output,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(240):
            assert process.poll() is None, log.read_text()
            if f"Ibid is at {url}" in log.read_text():
                break
            time.sleep(0.5)
        urllib.request.urlopen(url + "/healthz", timeout=60).close()
        yield url
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def test_a_question_on_the_starter_library_gets_an_answer_whose_chip_opens_the_cited_words(
    page: Page, address: str
) -> None:
    page.goto(address)
    page.locator("#box textarea").fill(QUESTION)
    page.locator("#box textarea").press("Enter")
    expect(page.locator("#reader a.card").first).to_be_visible(timeout=PATIENCE_MS)
    assert page.locator("#chat .took").count() == 0, "the sources come before the answer"
    expect(page.locator("#chat .took").last).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator("#chat")).to_contain_text(re.compile(r"1,[24][05]0"))
    page.locator("#chat a[href^='#cite-']").first.click()
    expect(page.locator("#reader mark").first).to_contain_text(re.compile(r"1,[24][05]0"))
    page.keyboard.press("Escape")
    expect(page.locator("#chat a[href^='#cite-']").first).to_be_focused()


def test_what_no_article_says_is_refused_in_the_window_too(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("#box textarea").fill("Which planet has the most moons?")
    page.locator("#box textarea").press("Enter")
    expect(page.locator("#chat .took").last).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator("#chat")).to_contain_text("do not say")
