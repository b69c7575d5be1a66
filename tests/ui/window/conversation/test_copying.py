"""An answer as Markdown with footnotes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rag.language.visible import plain
from rag.reasons import Reason
from rag.schema import Answer, ArticleInfo, Citation, Sentence
from ui.window.conversation.copying import literal, markdown
from ui.window.conversation.types import Exchange

COURIER = ArticleInfo(
    "a1", "Ferry *returns*", "https://news.example/ferry?x=1", "The Courier", date(2025, 4, 3),
    "en", "0123",
)  # fmt: skip
NOTES = ArticleInfo("b2", "Minutes", "minutes/2025.pdf", None, None, "en", "4567", pages=(0, 50))
ONE = Citation(1, COURIER, 0, 10, "The ferry is back.")
TWO = Citation(2, NOTES, 60, 80, "The board doubts it.")
HOSTILE = [
    "<img src=http://evil.example/b.png>",
    "![beacon](http://evil.example/b.png)",
    "[click](javascript:alert(1))",
    "# heading",
    "- list",
    "1. list",
    "| a | b |",
    "```html",
    "**bold** __bold__ ~~gone~~ `code`",
    "&lt;b&gt;",
    "\\[x\\](y)",
    "[^1]: a footnote of theirs",
    "=====",
]


def copied(*sentences: Sentence, **exchange: object) -> str:
    answer = Answer("?", sentences, status="answered")
    return markdown(Exchange("Is it back?", answer, "done", **exchange))  # type: ignore[arg-type]


def test_every_citation_becomes_a_footnote_with_its_words_and_its_real_source() -> None:
    text = copied(
        Sentence("It is back.", (ONE,), "verified"),
        Sentence("That is doubted.", (TWO, ONE), "verified"),
    )
    assert text == (
        "**Is it back?**\n\n"
        "It is back.[^1] That is doubted.[^2][^1]\n\n"
        "[^1]: “The ferry is back.” *Ferry \\*returns\\**, says: “The Courier”, at news.example, "
        "3 April 2025, <https://news.example/ferry?x=1>\n\n"
        "[^2]: “The board doubts it.” *Minutes*, page 2, minutes/2025.pdf\n"
    )
    assert "#cite" not in text


def test_a_quotation_stands_as_one_after_its_lead() -> None:
    text = copied(
        Sentence("It is back.", (ONE,), "verified"),
        Sentence("The board doubts it.", (TWO,), "verified", is_quote=True, lead="differs"),
        Sentence("So be it.", (ONE,), "verified"),
    )
    assert (
        "It is back.[^1]\n\nThe article “Minutes” differs:\n\n> The board doubts it.[^2]\n\n"
        "So be it." in text
    )


def test_articles_that_ibid_tells_of_are_a_list_and_its_own_words_are_as_spoken() -> None:
    told = [Sentence(f"“{title}”", (), "verified", article=ONE.article) for title in "ab"]
    read = Sentence("Read …", (), "verified", Reason("read", ("5",)))
    text = copied(read, *told)
    assert "Read from the 5 passages found; there may be more.\n\n- “a”\n\n- “b”" in text


def test_where_an_article_says_it_is_from_is_no_address_of_it() -> None:
    article = replace(NOTES, link="https://reuters.example/a", publisher="Reuters")
    text = copied(Sentence("Back.", (replace(TWO, article=article),), "verified"))
    assert "minutes/2025.pdf, Says it is from: “https://reuters.example/a”" in text
    text = copied(
        Sentence("Back.", (replace(TWO, article=replace(article, by_hand=("link",))),), "verified")
    )
    assert "<https://reuters.example/a>" in text and "Says" not in text


def test_only_a_web_address_is_a_link() -> None:
    article = replace(COURIER, source="javascript:alert(1)")
    text = copied(Sentence("Back.", (replace(ONE, article=article),), "verified"))
    assert "<javascript" not in text


def test_without_an_answer_there_is_nothing_to_copy() -> None:
    assert markdown(Exchange("Is it back?")) == ""
    assert markdown(Exchange("Is it back?", Answer("?"), "stopped")) == ""


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_words_are_pasted_as_the_words_they_are(payload: str) -> None:
    hostile = replace(ONE, quote=payload, article=replace(COURIER, title=payload, source=payload))
    page = (
        MarkdownIt("commonmark", {"html": True})
        .enable(["table", "strikethrough"])
        .render(copied(Sentence(payload, (hostile,), "verified", is_quote=True, lead="source")))
    )
    for tag in ("<img", "<a ", "<h1", "<ul", "<ol", "<table", "<code", "<b>", "<s>"):
        assert tag not in page


@given(st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S", "Zs")), max_size=40))
def test_any_words_are_pasted_as_themselves(text: str) -> None:
    [paragraph] = MarkdownIt("commonmark").parseInline(literal("x " + text))
    shown = "".join(child.content for child in paragraph.children or ())
    assert shown == plain("x " + text)
    assert {child.type for child in paragraph.children or ()} <= {"text", "text_special"}


def test_the_model_is_named_where_it_words_the_answer_and_nowhere_else() -> None:
    def told(sentence: Sentence) -> str:
        answer = Answer("?", (sentence,), status="answered", model="our-model")
        return markdown(Exchange("Is it back?", answer, "done"))

    assert "our-model" in told(Sentence("It is back.", (ONE,), "verified"))
    assert "our-model" not in told(Sentence(ONE.quote, (ONE,), "verified", is_quote=True))
    assert "our-model" not in told(Sentence("Nothing.", (), "verified", Reason("own")))
