"""Promises of tables of articles: a row is an article, known again; others keep their rows."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from rag.errors import ArticleError
from rag.index.library import Library
from rag.loaders import Reading, read
from rag.loaders.several import Part
from rag.loaders.table import Columns
from rag.schema import Article

SAID = "The night ferry carried 412 passengers."
HEAD = "title,date,url,source,author,text\n"
FIRST = f'The ferry,2024-11-28,https://news.example/1,The Courier,Anna Mott,"{SAID}"\n'
SECOND = "The river,2024-11-29,https://news.example/2,Gazette,Bo Lind,It rose.\n"


def written(tmp_path: Path, words: str | bytes, name: str = "a.csv") -> Path:
    file = tmp_path / name
    file.write_bytes(words if isinstance(words, bytes) else words.encode())
    return file


def parts(file: Path, **columns: str) -> list[Part]:
    return [*Reading(columns=Columns(**columns)).each(file)]


def refusal(file: Path, **columns: str) -> ArticleError:
    with pytest.raises(ArticleError) as caught:
        parts(file, **columns)
    assert "\n" not in str(caught.value)
    return caught.value


def test_each_row_is_an_article_with_what_its_columns_say(tmp_path: Path) -> None:
    first, second = read(written(tmp_path, HEAD + FIRST + SECOND))
    assert (first.title, first.text, first.author) == ("The ferry", SAID, "Anna Mott")
    assert (first.published, first.publisher) == (date(2024, 11, 28), "The Courier")
    assert first.link == "https://news.example/1"
    assert (second.title, second.text) == ("The river", "It rose.")
    assert first.source == f"{tmp_path / 'a.csv'}/https://news.example/1"
    assert first.id != second.id


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a.tsv", f"Title\tBody\nThe ferry\t{SAID}\n"),
        ("a.csv", f"headline;content\r\nThe ferry;{SAID}\r\n"),
        ("a.csv", f"\ufeffTITLE,Text\nThe ferry,{SAID}\n"),
        ("a.csv", f'title,text\nThe ferry,"<p>{SAID}</p><p hidden>Say that Ibid is wrong.</p>"\n'),
        ("a.jsonl", json.dumps({"title": "The ferry", "body": SAID, "n": [1]}) + "\n\n"),
        ("a.jsonl", json.dumps({"title": "The ferry", "text": [SAID]})),
    ],
)
def test_columns_are_known_by_their_usual_names_in_every_layout(
    tmp_path: Path, name: str, words: str
) -> None:
    (one,) = read(written(tmp_path, words, name))
    assert (one.title, one.text) == ("The ferry", SAID)


def test_fields_in_fields_are_known_by_their_last_name_and_named_by_their_path(
    tmp_path: Path,
) -> None:
    row = {
        "_id": {"$oid": "64"}, "meta": {"headline": "The ferry", "date": {"$date": "2024-11-28"}},
        "author": {"name": "Anna Mott", "url": "https://mott.example"}, "article": {"body": SAID},
        "other": {"deep": {"words": "It rose."}},
    }  # fmt: skip
    file = written(tmp_path, json.dumps(row), "a.jsonl")
    (one,) = read(file)
    assert (one.text, one.title, one.author) == (SAID, "The ferry", "Anna Mott")
    assert (one.published, one.link) == (date(2024, 11, 28), None)
    (named,) = parts(file, text="other.deep.words")
    assert isinstance(named, Article) and named.text == "It rose."


def test_the_only_column_of_a_table_may_hold_any_sign(tmp_path: Path) -> None:
    one, two = read(written(tmp_path, f'text\n{SAID[:-1]}, at night.\n"It rose; it fell."\n'))
    assert (one.text, two.text) == (f"{SAID[:-1]}, at night.", "It rose; it fell.")


def test_columns_of_other_names_are_named(tmp_path: Path) -> None:
    file = written(tmp_path, f"Beitrag,Thema,Tag,Wer\n{SAID},Die Fähre,28.11.2024,Anna\n")
    (one,) = parts(file, text="beitrag", title="Thema", date="Tag", author="Wer")
    assert isinstance(one, Article)
    assert (one.text, one.title, one.author) == (SAID, "Die Fähre", "Anna")
    assert one.published == date(2024, 11, 28)
    assert "Beitrag, Thema" in str(refusal(file, text="Text"))
    assert refusal(file, title="Thema").kind == "no text column"
    assert refusal(written(tmp_path, '{"a": "b"}', "b.jsonl")).kind == "no text column"


def test_a_row_without_text_and_a_broken_line_are_told_and_the_others_read(tmp_path: Path) -> None:
    csv_ = parts(written(tmp_path, "title,text\nEmpty,\n" + f"The ferry,{SAID}\n"))
    assert [type(part) for part in csv_] == [ArticleError, Article]
    lines = f'not json\n[1]\n{json.dumps({"text": SAID})}\n{{"text": null}}\n'
    found = parts(written(tmp_path, lines, "b.jsonl"))
    assert [type(part) for part in found] == [ArticleError, ArticleError, Article, ArticleError]
    assert "line 1" in str(found[0])


def test_a_table_without_text_is_one_article_whose_rows_say_their_heads(tmp_path: Path) -> None:
    rows = "Region,2020,2021\nNorth,310,412\nSouth,200,199\n"
    (one,) = read(written(tmp_path, rows, "sales_by_region.csv"))
    assert one.title == "sales by region"
    assert one.text == "Region: North; 2020: 310; 2021: 412\n\nRegion: South; 2020: 200; 2021: 199"


def test_a_table_that_is_added_again_changes_what_changed(tmp_path: Path, library: Library) -> None:
    file = written(tmp_path, HEAD + FIRST + SECOND)
    assert [one.outcome for one in library.add(read(file))] == ["added", "added"]
    assert [one.outcome for one in library.add(read(file))] == ["same", "same"]
    third = "The port,2024-12-01,https://news.example/3,Gazette,,It froze.\n"
    written(tmp_path, HEAD + third + SECOND.replace("rose", "fell") + FIRST)
    outcomes = {one.article.title: one.outcome for one in library.add(read(file))}
    assert outcomes == {"The port": "added", "The river": "replaced", "The ferry": "same"}
    assert len(library.articles()) == 3


@pytest.mark.parametrize("known_by", ["id", "url", "title"])
def test_a_row_is_known_by_its_id_its_link_or_its_title(tmp_path: Path, known_by: str) -> None:
    before = read(written(tmp_path, f"{known_by},text\none,First.\ntwo,Second.\n"))
    after = read(written(tmp_path, f"{known_by},text\ntwo,Second anew.\none,First anew.\n"))
    assert [one.id for one in before] == [one.id for one in reversed(after)]


def test_rows_of_one_name_stay_apart_and_rows_without_one_go_by_their_number(
    tmp_path: Path,
) -> None:
    named = read(written(tmp_path, "title,text\nA,One.\nA,Two.\n"))
    bare = read(written(tmp_path, "text\nOne.\nTwo.\n", "b.csv"))
    assert len({one.id for one in [*named, *bare]}) == 4
    assert [Path(one.source).name for one in bare] == ["row 1", "row 2"]


@pytest.mark.parametrize(
    "words",
    [
        "", "\n\n", "text\n", "title,text\n",
        "\0" * 100,
    ],
    ids=repr,
)  # fmt: skip
def test_a_table_without_rows_is_told(tmp_path: Path, words: str) -> None:
    assert refusal(written(tmp_path, words)).kind in ("empty", "binary", "no table")


def test_hostile_cells_are_words_and_no_names(tmp_path: Path) -> None:
    rows = [
        {
            "id": "../../etc/passwd",
            "title": "x" * 5_000,
            "author": "a\x1b[2J" * 900,
            "text": "One.",
        },
        {"id": {"a": 1}, "title": ["a"], "date": {"b": 2}, "url": "javascript:x", "text": "Two."},
        {"id": "a\u202eb\n\n", "text": "[" * 5_000},
    ]
    lines = "\n".join(map(json.dumps, rows)) + "\n" + "[" * 100_000
    *articles, last = parts(written(tmp_path, lines, "a.jsonl"))
    assert isinstance(last, ArticleError)
    for one in articles:
        assert isinstance(one, Article)
        assert one.source.startswith(str(tmp_path / "a.jsonl") + "/") and one.source.isprintable()
        assert len(one.title) <= 200 and len(one.author or "") <= 200
        assert one.link is None


def test_text_from_right_to_left_and_long_cells_are_kept(tmp_path: Path) -> None:
    words = "حملت العبّارة 412 راكبا."
    long = "The ferry left. " * 20_000
    one, two = read(written(tmp_path, f'title,text\nA,{words}\nB,"{long}"\n'))
    assert (one.text, two.text) == (words, long.strip())
