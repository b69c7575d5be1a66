"""What no reader reads is refused by its name, before anything of it is taken in."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from scripted import ScriptedAssistant, ScriptedEngine, ScriptedLibrary
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from rag.limits import WindowLimits
from rag.loaders.files import FORMATS
from ui.strings import english, german
from ui.window.server.serve import application
from ui.window.server.uploads import Spool, Uploads

HERE = "http://127.0.0.1"
BOUNDARY = "----form0123456789"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library's folder, with what a crash left there."""
    folder = tmp_path_factory.mktemp("library")
    left = folder / "uploads" / "new" / "left"
    left.parent.mkdir(parents=True)
    left.write_text("private words")
    return folder


@pytest.fixture(scope="module")
def web(folder: Path) -> FastAPI:
    engine = ScriptedEngine(ScriptedAssistant(folder / "go"), ScriptedLibrary(empty=False))
    limits = WindowLimits(upload_mb=2, kept_mb=3, upload_files=2)
    return application(engine, folder, limits=limits)


@pytest.fixture
def client(web: FastAPI) -> Iterator[TestClient]:
    with TestClient(web, base_url=HERE) as client:
        client.get("/healthz")  # and be known
        yield client


def sent(*names: str, words: bytes = b"These are some words.") -> list[Any]:
    return [("files", (name, words)) for name in names]


def left_in(folder: Path) -> list[Path]:
    return [file for file in (folder / "uploads").rglob("*") if file.is_file()]


@pytest.mark.parametrize("name", [*(f"a{kind}" for kind in FORMATS), "A.B.PDF", "Größe.md"])
def test_what_a_reader_reads_is_taken_and_kept_under_a_word(
    client: TestClient, folder: Path, name: str
) -> None:
    answer = client.post("/gradio_api/upload", files=sent(name))
    assert answer.status_code == 200
    [word] = answer.json()
    assert re.fullmatch("[0-9a-f]{32}", word)
    assert [file.name for file in left_in(folder)] == [word]
    assert left_in(folder)[0].read_bytes() == b"These are some words."


def test_what_a_crash_left_is_gone_on_start_and_all_of_it_in_the_end(
    web: FastAPI, folder: Path
) -> None:
    assert not (folder / "uploads" / "new" / "left").exists()
    with TestClient(web, base_url=HERE) as client:
        client.post("/gradio_api/upload", files=sent("a.md"))
        assert len(left_in(folder)) == 1
    assert left_in(folder) == []


def test_a_visitor_may_have_so_much_waiting_and_others_theirs(client: TestClient) -> None:
    big = sent("a.md", words=b"x" * 1_400_000)
    assert [client.post("/gradio_api/upload", files=big).status_code for _ in range(3)] == [
        200, 200, 413]  # fmt: skip
    other = TestClient(client.app, base_url=HERE)
    other.get("/healthz")
    assert other.post("/gradio_api/upload", files=big).status_code == 200


def test_an_upload_has_a_limit_of_its_own_and_of_its_parts(
    client: TestClient, folder: Path
) -> None:
    huge = client.post("/gradio_api/upload", files=sent("a.md", words=b"x" * 2_100_000))
    assert (huge.status_code, huge.text) == (413, english.TOO_MUCH.format(kb=2000))
    many = client.post("/gradio_api/upload", files=sent("a.md", "b.md", "c.md"))
    assert (many.status_code, many.text) == (400, english.TOO_MANY_PARTS)
    assert left_in(folder) == []


def test_a_file_is_its_senders_alone_and_goes_after_its_time(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "uploads", WindowLimits(kept_s=0.2, upload_s=0.1))
    (spool.folder / "a").mkdir()
    words = []
    for _ in range(2):
        (spool.folder / "a" / "a.md").write_text("words")
        words.append(spool.keep("user:ann", spool.folder / "a" / "a.md"))
        assert not (spool.folder / "a").exists()
        (spool.folder / "a").mkdir()
    assert spool.take("user:bob", words[0]) is None
    assert spool.take("user:ann", f"../new/{words[0]}") is None
    taken = spool.take("user:ann", words[0])
    assert taken is not None
    assert spool.take("user:ann", words[0]) is None
    taken.unlink()
    (spool.folder / "tmpbroken").write_text("half an upload")
    (spool.queued / "waiting").write_text("is being added")
    time.sleep(0.3)
    spool.sweep()
    assert [file.name for file in left_in(tmp_path)] == ["waiting"]
    assert spool.take("user:ann", words[1]) is None


@pytest.mark.parametrize("names", [["a.exe"], ["a"], [".md"], ["a.md.rar"], ["a.md", "b.odt"]])
@pytest.mark.parametrize(
    ("home", "asks_for", "words"),
    [("", "en", english), ("/de", "de", german), ("", "de", german)],
)
def test_anything_else_is_refused_in_words_and_nothing_of_it_stays(
    client: TestClient, folder: Path, names: list[str], home: str, asks_for: str, words: Any
) -> None:
    answer = client.post(
        f"{home}/gradio_api/upload", files=sent(*names), headers={"Accept-Language": asks_for}
    )
    assert answer.status_code == 400
    told = words.LIBRARY_WORDS["formats_only"].format(formats=", ".join(FORMATS))
    assert answer.text == told
    assert left_in(folder) == []


def body(*names: str) -> bytes:
    parts = [
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=files; filename={name}\r\n"
        f"Content-Type: text/plain\r\n\r\nwords\r\n"
        for name in names
    ]
    return "".join([*parts, f"--{BOUNDARY}--\r\n"]).encode()


async def status(data: bytes, cuts: list[int], spool: Spool) -> int:
    """What the layer makes of a form that comes in these pieces."""

    async def taken(scope: Any, receive: Any, send: Any) -> None:
        answer: Response = JSONResponse([])
        try:
            assert await Request(scope, receive).body() == data
        except MultiPartException as error:
            answer = PlainTextResponse(error.message, 400)
        await answer(scope, receive, send)

    async def pieces() -> AsyncIterator[bytes]:
        edges = sorted({0, *(cut for cut in cuts if cut < len(data)), len(data)})
        for start, end in pairwise(edges):
            yield data[start:end]

    transport = httpx.ASGITransport(Uploads(taken, spool, WindowLimits()))
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
        kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        answer = await client.post("/de/gradio_api/upload", content=pieces(), headers=kind)
        return answer.status_code


@pytest.fixture(scope="module")
def spool(tmp_path_factory: pytest.TempPathFactory) -> Spool:
    return Spool(tmp_path_factory.mktemp("spool") / "uploads", WindowLimits())


@given(cuts=st.lists(st.integers(1, 500), max_size=12), is_second=st.booleans())
async def test_a_name_is_read_however_its_form_is_cut_into_pieces(
    spool: Spool, cuts: list[int], is_second: bool
) -> None:
    assert await status(body("one.md", "two.txt"), cuts, spool) == 200
    names = ("one.md", "two.exe") if is_second else ("one.exe", "two.md")
    assert await status(body(*names), cuts, spool) == 400
