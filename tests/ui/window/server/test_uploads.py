"""What no reader reads is refused by its name, before anything of it is taken in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from scripted import ScriptedAssistant, ScriptedEngine, ScriptedLibrary
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from rag.loaders.files import READERS
from ui.strings import english, german
from ui.window.server.serve import application
from ui.window.server.uploads import Uploads

HERE = "http://127.0.0.1"
BOUNDARY = "----form0123456789"


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    engine = ScriptedEngine(ScriptedAssistant(tmp_path / "go"), ScriptedLibrary(empty=False))
    with TestClient(application(engine, tmp_path), base_url=HERE) as client:
        yield client


def sent(*names: str) -> list[tuple[str, tuple[str, bytes]]]:
    return [("files", (name, b"These are some words.")) for name in names]


@pytest.mark.parametrize("name", [*(f"a{kind}" for kind in READERS), "A.B.PDF", "Größe.md"])
def test_what_a_reader_reads_is_taken(client: TestClient, name: str) -> None:
    answer = client.post("/gradio_api/upload", files=sent(name))
    assert answer.status_code == 200
    [place] = answer.json()
    assert Path(place).read_bytes() == b"These are some words."


@pytest.mark.parametrize("names", [["a.exe"], ["a"], [".md"], ["a.md.zip"], ["a.md", "b.docm"]])
@pytest.mark.parametrize(
    ("home", "asks_for", "words"),
    [("", "en", english), ("/de", "de", german), ("", "de", german)],
)
def test_anything_else_is_refused_in_words_and_nothing_of_it_stays(
    client: TestClient, tmp_path: Path, names: list[str], home: str, asks_for: str, words: Any
) -> None:
    answer = client.post(
        f"{home}/gradio_api/upload", files=sent(*names), headers={"Accept-Language": asks_for}
    )
    assert answer.status_code == 400
    told = words.LIBRARY_WORDS["formats_only"].format(formats=", ".join(sorted(READERS)))
    assert answer.text == told
    left = [file for file in (tmp_path / "uploads").rglob("*") if file.is_file()]
    assert left == []


def body(*names: str) -> bytes:
    parts = [
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=files; filename={name}\r\n"
        f"Content-Type: text/plain\r\n\r\nwords\r\n"
        for name in names
    ]
    return "".join([*parts, f"--{BOUNDARY}--\r\n"]).encode()


async def status(data: bytes, cuts: list[int]) -> int:
    """What the layer makes of a form that comes in these pieces."""

    async def taken(scope: Any, receive: Any, send: Any) -> None:
        answer: Response = PlainTextResponse("taken")
        try:
            assert await Request(scope, receive).body() == data
        except MultiPartException as error:
            answer = PlainTextResponse(error.message, 400)
        await answer(scope, receive, send)

    async def pieces() -> AsyncIterator[bytes]:
        edges = sorted({0, *(cut for cut in cuts if cut < len(data)), len(data)})
        for start, end in pairwise(edges):
            yield data[start:end]

    transport = httpx.ASGITransport(Uploads(taken))
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
        kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        answer = await client.post("/de/gradio_api/upload", content=pieces(), headers=kind)
        return answer.status_code


@given(cuts=st.lists(st.integers(1, 500), max_size=12), is_second=st.booleans())
async def test_a_name_is_read_however_its_form_is_cut_into_pieces(
    cuts: list[int], is_second: bool
) -> None:
    assert await status(body("one.md", "two.txt"), cuts) == 200
    names = ("one.md", "two.exe") if is_second else ("one.exe", "two.md")
    assert await status(body(*names), cuts) == 400
