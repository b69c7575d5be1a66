from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from kept import kept
from markdown_it import MarkdownIt
from rows import INFO, ROWS, row

from eval import report
from eval.runs.record import Asked
from eval.runs.runner import Row
from eval.sets.cases import Evidence
from rag.reasons import Reason
from rag.schema import Citation, Passage, Sentence, Turn


def test_the_json_holds_every_case_and_how_the_run_was_made(tmp_path: Path) -> None:
    run = kept(tmp_path / "run", ROWS)
    summary = report.write(run)
    read = json.loads((run.folder / "report.json").read_text("utf-8"))
    assert read == json.loads(json.dumps(report.document(run, summary), allow_nan=False))
    assert [one["id"] for one in read["cases"]] == [one.case.id for one in ROWS]
    first, last = read["cases"][0], read["cases"][-1]
    assert (first["text"], first["status"]) == ("It opened in 1889.", "answered")
    assert first["values"]["containment"] == 1
    assert (first["verdict"], first["seconds"]) == ("TN", 1)
    assert last["text"] is last["verdict"] is None
    assert last["error"] == "ProviderError: no answer"
    assert read["figures"]["containment"]["value"] == 0.75
    assert set(read["tags"]) == {"fact", "long", "none"}
    assert read["run"]["asked"]["digest"] == "d1"
    assert read["run"]["name"] == "run"


def test_a_run_of_nothing_has_a_report(tmp_path: Path) -> None:
    summary = report.write(kept(tmp_path / "run", []))
    assert summary.figures["failed"].n == 0


class Page(HTMLParser):
    """What a browser would make of a page: its tags, their attributes, its visible text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


ATTACK = "</script><script>a()</script><img src=x onerror=a()> {{ 7777*7777 }} [a](javascript:b)"


def hostile() -> list[Row]:
    info = replace(INFO, title=ATTACK, source=ATTACK)
    citation = Citation(1, info, 0, 3, ATTACK)
    wrong = row("1", "answered", cited=False, tags=(ATTACK,))
    assert wrong.answer
    case = replace(
        wrong.case,
        id=ATTACK,
        question=ATTACK,
        answers=(ATTACK,),
        evidence=(Evidence(ATTACK, ATTACK),),
        history=(Turn("user", ATTACK),),
    )
    sentence = Sentence(
        ATTACK, (citation,), "partial", Reason("other", (ATTACK,)), lead="source", is_quote=True
    )
    answer = replace(
        wrong.answer,
        sentences=(sentence, replace(sentence, is_quote=False)),
        standalone=ATTACK,
        passages=(Passage(info, 0, 3, ATTACK, 0.5),),
    )
    values = {**wrong.values, "containment": 0.0, "citation hit": 0.0}
    return [replace(wrong, case=case, answer=answer, values=values, error=ATTACK)]


def test_no_word_of_others_becomes_markup_in_the_page(tmp_path: Path) -> None:
    run = kept(tmp_path / "run", hostile(), tag=ATTACK, model=ATTACK, settings={"a": ATTACK})
    report.write(run)
    page = Page((run.folder / "report.html").read_text("utf-8"))
    assert not {"script", "img", "iframe", "link", "a", "form", "object"} & {*page.tags}
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert page.text.count(ATTACK) >= 15
    assert "60481729" not in page.text


def test_the_page_asks_for_nothing_from_elsewhere(tmp_path: Path) -> None:
    run = kept(tmp_path / "run", [*ROWS, *hostile()])
    report.write(run)
    text = (run.folder / "report.html").read_text("utf-8")
    page = Page(text)
    loading = ("src", "href", "xlink:href", "srcset", "action", "data", "poster")
    assert all(value.startswith("#") for name, value in page.attributes if name in loading)
    assert "@import" not in text
    assert all(found.startswith("url(#") for found in re.findall(r"url\([^)]{0,20}", text))
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in page.attributes
    assert page.tags.count("svg") == 4


def test_no_word_of_others_becomes_markup_in_the_markdown(tmp_path: Path) -> None:
    run = kept(tmp_path / "run", hostile(), tag=ATTACK)
    report.write(run)
    parsed = (
        MarkdownIt("commonmark")
        .enable("table")
        .parse((run.folder / "report.md").read_text("utf-8"))
    )
    inside = [child for token in parsed for child in token.children or ()]
    kinds = {token.type for token in (*parsed, *inside)}
    assert not kinds & {"html_block", "html_inline", "link_open", "image", "code_inline", "fence"}
    assert any(ATTACK in token.content for token in inside)


def test_the_page_tells_what_the_pipeline_did_with_a_bad_case(tmp_path: Path) -> None:
    run = kept(tmp_path / "run", ROWS)
    report.write(run)
    text = Page((run.folder / "report.html").read_text("utf-8")).text
    assert "refused, though an article says it" in text
    assert "answered, though no article says it" in text
    assert "not ranked first" in text
    assert "ProviderError: no answer" in text
    assert "1 of the questions failed" in text
    assert "Of 4 questions that the articles answer, the gold answer was given in 3" in text


def test_a_run_that_was_stopped_says_so_in_its_report(tmp_path: Path) -> None:
    run = kept(tmp_path / "run", ROWS[:2], asked=Asked("sets/t.jsonl", "d", 9))
    report.write(run)
    for name in ("report.html", "report.md"):
        assert "stopped after 2 of 9" in (run.folder / name).read_text("utf-8")


def test_the_same_run_makes_the_same_page(tmp_path: Path) -> None:
    run = kept(tmp_path / "run", ROWS)
    report.write(run)
    before = (run.folder / "report.html").read_bytes()
    report.write(run)
    assert (run.folder / "report.html").read_bytes() == before
