"""Collections for other programs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from shelved import Served, serving


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as it:
        yield it


@pytest.fixture
def served(running: Served) -> Iterator[Served]:
    yield running
    running.reset()


def names(served: Served) -> list[tuple[str, int]]:
    found = served.client.get("/v1/collections").json()["collections"]
    return [(one["name"], one["articles"]) for one in found]


def test_one_is_made_filled_renamed_emptied_and_forgotten(served: Served) -> None:
    ferry, client = served.ids()["A"], served.client
    assert client.post("/v1/collections", json={"name": "Boats"}).status_code == 201
    assert client.post("/v1/collections", json={"name": "boats"}).status_code == 200
    put = client.post("/v1/collections/boats/articles", json={"articles": [ferry]}).json()
    assert put == {"name": "Boats", "articles": 1, "changed": [ferry]}
    again = client.post("/v1/collections/Boats/articles", json={"articles": [ferry]}).json()
    assert again["changed"] == []
    renamed = client.patch("/v1/collections/Boats", json={"name": "Ships & Co./2"})
    assert renamed.json() == {"name": "Ships & Co./2", "articles": 1}
    assert client.patch("/v1/collections/Boats", json={"name": "X"}).status_code == 404
    place = "/v1/collections/Ships%20&%20Co.%2F2"
    assert client.delete(f"{place}/articles/{ferry}").status_code == 204
    assert names(served) == [("Ships & Co./2", 0)]
    assert client.patch(place, json={"name": "Ships"}).json()["name"] == "Ships"
    assert client.delete("/v1/collections/Ships").status_code == 204
    assert names(served) == []


def test_an_article_is_taken_out_and_stays_in_the_library(served: Served) -> None:
    ferry = served.ids()["A"]
    served.library.collect("Boats", [ferry])
    place = f"/v1/collections/Boats/articles/{ferry}"
    assert served.client.delete(place).status_code == 204
    assert names(served) == [("Boats", 0)]
    assert served.client.get(f"/v1/articles/{ferry}").status_code == 200
    assert served.client.delete("/v1/collections/Boats").status_code == 204
    assert names(served) == []


def test_an_id_that_is_not_there_changes_nothing_at_all(served: Served) -> None:
    served.library.create_collection("Boats")
    ids = [served.ids()["A"], "000000000000"]
    answer = served.client.post("/v1/collections/Boats/articles", json={"articles": ids})
    assert answer.status_code == 404
    assert names(served) == [("Boats", 0)]


def test_a_name_that_is_taken_or_empty_is_a_problem_of_its_own(served: Served) -> None:
    for name in ("Boats", "Bread"):
        served.library.create_collection(name)
    taken = served.client.patch("/v1/collections/Boats", json={"name": "bread"})
    assert (taken.status_code, taken.json()["type"]) == (409, "/v1/docs#collection-taken")
    for nothing in (" ", "\u200b"):
        unnamed = served.client.post("/v1/collections", json={"name": nothing})
        assert unnamed.status_code == 422
        assert unnamed.json()["type"] == "/v1/docs#collection-unnamed"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "/v1/collections/None"),
        ("DELETE", "/v1/collections/None"),
        ("POST", "/v1/collections/None/articles"),
    ],
)
def test_one_that_is_not_there_is_told(served: Served, method: str, path: str) -> None:
    body = {"articles": ["x"]} if method == "POST" else {"name": "x"}
    answer = served.client.request(method, path, json=body)
    assert answer.status_code == 404
    assert answer.json()["type"] == "/v1/docs#unknown-collection"
