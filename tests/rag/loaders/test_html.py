"""Promises of the page reader: the article without what stands around it, and its facts."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from rag.errors import ArticleError
from rag.loaders import read_bytes
from rag.schema import Article

BODY = """
<h1>Night ferry to return after nine years</h1>
<p>The night ferry between Aldwick and Port Hanna will return on 3 May, after nine years.</p>
<h2>Berths</h2>
<p>Each of its two ships carries 412 passengers in 160 cabins, and 90 bicycles.</p>
<p>A berth in a shared cabin will cost 38 crowns on weekdays, and fares rise in summer.</p>
"""
PAGE = f"""<!doctype html><html lang="en-GB"><head><meta charset="utf-8">
<title>Night ferry to return | The Courier</title>
<meta property="og:title" content="Night ferry to return after nine years">
<meta property="og:site_name" content="The Aldwick Courier">
<meta name="author" content="Jane Doe">
<meta property="article:published_time" content="2025-04-14T09:00:00+02:00">
<link rel="canonical" href="https://news.example/ferry"></head><body>
<nav><a href="/">Home</a> <a href="/sport">Sport</a></nav>
<article>{BODY}</article><script>var tracked = "by a script";</script>
<footer>Cookies, imprint and other things</footer></body></html>"""


def read(page: str | bytes, name: str = "ferry.html") -> Article:
    data = page.encode() if isinstance(page, str) else page
    return read_bytes(data, Path(name), "saved/ferry.html")


def test_the_article_is_read_with_what_the_page_says_of_it() -> None:
    article = read(PAGE)
    assert article.title == "Night ferry to return after nine years"
    assert article.publisher == "The Aldwick Courier"
    assert article.author == "Jane Doe"
    assert article.published == date(2025, 4, 14)
    assert article.language == "en"
    assert article.link == "https://news.example/ferry"
    assert article.source == "saved/ferry.html"
    assert article.stated_source == "https://news.example/ferry"


def test_only_the_article_is_in_its_text_and_its_blocks_stand_apart() -> None:
    text = read(PAGE).text
    assert "after nine years.\n\nBerths\n\nEach of its two ships" in text
    for other in ("Sport", "script", "Cookies", "<"):
        assert other not in text


def test_a_date_that_the_page_does_not_state_is_not_guessed() -> None:
    stated = '<meta property="article:published_time" content="2025-04-14T09:00:00+02:00">'
    assert read(PAGE.replace(stated, "").replace("on 3 May", "on 3 May 2025")).published is None


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd"])
def test_a_link_that_a_browser_must_not_open_is_dropped(link: str) -> None:
    assert read(PAGE.replace("https://news.example/ferry", link)).link is None


def test_letters_are_those_of_the_encoding_that_the_page_states() -> None:
    page = PAGE.replace("utf-8", "iso-8859-1").replace("shared cabin", "geteilten Kajüte")
    assert "geteilten Kajüte" in read(page.encode("latin-1")).text


@pytest.mark.parametrize(
    "markup",  # not "page", which is a browser's: it would start one, and its loop with it
    [
        "",
        "   ",
        "<html><body></body></html>",
        "<html><body><script>render()</script><div id=app></div></body></html>",
        "\0\1\2",
    ],
)
def test_a_page_without_an_article_is_refused(markup: str) -> None:
    with pytest.raises(ArticleError, match=r"^ferry\.html: ") as error:
        read(markup)
    assert "\n" not in str(error.value)


def test_a_page_made_to_break_a_parser_is_read_or_refused() -> None:
    for hostile in ("<div>" * 50_000, "<p" * 50_000, "&#x110000;" * 5_000, "<a href='" * 9_000):
        try:
            read(f"<html><body>{hostile}{BODY}")
        except ArticleError as error:
            assert len(str(error)) < 300


def test_the_words_of_a_paragraph_of_very_many_parts_are_kept_as_they_stand() -> None:
    parts = "".join(
        f"<span>Berth {n}</span> is <b>here, <i>in {n}</i></b>;<br> " for n in range(3_000)
    )
    page = f"<body><nav>Menu</nav><article><h1>Pier</h1><p>{parts}</p><p>It ends.</p></article>"
    article = read_bytes(page.encode(), Path("a.html"), "a.html")
    assert "Berth 7 is here, in 7; Berth 8 is here" in " ".join(article.text.split())
    assert article.text.endswith("It ends.") and "Menu" not in article.text
    assert "Berth 2999 is here, in 2999;" in article.text


def test_a_page_of_very_many_rows_is_read_whole_with_its_title_and_date() -> None:
    rows = "".join(f"<tr><td>Berth {n}</td><td>{n} crowns</td></tr>" for n in range(61_000))
    page = (
        "<html lang=en><head><title>Berths</title><meta property='article:published_time' "
        "content='2024-05-03'></head><body><nav><p>Menu of the site</p></nav><main><h1>Berths</h1>"
        f"<table><tr><th>Berth</th><th>Rent</th></tr>{rows}</table></main>"
        "<footer><p>Imprint</p></footer></body></html>"
    )
    article = read_bytes(page.encode(), Path("a.html"), "a.html")
    assert (article.title, str(article.published)) == ("Berths", "2024-05-03")
    assert "Berth: Berth 60999; Rent: 60999 crowns" in article.text
    assert "Menu" not in article.text and "Imprint" not in article.text
