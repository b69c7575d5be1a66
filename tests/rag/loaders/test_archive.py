"""Promises of zipped folders: read as the folder, with nothing written, followed or unfolded."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest

from rag.errors import ArticleError
from rag.index.library import Library
from rag.loaders import Reading, read
from rag.loaders.several import Part
from rag.schema import Article
from tests.rag.loaders.offices import docx, p, unfolding, zipped

SAID = "The night ferry carried 412 passengers."


def packed(tmp_path: Path, parts: dict[str, str | bytes]) -> Path:
    (tmp_path / "a.zip").write_bytes(zipped(parts))
    return tmp_path / "a.zip"


def sorted_out(found: list[Part]) -> tuple[list[str], list[str]]:
    """The texts, and what was passed over, in words."""
    texts = [part.text for part in found if isinstance(part, Article)]
    errors = [part for part in found if isinstance(part, ArticleError)]
    assert {one.kind for one in errors} <= {"passed over"}
    return texts, [line for one in errors for line in str(one).splitlines()]


def refusal(file: Path) -> ArticleError:
    with pytest.raises(ArticleError) as caught:
        [*Reading().each(file)]
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_zipped_folder_is_read_as_the_folder_is(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    parts: dict[str, str | bytes] = {
        "b.txt": "Bee.", "a.md": "# One\n\nA.", "sub/c.docx": docx(p(SAID)), ".hidden.md": "x",
        "sub/.git/d.md": "x", "e.odt": "x", "rows.csv": "text\nOne.\nTwo.\n",
    }  # fmt: skip
    for name, data in parts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    file = packed(tmp_path, {**parts, "__MACOSX/a.md": "x", "sub/": ""})
    zipped_ = read(file)
    assert [one.text for one in zipped_] == [one.text for one in read(folder)]
    assert [one.title for one in zipped_] == [one.title for one in read(folder)]
    assert zipped_[0].source == f"{file}/a.md" and zipped_[0].is_markdown
    assert sorted_out([*Reading().each(file)])[1] == [
        f"passed over: 1 file of a format that Ibid does not read: {file}/e.odt"
    ]


def test_an_archive_that_is_added_again_changes_what_changed(
    tmp_path: Path, library: Library
) -> None:
    texts: dict[str, str | bytes] = {"a.md": "The river rose.", "b.md": "It fell.", "c.md": SAID}
    file = packed(tmp_path, texts)
    assert [one.outcome for one in library.add(read(file))] == ["added"] * 3
    packed(tmp_path, {**texts, "b.md": "It fell again.", "d.md": "The port froze."})
    outcomes = [one.outcome for one in library.add(read(file))]
    assert outcomes == ["same", "replaced", "same", "added"]
    assert len(library.articles()) == 4


@pytest.mark.parametrize(
    "name",
    ["../a.md", "/etc/a.md", "x/../../a.md", "C:\\a.md", "..\\a.md", "\\\\host\\a.md", "C:a.md"],
)
def test_no_name_leads_out_of_the_archive(tmp_path: Path, name: str) -> None:
    file = packed(tmp_path, {name: "Out.", "ok.txt": SAID})
    before = {*tmp_path.parent.rglob("*")}
    texts, passed = sorted_out([*Reading().each(file)])
    assert texts == [SAID] and len(passed) == 1
    assert passed[0].startswith("passed over: 1 name that leads out of its archive")
    assert {*tmp_path.parent.rglob("*")} == before


def test_links_archives_and_large_files_in_an_archive_are_passed_over(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link.md")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    out = io.BytesIO(zipped({"ok.txt": SAID, "inner.zip": zipped({"a.md": "Inner."})}))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("large.txt", bytes(20_000_001))
    (tmp_path / "a.zip").write_bytes(out.getvalue())
    texts, passed = sorted_out([*Reading().each(tmp_path / "a.zip")])
    assert texts == [SAID]
    assert [line.split(": ")[1:] for line in sorted(passed)] == [
        ["1 archive in an archive; unpack it first", f"{tmp_path}/a.zip/inner.zip"],
        ["1 file that is too large; split it", f"{tmp_path}/a.zip/large.txt"],
        ["1 link in an archive", f"{tmp_path}/a.zip/link.md"],
    ]


def test_a_bad_member_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    found = [*Reading().each(packed(tmp_path, {"a.docx": "no docx", "b.pdf": "", "c.txt": SAID}))]
    assert [type(part) for part in found] == [ArticleError, ArticleError, Article]
    assert str(found[0]).startswith(f"{tmp_path / 'a.zip' / 'a.docx'}: ")


@pytest.mark.parametrize("giga", [0.3, 5])
def test_a_bomb_is_refused_by_its_ratio_or_its_whole(tmp_path: Path, giga: float) -> None:
    (tmp_path / "a.zip").write_bytes(unfolding("bomb.txt", giga, zipped({"ok.txt": SAID})))
    assert refusal(tmp_path / "a.zip").kind == "package large"


def test_overlapping_members_count_each(tmp_path: Path) -> None:
    data = zipped({"a.txt": b" " * 5_000_000})
    at = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    entry = data[at:end]
    many = entry * 100
    tail = bytearray(data[end:])
    tail[8:10] = tail[10:12] = (100).to_bytes(2, "little")
    tail[12:16] = len(many).to_bytes(4, "little")
    (tmp_path / "a.zip").write_bytes(data[:at] + many + bytes(tail))
    assert refusal(tmp_path / "a.zip").kind == "package large"


@pytest.mark.parametrize("data", [b"", b"PK\x05\x06" + bytes(18), b"PK\x03\x04" * 99, b"x" * 999])
def test_what_is_no_archive_or_an_empty_one_is_told(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(data)
    assert refusal(tmp_path / "a.zip").kind in ("package damaged", "archive empty")


def test_an_encrypted_archive_is_told_as_such(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.txt": SAID}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + place] |= 1
    (tmp_path / "a.zip").write_bytes(data)
    assert refusal(tmp_path / "a.zip").kind == "package encrypted"


def test_an_archive_in_memory_is_read_as_one_on_disk() -> None:
    (one,) = Reading().each_of(zipped({"a.txt": SAID}), Path("up.zip"), "up.zip")
    assert isinstance(one, Article)
    assert (one.text, one.source) == (SAID, "up.zip/a.txt")
