"""Promises of the pictures beside an article: those that it names, in its folder, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from tiny import make_article

from rag.loaders.pictures import MOST_BYTES, picture
from rag.schema import Article


def named(folder: Path, *names: str, source: str = "") -> Article:
    file = folder / "article.md"
    file.touch()
    return make_article("\n".join(f"![x](<{name}>)" for name in names), source or str(file))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    own = tmp_path / "articles"
    (own / "pics").mkdir(parents=True)
    for place in (
        own / "pics" / "map 1.png",
        own / "a.jpg",
        own / "a.webp",
        tmp_path / "other.png",
    ):
        Image.new("RGB", (3, 2)).save(place)
    return own


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("pics/map%201.png", "image/png"),
        ("./a.jpg", "image/jpeg"),
        ("pics/../a.webp", "image/webp"),
    ],
)
def test_a_picture_in_the_folder_is_shown_by_its_number(folder: Path, name: str, kind: str) -> None:
    found = picture(named(folder, "none.png", name), 1)
    assert found is not None
    assert found.media_type == kind


@pytest.mark.parametrize(
    "name",
    [
        "../other.png",
        "%2e%2e/other.png",
        "pics/../../other.png",
        "/etc/hostname",
        "file:///etc/hostname",
        "https://attacker.example/a.png",
        "//attacker.example/a.png",
        "data:image/png;base64,AAAA",
        "article.md",
        "pics",
        "linked.png",
        "linked/other.png",
        "fake.png",
        "drawing.svg",
        "drawing.png",
        "large.png",
        "bomb.png",
        "pipe.png",
        "loop.png",
        "a%00.jpg",
    ],
)
def test_no_other_file_is_read(folder: Path, name: str) -> None:
    import os

    (folder / "linked.png").symlink_to(folder.parent / "other.png")
    (folder / "linked").symlink_to(folder.parent)
    (folder / "loop.png").symlink_to(folder / "loop.png")
    (folder / "fake.png").write_text("words")
    for drawing in ("drawing.svg", "drawing.png"):
        (folder / drawing).write_text("<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>")
    (folder / "large.png").write_bytes((folder / "a.jpg").read_bytes() + b"\0" * MOST_BYTES)
    Image.new("1", (7_000, 7_000)).save(folder / "bomb.png")
    os.mkfifo(folder / "pipe.png")
    assert picture(named(folder, name), 0) is None


@pytest.mark.parametrize("source", ["article.md", "https://a.example/article.md", "/gone/a.md"])
def test_what_was_uploaded_or_had_from_the_web_has_no_folder(folder: Path, source: str) -> None:
    assert picture(named(folder, "a.jpg", source=source), 0) is None


def test_only_what_an_article_names_has_a_number(folder: Path) -> None:
    assert picture(named(folder, "a.jpg"), 1) is None
    assert picture(named(folder, "a.jpg"), -1) is None
