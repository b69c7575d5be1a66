"""Promises of the commands while an Ibid runs: it is asked, and all looks as if it was not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from beside import ROOT, Running
from commands import Ibid
from doubles import Provider
from tiny import TinyEmbedder

from rag.index.catalog import CATALOG
from rag.index.catalog import opened as catalog_opened
from rag.index.rebuilding import Rebuilding
from rag.settings import load

SEATS = "How many seats has the boat?"


def until(is_so: Callable[[], bool], within_s: float = 60.0) -> None:
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def begun(running: Running, *arguments: object) -> subprocess.Popen[str]:
    """A command in a process of its own, as a person begins it."""
    return subprocess.Popen(
        [sys.executable, "-m", "ui.cli.main", *map(str, arguments)],
        env={**os.environ, "IBID_LIBRARY": str(running.library), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_question_is_answered_with_what_is_cited(ibid: Ibid) -> None:
    done = ibid("ask", SEATS, "--json")
    assert done.code == 0, done.err
    [sentence] = done.json["sentences"]
    assert "240" in sentence["text"] and sentence["citations"][0]["quote"] == sentence["text"]
    assert done.json["passages"][0]["title"] == "A new ferry for Aldwick"
    told = ibid("ask", SEATS)
    assert "240" in told.out and "[1]" in told.out and "ibid show" in told.out
    assert "The articles in the library do not say" in ibid("ask", SEATS, "--language", "de").out


def test_a_search_finds_what_it_finds_alone(ibid: Ibid) -> None:
    found = ibid("search", SEATS, "-k", "1", "--json").json
    assert len(found) == 1 and "240" in found[0]["text"] and found[0]["probability"] > 0.5
    assert "A new ferry for Aldwick" in ibid("search", SEATS).out


def test_the_process_of_a_window_serves_programs_too(running: Running) -> None:
    with httpx.Client(trust_env=False, base_url=running.url, timeout=60) as client:
        assert client.get("/").headers["content-type"].startswith("text/html")
        assert client.get("/v1/articles").json()["total"] == 2
        assert client.get("/v1/docs").status_code == 200
        added = client.post("/v1/articles?wait=true", json={"text": "Owls hunt at night."}).json()
        place = f"/v1/articles/{added['result']['added'][0]['article_id']}"
        assert client.delete(place).status_code == 204


def test_what_is_in_the_library_is_told(ibid: Ibid) -> None:
    articles = ibid("list", "--json").json["articles"]
    assert {one["title"] for one in articles} >= {"A new ferry for Aldwick"}
    assert "Ines Roth" in "".join(ibid("show", one["article_id"]).out for one in articles)


def test_articles_are_added_by_the_names_they_are_given_by_and_removed(
    ibid: Ibid, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "quay.md").write_text("The quay of Osk is 300 metres long.")
    (tmp_path / "mine" / "blank.txt").write_text(" ")
    done = ibid("add", "mine", "http://127.0.0.1:9/secret", "missing.txt", "--json")
    assert done.code == 1
    [added] = done.json["articles"]
    assert added["outcome"] == "added"
    assert added["source"] == str(tmp_path / "mine" / "quay.md")
    failed = {miss["path"]: miss["error"] for miss in done.json["failed"]}
    assert set(failed) == {"mine/blank.txt", "http://127.0.0.1:9/secret", "missing.txt"}
    assert failed["mine/blank.txt"].startswith("mine/blank.txt: ")
    assert "only public pages" in failed["http://127.0.0.1:9/secret"]
    assert "300 metres" in ibid("ask", "How long is the quay of Osk?").out
    assert ibid("add", "mine/quay.md", "--json").json["articles"][0]["outcome"] == "same"
    gone = ibid("remove", added["article_id"][:8])
    assert gone.out.startswith("removed") and f"ibid add {added['source']}" in gone.out
    again = ibid("remove", added["article_id"])
    assert again.code == 1 and again.err.startswith("ibid: no article ")


def test_facts_and_collections_are_changed_by_the_running_ibid(ibid: Ibid, tmp_path: Path) -> None:
    file = tmp_path / "lamp.md"
    file.write_text("The lamp of the pier was lit with 31 candles.")
    added = ibid("add", file, "--to", "Lights", "--json").json["articles"]
    name = added[0]["article_id"]
    done = ibid("edit", name, "--publisher", "Courier", "--published", "2024-02-01", "--json")
    assert done.code == 0, done.err
    (edited,) = done.json["edited"]
    assert (edited["before"]["publisher"], edited["after"]["publisher"]) == (None, "Courier")
    bad = ibid("edit", name, "--published", "someday")
    assert bad.code == 1 and "is not one date" in bad.err and len(bad.err.splitlines()) == 1
    asked = ["search", "How many candles?", "--json"]
    assert ibid(*asked, "--collection", "LIGHTS", "--publisher", "courier").json
    assert ibid("collections", "rename", "Lights", "Lamps").code == 0
    assert ibid(*asked, "--collection", "lights").code == 1
    assert "31" in ibid("ask", "How many candles had the lamp?", "--collection", "lamps").out
    assert ibid("collections", "remove", "Lamps", name, "--json").json["articles"]
    assert ibid(*asked, "--collection", "lamps").json == []
    assert ibid("collections", "delete", "Lamps").code == 0
    assert ibid("remove", name).code == 0


def test_doubles_are_noted_merged_and_let_go_by_the_running_ibid(
    ibid: Ibid, tmp_path: Path
) -> None:
    text = " ".join(f"The buoy {n} of the estuary was painted {n + 3} times." for n in range(20))
    files = [tmp_path / f"buoy {n}.txt" for n in range(3)]
    for file, end in zip(files, ("", "", " It was reprinted."), strict=True):
        file.write_text(text + end)
    first, double, near = ibid("add", *files, "--json").json["articles"]
    assert (double["outcome"], double["also_at"]) == ("same", str(files[1]))
    assert [one["article_id"] for one in near["near"]] == [first["article_id"]]
    (group,) = ibid("duplicates", "--json").json["groups"]
    assert [one["article_id"] for one in group] == [first["article_id"], near["article_id"]]
    merged = ibid("merge", first["article_id"], near["article_id"])
    assert merged.code == 0 and merged.out.startswith("kept"), merged.err
    assert ibid("add", files[2], "--json").json["articles"][0]["merged"]
    assert "no article " in ibid("merge", first["article_id"], near["article_id"]).err
    shown = ibid("show", first["article_id"], "--json").json
    assert set(shown["also_at"]) == set(map(str, files[1:]))
    left = ibid("remove", "--source", files[0])
    assert left.out.startswith("left") and str(files[1]) in left.out
    assert ibid("remove", first["article_id"]).code == 0


def test_more_names_than_a_request_takes_are_added(ibid: Ibid, tmp_path: Path) -> None:
    folder = tmp_path / ("a-long-name-" * 12) / ("and-another-" * 12)
    folder.mkdir(parents=True)
    for number in range(70):
        (folder / f"{number}.txt").write_text(f"Buoy number {number} is green.")
    done = ibid("add", folder, "--json")
    assert done.code == 0 and len(done.json["articles"]) == 70
    assert ibid("remove", *[one["article_id"] for one in done.json["articles"]]).code == 0


def test_the_settings_of_a_command_hold_for_it(ibid: Ibid, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ibid("ask", SEATS, "--json").json["status"] == "quoted"
    monkeypatch.setenv("IBID_STRICTNESS", "1")
    monkeypatch.setenv("IBID_ANSWERING__ON_THE_SUBJECT", "0.9")
    assert ibid("ask", SEATS, "--json").json["status"] == "hedged"
    monkeypatch.delenv("IBID_STRICTNESS")
    assert ibid("ask", SEATS, "--json").json["status"] == "quoted"
    monkeypatch.setenv("IBID_CHUNK_CHARS", "300")
    other = ibid("ask", SEATS)
    assert other.code == 1 and "ibid rebuild" in other.err


def test_a_rebuild_is_made_meanwhile_and_taken_up_once_nobody_answers_from_the_old(
    ibid: Ibid, running: Running
) -> None:
    settings = load(library=running.library, embedder="tiny")
    with (
        Rebuilding(running.library, settings, TinyEmbedder()) as begun,
        catalog_opened(running.library / CATALOG) as catalog,
    ):
        begun.embed(catalog)
    done = ibid("rebuild")
    assert done.code == 1 and f"process {running.process.pid}" in done.err
    assert "all is embedded and kept" in done.err and len(done.err.splitlines()) == 1
    assert "stop that one with Ctrl-C where it was started, then run this again" in done.err
    assert "240" in ibid("ask", SEATS).out


def test_what_cannot_be_done_meanwhile_is_told_with_the_owner(ibid: Ibid, running: Running) -> None:
    done = ibid("doctor", "--repair")
    assert done.code == 1 and f"process {running.process.pid}" in done.err
    assert "stop that one with Ctrl-C where it was started, then run this again" in done.err


def test_a_library_is_written_into_a_file_and_read_from_one_by_the_running_ibid(
    ibid: Ibid, running: Running, tmp_path: Path
) -> None:
    (tmp_path / "mole.md").write_text("The mole of Brint has 41 lamps.")
    (added,) = ibid("add", "mole.md", "--json").json["articles"]
    assert ibid("export", "a.ibid", "--json").json["articles"] == 3
    assert ibid("remove", added["article_id"]).code == 0
    done = ibid("import", "a.ibid", "--json")
    assert done.code == 0, done.err
    assert done.json == {"added": 1, "same": 2, "kept": 0, "left_out": []}
    assert "41" in ibid("ask", "How many lamps has the mole of Brint?").out
    (tmp_path / "mole.md").write_text("The mole of Brint is closed.")
    assert ibid("add", "mole.md").code == 0
    done = ibid("import", "a.ibid")
    assert done.out.strip() == "0 added, 2 here already, 1 left out" and "ibid remove" in done.err
    (tmp_path / "a.ibid").write_bytes(b"no such file")
    done = ibid("import", "a.ibid")
    assert done.code == 1 and "nothing was taken from it" in done.err
    assert ibid("remove", added["article_id"]).code == 0


def test_a_running_ibid_is_told_of(ibid: Ibid, running: Running) -> None:
    assert running.url in ibid("doctor", "--json").json["facts"]["running"]
    assert running.url in ibid("config").out
    assert running.url not in ibid("config", "--library", "elsewhere").out


def test_a_set_is_asked_and_the_run_says_with_what(
    ibid: Ibid, running: Running, tmp_path: Path
) -> None:
    article = next(
        one for one in ibid("list", "--json").json["articles"] if "ferry" in one["title"]
    )
    case = {
        "id": "boat",
        "question": SEATS,
        "answerable": True,
        "answers": ["240"],
        "evidence": [{"article": article["source"], "quote": "With 240 seats"}],
    }
    Path("set.jsonl").write_text(json.dumps(case))
    done = ibid("eval", "set.jsonl", "--out", "run", "--tag", "mine", "--json")
    assert done.code == 0, done.err
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert record["asked"]["path"] == str(tmp_path / "set.jsonl")
    assert record["held"]["articles"] == 2 and not record["held"]["is_built"]
    assert record["settings"]["embedder"] == "tiny" and record["tag"] == "mine"
    assert (tmp_path / "run" / "report.html").exists()
    again = ibid("eval", "set.jsonl", "--out", "run")
    assert again.code == 1 and "the folder is not empty" in again.err


def boat(ibid: Ibid, evidence: str = "") -> Path:
    """A set of one case, beside its article where that is named by a path."""
    articles = ibid("list", "--json").json["articles"]
    source = next(one["source"] for one in articles if "ferry" in one["title"])
    quoted = {"article": evidence or source, "quote": "With 240 seats"}
    case = {"id": "boat", "question": SEATS, "answerable": True, "answers": ["240"]}
    file = Path("sets") / "boat.jsonl"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({**case, "evidence": [quoted]}) + "\n")
    return file


def test_a_run_goes_to_the_library_and_is_known_there_by_its_name(
    ibid: Ibid, running: Running, tmp_path: Path
) -> None:
    done = ibid("eval", boat(ibid), "--quotes-only", "--tag", "kept", "--json")
    assert done.code == 0, done.err
    [folder] = (running.library / "runs").glob("boat-*-kept")
    assert not (tmp_path / "runs").exists()
    rows = (folder / "rows.jsonl").read_bytes()
    (folder / "rows.jsonl").write_bytes(b"")
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(record | {"finished": None}))
    for named in (folder.name, f"runs/{folder.name}", str(folder)):
        assert (
            "was stopped; go on: ibid eval --resume"
            in ibid("eval", "gate", named, "--floor", "hit@5=0").err
        )
    gone_on = ibid("eval", "--resume", folder.name, "--json")
    assert gone_on.code == 0, gone_on.err
    assert len((folder / "rows.jsonl").read_bytes().splitlines()) == len(rows.splitlines()) == 1
    assert "is finished" in ibid("eval", "--resume", f"runs/{folder.name}").err
    assert folder.name in ibid("eval", "runs").out
    assert folder.name not in ibid("eval", "runs", "--library", "elsewhere").out


def test_evidence_is_named_from_the_folder_of_the_command(
    ibid: Ibid, running: Running, tmp_path: Path
) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "boat.md").write_bytes(
        (running.folder / "articles" / "ferry.md").read_bytes()
    )
    far = tmp_path / "far"
    far.mkdir()
    file = boat(ibid, "texts/boat.md").rename(far / "boat.jsonl")
    os.chdir(tmp_path / "far")
    missing = ibid("eval", "boat.jsonl", "--quotes-only", "--tag", "found")
    assert missing.code == 0, missing.err  # above the set
    os.chdir(tmp_path)
    moved = file.rename(running.folder / "boat.jsonl")
    done = ibid("eval", moved, "--quotes-only", "--tag", "named", "--json")
    assert done.code == 0, done.err
    assert not done.json["run"]["held"]["is_built"]


def test_robustness_is_measured_by_the_running_ibid_and_gone_on_with(
    ibid: Ibid, running: Running
) -> None:
    file = boat(ibid)
    changes = ("--kind", "polite", "--kind", "articles shuffled", "--quotes-only")
    done = ibid("eval", "robustness", file, *changes, "--json")
    assert done.code == 0, done.err
    [folder] = (running.library / "runs").glob("boat-*-robustness")
    assert {one.name for one in folder.iterdir()} >= {"original", "polite", "robustness.html"}
    record = json.loads((folder / "original" / "run.json").read_text())
    assert record["held"]["articles"] == 2 and not record["held"]["is_built"]
    (folder / "robustness.html").unlink()
    again = ibid("eval", "robustness", "--resume", folder.name)
    assert again.code == 0, again.err
    assert (folder / "robustness.html").exists()


def test_settings_are_swept_by_the_running_ibid(ibid: Ibid, running: Running) -> None:
    file = boat(ibid)
    values = ("--set", "strictness=0.2,0.9", "--set", "chunk_chars=650,300")
    done = ibid("eval", "sweep", file, *values, "--quotes-only", "--json")
    assert done.code == 0, done.err + done.out
    assert [one["settings"]["strictness"] for one in done.json["points"]] == ["0.2"] * 2 + [
        "0.9"
    ] * 2
    assert all(one["figures"]["hit@5"] == 1 for one in done.json["points"])
    [folder] = (running.library / "runs").glob("boat-*-sweep")
    built = [
        json.loads((folder / f"{number:03}" / "run.json").read_text())["held"]["is_built"]
        for number in range(1, 5)
    ]
    assert built == [False, True, False, True]


def test_a_second_measurement_is_refused_while_one_is_under_way(
    ibid: Ibid, running: Running, tmp_path: Path
) -> None:
    cases = [
        {"id": str(number), "question": f"{SEATS} {number}", "answerable": False}
        for number in range(3000)
    ]
    Path("long.jsonl").write_text("\n".join(map(json.dumps, cases)))
    process = begun(running, "eval", "long.jsonl", "--out", "long")
    until((tmp_path / "long" / "rows.jsonl").exists)
    for other in (("eval", "long.jsonl"), ("eval", "generate", "-n", "1")):
        done = ibid(*other)
        assert done.code == 1 and "at another evaluation" in done.err
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert ibid("eval", boat(ibid), "--quotes-only", "--tag", "after").code == 0


def test_a_run_that_is_stopped_is_reported_and_told_how_to_go_on_with(
    ibid: Ibid, running: Running, tmp_path: Path
) -> None:
    cases = [
        {"id": str(number), "question": f"{SEATS} {number}", "answerable": False}
        for number in range(3000)
    ]
    Path("set.jsonl").write_text("\n".join(map(json.dumps, cases)))
    process = begun(running, "eval", "set.jsonl", "--out", "run")
    rows = tmp_path / "run" / "rows.jsonl"
    until(lambda: rows.exists() and rows.read_text().count("\n") > 2)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "to go on: ibid eval --resume run" in told and told.endswith("ibid: stopped\n")
    assert (tmp_path / "run" / "report.html").exists()
    asked = rows.read_text().count("\n")
    time.sleep(0.5)
    assert rows.read_text().count("\n") == asked < 3000


def test_ctrl_c_stops_the_answer_where_it_is_written(ibid: Ibid, running: Running) -> None:
    process = begun(running, "ask", "Does it hang?")
    until((running.folder / "asked").exists)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    until((running.folder / "cancelled").exists)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 130 and told == "ibid: stopped\n"


def test_a_command_waits_for_what_still_loads(ibid: Ibid, running: Running) -> None:
    (running.folder / "loading").touch()
    process = begun(running, "ask", SEATS)
    time.sleep(2)
    assert process.poll() is None
    (running.folder / "loading").unlink()
    out, _ = process.communicate(timeout=30)
    assert "240" in out


def test_asking_a_running_ibid_loads_nothing_heavy(running: Running) -> None:
    code = f"""
import contextlib, io, json, os, sys
os.environ["IBID_LIBRARY"] = {str(running.library)!r}
import ui.cli.main
with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(SystemExit):
    ui.cli.main.main(["ask", {SEATS!r}])
assert "240" in out.getvalue()
print(json.dumps(sorted(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ}
    )
    assert done.returncode == 0, done.stderr
    loaded = {name.split(".")[0] for name in json.loads(done.stdout)}
    assert loaded.isdisjoint(
        {"numpy", "sqlalchemy", "chromadb", "langchain_core", "fastapi", "starlette", "httpx",
         "onnxruntime", "torch", "gradio"}
    )  # fmt: skip


def test_cases_are_proposed_by_the_model_that_the_command_names(
    ibid: Ibid, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = Provider()
    provider.words = [
        "Quote: With 240 seats, the boat carries twice as many people as the old one.\n",
        "Question: How many seats has the new ferry of Aldwick?\nAnswer: 240",
    ]
    monkeypatch.setenv("IBID_BASE_URL", provider.url)
    monkeypatch.setenv("IBID_API_KEY", "key-of-the-command")
    done = ibid("eval", "generate", "-n", "2", "--out", "made.jsonl", "--model", "its", "--json")
    provider.close()
    assert done.code == 0, done.err
    assert done.json["tried"] == 2
    assert provider.keys == ["key-of-the-command"] * 2
    assert {one["model"] for one in provider.requests} == {"its"}
    assert len(Path("made.jsonl").read_text().splitlines()) == 2
