"""Promises about what stands around an article's paragraphs: kept in its place, to be quoted."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.loaders import read_bytes

BEFORE = "The night ferry between Aldwick and Port Hanna will return on 3 May, after nine years."
AFTER = "A berth in a shared cabin will cost 38 crowns on weekdays, and fares rise in summer."


def lines(markup: str) -> list[str]:
    """What becomes of the markup between two paragraphs, line by line."""
    page = f"<html><body><article><h1>Ferry</h1><p>{BEFORE}</p>{markup}<p>{AFTER}</p></article>"
    head, *found, last = read_bytes(page.encode(), Path("a.html"), "a").text.split("\n\n")[1:]
    assert (head, last) == (BEFORE, AFTER)
    return found


@pytest.mark.parametrize(
    ("markup", "told"),
    [
        (
            "<figure><img src=x><figcaption>The Elster in 2019. <i>Photo: M. Ode</i></figcaption>"
            "</figure>",
            ["The Elster in 2019. Photo: M. Ode"],
        ),
        (
            "<blockquote><p>We waited.</p><footer>— <cite>Ada Brook, mayor</cite></footer>"
            "</blockquote>",
            ["We waited.", "— Ada Brook, mayor"],
        ),
        (
            "<figure><blockquote><p>We waited.</p></blockquote><figcaption>Ada Brook</figcaption>"
            "</figure>",
            ["We waited.", "Ada Brook"],
        ),
        ("<dl><dt>Fare:</dt><dd>38 crowns</dd><dd>40 at night</dd></dl>",
         ["Fare: 38 crowns; 40 at night"]),
        ("<p>He said <q>no</q> to it.</p>", ["He said “no” to it."]),
    ],
)  # fmt: skip
def test_captions_names_and_terms_keep_their_place(markup: str, told: list[str]) -> None:
    assert lines(markup) == told


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (
            "<caption>By year</caption><thead><tr><th>Year<th>Guests<tbody>"
            "<tr><td>2019<td>412<tr><td>2020<td>130",
            ["By year", "Year: 2019; Guests: 412", "Year: 2020; Guests: 130"],
        ),
        ("<tr><th>Length<td>120 m<tr><th>Beam:<td>20 m", ["Length: 120 m", "Beam: 20 m"]),
        (
            "<tr><td><th>2019<th>2020<tr><th>Berths<td>1<td>2",
            ["Berths; 2019: 1; 2020: 2"],
        ),
        (
            "<tr><th>Year<th colspan=2>Guests<tr><th><th>Adults<th>Children"
            "<tr><td rowspan=2>2019<td>412<td>30<tr><td>413<td>31",
            ["Year: 2019; Guests, Adults: 412; Guests, Children: 30",
             "Year: 2019; Guests, Adults: 413; Guests, Children: 31"],
        ),
        ("<tr><td><b>Name</b><td><strong>Age</strong><tr><td>Ada<td>41", ["Name: Ada; Age: 41"]),
        ("<tr><td>a<td>b<tr><td>c<td>d", ["a; b", "c; d"]),
        ("<tr><th colspan=2>Port Hanna<tr><th>Founded<td>1820",
             ["Port Hanna", "Founded: 1820"]),
        ("<tr><th>A<th>B<tr><th>C<th>D", ["A; B", "C; D"]),
        ("<tr><th>Fare<th>Day<tr><td>38<br>crowns<td>", ["Fare: 38 crowns"]),
    ],
)  # fmt: skip
def test_a_row_of_a_table_says_its_head(rows: str, told: list[str]) -> None:
    assert lines(f"<table>{rows}</table>") == told


def test_a_table_that_only_lays_out_is_no_table() -> None:
    nested = "<table><tr><td><p>One here.</p><p>Two here.</p><td>Three</table>"
    assert lines(nested) == ["One here.", "Two here.", "Three"]


def test_a_table_made_to_fill_the_memory_is_cut() -> None:
    wide = "<td rowspan=65000 colspan=65000>x" * 200
    assert len("".join(lines(f"<table>{'<tr>' * 9}{wide}</table>"))) < 10_000_000
