"""``ibid serve``: the service without a window, in a process of its own."""

from __future__ import annotations

import signal
from pathlib import Path

import httpx
import pytest
from beside import Running, started
from commands import Ibid, in_this_process

from rag.errors import IbidError
from ui import keys
from ui.api import note
from ui.window.server.guarding import check_doors

HERE = httpx.Client(trust_env=False, timeout=60)  # the proxy of the tests is nowhere


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> object:
    with started(tmp_path_factory.mktemp("headless"), "--headless") as it:
        yield it


def test_programs_are_answered_and_there_is_no_window(running: Running) -> None:
    assert HERE.get(f"{running.url}/healthz").json()["ok"] is True
    assert HERE.get(f"{running.url}/v1/articles").json()["total"] == 2
    assert HERE.get(f"{running.url}/").headers["location"] == "/v1/docs"
    assert HERE.get(f"{running.url}/config").status_code == 404


def test_the_owners_commands_go_through_it(
    running: Running,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("IBID_LIBRARY", str(running.library))
    ibid: Ibid = in_this_process(capsys)
    file = tmp_path / "owls.txt"
    file.write_text("Owls hunt at night, and sleep by day.", "utf-8")
    assert ibid("add", str(file)).code == 0
    found = HERE.get(f"{running.url}/v1/articles?q=owls").json()["articles"]
    assert [one["source"] for one in found] == ["owls.txt"]
    assert ibid("remove", found[0]["id"]).code == 0


def test_ctrl_c_ends_it_tidily_and_it_has_never_loaded_gradio(tmp_path: Path) -> None:
    with started(tmp_path, "--headless", anew=True) as running:
        assert note.running(running.library)
        HERE.post(f"{running.url}/v1/articles", json={"text": "Owls hunt at night."})
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(60) == 0
    assert "gradio" not in (tmp_path / "loaded").read_text("utf-8").split()
    assert not (running.library / note.NOTE).exists()
    assert not (running.library / "uploads").exists()


def test_on_another_address_programs_bring_a_key_or_people_sign_in(tmp_path: Path) -> None:
    with pytest.raises(IbidError, match="ibid key add"):
        check_doors("0.0.0.0", None, open_to_all=False, keys_of=tmp_path / keys.KEYS)
    keys.add(tmp_path / keys.KEYS, "ann", "read")
    check_doors("0.0.0.0", None, open_to_all=False, keys_of=tmp_path / keys.KEYS)
    with pytest.raises(IbidError, match="--auth"):  # a window is not opened by keys
        check_doors("0.0.0.0", None, open_to_all=False)


def test_the_help_says_where_programs_ask_and_where_the_docs_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = in_this_process(capsys)("serve", "--help").out
    for words in ("/v1/docs", "/healthz", "ibid key add", "--quotes-only", "--host", "--port"):
        assert words in said
