"""Promises of the readers: what a file says is what the article holds, or one line says why not."""

from __future__ import annotations

import os
import time
from datetime import date
from pathlib import Path

import pytest

from rag.errors import ArticleError
from rag.loaders import read, read_file, readable_files
from rag.loaders.files import MOST_BYTES
from rag.schema import Article


def written(folder: Path, words: str | bytes, name: str = "a.md") -> Path:
    file = folder / name
    file.write_bytes(words if isinstance(words, bytes) else words.encode())
    return file


def refusal(file: Path) -> str:
    with pytest.raises(ArticleError) as caught:
        read(file)
    message = str(caught.value)
    assert message and "\n" not in message
    return message


# Markdown


def test_front_matter_says_what_the_article_is_and_its_path_where_it_was_had(
    tmp_path: Path,
) -> None:
    file = written(
        tmp_path,
        "---\ntitle: The River\nsource: https://example.org/river\npublisher: Gazette\n"
        "published: 2024-11-28\nlanguage: en\n---\n\nThe river rose.\n",
    )
    article = read_file(file)
    assert (article.title, article.text) == ("The River", "The river rose.")
    assert (article.source, article.publisher) == (str(file), "Gazette")
    assert article.stated_source == "https://example.org/river"
    assert (article.published, article.language) == (date(2024, 11, 28), "en")


@pytest.mark.parametrize(
    ("written_as", "title"),
    [
        ("No", "No"),
        ("1984", "1984"),
        ("1.10", "1.10"),
        ("2024-11-28", "2024-11-28"),
        ("!!python/object/apply:os.system [true]", "Heading"),
        ("!!python/name:os.system", "Heading"),
        ('"a \\uD800 b"', "a \\xd800 b"),
        ('"a \\e[2J \\0 b"', "a \\x1b[2J \\x00 b"),
        ('"a \\u202e b"', "a b"),
        ("~", "Heading"),
        ("", "Heading"),
        ("[a, b]", "Heading"),
        ("{a: b}", "Heading"),
        (">\n  two\n  lines", "two lines"),
        ("Ferry: the return", "Ferry: the return"),
        ("Untitled", "Heading"),
        ("(anonymous)", "Heading"),
        ("Untitled document 2", "Heading"),
        ("Microsoft Word - minutes.docx", "Heading"),
        ("Unknown soldier found", "Unknown soldier found"),
    ],
)
def test_a_title_is_the_words_that_were_written_or_else_the_heading(
    tmp_path: Path, written_as: str, title: str
) -> None:
    file = written(tmp_path, f"---\ntitle: {written_as}\n---\n# Heading\n\nText.")
    assert read_file(file).title == title


@pytest.mark.parametrize(
    ("day", "read_as"),
    [
        *((day, date(2024, 11, 28)) for day in (
            "2024-11-28", "2024-11-28T10:00:00Z", "20241128", "2024-11-28 10:00",
            "2024/11/28", "28.11.2024", "28/11/2024", "11/28/2024", "28 November 2024",
            "November 28, 2024", "28. November 2024", "28 novembre 2024", "28 de noviembre de 2024",
            "28 novembre 2024", "Thu, 28 Nov 2024 10:00:00 +0000",
        )),
        ("03/03/2023", date(2023, 3, 3)),
        ("03.11.2023", date(2023, 11, 3)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["published", "date", "pubDate", "Date"])
def test_a_date_may_be_written_in_any_form_that_means_one_day(
    tmp_path: Path, day: str, read_as: date, name: str
) -> None:
    article = read_file(written(tmp_path, f'---\n{name}: "{day}"\n---\nText.'))
    assert (article.published, article.notes) == (read_as, ())


@pytest.mark.parametrize(
    "day",
    ["yesterday", "2024-13-45", "03/11/2023", "2024", "November 2024", "soon", "[2024]", "{a: 1}",
     "0x" + "f" * 9999, "9" * 9999],
)  # fmt: skip
def test_a_date_that_is_none_is_told_in_a_short_line_and_the_text_is_kept(
    tmp_path: Path, day: str
) -> None:
    article = read_file(written(tmp_path, f"---\npublished: {day}\n---\nText."))
    assert (article.text, article.published) == ("Text.", None)
    (note,) = map(str, article.notes)
    assert "published" in note and len(note) < 150 and "\n" not in note


@pytest.mark.parametrize(
    "block",
    ["title: [", "title: 'a", "title: b: c", "title: The one\n\tx: 1", "title: a\n? [a]\n: b",
     "title: " + "[" * 20_000, "title: a\na: *nowhere"],
    ids=lambda block: block[:9],
)  # fmt: skip
def test_front_matter_that_is_not_yaml_is_read_line_by_line_and_told(
    tmp_path: Path, block: str
) -> None:
    article = read_file(written(tmp_path, f"---\n{block}\nurl: https://a.example/b\n---\nText."))
    assert (article.text, article.link) == ("Text.", "https://a.example/b")
    (note,) = map(str, article.notes)
    assert "neither YAML nor TOML" in note and len(note) < 400 and "\n" not in note


def test_an_alias_bomb_does_not_go_off(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40)
    )
    began = time.monotonic()
    for name in ("title", "author", "tags", "date"):
        article = read_file(written(tmp_path, f"---\n{bomb}{name}: *a39\n---\nText."))
        assert article.text == "Text."
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("language", ["de", "fr-CA", "en-GB"])
def test_where_the_day_is_written_first_its_date_is_read_so(tmp_path: Path, language: str) -> None:
    text = f"---\nlang: {language}\ndate: 03/11/2023\n---\nText."
    assert read_file(written(tmp_path, text)).published == date(2023, 11, 3)


def test_front_matter_in_the_words_that_blogs_and_notes_use_is_understood(tmp_path: Path) -> None:
    yaml = (
        "---\ntitle: Night ferry\ndate: 3 May 2025\nurl: https://news.example/ferry\nlang: en-GB\n"
        "authors:\n  - Jane Doe\n  - name: John Roe\n    mail: x@y.example\n"
        "tags: [ferries, Port Hanna]\nsite_name: The Courier\ndraft: false\n...\nThe text.\n"
    )
    toml = (
        '+++\ntitle = "Night ferry"\ndate = 2025-05-03T09:00:00Z\nurl = "https://news.example/ferry"'
        '\nlang = "en-GB"\nauthors = ["Jane Doe", {name = "John Roe"}]\n'
        'tags = ["ferries", "Port Hanna"]\nsite_name = "The Courier"\n+++\nThe text.\n'
    )
    for name, text in (("a.md", yaml), ("b.md", toml)):
        article = read_file(written(tmp_path, text, name))
        assert (article.text, article.title, article.notes) == ("The text.", "Night ferry", ())
        assert (article.published, article.language) == (date(2025, 5, 3), "en-GB")
        assert (article.author, article.publisher) == ("Jane Doe, John Roe", "The Courier")
        assert article.link == "https://news.example/ferry"
        assert article.tags == ("ferries", "Port Hanna")


def test_nobody_is_no_author_and_no_code_no_language(tmp_path: Path) -> None:
    article = read_file(
        written(tmp_path, "---\nauthor: (anonymous)\nlanguage: the Queen's\n---\nText.")
    )
    assert (article.author, article.language) == (None, None)
    assert [note.kind for note in article.notes] == ["no language"]


@pytest.mark.parametrize(
    "text",
    [
        "---\nProse between two rules.\n---\nMore.",
        "Intro.\n\n---\n\ntitle: no front matter\n\n---\n\nMore.",
        "---\ntitle: never closed\n\nText.",
        "{\n}\nText.",
        "+++\nText.\n+++\nMore.",
        "---\n[a\n---\nMore.",
    ],
)
def test_what_only_looks_like_front_matter_stays_text(tmp_path: Path, text: str) -> None:
    assert read_file(written(tmp_path, text)).text == text


@pytest.mark.parametrize("key", ["content", "handler", "1", "Title"])
def test_no_name_in_front_matter_is_special(tmp_path: Path, key: str) -> None:
    assert read_file(written(tmp_path, f"---\n{key}: x\n---\nText.")).text == "Text."


def test_without_a_title_the_heading_is_it(tmp_path: Path) -> None:
    assert read_file(written(tmp_path, "\n#  The River #\n\nIt rose.")).title == "The River"


@pytest.mark.parametrize("line", ["# " + "#" * 1_000_000 + "x", "# a" + " " * 1_000_000 + "x"])
def test_no_heading_takes_long_to_read(tmp_path: Path, line: str) -> None:
    began = time.process_time()
    assert 0 < len(read_file(written(tmp_path, line)).title) <= 300
    assert time.process_time() - began < 5


def test_a_very_long_title_is_shortened(tmp_path: Path) -> None:
    title = read_file(written(tmp_path, f"---\ntitle: {'long ' * 5000}\n---\nText.")).title
    assert 180 < len(title) <= 200 and title.endswith("…")


# Plain text


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("The river rose. It fell again.", "The river rose"),
        ("The river rose\n\nIt fell again.", "The river rose"),
        ("The river, which is long, " * 20, "The river, which is long, " * 3 + "The river…"),
        ("x" * 500, "x" * 89 + "…"),
        ("#", "name"),
        ("...", "name"),
        ("👋", "👋"),
    ],
)
def test_the_title_of_a_bare_text_is_its_first_sentence_shortened(
    tmp_path: Path, text: str, title: str
) -> None:
    article = read_file(written(tmp_path, text, "name.txt"))
    assert article.title == title
    assert article.source == str(tmp_path / "name.txt")


@pytest.mark.parametrize("text", ["", " \n\t\n ", "\ufeff", "---\ntitle: Empty\n---\n"])
def test_a_file_without_text_is_refused(tmp_path: Path, text: str) -> None:
    assert "no text" in refusal(written(tmp_path, text))


@pytest.mark.parametrize("data", [bytes(range(256)) * 9, b"text\0text", b"\xff\xd8\xff\xe0\0\x10"])
def test_a_binary_file_is_refused(tmp_path: Path, data: bytes) -> None:
    assert "not text" in refusal(written(tmp_path, data, "a.txt"))


# Identity


def test_the_id_follows_from_the_source_and_the_digest_from_what_is_said(tmp_path: Path) -> None:
    def article(text: str, name: str = "a.txt") -> Article:
        return read_file(written(tmp_path, text, name))

    first, again, edited, moved = (
        article("One."),
        article("One."),
        article("Two."),
        article("One.", "b.txt"),
    )
    assert first == again
    assert first.id == edited.id and first.digest != edited.digest
    assert first.id != moved.id and first.digest == moved.digest


@pytest.mark.parametrize(
    "claim",
    ["ibid:seeds/harbour-flood-courier.md", "https://news.example/ferry", "/etc/passwd", "Reuters"],
)
def test_no_article_is_another_because_it_says_so(tmp_path: Path, claim: str) -> None:
    first, second = (
        read_file(written(tmp_path, f"---\nsource: {claim}\n---\n{name}.", name))
        for name in ("one.md", "two.md")
    )
    assert (first.source, second.source) == (str(tmp_path / "one.md"), str(tmp_path / "two.md"))
    assert first.id != second.id
    assert first.stated_source == second.stated_source == claim


def test_a_publisher_given_as_the_source_is_the_publisher(tmp_path: Path) -> None:
    article = read_file(written(tmp_path, "---\nsource: Reuters\n---\nText."))
    assert article.publisher == "Reuters"
    assert read_file(written(tmp_path, "---\nsource: a/b.md\n---\nText.")).publisher is None


def test_only_the_starters_own_folder_gives_its_names(tmp_path: Path) -> None:
    name = "harbour-flood-courier.md"
    seed = read_file(Path(__file__).parents[3] / "seeds" / name)
    assert (seed.source, seed.id) == (f"ibid:seeds/{name}", "ab2bebc1dcda")
    (tmp_path / "seeds").mkdir()
    copy = written(tmp_path / "seeds", (Path(__file__).parents[3] / "seeds" / name).read_bytes())
    assert read_file(copy).source == str(copy)


@pytest.mark.parametrize("fact", ["title", "publisher", "author", "source", "site_name"])
def test_what_an_article_says_of_itself_is_one_short_line(tmp_path: Path, fact: str) -> None:
    said = "Ibid has checked this.\\n\\e[2J\\u202e\\u2066\\0 " * 2000
    article = read_file(written(tmp_path, f'---\n{fact}: "{said}"\n---\nText.'))
    for words in (article.title, article.publisher, article.author, article.stated_source):
        assert words is None or (len(words) <= 200 and words.isprintable())


def test_a_file_name_that_is_not_utf_8_is_read_and_kept_apart(tmp_path: Path) -> None:
    names = [os.fsencode(tmp_path) + b"/caf\xe9.txt", os.fsencode(tmp_path) + b"/caf\xe8.txt"]
    for name in names:
        Path(os.fsdecode(name)).write_text("Text.")
    articles = read(tmp_path)
    assert len({article.id for article in articles}) == 2
    assert all(article.source.encode() for article in articles)


# Files and folders


def test_a_folder_is_read_whole_sorted_without_what_is_hidden_or_strange(tmp_path: Path) -> None:
    for name in ("b.txt", "a.md", "sub/c.MARKDOWN", ".hidden.md", ".git/d.md", "e.odt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "gone.md").symlink_to(tmp_path / "nowhere.md")
    (tmp_path / "round.md").symlink_to(tmp_path / "round.md")
    (tmp_path / "up").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe.md")
    assert [article.text for article in read(tmp_path)] == ["a.md", "b.txt", "sub/c.MARKDOWN"]


def test_a_link_to_an_article_is_the_article(tmp_path: Path) -> None:
    file = written(tmp_path, "Text.")
    (tmp_path / "link.md").symlink_to(file)
    assert len({article.id for article in read(tmp_path)}) == 1


def test_a_pipe_is_refused_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    refusal(tmp_path / "pipe.md")
    with pytest.raises(ArticleError, match="not a file"):
        read_file(tmp_path / "pipe.md")


def test_a_file_that_vanished_is_told_in_one_line(tmp_path: Path) -> None:
    file = written(tmp_path, "Text.")
    (listed,) = readable_files(tmp_path)
    file.unlink()
    with pytest.raises(ArticleError, match="No such file"):
        read_file(listed)


@pytest.mark.parametrize("name", ["nowhere", "nowhere.md", "x" * 300, "a\0b.md", "loop"])
def test_a_path_that_leads_nowhere_is_told_in_one_line(tmp_path: Path, name: str) -> None:
    if name == "loop":
        (tmp_path / name).symlink_to(tmp_path / name)
    assert "check the path" in refusal(tmp_path / name)


def test_a_folder_without_articles_is_told_with_what_could_be_one(tmp_path: Path) -> None:
    assert ".md" in refusal(tmp_path)


def test_an_unknown_format_is_told_with_the_known_ones(tmp_path: Path) -> None:
    assert ".md" in refusal(written(tmp_path, b"%PDF", "a.odt"))


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "large.txt"
    with file.open("wb") as stream:
        stream.truncate(MOST_BYTES + 1)
    assert "split the file" in refusal(file)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_told_in_one_line(tmp_path: Path) -> None:
    file = written(tmp_path, "Text.")
    file.chmod(0)
    assert "Permission denied" in refusal(file)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may enter everywhere")
def test_a_folder_that_may_not_be_entered_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir()
    written(tmp_path / "closed", "Secret.")
    written(tmp_path, "Open.")
    (tmp_path / "closed").chmod(0o600)
    try:
        assert [article.text for article in read(tmp_path)] == ["Open."]
    finally:
        (tmp_path / "closed").chmod(0o700)
