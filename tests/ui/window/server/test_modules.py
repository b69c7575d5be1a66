"""Promises of the window's modules: each is served at an address of its version, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from posixpath import dirname, join, normpath

import pytest
from fastapi.testclient import TestClient
from scripted import ScriptedAssistant, ScriptedEngine, ScriptedLibrary

from ui.window.page import scripts
from ui.window.server.serve import application

MOUNTED = [
    "chat/static/chat.js",
    "drawer/static/drawer.js",
    "settings/static/fetching.js",
    "evaluation/static/evaluation.js",
    "library/static/library.js",
]
_IMPORT = re.compile(r"""^(?:import|export) .*? from '([^']+)';$""", re.MULTILINE | re.DOTALL)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    engine = ScriptedEngine(ScriptedAssistant(tmp_path / "go"), ScriptedLibrary(empty=False))
    with TestClient(application(engine, tmp_path), base_url="http://127.0.0.1") as client:
        yield client


def test_what_a_module_imports_is_served_where_it_looks_for_it(client: TestClient) -> None:
    left, seen = list(MOUNTED), set()
    while left:
        name = left.pop()
        if name in seen:
            continue
        seen.add(name)
        answer = client.get(scripts.address(name))
        assert answer.status_code == 200, name
        assert answer.headers["content-type"].startswith("text/javascript"), name
        left += [normpath(join(dirname(name), found)) for found in _IMPORT.findall(answer.text)]
    assert seen == set(scripts.modules())


def test_a_module_may_be_kept_for_good_by_one_browser_alone(client: TestClient) -> None:
    answer = client.get(scripts.address(MOUNTED[0]))
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"


@pytest.mark.parametrize(
    "path",
    [
        "/scripts/0000000000000000/static/dom.js",
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
    assert set(scripts.sheets()) == set(window.rglob("*.css"))
