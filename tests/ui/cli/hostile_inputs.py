"""Files, and links to a port of this machine, that are made to do harm to whoever adds them.

`tests/rag/loaders` has those that are made to hang or crash one reader. These want more: to be
written or read outside, to be fetched from inside, to fill the memory, or to say as their name what
no name should say.
"""

from __future__ import annotations

import io
import itertools
import os
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

from pdfs import make_pdf, of_objects

from tests.rag.loaders.offices import docx, epub, honest, p, unfolding, zipped

_count = itertools.count(1)
SECRET = "root:x:0:"
_LAUGHS = "<!DOCTYPE a [" + "".join(
    f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 20)
) + "<!ENTITY a0 'ha'>]>"  # fmt: skip
_SECRETS = "<!DOCTYPE a [<!ENTITY secret SYSTEM 'file:///etc/passwd'>]>"


def said() -> str:
    """A sentence that no other input says."""
    return f"The night ferry carries {next(_count)} horses to the island of Aldwick."


def archives() -> Iterator[tuple[str, bytes]]:
    for name in ("../out.md", "/tmp/out.md", "C:\\out.md", "a/../../out.md", "~/out.md"):
        yield f"slip {len(name)}.zip", zipped({name: said()})
    for name in (
        "new\nline.md",
        "nul\0after.md",
        "\u202edm.right",
        "x" * 300 + ".md",
        "\x1b[2J.md",
    ):
        yield f"named {ord(name[-4])} {len(name)}.zip", zipped({name: said()})
    link = zipfile.ZipInfo("passwd.md")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    yield "link.zip", out.getvalue()
    inner = zipped({"a.txt": said()})
    for depth in range(40):
        inner = zipped({f"{depth}.zip": inner})
    yield "nested.zip", inner
    yield "ratio.zip", unfolding("bomb.txt", 2, zipped({"ok.txt": said()}))
    total = zipped({"ok.txt": said()})
    for number in range(60):
        total = unfolding(f"{number}.txt", 0.018, total)
    yield "total.zip", total
    yield "members.zip", zipped({f"{n}.txt": "" for n in range(70_000)})


def offices() -> Iterator[tuple[str, bytes]]:
    for name, part in (
        ("a.docx", "word/media/image1.xml"),
        ("a.pptx", "ppt/slides/slide1.xml.rels"),
        ("a.xlsx", "xl/sharedStrings2.xml"),
        ("a.epub", "OEBPS/more.xhtml"),
    ):
        yield f"bomb {name}", unfolding(part, 2, honest(name))
    yield "laughs.docx", docx(f"{_LAUGHS}{p('&a19;')}")
    yield "secret.docx", docx(f"{_SECRETS}{p('&secret;')}")
    chapter = f"<html><body><p>{said()}</p></body></html>"
    yield "outside.epub", epub({"a.xhtml": chapter}, ["a.xhtml", "../../../../../etc/passwd"])
    yield "parts.docx", zipped({"word/document.xml": "<a/>", "../../out.xml": said()})


def others() -> Iterator[tuple[str, bytes]]:
    deep = "".join(
        f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(2_000)
    )
    yield "deep.eml", f"Subject: Deep\nFrom: a@a.example\n{deep}".encode()
    yield "attached.eml", (
        "Subject: Ferry\nFrom: a@a.example\nContent-Type: multipart/mixed; boundary=q\n\n--q\n"
        f"\n{said()}\n--q\nContent-Disposition: attachment; filename=\"../../out.txt\"\n\nOut\n"
    ).encode()  # fmt: skip
    yield "deep.jsonl", b'{"text": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    yield "number.jsonl", b'{"title": ' + b"9" * 100_000 + b', "text": "' + said().encode() + b'"}'
    yield "wide.csv", b"text" + b",a" * 300_000 + b"\n" + said().encode() + b"\n"
    yield "quote.csv", b'text\n"' + b"word " * 100_000
    yield "formula.csv", f'title,text\n"=cmd|\'/c calc\'!A1","{said()}"\n'.encode()
    yield (
        "refresh.html",
        (
            "<meta http-equiv=refresh content='0;url=file:///etc/passwd'><base href='file:///etc/'>"
            f"<link rel=stylesheet href='passwd'><iframe src='passwd'></iframe><p>{said()} {said()}"
        ).encode(),
    )
    yield "deep.html", b"<div>" * 200_000 + said().encode()
    kids = b" ".join(b"%d 0 R" % n for n in range(2, 12))
    tree = [b"<< /Type /Catalog /Pages 2 0 R >>"]
    tree += [b"<< /Type /Pages /Count 99999999 /Kids [" + kids + b"] >>"] * 10
    yield "tree.pdf", of_objects(tree)
    yield (
        "launch.pdf",
        make_pdf([[said()]]).replace(
            b"/Type /Catalog", b"/Type /Catalog /OpenAction << /S /Launch /F (/bin/sh) >>"
        ),
    )
    yield "escapes.txt", f"\x1b]0;owned\x07\x1b[2J {said()} \u202e{said()}\u2066".encode()
    yield "aliases.md", b"---\na: &a [x, x]\n" + b"".join(
        b"b%d: &b%d [%s]\n" % (n, n, b",".join([b"*b%d" % (n - 1) if n else b"*a"] * 9))
        for n in range(40)
    ) + b"---\n" + said().encode()  # fmt: skip


def write(folder: Path) -> list[Path]:
    """Write them all, and what is no file; what to add, one by one."""
    folder.mkdir()
    for name, data in (*archives(), *offices(), *others()):
        (folder / name).write_bytes(data)
    for name in ("new\nline.txt", "\u202etxt.right.txt", "\x1b[31mred.txt"):
        (folder / name).write_text(said())
    with open(os.fsencode(folder) + b"/\xff\xfe.txt", "wb") as file:  # noqa: PTH123 - no text
        file.write(said().encode())
    os.mkfifo(folder / "pipe.txt")
    (folder / "loop.txt").symlink_to(folder / "loop.txt")
    (folder / "null.txt").symlink_to("/dev/zero")
    return sorted(folder.iterdir())


def links(port: int) -> list[str]:
    """Links that lead to this machine, or beside it, or that are no links of the web."""
    hosts = [
        "localhost", "LOCALHOST.", "127.0.0.1", "127.1", "0", "2130706433", "0x7f000001",
        "0177.0.0.1", "0x7f.0.0.0x1", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]", "someone@127.0.0.1", "news.example%00@localhost", "１２７.０.０.１",
        "127。0。0。1", "%31%32%37.0.0.1", "①②⑦.⓪.⓪.①", "localhost%2e",
    ]  # fmt: skip
    return [
        *(f"http://{host}:{port}/{number}" for number, host in enumerate(hosts)),
        f"https://127.0.0.1:{port}/tls",
        f"http://127.0.0.1:{port}\\@news.example/",
        f"http://127.0.0.1:{port}#@news.example/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fe80::1%25lo]/",
        "file:///etc/passwd",
        f"ftp://127.0.0.1:{port}/a.txt",
        f"gopher://127.0.0.1:{port}/_GET",
        f"jar:http://127.0.0.1:{port}!/a.txt",
        "data:text/plain,The%20night%20ferry",
    ]
