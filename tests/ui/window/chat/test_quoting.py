"""Quotations of Markdown in an answer: what it means is shown, and nothing of it does anything."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_render import ARTICLE, HOSTILE, Page, answered, shown

from rag.schema import Citation
from ui import strings
from ui.window.chat.sources import source_lists
from ui.window.conversation.types import Exchange

MARKDOWN = replace(ARTICLE, source="notes/ferry.md")


def cited(quote: str, **more: object) -> Citation:
    return replace(Citation(1, MARKDOWN, 10, 10 + len(quote), quote), **more)


def exchange(citation: Citation) -> Exchange:
    return Exchange("?", replace(answered("x", citation), evidence=(citation,)), "done")


def quoted(citation: Citation) -> str:
    answer = answered(citation.quote, citation)
    told = replace(answer.sentences[0], is_quote=True)
    return shown(replace(answer, sentences=(told,)))


def test_emphasis_and_escapes_are_shown_as_meant_and_the_answer_is_strong() -> None:
    page = Page(quoted(cited("It costs **38** *crowns* \\* a day.", answer=(21, 23))))
    assert "It costs 38 crowns * a day." in page.words
    assert {"em", "strong"} <= set(page.tags)


def test_rows_of_a_table_stand_under_its_head_which_is_not_said_to_be_quoted() -> None:
    citation = cited("| Skerra | 38 |", head="| Route | Fare |\n|---|---|")
    page = Page(quoted(citation))
    assert page.tags.count("th") == page.tags.count("td") == 2
    assert strings.READER_WORDS["head"] in str(page.attributes)
    assert "#cite-a1f0-01234567-10-25-1" in str(page.attributes)
    [card] = source_lists([exchange(citation)])[0]["cards"]
    assert (card["quote"], card["headed"]) == ("| Skerra | 38 |", True)
    assert card["blocks"][0][0] == "table"


def test_what_is_no_markdown_is_shown_letter_for_letter() -> None:
    plain = replace(cited("It costs **38** crowns."), article=ARTICLE)
    assert "It costs **38** crowns." in Page(quoted(plain)).words
    [card] = source_lists([exchange(plain)])[0]["cards"]
    assert card["blocks"] is None


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_markdown_adds_nothing_that_does_anything(words: str) -> None:
    page = Page(quoted(cited(words)))
    mine = {
        *("div", "span", "p", "a", "blockquote", "details", "summary", "dl", "dt", "dd", "button"),
        *("br", "table", "thead", "tbody", "tr", "th", "td", "ul", "ol", "li", "pre", "code"),
        *("em", "strong", "del", "sup"),
    }
    assert set(page.tags) <= mine
    links = [value or "" for name, value in page.attributes if name == "href"]
    assert all(link.startswith(("#cite-", "#sources-")) for link in links)
    assert {name for name, _ in page.attributes} <= {
        *("class", "href", "title", "type", "value", "tabindex", "start"),
    }
