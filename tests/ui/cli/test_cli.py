"""Promises of the command line: in this process where no model is needed, else as a person would.

`tiny_library` writes the libraries here; a command that embeds nothing opens them when the
settings name the same embedder.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from commands import Done, Ibid, in_this_process, without_settings
from doubles import FERRY, Provider, tiny_library
from model_servers import ScriptedServer
from tiny import TinyEmbedder

from rag.index.ownership import owned

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _a_machine_without_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    without_settings(monkeypatch, tmp_path)
    monkeypatch.setenv("IBID_LIBRARY", str(tmp_path / "library"))
    monkeypatch.setenv("IBID_EMBEDDER", "tiny")


@pytest.fixture
def ibid(capsys: pytest.CaptureFixture[str]) -> Ibid:
    """Run a command in this process."""
    return in_this_process(capsys)


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """The settings' library with two articles."""
    with tiny_library(tmp_path) as library:
        return library.folder


def assert_told_in_one_line(done: Done, *words: str) -> None:
    assert done.code == 1, done
    assert done.out == ""
    assert len(done.err.splitlines()) == 1, done.err
    assert done.err.startswith("ibid: ")
    for word in words:
        assert word in done.err


# Without any model


def test_help_names_every_command(ibid: Ibid) -> None:
    done = ibid("--help")
    assert done.code == 0
    for command in (
        "add", "list", "show", "remove", "search", "ask", "chat", "eval", "models", "doctor",
        "rebuild", "edit", "collections", "duplicates", "merge",
    ):  # fmt: skip
        assert f" {command} " in done.out


@pytest.mark.parametrize(
    "arguments",
    [["ask"], ["no-such-command"], ["list", "--no-such-flag"], ["search", "-k", "0", "x"],
     ["ask", ""], ["ask", " \t"], ["search", "\x00\x07\x1b"], ["eval"], ["show"], ["remove"],
     ["add"], ["chat", "--port", "70000"], ["ask", "x", "--answers", "loud"]],
    ids=" ".join,
)  # fmt: skip
def test_wrong_usage_is_told_with_status_2(ibid: Ibid, arguments: list[str]) -> None:
    done = ibid(*arguments)
    assert done.code == 2
    assert done.out == ""
    assert "Traceback" not in done.err


def test_a_link_that_leads_inside_is_refused_before_a_path_is_looked_for(ibid: Ibid) -> None:
    done = ibid("add", "http://127.0.0.1:9/secret")
    assert done.code == 1
    assert "127.0.0.1" in done.err and "only public pages" in done.err


def test_a_host_inside_is_asked_where_it_is_allowed(ibid: Ibid) -> None:
    done = ibid("add", "http://127.0.0.1:9/secret", "--allow-host", "127.0.0.1")
    assert done.code == 1
    assert "only public pages" not in done.err and "check the link and the network" in done.err


def test_list_shows_every_article(ibid: Ibid, filled: Path) -> None:
    done = ibid("list")
    assert done.code == 0
    assert "A new ferry for Aldwick" in done.out
    assert "2 articles" in done.out
    articles = ibid("list", "--json").json["articles"]
    assert {article["title"] for article in articles} >= {"A new ferry for Aldwick"}
    for article in articles:
        assert article["article_id"] in done.out
        assert set(article) == {
            "article_id", "title", "source", "publisher", "published", "language", "digest",
            "author", "link", "stated_source", "tags", "by_hand", "added", "words", "collections",
            "also_at",
        }  # fmt: skip


def test_an_article_is_one_line_of_a_list_however_long_its_title_is(
    ibid: Ibid, tmp_path: Path
) -> None:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "long.md").write_text(f"---\ntitle: {'long ' * 60}\n---\nWords.")
    with tiny_library(tmp_path):
        pass
    lines = ibid("list").out.splitlines()
    assert sum("long long" in line for line in lines) == 1
    assert sum("Aldwick" in line for line in lines) == 1


@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_question_that_is_too_long_is_refused_and_not_cut(ibid: Ibid, command: str) -> None:
    done = ibid(command, "é" * 2_001)
    assert done.code == 2
    assert "it has 2,001 characters, and the limit is 2,000" in " ".join(done.err.split())


def test_a_library_that_is_not_there_is_empty_and_is_not_made(ibid: Ibid, tmp_path: Path) -> None:
    done = ibid("list", "--library", tmp_path / "none")
    assert done.code == 0
    assert "ibid add" in done.out
    assert ibid("list", "--json", "--library", tmp_path / "none").json == {"articles": []}
    assert not (tmp_path / "none").exists()


def test_the_flag_goes_before_the_environment(
    ibid: Ibid, filled: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("IBID_LIBRARY", str(tmp_path / "elsewhere"))
    assert len(ibid("list", "--json", "--library", filled).json["articles"]) == 2
    assert ibid("list", "--json").json["articles"] == []


def test_show_gives_the_article_word_for_word(ibid: Ibid, filled: Path) -> None:
    (one,) = [a for a in ibid("list", "--json").json["articles"] if "ferry" in a["title"]]
    shown = ibid("show", one["article_id"][:5], "--json").json
    assert shown == {**one, "near": [], "text": FERRY.split("---\n")[2].strip()}
    assert shown["text"] in ibid("show", one["article_id"]).out


def test_what_an_article_holds_cannot_command_the_terminal(ibid: Ibid, tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "evil.txt").write_text("\x1b[2J[red]bold[/x] 10\u00a0km\u202e and.")
    with tiny_library(tmp_path):
        pass
    (evil,) = [a for a in ibid("list", "--json").json["articles"] if "evil" in a["source"]]
    for done in (ibid("list"), ibid("show", evil["article_id"])):
        assert done.code == 0
        assert "[2J[red]bold[/x] 10 km and" in done.out


@pytest.mark.parametrize("command", ["show", "remove"])
def test_an_unknown_article_is_told_in_one_line(ibid: Ibid, filled: Path, command: str) -> None:
    for flags in ([], ["--json"]):
        assert_told_in_one_line(ibid(command, "zzzz", *flags), "zzzz", "ibid list")


def test_remove_removes_and_says_how_to_have_it_back(ibid: Ibid, filled: Path) -> None:
    first, second = ibid("list", "--json").json["articles"]
    done = ibid("remove", first["article_id"])
    assert done.code == 0
    assert f"ibid add {first['source']}" in done.out
    assert ibid("list", "--json").json["articles"] == [second]
    [gone] = ibid("remove", second["article_id"], "--json").json["removed"]
    assert gone.items() <= second.items()
    assert ibid("list", "--json").json["articles"] == []


def test_adding_what_cannot_be_read_tells_each_and_adds_nothing(ibid: Ibid, tmp_path: Path) -> None:
    (tmp_path / "image.png").write_bytes(b"\x89PNG")
    (tmp_path / "blank.txt").write_text("  \n")
    done = ibid("add", "missing.txt", "image.png", "blank.txt", "--json")
    assert done.code == 1
    assert done.json["articles"] == []
    paths = [Path(miss["path"]).name for miss in done.json["failed"]]
    assert paths == ["missing.txt", "image.png", "blank.txt"]
    assert len(done.err.splitlines()) == 3


def test_each_input_fails_alone_and_what_is_passed_over_is_told(ibid: Ibid, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "b.odt").write_text("x")
    (folder / "passwd.txt").symlink_to("/etc/passwd")
    (folder / "bad.html").write_text("<p>Please enable JavaScript to see this page.</p>")
    links = ["http://xn--/", "ftp://a.example/b", "http://a.example:99999/", "javascript:alert(1)"]
    done = ibid("add", "", *links, str(folder), "--json")
    assert done.code == 1
    assert len(done.json["failed"]) == len(links) + 2
    assert len(done.err.splitlines()) == len(links) + 2 and "Traceback" not in done.err
    told = "\n".join(done.json["passed_over"])
    assert "b.odt" in told and "leads out of the folder" in told and "passwd.txt" in told
    out = ibid("add", str(folder)).out.splitlines()
    assert [line.split()[:2] for line in out[-6:]] == [
        ["added", "0"], ["changed", "0"], ["unchanged", "0"], ["skipped", "2"], ["1", "link"],
        ["failed", "1"],
    ]  # fmt: skip
    assert "1 file of a format that Ibid does not read" in out[-3]
    assert "only by a script" in out[-1]


def test_an_owned_library_is_left_alone_and_its_owner_is_told(ibid: Ibid, filled: Path) -> None:
    with owned(filled, "ibid chat, port 7860"):
        first = ibid("list", "--json").json["articles"][0]["article_id"]
        assert_told_in_one_line(ibid("remove", first), "in use", str(os.getpid()), "port 7860")
        assert ibid("doctor", "--json").json["facts"]["in use by"].startswith("process")
    assert "in use by" not in ibid("doctor", "--json").json["facts"]


def test_a_library_of_another_embedder_is_told_with_what_to_do(
    ibid: Ibid, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IBID_EMBEDDER", "another")
    first = ibid("list", "--json").json["articles"][0]["article_id"]
    assert_told_in_one_line(ibid("remove", first), "ibid rebuild")


def test_a_file_that_is_no_library_is_told_in_one_line(ibid: Ibid, tmp_path: Path) -> None:
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "catalog.sqlite3").write_bytes(b"no database " * 100)
    assert_told_in_one_line(ibid("list", "--json"), "catalog.sqlite3")
    done = ibid("doctor", "--json")
    assert done.code == 1
    assert any("catalog.sqlite3" in problem for problem in done.json["problems"])


@pytest.mark.parametrize(
    ("name", "value"),
    [("IBID_TEMPERATURE", "warm"), ("IBID_PASSAGES", "-1"), ("IBID_TIMEOUT", "0"),
     ("IBID_LOG_LEVEL", "loud")],
)  # fmt: skip
def test_a_bad_value_in_the_environment_is_told_in_one_line(
    ibid: Ibid, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert_told_in_one_line(ibid("list"), name)


@pytest.mark.parametrize("text", ["modle = 'x'\n", "passages = 'many'\n", "model = \n", "[\n"])
def test_a_typo_in_ibid_toml_is_told_in_one_line(ibid: Ibid, tmp_path: Path, text: str) -> None:
    (tmp_path / "ibid.toml").write_text(text)
    done = ibid("list")
    assert_told_in_one_line(done, "ibid.toml")
    assert "fault of Ibid" not in done.err


def test_models_that_were_not_fetched_are_told_with_what_to_do(
    ibid: Ibid, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IBID_EMBEDDER")
    monkeypatch.setenv("IBID_MODELS_DIR", str(tmp_path / "models"))
    (tmp_path / "a.txt").write_text("Words.")
    for command in (["add", "a.txt"], ["search", "words"], ["ask", "words", "--json"]):
        assert_told_in_one_line(ibid(*command), "ibid models pull")
    listed = ibid("models", "--json").json["models"]
    assert listed
    assert not any(model["present"] or model["verified"] for model in listed)
    done = ibid("doctor", "--json")
    assert done.code == 1
    assert sum("ibid models pull" in problem for problem in done.json["problems"]) == 3
    assert ibid("models", "verify", "--json").json == {"verified": [], "wrong": []}


def test_doctor_misses_no_language_model_where_none_is_wanted(
    ibid: Ibid, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IBID_EMBEDDER")
    monkeypatch.setenv("IBID_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("IBID_ANSWERS", "quotes")
    report = ibid("doctor", "--json").json
    assert sum("ibid models pull" in problem for problem in report["problems"]) == 2
    assert report["facts"]["model"] == "none: quotes only"


def test_models_lists_what_each_is_for(ibid: Ibid) -> None:
    for model in ibid("models", "--json").json["models"]:
        assert set(model) == {
            "name", "title", "role", "size", "licence", "default", "present", "verified", "speed",
        }  # fmt: skip
    assert "qwen2.5-coder-1.5b" in ibid("models").out


def test_models_offers_what_is_at_hand_and_says_where_data_goes(
    ibid: Ibid, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", "secret-0123456789")
    told = ibid("models")
    assert "api.mistral.ai" in told.out
    assert "pip install langchain-mistralai" in told.out
    found = ibid("models", "--json").json["found"]
    assert ("MISTRAL_API_KEY", "mistralai:") in {(one["key"], one["model"]) for one in found}
    assert "secret-0123456789" not in told.out + json.dumps(found)


def test_models_tells_of_a_file_of_ones_own(
    ibid: Ibid, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "odd.gguf").write_bytes(b"no model")
    monkeypatch.setenv("IBID_MODEL", str(tmp_path / "odd.gguf"))
    rows = {row["name"]: row for row in ibid("models", "--json").json["models"]}
    assert rows[str(tmp_path / "odd.gguf")]["present"] is False
    assert_told_in_one_line(ibid("models", "measure"), "is no GGUF file")
    assert any("is no GGUF file" in line for line in ibid("doctor", "--json").json["problems"])


def test_a_speed_is_measured_and_listed(
    ibid: Ibid, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IBID_MODELS_DIR", str(tmp_path / "models"))
    server = Provider()
    monkeypatch.setenv("IBID_BASE_URL", server.url)
    try:
        assert ibid("models", "measure", "some-model", "--json").json["writes"] > 0
        server.status = 401
        assert_told_in_one_line(ibid("models", "measure", "some-model"), "IBID_API_KEY")
    finally:
        server.close()
    assert "some-model" in (tmp_path / "models" / "speeds.json").read_text()


def test_doctor_prints_no_key(ibid: Ibid, filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IBID_API_KEY", "gsk_0123456789abcdef")
    monkeypatch.setenv("IBID_BASE_URL", "http://me:hunter22@127.0.0.1:9/v1")
    for done in (ibid("doctor"), ibid("doctor", "--json")):
        assert "127.0.0.1:9" in done.out
        assert "gsk_0123456789abcdef" not in done.out + done.err
        assert "hunter22" not in done.out + done.err


def test_doctor_tells_that_no_server_answers(ibid: Ibid, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/v1"
        monkeypatch.setenv("IBID_BASE_URL", url)
        assert "no server answers" not in ibid("doctor").out
    assert f"no server answers at {url.removesuffix('/v1')}" in ibid("doctor").out


def test_doctor_tells_that_the_language_models_server_refuses_the_key(
    ibid: Ibid, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Provider()
    monkeypatch.setenv("IBID_BASE_URL", server.url)
    monkeypatch.setenv("IBID_API_KEY", "gsk_0123456789abcdef")
    for status, is_told in ((200, False), (404, False), (401, True)):
        server.status = status
        done = ibid("doctor", "--json")
        assert any("refuses the key" in one for one in done.json["problems"]) is is_told
        assert "gsk_0123456789abcdef" not in done.out + done.err
    server.close()


def test_doctor_tells_of_each_server_of_a_model_whether_it_answers_and_fits(
    ibid: Ibid, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ScriptedServer()
    for role in ("EMBEDDER", "RERANKER", "READER"):
        monkeypatch.setenv(f"IBID_{role}_URL", server.url)
        monkeypatch.setenv(f"IBID_{role}_TOKEN", "tok-0123456789abcdef")
    report = ibid("doctor", "--json").json
    assert report["facts"]["embedder"] == f"tiny at {server.url}"
    assert report["facts"]["reader"] == f"at {server.url}"
    assert not any("server" in problem for problem in report["problems"])
    assert {path for path, _ in server.requests} == {"/embed", "/rerank", "/read"}
    server.embedder = TinyEmbedder(dimensions=48)
    told = [one for one in ibid("doctor", "--json").json["problems"] if "server" in one.lower()]
    assert len(told) == 1 and "makes other vectors" in told[0]
    server.stop()
    told = [one for one in ibid("doctor", "--json").json["problems"] if "cannot be asked" in one]
    assert [one.split("'")[0] for one in told] == ["The embedder", "The reranker", "The reader"]
    assert "tok-0123456789abcdef" not in str(told) + ibid("doctor").out


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"id": "a", "question": "?"}', ["line 2", "answerable"]),
        ('{"id": "a", "question": "?", "answerable": "yes"}', ["line 2", "answerable"]),
        ('{"id": "a", "question": "?", "answerable": true, "answers": [1]}', ["line 2", "answers"]),
        ("{", ["line 2"]),
    ],
)
def test_a_wrong_set_is_told_by_file_line_and_field(
    ibid: Ibid, tmp_path: Path, line: str, words: Sequence[str]
) -> None:
    good = '{"id": "b", "question": "?", "answerable": false}\n'
    (tmp_path / "set.jsonl").write_text(good + line + "\n")
    assert_told_in_one_line(ibid("eval", "set.jsonl", "--json"), "set.jsonl", *words)


def test_a_set_whose_evidence_is_nowhere_is_told_in_one_line(ibid: Ibid, tmp_path: Path) -> None:
    case = {
        "id": "a", "question": "?", "answerable": True, "answers": ["x"],
        "evidence": [{"article": "none.md", "quote": "x"}],
    }  # fmt: skip
    (tmp_path / "set.jsonl").write_text(json.dumps(case))
    assert_told_in_one_line(ibid("eval", "set.jsonl"), "none.md")
    assert not (tmp_path / "library").exists()


def test_a_report_that_cannot_be_written_is_told_before_the_first_question(
    ibid: Ibid, tmp_path: Path
) -> None:
    (tmp_path / "set.jsonl").write_text('{"id": "b", "question": "?", "answerable": false}')
    (tmp_path / "file").write_text("")
    assert_told_in_one_line(ibid("eval", "set.jsonl", "--out", "file/run"), "--out")
    assert_told_in_one_line(ibid("eval", "set.jsonl", "--out", "."), "--out")


def test_debug_shows_where_it_failed(ibid: Ibid, filled: Path) -> None:
    done = ibid("show", "zzzz", "--debug")
    assert done.code == 1
    assert "Traceback" in done.err and "UnknownArticle" in done.err
    assert done.err.splitlines()[-1].startswith("ibid: no article zzzz")


def test_a_pipe_that_closes_early_is_no_failure_to_complain_of(filled: Path) -> None:
    for command in ("list", "list --json", "models"):
        done = subprocess.run(
            f"{sys.executable} -m ui.cli.main {command} | head -c 1",
            shell=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert done.stderr == ""
        assert len(done.stdout) == 1


# With the real models

SEEDS = ("aleppo-rebel-offensive.md", "kestrel-bridge-anniversary.md", "skerra-puffin-survey.md")
LED_BY = "Which group leads the offensive near Aleppo?"
ANSWER = {
    "question", "standalone", "status", "text", "answer", "probability", "sentences", "passages",
    "model", "timings", "unread",
}  # fmt: skip
SENTENCE = {
    "text", "support", "reason", "is_quote", "lead", "is_repaired", "citations", "article_id",
}  # fmt: skip
CITATION = {"number", "article_id", "title", "source", "start", "end", "quote", "head"}
PASSAGE = {"article_id", "title", "start", "end", "text", "score", "probability"}
TIMINGS = {"standalone_ms", "sources_ms", "first_token_ms", "last_token_ms", "total_ms"}


def spawned(*arguments: str) -> subprocess.Popen[str]:
    """A command in a process of its own, with the environment of this one."""
    return subprocess.Popen(
        [sys.executable, "-m", "ui.cli.main", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        # Tests that were started in the background ignore Ctrl-C, and so would their children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )  # fmt: skip


def finished(process: subprocess.Popen[str]) -> Done:
    out, err = process.communicate(timeout=240)
    return Done(process.returncode, out, err)


def interrupt_once_hanging(process: subprocess.Popen[str], provider: Provider) -> None:
    """Press Ctrl-C while the command waits for its language model."""
    while not provider.hanging.wait(0.1):
        assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGINT)


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of three seeds, added by a person."""
    folder = tmp_path_factory.mktemp("seeds") / "library"
    process = spawned(
        "add", *(str(ROOT / "seeds" / name) for name in SEEDS), "--library", str(folder), "--json"
    )
    done = finished(process)
    assert done.code == 0, done.err
    assert [article["outcome"] for article in done.json["articles"]] == ["added"] * 3
    assert done.json["failed"] == []
    return folder


@pytest.fixture
def real(seeds: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings name that library and the real models."""
    monkeypatch.delenv("IBID_EMBEDDER")
    monkeypatch.setenv("IBID_LIBRARY", str(seeds))
    return seeds


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """The settings name a language model that says what it is told to, and counts."""
    provider = Provider()
    monkeypatch.setenv("IBID_BASE_URL", provider.url)
    monkeypatch.setenv("IBID_API_KEY", "gsk_0123456789abcdef")
    yield provider
    provider.close()


def assert_is_an_answer(document: Any, texts: dict[str, str]) -> None:
    assert set(document) == ANSWER
    assert document["status"] in ("answered", "quoted", "hedged", "refused", "own")
    assert document["text"] == " ".join(one["text"] for one in document["sentences"])
    assert set(document["timings"]) == TIMINGS
    for sentence in document["sentences"]:
        assert set(sentence) == SENTENCE
        assert sentence["support"] in ("verified", "partial", "unsupported")
        for citation in sentence["citations"]:
            assert set(citation) == CITATION
            text = texts[citation["article_id"]]
            assert text[citation["start"] : citation["end"]] == citation["quote"]
    assert_are_passages(document["passages"], texts)


def assert_are_passages(passages: Any, texts: dict[str, str]) -> None:
    for passage in passages:
        assert set(passage) == PASSAGE
        text = texts[passage["article_id"]]
        assert text[passage["start"] : passage["end"]] == passage["text"]


def texts_of(ibid: Ibid) -> dict[str, str]:
    ids = [article["article_id"] for article in ibid("list", "--json").json["articles"]]
    return {one: ibid("show", one, "--json").json["text"] for one in ids}


@pytest.mark.model
def test_a_question_is_answered_from_the_articles_with_exact_citations(
    ibid: Ibid, real: Path
) -> None:
    done = finished(spawned("ask", LED_BY, "--json"))
    assert done.code == 0, done.err
    assert_is_an_answer(done.json, texts_of(ibid))
    assert done.json["question"] == LED_BY
    assert done.json["status"] in ("answered", "quoted")
    assert "Hayat Tahrir al-Sham" in done.json["text"]
    assert done.json["sentences"][0]["citations"]
    assert done.json["model"] == "qwen2.5-coder-1.5b"
    timings = done.json["timings"]
    assert 0 < timings["sources_ms"] <= timings["first_token_ms"] <= timings["total_ms"]


@pytest.mark.model
def test_what_no_article_says_is_refused(ibid: Ibid, real: Path, provider: Provider) -> None:
    done = ibid("ask", "What is the boiling point of ethanol?", "--json")
    assert done.code == 0
    assert_is_an_answer(done.json, texts_of(ibid))
    assert done.json["status"] == "refused"
    assert [one["citations"] for one in done.json["sentences"]] == [[]]
    assert provider.requests == []


@pytest.mark.model
def test_search_gives_passages_best_first(ibid: Ibid, real: Path) -> None:
    done = ibid("search", LED_BY, "--json", "-k", "10")
    assert done.code == 0
    found = done.json
    assert isinstance(found, list)
    assert 0 < len(found) <= 10
    assert_are_passages(found, texts_of(ibid))
    assert "Hayat Tahrir al-Sham" in found[0]["text"]
    assert [one["score"] for one in found] == sorted((one["score"] for one in found), reverse=True)
    assert len(ibid("search", LED_BY, "--json", "-k", "1").json) == 1
    assert "Hayat Tahrir al-Sham" in ibid("search", LED_BY).out


@pytest.mark.model
@pytest.mark.parametrize(
    "question",
    ["a " * 50_000, "x" * 100_000, "Who \x00leads\x1b[2J it?\x07", "谁领导了阿勒颇附近的攻势？",
     "من يقود الهجوم؟", "\udcff\udcfe", "--", "' OR 1=1; \" NEAR("],
    ids=lambda question: ascii(question[:9]),
)  # fmt: skip
def test_no_question_is_a_fault(ibid: Ibid, real: Path, provider: Provider, question: str) -> None:
    texts = texts_of(ibid)
    for done in (ibid("ask", "--json", "--", question), ibid("search", "--json", "--", question)):
        assert "Traceback" not in done.err
        assert done.code in (0, 2)
        if done.code == 0 and isinstance(done.json, dict):
            assert_is_an_answer(done.json, texts)


@pytest.mark.model
def test_a_model_that_fails_ends_in_a_quotation_and_shows_no_key(
    ibid: Ibid, real: Path, provider: Provider
) -> None:
    provider.status = 401
    done = ibid("ask", LED_BY)
    assert done.code == 0
    assert "Hayat Tahrir al-Sham" in done.out
    assert "The language model failed" in done.out
    assert provider.keys == ["gsk_0123456789abcdef"]
    assert "gsk_0123456789abcdef" not in done.out + done.err
    assert ibid("ask", LED_BY, "--json").json["status"] == "quoted"


@pytest.mark.model
def test_answers_of_quotations_alone_ask_no_model(
    ibid: Ibid, real: Path, provider: Provider
) -> None:
    done = ibid("ask", LED_BY, "--answers", "quotes", "--json")
    assert done.code == 0
    assert_is_an_answer(done.json, texts_of(ibid))
    assert done.json["status"] == "quoted"
    assert done.json["model"] == ""
    assert "failed" not in ibid("ask", LED_BY, "--answers", "quotes").out
    assert provider.requests == []


@pytest.mark.model
def test_an_answer_for_people_has_its_footnotes(ibid: Ibid, real: Path, provider: Provider) -> None:
    provider.words = ["Hayat Tahrir al-Sham leads ", "the offensive [", "1]."]
    done = ibid("ask", LED_BY)
    assert done.code == 0
    # Whichever number the model gives, the one that is shown is of the words that say so.
    shown = re.match(r"Hayat Tahrir al-Sham leads the offensive\. \[(\d)\]", done.out)
    assert shown, done.out
    footnote = rf"^\s*\[{shown[1]}\] [^\[]*led by\s+Hayat Tahrir al-Sham"
    assert re.search(footnote, done.out, re.MULTILINE), done.out
    (aleppo,) = [a for a in ibid("list", "--json").json["articles"] if "leppo" in a["title"]]
    assert f"ibid show {aleppo['article_id']}" in done.out


@pytest.mark.model
def test_ctrl_c_says_so_and_ends_with_130(real: Path, provider: Provider) -> None:
    provider.hangs_at = 1
    process = spawned("ask", LED_BY, "--json")
    interrupt_once_hanging(process, provider)
    done = finished(process)
    assert done == Done(130, "", "ibid: stopped\n")


@pytest.mark.model
def test_an_evaluation_that_is_stopped_reports_what_was_done(
    real: Path, provider: Provider, tmp_path: Path
) -> None:
    provider.hangs_at = 2
    process = spawned(
        "eval", str(ROOT / "eval" / "sets" / "seeds.jsonl"), "--limit", "3", "--out", "run"
    )
    interrupt_once_hanging(process, provider)
    done = finished(process)
    assert (done.code, done.out) == (130, "")
    assert "1 of 3 cases" in done.err
    assert "ibid eval --resume run" in done.err
    assert len(json.loads((tmp_path / "run" / "report.json").read_text("utf-8"))["cases"]) == 1
    provider.hangs_at = 0
    resumed = finished(spawned("eval", "--resume", "run", "--json"))
    assert resumed.code == 0, resumed.err
    assert [case["id"] for case in resumed.json["cases"]] == ["seeds-001", "seeds-002", "seeds-003"]
    assert resumed.json["run"]["finished"]


@pytest.mark.model
def test_a_set_of_other_articles_is_asked_of_a_throw_away_library(
    ibid: Ibid, real: Path, tmp_path: Path
) -> None:
    (tmp_path / "ferry").mkdir()
    (tmp_path / "ferry" / "ferry.md").write_text(FERRY, "utf-8")
    case = {
        "id": "a", "question": "How many seats does the boat have?", "answerable": True,
        "answers": ["240"],
        "evidence": [{"article": "ferry/ferry.md", "quote": "With 240 seats"}],
    }  # fmt: skip
    (tmp_path / "set.jsonl").write_text(json.dumps(case), "utf-8")
    before = ibid("list", "--json").json
    done = ibid("eval", "set.jsonl", "--quotes-only", "--json")
    assert done.code == 0
    (row,) = done.json["cases"]
    assert "240 seats" in row["text"]
    assert len(list((real / "runs").glob("set-*/report.json"))) == 1
    assert ibid("list", "--json").json == before


@pytest.mark.model
def test_a_judge_is_asked_of_each_answer_and_recorded_with_its_prompt(
    ibid: Ibid, real: Path, provider: Provider, tmp_path: Path
) -> None:
    provider.words = ["Incorrect."]
    seeds = str(ROOT / "eval" / "sets" / "seeds.jsonl")
    asked = ("--quotes-only", "--limit", "1", "--judge", "strict-judge", "--prices", "1,2")
    done = ibid("eval", seeds, *asked, "--out", "run", "--json")
    assert done.code == 0, done.err
    (row,) = done.json["cases"]
    assert row["values"]["judged correct"] == 0
    (heard,) = provider.requests
    assert heard["model"] == "strict-judge"
    assert heard["temperature"] == 0
    record = json.loads((tmp_path / "run" / "run.json").read_text("utf-8"))
    assert record["models"]["judge"] == {"name": "strict-judge", "prompt": "1"}
    assert record["prices"] == {"read": 1, "written": 2}


@pytest.mark.model
def test_a_file_that_says_it_is_another_is_kept_beside_it_and_replaces_it_only_if_told(
    ibid: Ibid, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IBID_EMBEDDER")
    seed = "ibid:seeds/picasso-guernica.md"
    stranger = tmp_path / "a stranger's.md"
    stranger.write_text(f"---\ntitle: Guernica\nsource: {seed}\ndate: soon\n---\nIt was burnt.")
    (trusted,) = ibid("add", ROOT / "seeds/picasso-guernica.md", "--json").json["articles"]
    done = ibid("add", stranger)
    assert done.code == 0 and "added" in done.out
    assert "note: published: “soon” is not one date" in done.out
    assert f"ibid add --replace {trusted['article_id']} '" in done.out
    assert len(ibid("list", "--json").json["articles"]) == 2
    assert ibid("add", "--replace", trusted["article_id"], ROOT / "seeds").code == 2
    assert_told_in_one_line(ibid("add", "--replace", "f" * 12, stranger), "no article")
    done = ibid("add", "--replace", trusted["article_id"], stranger, "--json")
    assert done.json["articles"][0]["outcome"] == "replaced"
    (only,) = ibid("list", "--json").json["articles"]
    assert (only["article_id"], only["source"]) == (trusted["article_id"], str(stranger))
