"""What is followed: listed, added, looked at again and forgotten by programs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from shelved import Served, serving
from sites import Site, site

from ui.api.v1 import places

OWLS = "# Owls\n\nOwls hunt at night, and sleep by day."
VOLES = "# Voles\n\nVoles dig holes in the meadow by the river."


@pytest.fixture(scope="module")
def here() -> Iterator[Site]:
    with site() as it:
        yield it


@pytest.fixture
def served(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Served]:
    monkeypatch.setenv("IBID_READING__INTRANET", '["localhost"]')
    monkeypatch.setenv("IBID_READING__OWN_SITES", '["localhost"]')
    with serving(tmp_path_factory.mktemp("secret-place")) as it:
        yield it


def put(here: Site, path: str, body: str, kind: str = "text/markdown") -> str:
    """Let a page stand there; its link on this machine."""
    here.put(path, body, kind=kind)
    return f"http://localhost:{here.port}{path}"


def feed(here: Site, *links: str) -> str:
    items = "".join(f"<item><title>t</title><link>{one}</link></item>" for one in links)
    body = f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'
    return put(here, "/rss", body, "application/xml")


def follow(served: Served, **given: Any) -> Any:
    answer = served.client.post("/v1/places?wait=true", json=given)
    assert answer.status_code == 200, answer.text
    return answer.json()


def listed(served: Served) -> list[Any]:
    found: list[Any] = served.client.get("/v1/places").json()["places"]
    return found


def titles(job: Any) -> list[str]:
    return [one["title"] for one in job["result"]["added"] if one["outcome"] == "added"]


def test_a_feed_is_followed_looked_at_again_and_forgotten(served: Served, here: Site) -> None:
    owls = put(here, "/owls", OWLS)
    link = feed(here, owls)
    assert titles(follow(served, kind="feed", url=link, collection="Beasts")) == ["Owls"]
    [known] = listed(served)
    assert (known["kind"], known["place"], known["articles"]) == ("feed", link, 1)
    assert known["collection"] == "Beasts" and known["looked"]
    feed(here, owls, put(here, "/voles", VOLES))
    wish = {"places": [known["id"]]}
    job = served.client.post("/v1/articles/sync?wait=true", json=wish).json()
    assert titles(job) == ["Voles"]
    beasts = served.client.get("/v1/articles?collection=Beasts").json()["articles"]
    assert {one["title"] for one in beasts} == {"Owls", "Voles"}
    place = f"/v1/places/{known['id']}"
    assert served.client.delete(place).status_code == 204
    assert listed(served) == []
    assert served.client.delete(place).json()["type"].endswith("#unknown-place")
    assert served.client.get("/v1/articles?collection=Beasts").json()["total"] == 2


def test_only_the_places_that_are_meant_are_looked_at(served: Served, here: Site) -> None:
    first, second = put(here, "/a", OWLS), put(here, "/b", VOLES)
    for link in (first, second):
        follow(served, url=link)
    put(here, "/a", OWLS.replace("night", "dusk"))
    put(here, "/b", VOLES.replace("river", "lake"))
    here.visits()
    by_place = {one["place"]: one["id"] for one in listed(served)}
    sync = "/v1/articles/sync?wait=true"
    job = served.client.post(sync, json={"places": [by_place[first]]}).json()
    assert [one["title"] for one in job["result"]["added"]] == ["Owls"]
    assert [path for path, _ in here.visits()] == ["/a"]
    unknown = served.client.post(sync, json={"places": ["0" * 16]})
    assert unknown.status_code == 404 and unknown.json()["type"].endswith("#unknown-place")


def test_what_is_followed_already_is_looked_at_and_followed_once(
    served: Served, here: Site
) -> None:
    link = put(here, "/a", OWLS)
    follow(served, url=link)
    here.pages["/a"].status = 500
    again = follow(served, url=link)
    assert again["result"]["failed"]
    assert [one["place"] for one in listed(served)] == [link]


@pytest.mark.parametrize("status", [404, 500])
def test_a_place_where_nothing_is_found_is_told_and_not_followed(
    served: Served, here: Site, status: int
) -> None:
    here.put("/none", "", status=status)
    job = follow(served, url=f"http://localhost:{here.port}/none")
    assert job["result"]["failed"]
    assert listed(served) == []


def test_no_address_inside_is_followed(served: Served) -> None:
    job = follow(served, kind="feed", url="http://10.0.0.1/rss")
    assert "network" in str(job["result"]["failed"])
    assert listed(served) == []


def test_a_folder_of_this_machine_is_told_by_its_name_and_none_can_be_added(
    served: Served, tmp_path: Path
) -> None:
    from rag import followed

    place = followed.Followed("folder", str(tmp_path / "mine"))
    served.library.catalog.follow(place, [])
    [known] = listed(served)
    assert (known["kind"], known["place"], known["id"]) == ("folder", "mine", places.id_of(place))
    for url in (str(tmp_path), f"file://{tmp_path}"):
        assert served.client.post("/v1/places", json={"url": url}).status_code == 422
    folder = {"kind": "folder", "url": "http://localhost/"}
    assert served.client.post("/v1/places", json=folder).status_code == 422


def test_readers_and_keys_of_one_collection_have_no_part_in_it(served: Served) -> None:
    served.library.create_collection("Boats")
    for caller in (served.calling("reader"), served.calling("editor", "Boats")):
        for method, path in (
            ("GET", "/v1/places"),
            ("POST", "/v1/places"),
            ("DELETE", f"/v1/places/{'0' * 16}"),
        ):
            sent = {"json": {"url": "http://localhost/"}} if method == "POST" else {}
            answer = caller.request(method, path, **sent)
            assert answer.status_code == 403, (method, path)
    assert served.calling("editor").get("/v1/places").status_code == 200
