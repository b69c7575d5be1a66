"""Whatever keeps a library, each command does the same and tells the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from commands import Ibid, in_this_process, without_settings
from model_servers import ScriptedServer

ARTICLES = {
    "ferry.md": "# The ferry\n\nThe ferry Aurelia carries 240 people over the bay. It was built "
    "in Cobh in 1987, and its engines were replaced in 2019.\n",
    "tower.md": "# The tower\n\nThe water tower of Aldenhurst is 31 metres high. It holds 900 "
    "cubic metres, and storks nest on it every spring.\n",
    "river.md": "# The river\n\nThe river rose to four metres in March, and the lower town stood "
    "in water for three days. Nobody was hurt.\n",
    "mill.md": "# Die Mühle\n\nDie alte Mühle am Fluss mahlt seit 1804 Korn. Der Müller heißt Rune "
    "Straß.\n",
}
CASES = [
    ("a", "How many people does the ferry Aurelia carry?", "240", "ferry.md",
     "The ferry Aurelia carries 240 people over the bay."),
    ("b", "How high is the water tower of Aldenhurst?", "31 metres", "tower.md",
     "The water tower of Aldenhurst is 31 metres high."),
    ("c", "How long did the lower town stand in water?", "three days", "river.md",
     "the lower town stood in water for three days"),
    ("d", "Who is the emperor of the moon?", "", "", ""),
]  # fmt: skip
STORES = {  # what keeps the catalog, and what the vectors
    "sqlite": (None, None),
    "served": (None, "chroma_server"),
    "shared": ("postgres", "chroma_server"),
}


@pytest.fixture(scope="module")
def told() -> dict[str, dict[str, Any]]:
    """What was told over each store so far."""
    return {}


@pytest.fixture(scope="module")
def common(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the articles, the same for each store: an article's id is of its place."""
    return tmp_path_factory.mktemp("common")


@pytest.fixture
def models() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    yield server
    server.stop()


@dataclass
class Place:
    """A machine whose libraries are kept in one way, and its command line."""

    ibid: Ibid
    folder: Path
    notes: Path
    told: dict[str, Any]
    setting: Callable[[str, str], None]

    def does(self, what: str, *words: object, code: int = 0) -> Any:
        """What a command tells as JSON, kept for comparison without what is of this place."""
        done = self.ibid(*words, "--json")
        assert done.code == code, (what, done)
        document = json.loads(done.out) if done.out else {}
        self.told[what] = _plain(document, str(self.folder))
        return document


AlikeIn = Callable[[str], Place]


@pytest.fixture
def kept_in(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    common: Path,
    models: ScriptedServer,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[AlikeIn]:
    def begin(store: str) -> Place:
        folder = tmp_path / store
        folder.mkdir()
        without_settings(monkeypatch, folder)
        monkeypatch.setenv("IBID_EMBEDDER", "tiny")
        monkeypatch.setenv("IBID_ANSWERS", "quotes")
        monkeypatch.setenv("IBID_CHUNK_CHARS", "200")
        monkeypatch.setenv("IBID_CHUNK_OVERLAP", "0")
        monkeypatch.setenv("IBID_LIBRARY", str(folder / "mine"))
        monkeypatch.setenv("IBID_MODELS_DIR", str(folder / "models"))  # none is needed
        for role in ("EMBEDDER", "RERANKER", "READER"):
            monkeypatch.setenv(f"IBID_{role}_URL", models.url)
        for name, server in zip(("IBID_DATABASE", "IBID_CHROMA"), STORES[store], strict=True):
            if server is not None:
                monkeypatch.setenv(name, request.getfixturevalue(server).address)
        notes = common / "notes"
        notes.mkdir(exist_ok=True)
        for name, text in ARTICLES.items():
            (notes / name).write_text(text, "utf-8")
        lines = [json.dumps(_case(*one), ensure_ascii=False) for one in CASES]
        (common / "set.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
        return Place(in_this_process(capsys), folder, notes, {}, monkeypatch.setenv)

    yield begin
    if request.node.callspec.params["store"] == "shared":
        request.getfixturevalue("postgres").empty()


def _case(name: str, question: str, answer: str, article: str, quote: str) -> dict[str, Any]:
    return {
        "id": name,
        "question": question,
        "answerable": bool(answer),
        "answers": [answer] if answer else [],
        "evidence": [{"article": f"notes/{article}", "quote": quote}] if answer else [],
    }


# What differs from one call to the next, or from one machine to another.
_PASSING = {
    "added", "time", "timings", "started",
    "finished", "seconds", "versions", "code", "settings", "resources",
    "run", "folder", "facts", "looked", "request", "bytes", "models",
}  # fmt: skip


def _plain(told: Any, folder: str) -> Any:
    """What was told, without what passes."""
    if isinstance(told, dict):
        return {
            name: _plain(one, folder)
            for name, one in told.items()
            if not name.startswith("seconds")
            and (name not in _PASSING or (name == "added" and isinstance(one, int | list)))
        }
    if isinstance(told, list):
        return [_plain(one, folder) for one in told]
    return told.replace(folder, "HERE") if isinstance(told, str) else told


def everything(at: Place) -> None:
    """Every command that works on a library, one after the other."""
    notes, questions = at.notes, at.notes.with_name("set.jsonl")
    at.does("doctor of nothing", "doctor")
    assert len(at.does("add", "add", notes)["articles"]) == len(ARTICLES)
    ids = {one["title"]: one["article_id"] for one in at.does("list", "list")["articles"]}
    at.does("show", "show", ids["The ferry"])
    at.does("edit", "edit", ids["The tower"], "--publisher", "Courier")
    at.does("collections", "collections", "create", "Boats")
    at.does("collect", "collections", "add", "Boats", ids["The ferry"])
    assert len(at.does("list of these", "list", "--collection", "Boats")["articles"]) == 1
    asked = at.does("search", "search", "How many people does the ferry carry?")
    assert asked[0]["title"] == "The ferry"
    at.does("ask", "ask", "How high is the water tower of Aldenhurst?", "--answers", "quotes")
    at.does("duplicates", "duplicates")

    (notes / "ferry.md").write_text(ARTICLES["ferry.md"].replace("240", "260"), "utf-8")
    (notes / "mill.md").unlink()
    at.does("sync, dry", "sync", "--dry-run", "--prune")
    at.does("sync", "sync", "--prune")
    at.does("followed", "sync", "--list")
    at.does("synced", "search", "260 people")

    (notes / "ferry.md").write_text(ARTICLES["ferry.md"], "utf-8")
    at.does("sync back", "sync")
    figures = at.does("eval", "eval", questions, "--quotes-only", "--tag", "one")
    assert figures["figures"]["hit@5"]["value"] == 1.0
    again = at.ibid("eval", questions, "--quotes-only", "--workers", "2", "--json")
    assert figures["figures"].keys() == again.json["figures"].keys()
    runs = [one["name"] for one in at.ibid("eval", "runs", "--json").json["runs"]]
    assert len(runs) == 2
    assert at.ibid("eval", "compare", *runs, "--json").code == 0
    assert at.ibid("eval", "gate", runs[0], "--floor", "hit@5=1").code == 0
    at.does("robust", "eval", "robustness", questions, "--quotes-only",
            "--kind", "lower case", "--limit", "2")  # fmt: skip

    at.does("export", "export", at.folder / "all.ibid")
    at.does("import", "import", at.folder / "all.ibid", "--library", at.folder / "other")
    at.does("import again", "import", at.folder / "all.ibid", "--library", at.folder / "other")
    at.does("found there", "search", "storks nest", "--library", at.folder / "other")

    at.setting("IBID_CHUNK_CHARS", "120")
    refused = at.ibid("search", "storks nest")
    assert refused.code == 1 and "ibid rebuild" in refused.err
    assert at.does("rebuild", "rebuild")["rebuilt"] == len(ARTICLES) - 1
    at.does("rebuilt", "search", "storks nest")
    at.does("repair", "doctor", "--repair")
    assert at.does("doctor", "doctor")["problems"] == []
    at.does("remove", "remove", ids["The river"])
    assert len(at.does("left", "list")["articles"]) == len(ARTICLES) - 2
    assert len(at.does("log", "log")["changes"]) > len(ARTICLES)


@pytest.mark.parametrize("store", STORES)
def test_every_command_does_and_tells_the_same_over_each_store(
    store: str, kept_in: AlikeIn, told: dict[str, dict[str, Any]]
) -> None:
    for one in dict.fromkeys(("sqlite", store)):
        if one not in told:
            everything(place := kept_in(one))
            told[one] = place.told
    assert told[store].keys() == told["sqlite"].keys()
    for what, said in told["sqlite"].items():
        assert told[store][what] == said, what
