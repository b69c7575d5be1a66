"""A small set, and how the Evaluation tab is told to run it."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import Page, expect
from scripted import ARTICLES, BERTHS, FERRY

from eval.generation.candidates import Candidate
from eval.sets.cases import Case, Evidence

ROWS = "#evaluation .runs tbody tr"
HOSTILE = "<img src=x onerror=\"window.__xss='case'\"> ${window.__xss='case2'} Who owns the moon?"


def ferry_set(folder: Path) -> Path:
    """Two cases on the ferry, and one with a hostile question that no article answers."""
    ferry = next(one for one in ARTICLES.values() if FERRY in one.text)
    asked = (("When does the night ferry return?", "3 May", FERRY),
             ("How many passengers does each ship carry?", "412", BERTHS))  # fmt: skip
    cases = [
        {"id": f"f{n}", "question": question, "answerable": True, "answers": [answer],
         "evidence": [{"article": ferry.source, "quote": quote}]}
        for n, (question, answer, quote) in enumerate(asked)
    ]  # fmt: skip
    cases.append({"id": "moon", "question": HOSTILE, "answerable": False})
    file = folder / "ferries.jsonl"
    file.write_text("\n".join(json.dumps(case) for case in cases), "utf-8")
    return file


def run(page: Page, tag: str) -> None:
    page.locator("#evaluation [name=set]").select_option("ferries")
    page.locator("#evaluation [name=tag]").fill(tag)
    page.locator("#evaluation .start .primary").click()
    figures = page.locator(ROWS, has_text=tag).locator(".figures")
    expect(figures).to_contain_text("%")
    expect(figures).to_be_visible()


def proposed(name: str, question: str = "When does the night ferry return?") -> Candidate:
    """A case that waits for its review."""
    ferry = next(one for one in ARTICLES.values() if FERRY in one.text)
    case = Case(name, question, True, ("3 May",), (Evidence(ferry.source, FERRY),))
    return Candidate(name, "waiting", name, ferry.info.title, ferry.text[:900], case)
