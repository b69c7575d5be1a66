"""A cited row of a table keeps its head."""

from __future__ import annotations

from dataclasses import replace

from tiny import make_article

from rag.answer.heads import with_heads
from rag.errors import UnknownArticle
from rag.schema import Article, Citation

TEXT = "Fares.\n\n| Route | Fare |\n|---|---|\n| Skerra | 38 |\n"
ARTICLE = make_article(TEXT, "fares.md")
START = TEXT.index("| Skerra")
ROW = Citation(1, ARTICLE.info, START, len(TEXT) - 1, TEXT[START:-1])


def held(article_id: str) -> Article:
    if article_id != ARTICLE.id:
        raise UnknownArticle(article_id)
    return ARTICLE


def test_a_row_has_the_head_and_its_words_are_as_they_were() -> None:
    [cited] = with_heads([ROW], held)
    assert cited.head == "| Route | Fare |\n|---|---|"
    assert cited.quote == TEXT[cited.start : cited.end]


def test_what_is_no_row_no_markdown_gone_or_changed_stays_as_it_is() -> None:
    plain = replace(ROW, article=replace(ROW.article, source="fares.txt"))
    gone = replace(ROW, article=replace(ROW.article, id="gone"))
    changed = replace(ROW, quote="| Skerra | 39 |")
    words = replace(ROW, start=0, end=6, quote="Fares.")
    assert [one.head for one in with_heads([plain, gone, changed, words], held)] == [""] * 4
