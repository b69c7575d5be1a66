from __future__ import annotations

from pathlib import Path

import pytest
from doubles import tiny_library

from eval.sets.cases import Case, Evidence, save
from eval.sets.evidence import check, filters, folders, resolve
from rag.errors import CaseError
from rag.loaders import read
from rag.loaders.text import identifier

SEATS = "With 240 seats, the boat carries twice as many people as the old one."
OVENS = "It left because the river had flooded its ovens twice."


def case(name: str, article: str, quote: str) -> Case:
    return Case(name, "Why?", True, ("because",), (Evidence(article, quote),))


def test_an_article_of_the_library_may_be_named_by_its_source_or_id(tmp_path: Path) -> None:
    with tiny_library(tmp_path) as library:
        info = next(one for one in library.articles() if one.source.endswith("ferry.md"))
        gold = resolve(
            [case("a", info.id, SEATS), case("b", info.source, SEATS)], library, tmp_path
        )
        assert gold["a"] == gold["b"] and gold["a"][0].article_id == info.id
        with pytest.raises(CaseError, match="does not say “It left"):
            resolve([case("a", info.id, OVENS)], library, tmp_path)


def test_an_older_set_may_name_an_article_by_what_it_says_is_its_source(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\nsource: https://news.example/a\n---\nThe ferry is back.")
    with tiny_library(tmp_path, empty=True) as library:
        library.add(read(tmp_path / "a.md"))
        (info,) = library.articles()
        for name in ("https://news.example/a", identifier("https://news.example/a")):
            gold = resolve([case("a", name, "ferry is back")], library, tmp_path)
            assert [span.article_id for span in gold["a"]] == [info.id]


def test_the_articles_that_a_case_is_asked_without_are_left_out(tmp_path: Path) -> None:
    asked = Case("a", "How many seats?", False, without=("articles/ferry.md",))
    with tiny_library(tmp_path) as library:
        only = filters([asked, Case("b", "Who?", False)], library, tmp_path)
        titles = [library.article(id_).title for id_ in only["a"].articles]
        assert list(only) == ["a"] and titles == ["The bakery of Mill Lane moved to the hill"]


def test_an_article_to_be_left_out_must_be_there(tmp_path: Path) -> None:
    asked = Case("a", "How many seats?", False, without=("articles/none.md",))
    with tiny_library(tmp_path) as library, pytest.raises(CaseError, match=r"none\.md is neither"):
        resolve([asked], library, tmp_path)


def test_a_check_finds_quotes_in_the_library_and_in_files(tmp_path: Path) -> None:
    file = tmp_path / "set.jsonl"
    with tiny_library(tmp_path) as library:
        (tmp_path / "articles" / "later.txt").write_text("The mayor came late.", "utf-8")
        save(
            file,
            [
                case("a", "articles/ferry.md", SEATS),
                case("b", "articles/later.txt", "The mayor came late."),
                Case("c", "Who?", False, without=("articles/ferry.md",)),
            ],
        )
        found = check(file, library)
        assert (found.cases, found.quotes, found.in_library, found.faults) == (3, 2, 1, ())
    assert check(file).in_library == 0 and not check(file).faults


def test_a_check_tells_every_fault_with_its_line_and_field(tmp_path: Path) -> None:
    file = tmp_path / "set.jsonl"
    with tiny_library(tmp_path) as library:
        article = library.articles()[0]
        save(
            file,
            [
                case("a", "articles/ferry.md", "With 241 seats."),
                case("b", "articles/none.md", SEATS),
                case("c", article.id, "The mayor came late."),
                Case("d", "Who?", False, without=("articles/none.md",)),
            ],
        )
        with file.open("a") as more:
            more.write("{\n")
        faults = check(file, library).faults
    assert [fault.removeprefix(f"{file}, ").split(":")[0] for fault in faults] == [
        "line 5, invalid json",
        "line 1, field evidence[0]",
        "line 2, field evidence[0]",
        "line 3, field evidence[0]",
        "line 4, field without[0]",
    ]
    assert "does not say “With 241 seats.”; copy the quote exactly" in faults[1]


def test_the_folder_beside_a_set_is_its_own_where_no_case_names_an_article(tmp_path: Path) -> None:
    cases = [Case("a", "Who?", False)]
    with pytest.raises(CaseError, match="no folder articles beside it"):
        folders(cases, tmp_path / "set.jsonl")
    (tmp_path / "articles").mkdir()
    assert folders(cases, tmp_path / "set.jsonl") == [tmp_path / "articles"]


def test_a_name_longer_than_any_file_name_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="correct it"):
        folders([case("a", "x" * 5000, SEATS)], tmp_path / "set.jsonl")
