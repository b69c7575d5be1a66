"""``ibid ask --export``."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import Ibid, in_this_process

from rag.errors import IbidError
from rag.schema import Answer, ArticleInfo, Citation, Sentence
from ui.cli.keeping import keeping, kind_of

COURIER = ArticleInfo("a1", "Ferry", "https://news.example/f", "Courier", None, "en", "d")
CITED = Citation(1, COURIER, 0, 8, "In May.")
WHOLE = Answer("When?", (Sentence("In May.", (CITED,), "verified"),), (), (CITED,), "answered")


@pytest.fixture
def ibid(capsys: pytest.CaptureFixture[str]) -> Ibid:
    return in_this_process(capsys)


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("a.pdf", b"%PDF"), ("a.DOCX", b"PK"), ("a.html", b"<!DOCTYPE html>"), ("a.md", b"# When"),
        ("a.bib", b"@misc{"), ("a.csl.json", b"[\n"), ("a.json", b"{\n"),
    ],
)  # fmt: skip
def test_the_last_of_an_answer_is_in_the_file_that_was_named(
    tmp_path: Path, name: str, begins: bytes
) -> None:
    unfinished = Answer("When?", (Sentence("In"),))
    told = list(keeping("When?", iter([unfinished, WHOLE]), tmp_path / name, "en"))
    assert told == [unfinished, WHOLE]
    assert (tmp_path / name).read_bytes().startswith(begins)


def test_a_file_is_written_in_the_language_of_the_settings(tmp_path: Path) -> None:
    list(keeping("When?", iter([WHOLE]), tmp_path / "a.html", "de"))
    assert "Quellen" in (tmp_path / "a.html").read_text("utf-8")


@pytest.mark.parametrize("name", ["a.exe", "a", "pdf"])
def test_a_name_that_no_kind_of_file_has_is_refused_before_anything_is_asked(
    ibid: Ibid, name: str
) -> None:
    done = ibid("ask", "When?", "--export", name)
    assert done.code == 2
    assert ".csl.json" in done.err


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    assert kind_of(Path("x.csl.json")) == "csl"
    with pytest.raises(IbidError, match="cannot be written"):
        list(keeping("When?", iter([WHOLE]), tmp_path / "none" / "a.md", "en"))
