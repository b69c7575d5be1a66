"""The docs: all ways in with examples, on a page that asks for nothing elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from shelved import Served, serving

from ui.api.v1 import docs, problems
from ui.window.server.routes import route


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as it:
        yield it


@pytest.fixture(scope="module")
def made(served: Served) -> Any:
    return served.client.get("/v1/openapi.json").json()


class Links(HTMLParser):
    """What a page leads to or loads, and the names of its places."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.followed: list[str] = []
        self.places: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.places.append(str(value))
            elif name == "href" and tag == "a":
                self.followed.append(str(value))
            elif name in ("src", "href", "data", "action", "srcset"):
                self.loaded.append(str(value))


def test_every_way_in_that_is_served_is_documented_and_the_other_way_round(made: Any) -> None:
    for path, ways in made["paths"].items():
        for method, way in ways.items():
            real = re.sub(r"\{\w+\}", "x", path)
            assert route(method.upper(), real), (method, path)
            assert way["summary"], path
            assert way["responses"]["default"]["content"][problems.MEDIA_TYPE]


def test_every_example_is_as_the_schema_says(made: Any) -> None:
    found = 0
    for name, schema in made["components"]["schemas"].items():
        whole = {**made, "$ref": f"#/components/schemas/{name}"}
        for example in schema.get("examples", ()):
            Draft202012Validator(whole).validate(example)
            found += 1
    assert found >= 5


def test_the_page_has_every_way_object_and_problem(served: Served, made: Any) -> None:
    page = served.client.get("/v1/docs")
    links = Links(page.text)
    assert page.headers["content-type"].startswith("text/html")
    for path, ways in made["paths"].items():
        for method in ways:
            assert docs.anchor(f"{method.upper()} {path}") in links.places
    assert {*made["components"]["schemas"], *problems.KINDS} <= set(links.places)
    assert len(links.places) == len(set(links.places))


def test_the_page_asks_for_nothing_elsewhere_and_every_link_in_it_leads_somewhere(
    served: Served,
) -> None:
    page = served.client.get("/v1/docs")
    links = Links(page.text)
    assert [one for one in links.loaded if not one.startswith("data:,")] == []
    assert not re.search(r"url\(|@import|<link[^>]+stylesheet", page.text)
    for link in links.followed:
        assert link == "/v1/openapi.json" or link.removeprefix("#") in links.places, link


def test_words_of_a_schema_are_only_words_on_the_page() -> None:
    hostile = "<script>alert(1)</script> ``<b>``"
    made = {
        "info": {"title": hostile, "description": hostile},
        "paths": {
            f"/v1/{hostile}": {
                "get": {
                    "summary": hostile,
                    "description": hostile,
                    "tags": [hostile],
                    "parameters": [{"name": hostile, "schema": {"type": hostile}}],
                    "responses": {"200": {"description": "", "content": {hostile: {}}}},
                }
            }
        },
        "components": {"schemas": {hostile: {"description": hostile, "examples": [hostile]}}},
    }
    page = docs.page_of(made, "http://127.0.0.1/<script>")
    assert "<script>alert" not in page
    assert "<b>" not in page
    assert page.count("<script>") == 1  # the one that takes up the chosen theme
