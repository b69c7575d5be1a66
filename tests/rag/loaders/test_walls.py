"""Promises about pages in the place of an article, and about articles that only look so.

The pages are in pages.toml.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from rag.errors import ArticleError
from rag.loaders import read_bytes

WRITTEN = tomllib.loads(Path(__file__).with_name("pages.toml").read_text("utf-8"))
WALLS = [page for page in WRITTEN["pages"] if page["kind"]]
ARTICLES = [page for page in WRITTEN["pages"] if not page["kind"]]


def data(page: dict[str, str]) -> bytes:
    body = page["body"]
    for name, words in WRITTEN.items():
        if isinstance(words, str):
            body = body.replace(f"{{{name}}}", words * (8 if name == "LONG" else 1))
    head = f'<meta charset="utf-8"><title>{page["title"]}</title>'
    return f'<!doctype html><html lang="{page["language"]}">{head}{body}'.encode()


@pytest.mark.parametrize("page_", WALLS, ids=lambda page: f"{page['kind']} {page['language']}")
def test_a_page_in_the_place_of_an_article_is_refused_with_what_to_do(
    page_: dict[str, str],
) -> None:
    with pytest.raises(ArticleError, match=r"^a\.html: this page .*; ") as caught:
        read_bytes(data(page_), Path("a.html"), "a.html")
    assert caught.value.kind == page_["kind"]
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("page_", ARTICLES, ids=lambda page: page["title"])
def test_an_article_that_only_mentions_such_things_is_read(page_: dict[str, str]) -> None:
    assert read_bytes(data(page_), Path("a.html"), "a.html").text
