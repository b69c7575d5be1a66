"""Promises of the window's modules: all are served as one, at an address of its version alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from scripted import ScriptedAssistant, ScriptedEngine, ScriptedLibrary

from ui.window.page import scripts
from ui.window.page.bundle import joined
from ui.window.server.serve import application


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    engine = ScriptedEngine(ScriptedAssistant(tmp_path / "go"), ScriptedLibrary(empty=False))
    with TestClient(application(engine, tmp_path), base_url="http://127.0.0.1") as client:
        yield client


def test_every_module_is_in_the_one_that_is_served(client: TestClient) -> None:
    answer = client.get(scripts.address())
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    listed = answer.text.rpartition("export default {")[2]
    assert set(re.findall(r"'([^']+)': m\d+", listed)) == set(scripts.modules())


def test_the_modules_may_be_kept_for_good_by_one_browser_alone(client: TestClient) -> None:
    answer = client.get(scripts.address())
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"


def test_joined_modules_run_once_each_after_those_that_they_import() -> None:
    made = joined(
        {
            "a.js": b"import { b as c } from './x/b.js';\nexport const a = c + 1;\n",
            "x/b.js": b"// one\nexport function b() {\n  return 1;\n}\n",
            "z.js": b"import * as all from './a.js';\nexport const z = all.a;\n",
        }
    ).decode()
    assert [line for line in made.splitlines() if line and line not in ("})();", "}")] == [
        "const m0 = (() => {",
        "function b() {",
        "  return 1;",
        "return { b };",
        "const m1 = (() => {",
        "const { b: c } = m0;",
        "const a = c + 1;",
        "return { a };",
        "const m2 = (() => {",
        "const all = m1;",
        "const z = all.a;",
        "return { z };",
        "export default { 'x/b.js': m0, 'a.js': m1, 'z.js': m2 };",
    ]


@pytest.mark.parametrize(
    "code",
    [
        b"import './b.js';\n",
        b"import b from './b.js';\n",
        b"export default 1;\n",
        b"export { a };\n",
        b"export let a = 1;\n",
        b"export * from './b.js';\n",
        b"import { a } from './a.js';\n",
        b"import { a } from './gone.js';\n",
    ],
)
def test_a_form_that_cannot_be_joined_is_said_and_not_served_broken(code: bytes) -> None:
    with pytest.raises(ValueError, match="cannot be joined"):
        joined({"a.js": code, "b.js": b"export const b = 1;\n"})


@pytest.mark.parametrize(
    "path",
    [
        "/scripts/0000000000000000/window.js",
        "/scripts/{digest}/static/dom.js",
        "/scripts/{digest}/static/sign-in.html",
        "/scripts/{digest}/chat/tab.py",
        "/scripts/{digest}/static/..%2f..%2fengine.py",
        "/scripts/{digest}/",
    ],
)
def test_of_another_version_or_another_file_nothing_is_served(
    client: TestClient, path: str
) -> None:
    assert client.get(path.format(digest=scripts.digest())).status_code == 404


def test_every_style_sheet_of_the_package_is_on_the_page() -> None:
    window = Path(scripts.__file__).parents[1]
    assert set(scripts.sheets()) == set(window.rglob("static/*.css"))
