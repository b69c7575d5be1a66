"""Articles for other programs: read, added, edited, removed, and by whom."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pdfs import make_pdf
from shelved import Served, serving
from starlette.testclient import TestClient

from rag.index.originals import Originals
from rag.limits import WindowLimits
from ui.api import documents
from ui.api.v1.documents import named
from ui.audit import AUDIT

BEARS = "Brown bears sleep through the winter. They live on what they ate in autumn. " * 3


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as it:
        yield it


@pytest.fixture
def served(running: Served) -> Iterator[Served]:
    """With its two articles and nothing else, whatever the test before has done."""
    yield running
    running.reset()


def added(client: TestClient, **article: Any) -> dict[str, Any]:
    answer = client.post("/v1/articles?wait=true", json={"title": "Bears", "text": BEARS} | article)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["result"]["added"][0]
    return found


def uploaded(client: TestClient, *files: tuple[str, bytes], **form: str) -> Any:
    sent = [("files", file) for file in files]
    return client.post("/v1/articles/upload?wait=true", files=sent, data=form)


def test_the_list_is_paged_and_says_how_many_there_are(served: Served) -> None:
    first = served.client.get("/v1/articles?limit=1&sort=title").json()
    second = served.client.get(f"/v1/articles?limit=1&sort=title&offset={first['next']}").json()
    assert (first["total"], first["offset"], first["next"]) == (2, 0, 1)
    assert second["next"] is None
    titles = [page["articles"][0]["title"] for page in (first, second)]
    assert titles == sorted(titles)
    assert len(set(titles)) == 2


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("q=bakery", {"The"}),
        ("since=2021-01-01&until=2021-12-31", {"A"}),
        ("since=2022-01-01", set()),
        ("language=en", {"A", "The"}),
        ("language=de", set()),
        ("collection=boats", {"A"}),
        ("publisher=Nobody", set()),
    ],
)
def test_filters_let_through_what_they_name(served: Served, query: str, words: set[str]) -> None:
    served.library.collect("Boats", [served.ids()["A"]])
    found = served.client.get(f"/v1/articles?{query}").json()
    assert {one["title"].split()[0] for one in found["articles"]} == words
    assert found["total"] == len(words)


def test_an_unknown_collection_is_told_and_not_an_empty_list(served: Served) -> None:
    answer = served.client.get("/v1/articles?collection=Nothing")
    assert answer.status_code == 404
    assert answer.json()["type"].endswith("#unknown-collection")


def test_one_article_comes_with_its_text_and_a_part_with_what_is_around_it(served: Served) -> None:
    article = served.library.article(served.ids()["A"])
    whole = served.client.get(f"/v1/articles/{article.id}").json()
    assert whole["text"] == article.text
    assert (whole["start"], whole["end"]) == (0, len(article.text))
    part = served.client.get(f"/v1/articles/{article.id}?start=20&end=50&context=10").json()
    assert part["text"] == article.text[20:50]
    assert part["before"] == article.text[10:20]
    assert part["after"] == article.text[50:60]


@pytest.mark.parametrize("query", ["start=50&end=20", "start=100000", "end=100000", "start=-1"])
def test_a_part_that_there_is_not_is_a_problem_that_says_so(served: Served, query: str) -> None:
    answer = served.client.get(f"/v1/articles/{served.ids()['A']}?{query}")
    assert answer.status_code == 422


def test_where_files_lie_on_this_machine_is_told_nobody(served: Served) -> None:
    said = served.client.get("/v1/articles").text
    assert str(served.folder) not in said
    assert '"ferry.md"' in said
    assert documents.info(served.library.articles()[0])["source"].startswith(str(served.folder))


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("/home/ann/a b/x.md", "x.md"),
        ("C:\\Users\\ann\\x.md", "x.md"),
        ("/home/ann/all.zip/in/x.md", "x.md"),
        ("https://example.org/a/x", "https://example.org/a/x"),
        ("notes/x.md", "notes/x.md"),
        ("ibid:seeds/x.md", "ibid:seeds/x.md"),
    ],
)
def test_of_a_file_of_a_machine_only_the_name_is_told(source: str, name: str) -> None:
    assert named(source) == name


def test_a_text_is_added_with_what_its_sender_says_of_it(served: Served) -> None:
    facts = {
        "publisher": "The Examiner",
        "author": "Ann",
        "published": "2024-11-05",
        "link": "https://example.org/bears",
        "language": "en",
    }
    one = added(served.client, **facts, collections=["Zoo"])
    found = served.client.get(f"/v1/articles/{one['article_id']}").json()
    assert one["outcome"] == "added"
    assert {name: found[name] for name in facts} == facts
    assert found["title"] == "Bears"
    assert found["text"] == BEARS.strip()
    assert found["collections"] == ["Zoo"]


def test_the_same_text_again_changes_nothing_and_by_the_same_source_another_replaces(
    served: Served,
) -> None:
    first = added(served.client, source="notes/bears")
    again = added(served.client, source="notes/bears")
    other = added(served.client, source="notes/bears", text=f"{BEARS} They wake in spring.")
    assert (first["outcome"], again["outcome"], other["outcome"]) == ("added", "same", "replaced")
    assert first["article_id"] == again["article_id"] == other["article_id"]


def test_other_facts_of_the_same_source_are_another_state_of_the_article(served: Served) -> None:
    first = added(served.client, source="bears", publisher="One")
    second = added(served.client, source="bears", publisher="Two")
    found = served.client.get(f"/v1/articles/{first['article_id']}").json()
    assert second["outcome"] == "replaced"
    assert found["publisher"] == "Two"


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"text": "x", "url": "https://example.org"},
        {"url": "ftp://example.org"},
        {"url": "https://example.org", "title": "Mine"},
        {"text": "x", "published": "yesterday"},
        {"text": "x", "link": "javascript:alert(1)"},
        {"text": "x", "language": "<b>"},
        {"text": "x", "unknown": 1},
    ],
)
def test_what_is_no_article_is_refused_before_anything_is_done(
    served: Served, wrong: dict[str, Any]
) -> None:
    answer = served.calling().post("/v1/articles", json=wrong)
    assert answer.status_code == 422
    assert answer.json()["errors"]
    assert served.calling().get("/v1/jobs").json()["jobs"] == []


def test_an_address_inside_this_machine_is_not_fetched(served: Served) -> None:
    answer = served.client.post("/v1/articles?wait=true", json={"url": "http://127.0.0.1:1/x"})
    assert answer.status_code == 422
    assert "inside this machine" in answer.json()["detail"]
    assert served.client.get(answer.json()["job"]).json()["state"] == "done"


def test_files_are_added_under_their_names_and_one_that_fails_is_no_end_of_others(
    served: Served,
) -> None:
    answer = uploaded(
        served.client,
        ("../../notes/foxes.md", b"# Foxes\n\nFoxes are red, and live in holes."),
        ("bad.exe", b"MZ"),
        ("empty.txt", b""),
        collection="Zoo",
    )
    result = answer.json()["result"]
    assert answer.status_code == 200
    assert [one["title"] for one in result["added"]] == ["Foxes"]
    assert [one["name"] for one in result["failed"]] == ["bad.exe", "empty.txt"]
    assert all(str(served.folder) not in one["why"] for one in result["failed"])
    found = served.client.get(f"/v1/articles/{result['added'][0]['article_id']}").json()
    assert found["source"] == "notes/foxes.md"
    assert found["collections"] == ["Zoo"]
    assert list((served.library.folder / "uploads" / "queued").iterdir()) == []


@pytest.mark.parametrize(
    "page", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_a_form_of_another_sites_page_brings_no_files(served: Served, page: dict[str, str]) -> None:
    sent = [("files", ("a.txt", b"words"))]
    answer = served.client.post("/v1/articles/upload?wait=true", files=sent, headers=page)
    assert answer.status_code == 403
    assert served.client.get("/v1/articles").json()["total"] == 2


def test_more_than_may_be_sent_is_refused_and_nothing_of_it_kept(tmp_path: Path) -> None:
    limits = WindowLimits(upload_mb=1, upload_files=2, kept_mb=1)
    with serving(tmp_path, limits) as served:
        client = served.client
        large = uploaded(client, ("a.txt", b"a" * 1_200_000))
        many = uploaded(client, *((f"{n}.txt", b"words") for n in range(3)))
        text = served.client.post("/v1/articles", json={"text": "a" * 1_200_000})
        fits = served.client.post("/v1/articles", json={"text": BEARS * 1000})
        assert (large.status_code, many.status_code, text.status_code) == (413, 413, 413)
        assert large.json()["type"].endswith("#too-large")
        assert fits.status_code == 202


def test_of_a_pdf_that_was_sent_a_copy_is_kept_to_show_its_pages(served: Served) -> None:
    data = make_pdf([["Owls hunt at night, and sleep by day in the old barn."]])
    result = uploaded(served.client, ("owls.pdf", data)).json()["result"]
    article = served.library.article(result["added"][0]["article_id"])
    kept = Originals(served.library.folder).of(article)
    assert kept is not None
    assert kept.read_bytes() == data
    assert served.client.get(f"/v1/articles/{article.id}?start=0&end=4").json()["page"] == 1
    served.client.delete(f"/v1/articles/{article.id}")
    assert Originals(served.library.folder).of(article) is None


def test_what_a_job_changes_is_put_down_as_its_callers(served: Served) -> None:
    added(served.calling(name="ann"), source="of ann")
    lines = (served.library.folder / AUDIT).read_text("utf-8").splitlines()
    assert json.loads(lines[-1])["by"] == "key:ann"


def test_so_much_waits_to_be_added_and_no_more_of_one_caller(tmp_path: Path) -> None:
    with serving(tmp_path, WindowLimits(kept_mb=1)) as served:
        (served.folder / "loading").touch()
        sent = [
            served.client.post("/v1/articles", json={"text": f"{n} {'a' * 700_000}"})
            for n in range(2)
        ]
        assert [one.status_code for one in sent] == [202, 429]
        assert int(sent[1].headers["retry-after"]) > 0
        first = sent[0].headers["location"]
        assert served.client.delete(first).status_code == 200
        while served.client.get(first).json()["state"] != "cancelled":
            time.sleep(0.05)
        again = served.client.post("/v1/articles", json={"text": f"3 {'a' * 700_000}"})
        (served.folder / "loading").unlink()
        assert again.status_code == 202


def test_a_read_only_library_is_told_and_can_be_read(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        served.library.read_only = "no room"
        answer = served.client.post("/v1/articles?wait=true", json={"text": BEARS})
        edited = served.client.patch(f"/v1/articles/{served.ids()['A']}", json={"title": "B"})
        assert answer.status_code == edited.status_code == 409
        assert answer.json()["type"].endswith("#read-only")
        assert str(served.folder) not in answer.text
        assert served.client.get("/v1/articles").status_code == 200


def test_facts_are_written_over_and_null_forgets_one(served: Served) -> None:
    place = f"/v1/articles/{served.ids()['A']}"
    edited = served.client.patch(place, json={"publisher": "Ann", "published": None}).json()
    assert (edited["publisher"], edited["published"]) == ("Ann", None)
    assert set(edited["by_hand"]) == {"publisher", "published"}
    assert served.client.patch(place, json={}).status_code == 422
    assert served.client.patch(place, json={"title": None}).status_code == 422
    assert served.client.patch(place, json={"text": "x"}).status_code == 422


def test_what_is_removed_is_gone(served: Served) -> None:
    place = f"/v1/articles/{served.ids()['A']}"
    assert served.client.delete(place).status_code == 204
    assert served.client.get(place).status_code == 404
    assert served.client.delete(place).status_code == 404


def test_a_sync_says_what_it_would_do_and_then_does_it(served: Served, tmp_path: Path) -> None:
    folder = tmp_path / "followed"
    folder.mkdir()
    (folder / "owls.txt").write_text("Owls hunt at night, and sleep at day.")
    _follow(served, folder)
    (folder / "voles.txt").write_text("Voles dig holes in the meadow by the river.")
    told = served.client.post("/v1/articles/sync?wait=true", json={"dry_run": True})
    assert new_in(told.json()) == ["Voles dig holes in the meadow by the river"]
    assert served.client.get("/v1/articles").json()["total"] == 3
    done = served.client.post("/v1/articles/sync?wait=true", json={}).json()
    assert new_in(done) == new_in(told.json())
    assert served.client.get("/v1/articles").json()["total"] == 4
    (folder / "owls.txt").unlink()
    gone = served.client.post("/v1/articles/sync?wait=true", json={"prune": True}).json()
    assert [one["title"].split()[0] for one in gone["result"]["removed"]] == ["Owls"]
    assert str(served.folder) not in str((told.json(), done, gone))


def new_in(job: dict[str, Any]) -> list[str]:
    """The titles of what a job has added, or would have."""
    return [one["title"] for one in job["result"]["added"] if one["outcome"] == "added"]


def _follow(served: Served, folder: Path) -> None:
    from contextlib import closing

    from rag import followed
    from rag.loaders.worker import Worker
    from ui.api.service import Own

    with closing(Worker(served.library.settings.reading)) as worker:
        files = sorted(folder.iterdir())
        places = [followed.Followed("folder", str(folder)) for _ in files]
        Own(served.library, worker).add(files, "", lambda step: None, found_at=places)


def test_a_reader_reads_and_changes_nothing(served: Served) -> None:
    reader, place = served.calling("reader"), f"/v1/articles/{served.ids()['A']}"
    assert reader.get("/v1/articles").status_code == 200
    assert reader.get(place).status_code == 200
    for method, path in (
        ("POST", "/v1/articles"),
        ("POST", "/v1/articles/upload"),
        ("POST", "/v1/articles/sync"),
        ("PATCH", place),
        ("DELETE", place),
        ("DELETE", "/v1/jobs/x"),
        ("GET", "/v1/feedback"),
    ):
        answer = reader.request(method, path, json={})
        assert answer.status_code == 403, path
        assert answer.json()["type"].endswith("#forbidden")


class TestAKeyOfOneCollection:
    """What is in no collection of the key is not there."""

    @pytest.fixture
    def boats(self, served: Served) -> TestClient:
        served.library.collect("Boats", [served.ids()["A"]])
        served.library.collect("Bread", [served.ids()["The"]])
        return served.calling("editor", "Boats")

    def test_it_sees_only_the_articles_of_it(self, served: Served, boats: TestClient) -> None:
        assert [one["id"] for one in boats.get("/v1/articles").json()["articles"]] == [
            served.ids()["A"]
        ]
        assert boats.get("/v1/articles?collection=Bread").status_code == 404
        names = [one["name"] for one in boats.get("/v1/collections").json()["collections"]]
        assert names == ["Boats"]

    @pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
    def test_others_articles_are_not_there(
        self, served: Served, boats: TestClient, method: str
    ) -> None:
        theirs = f"/v1/articles/{served.ids()['The']}"
        body = {"json": {"title": "Mine"}} if method == "PATCH" else {}
        answer = boats.request(method, theirs, **body)
        never = boats.request(method, "/v1/articles/000000000000", **body)
        assert answer.status_code == 404
        own = {"instance": "", "request_id": ""}
        assert {**answer.json(), **own} == {**never.json(), **own}
        assert served.library.article(served.ids()["The"]).title.startswith("The bakery")

    def test_it_adds_into_it_and_into_no_other(self, served: Served, boats: TestClient) -> None:
        one = added(boats)
        assert boats.get(f"/v1/articles/{one['article_id']}").json()["collections"] == ["Boats"]
        into = {"text": "Words of bread.", "collections": ["Bread"]}
        assert boats.post("/v1/articles", json=into).status_code == 404

    def test_it_cannot_replace_nor_take_up_others_articles(
        self, served: Served, boats: TestClient
    ) -> None:
        first = added(served.client, source="theirs", collections=["Bread"])
        for sent in ({"source": "theirs", "text": "Other words."}, {"text": BEARS}):
            answer = boats.post("/v1/articles?wait=true", json=sent)
            assert answer.status_code == 422, sent
            assert "outside of your collections" in answer.json()["detail"]
        assert served.library.article(first["article_id"]).text == BEARS.strip()
        put = boats.post("/v1/collections/Boats/articles", json={"articles": [first["article_id"]]})
        assert put.status_code == 404

    def test_what_is_in_another_collection_too_is_only_taken_out(
        self, served: Served, boats: TestClient
    ) -> None:
        served.library.collect("Bread", [served.ids()["A"]])
        ferry = served.ids()["A"]
        assert boats.delete(f"/v1/articles/{ferry}").status_code == 204
        assert boats.get(f"/v1/articles/{ferry}").status_code == 404
        assert served.library.article(ferry).title.startswith("A new ferry")

    def test_it_syncs_makes_renames_and_forgets_nothing(
        self, served: Served, boats: TestClient
    ) -> None:
        for method, path, body in (
            ("POST", "/v1/articles/sync", {}),
            ("POST", "/v1/collections", {"name": "New"}),
            ("PATCH", "/v1/collections/Boats", {"name": "New"}),
            ("DELETE", "/v1/collections/Boats", None),
        ):
            assert boats.request(method, path, json=body).status_code == 403, path
        names = [one.name for one in served.library.catalog.collections()]
        assert names == ["Boats", "Bread"]


def test_a_service_without_a_window_loads_no_gradio() -> None:
    import subprocess

    code = "import sys, ui.window.server.headless, ui.api.v1.routes; print('gradio' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
