"""Promises of the first sight: Ibid's own name and icon, nobody else's, and little to fetch."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO

import brotli
import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image
from scripted import ScriptedAssistant, ScriptedEngine, ScriptedLibrary
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ui.strings import english, german
from ui.window.page import scripts
from ui.window.server.compressing import Compressed, Packing
from ui.window.server.front import own
from ui.window.server.later import Later
from ui.window.server.serve import application

_SCRIPT = re.compile(r"<script.*?</script>", re.DOTALL)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("window")
    engine = ScriptedEngine(ScriptedAssistant(folder / "go"), ScriptedLibrary(empty=False))
    with TestClient(application(engine, folder), base_url="http://127.0.0.1") as client:
        yield client


@pytest.mark.parametrize(
    ("home", "language", "words"), [("/", "en", english), ("/de/", "de", german)]
)
def test_a_page_tells_of_ibid_alone(
    client: TestClient, home: str, language: str, words: object
) -> None:
    page = client.get(home, headers={"accept-language": language}).text
    assert f"<title>{english.NAME}</title>" in page and page.count("<title>") == 1
    assert f'<meta name="description" content="{words.DESCRIPTION}">' in page  # type: ignore[attr-defined]
    assert 'rel="icon" type="image/svg+xml" href="data:image/svg+xml' in page
    assert f'lang="{language}"' in page
    seen = _SCRIPT.sub("", page)
    seen = seen.replace("<gradio-app", "").replace("</gradio-app", "").replace("gradio-app {", "")
    assert "gradio" not in seen.lower()
    for foreign in ('"og:', '"twitter:', "githubusercontent", "iframeResizer.content", "<base"):
        assert foreign not in page


def test_what_the_browser_installs_has_ibids_name_and_icon(client: TestClient) -> None:
    manifest = client.get("/manifest.json").json()
    assert manifest["name"] == english.NAME
    icon = scripts.asset("icon.svg").read_bytes()
    for address in ("/favicon.ico", *(one["src"] for one in manifest["icons"])):
        assert client.get(address).content == icon


def test_words_of_an_article_in_gradios_page_are_left_as_they_are() -> None:
    words = '<base x><title>one</title> iframeResizer.content <meta property="og:title">'
    said = json.dumps(words).replace("<", "\\u003c")  # as Gradio writes them
    page = f'<html lang="en"><head><script>window.config = {said};</script></head><gradio-app>'
    assert said in own(page, "en")


@pytest.mark.parametrize("path", ["/", "/de/", scripts.address()])
def test_the_page_and_its_scripts_are_compressed(client: TestClient, path: str) -> None:
    with client.stream("GET", path, headers={"accept-encoding": "gzip"}) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        assert "accept-encoding" in answer.headers["vary"].lower()
        raw = b"".join(answer.iter_raw())
    assert len(gzip.decompress(raw)) > 2 * len(raw)
    plain = client.get(path, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers and len(plain.content) > 2 * len(raw)


@pytest.mark.parametrize("path", ["/", "/theme.css", scripts.address()])
def test_where_a_browser_reads_brotli_it_is_sent_less_than_by_gzip(
    client: TestClient, path: str
) -> None:
    raw = {}
    for name in ("gzip", "br"):
        with client.stream("GET", path, headers={"accept-encoding": f"{name}, *;q=0"}) as answer:
            assert answer.headers["content-encoding"] == name
            raw[name] = b"".join(answer.iter_raw())
            assert answer.headers["content-length"] == str(len(raw[name]))
    assert brotli.decompress(raw["br"]) == gzip.decompress(raw["gzip"])
    assert len(raw["br"]) < len(raw["gzip"])


def test_gradios_own_files_are_sent_smaller_than_gradio_sends_them(client: TestClient) -> None:
    page = client.get("/").text
    (path,) = re.findall(r'href="\.(/assets/index-[^"]*\.css)"', page)
    with client.stream("GET", path, headers={"accept-encoding": "gzip, br"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert len(raw) < len(brotli.compress(brotli.decompress(raw), quality=4))
    assert client.get(path, headers={"accept-encoding": "br"}).content == brotli.decompress(raw)
    part = client.get(path, headers={"accept-encoding": "br", "range": "bytes=0-9"})
    assert part.status_code == 206 and part.content == brotli.decompress(raw)[:10]


async def test_what_is_sent_often_is_compressed_as_well_as_can_be_once_it_is_quiet() -> None:
    body = scripts.bundle()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await Response(body, media_type="text/javascript")(scope, receive, send)

    transport = httpx.ASGITransport(Compressed(app, Packing(quiet_s=0.05)))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as asking:

        async def size() -> int:
            answer = await asking.get(scripts.address(), headers={"accept-encoding": "br"})
            assert answer.content == body
            return int(answer.headers["content-length"])

        first = await size()
        assert await size() == first
        for _ in range(100):
            await asyncio.sleep(0.1)
            if (later := await size()) < first:
                break
    assert later < 0.95 * first


def test_an_iphones_home_screen_gets_ibids_icon(client: TestClient) -> None:
    (path,) = re.findall(r'<link rel="apple-touch-icon" href="([^"]+)">', client.get("/de/").text)
    answer = client.get(path)
    assert answer.headers["content-type"] == "image/png"
    assert len(answer.content) < 2_000
    with Image.open(BytesIO(answer.content)) as icon:
        assert icon.size == (180, 180)
        assert icon.convert("RGB").getpixel((2, 2)) == (0x1D, 0x4F, 0x91)  # iOS rounds it itself


def test_what_is_of_one_visitor_alone_is_never_compressed(client: TestClient) -> None:
    for path in ("/config", "/gradio_api/info", "/conversations/none.md", "/healthz"):
        answer = client.get(path, headers={"accept-encoding": "gzip, br"})
        assert "content-encoding" not in answer.headers, path


def test_gradio_is_imported_without_writing_stubs_into_its_package() -> None:
    code = (
        "import ui.window.app, gradio.component_meta as meta; "
        "print(meta.create_or_modify_pyi.__module__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["ui.window.page.quick"]


def test_the_window_is_imported_without_what_only_a_measurement_or_an_answer_needs() -> None:
    code = "import ui.window.app, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"eval.session", "rag.assistant", "langsmith.run_trees"}.isdisjoint(done.stdout.split())
    assert "gradio" in done.stdout.split()


async def test_a_window_in_another_language_is_built_once_when_it_is_asked_for() -> None:
    built: list[FastAPI] = []

    def add(web: FastAPI) -> None:
        inner = FastAPI()
        inner.get("/")(lambda: "the window")
        web.mount("/de", inner)
        built.append(web)

    web = FastAPI()
    web.mount("/de", Later(add))
    transport = httpx.ASGITransport(web)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        assert built == []
        both = await asyncio.gather(client.get("/de/"), client.get("/de/"))
    assert [answer.json() for answer in both] == ["the window"] * 2 and len(built) == 1
