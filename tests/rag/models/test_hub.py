"""Promises of models of the hub that nobody listed. A real server on loopback is the hub."""

from __future__ import annotations

import hashlib
import http.server
import random
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from ggufs import ABOUT, TALKS, gguf

from rag.errors import DownloadFailed, HashMismatch, ModelError, NoSpace, SettingsError
from rag.models import hub, local
from rag.models.sources import HubSource
from rag.models.store import ModelStore, Progress
from rag.settings import load

NAME = "hf:someone/tiny-GGUF/tiny.gguf"
BYTES = gguf({**ABOUT, **TALKS}) + random.Random(3).randbytes(3_000_000)


class Hub(http.server.ThreadingHTTPServer):
    """Speaks as the hub does, of ``files`` by their path in the repository.

    ``says_sums``: whether it tells SHA-256 and revision; ``breaks_at``: after so many bytes of an
    answer it hangs up, once.
    """

    daemon_threads = True

    def __init__(self) -> None:
        self.files = {"tiny.gguf": BYTES}
        self.says_sums = True
        self.status = 200
        self.breaks_at = 0
        self.ranges: list[str] = []
        self.heads = 0
        self.sent_keys: list[str] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Hub

    def do_HEAD(self) -> None:
        self.server.heads += 1
        if data := self._head():
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()

    def do_GET(self) -> None:
        wanted = self.headers.get("Range", "")
        self.server.ranges.append(wanted)
        data = self.server.files.get(self._file(), b"")
        start = int(re.findall(r"\d+", wanted)[0]) if wanted else 0
        self.send_response(206 if data else 404)
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        if at := self.server.breaks_at:
            self.server.breaks_at = 0
            self.wfile.write(data[start : start + at])
            self.wfile.flush()
            self.connection.close()
            return
        self.wfile.write(data[start:])

    def _file(self) -> str:
        return self.path.partition("/resolve/")[2].partition("/")[2]

    def _head(self) -> bytes:
        if key := self.headers.get("Authorization"):
            self.server.sent_keys.append(key)
        data = self.server.files.get(self._file(), b"")
        status = self.server.status if data else 404
        self.send_response(status)
        if status != 200:
            self.send_header("Content-Length", "0")
            self.end_headers()
            return b""
        if self.server.says_sums:
            digest = hashlib.sha256(data).hexdigest()
            self.send_header("X-Linked-Etag", f'"{digest}"')
            self.send_header("X-Linked-Size", str(len(data)))
            self.send_header("X-Repo-Commit", digest[:40])
        return data

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served() -> Iterator[Hub]:
    server = Hub()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def store(folder: Path, served: Hub, free: int = 10**12) -> ModelStore:
    return ModelStore(folder, sources=[HubSource(served.url)], free=lambda _: free)


@pytest.mark.parametrize("says_sums", [True, False])
def test_a_model_of_the_hub_is_fetched_recorded_and_found(
    says_sums: bool, tmp_path: Path, served: Hub
) -> None:
    served.says_sums = says_sums
    assert not store(tmp_path, served).status(NAME).present
    told: list[Progress] = []

    folder = store(tmp_path, served).pull(NAME, told.append)

    assert (folder / "tiny.gguf").read_bytes() == BYTES
    assert told[-1] == Progress("tiny.gguf", len(BYTES), len(BYTES))
    status = store(tmp_path, served).status(NAME)
    assert status.verified
    assert status.model.files[0].sha256 == hashlib.sha256(BYTES).hexdigest()
    assert hub.kept(tmp_path) == [NAME]
    assert local.file_of(load(model=NAME, models_dir=tmp_path)) == folder / "tiny.gguf"


def test_what_is_here_costs_no_network(tmp_path: Path, served: Hub) -> None:
    store(tmp_path, served).pull(NAME)
    heads, ranges = served.heads, len(served.ranges)

    store(tmp_path, served).pull(NAME)

    assert (served.heads, len(served.ranges)) == (heads, ranges)


@pytest.mark.parametrize("says_sums", [True, False])
def test_a_broken_download_goes_on_where_it_broke_in_another_process_too(
    says_sums: bool, tmp_path: Path, served: Hub
) -> None:
    served.says_sums = says_sums

    class Stop(Exception):
        pass

    def stop(now: Progress) -> None:
        if now.done > 1_000_000:
            raise Stop

    with pytest.raises(Stop):
        store(tmp_path, served).pull(NAME, stop)
    served.breaks_at = 500_000
    folder = store(tmp_path, served).pull(NAME)

    assert (folder / "tiny.gguf").read_bytes() == BYTES
    starts = [int(re.findall(r"\d+", one)[0]) for one in served.ranges]
    assert starts[0] == 0
    assert starts[1] > 1_000_000
    assert starts == sorted(starts)


def test_another_file_under_the_same_name_is_not_taken(tmp_path: Path, served: Hub) -> None:
    for says_sums in (True, False):
        served.says_sums, served.files["tiny.gguf"] = says_sums, BYTES
        own = store(tmp_path / str(says_sums), served)
        folder = own.pull(NAME)
        (folder / "tiny.gguf").unlink()
        served.files["tiny.gguf"] = BYTES[:-1] + b"!"

        with pytest.raises(HashMismatch, match=r"tiny\.gguf"):
            own.pull(NAME)
        assert not own.status(NAME).present


def test_a_damaged_file_is_found_when_it_is_used(tmp_path: Path, served: Hub) -> None:
    own = store(tmp_path, served)
    folder = own.pull(NAME)
    (folder / "tiny.gguf").write_bytes(BYTES[:-1] + b"!")

    with pytest.raises(HashMismatch, match="damaged"):
        own.path(NAME)
    with pytest.raises(HashMismatch, match="was deleted"):
        own.verify(NAME)


def test_what_came_of_another_version_is_thrown_away(tmp_path: Path, served: Hub) -> None:
    served.says_sums = False

    def stop(now: Progress) -> None:
        if now.done > 500_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store(tmp_path, served).pull(NAME, stop)
    newer = BYTES[::-1] + b"newer"
    served.files["tiny.gguf"] = newer

    assert (store(tmp_path, served).pull(NAME) / "tiny.gguf").read_bytes() == newer


def test_every_part_of_a_split_model_is_fetched(tmp_path: Path, served: Hub) -> None:
    served.files = {"q/m-00001-of-00002.gguf": BYTES, "q/m-00002-of-00002.gguf": b"rest"}
    name = "hf:someone/split@v1.0/q/m-00002-of-00002.gguf"

    folder = store(tmp_path, served).pull(name)

    assert (folder / "q/m-00001-of-00002.gguf").read_bytes() == BYTES
    assert (folder / "q/m-00002-of-00002.gguf").read_bytes() == b"rest"
    first = local.file_of(load(model=name, models_dir=tmp_path))
    assert first == folder / "q/m-00001-of-00002.gguf"


@pytest.mark.parametrize(
    ("status", "why"), [(404, "no such file"), (401, "not public"), (403, "not public")]
)
def test_a_file_that_cannot_be_had_is_told_in_one_line(
    status: int, why: str, tmp_path: Path, served: Hub
) -> None:
    served.status = status
    with pytest.raises(DownloadFailed, match=why) as failure:
        store(tmp_path, served).pull(NAME)
    assert "\n" not in str(failure.value)
    assert f"ibid models pull {NAME}" in str(failure.value)


def test_a_hub_that_cannot_be_reached_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match="check the name and the network") as failure:
        ModelStore(tmp_path, sources=[HubSource("http://127.0.0.1:9")]).pull(NAME)
    assert "\n" not in str(failure.value)


def test_a_full_disk_is_told_before_the_first_byte(tmp_path: Path, served: Hub) -> None:
    with pytest.raises(NoSpace, match="IBID_MODELS_DIR"):
        store(tmp_path, served, free=1000).pull(NAME)
    assert served.ranges == []


def test_no_key_of_the_user_is_sent(
    tmp_path: Path, served: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secretsecretsecret")
    store(tmp_path, served).pull(NAME)
    assert served.sent_keys == []


@pytest.mark.parametrize(
    "name",
    ["hf:", "hf:a/b", "hf:a/b.gguf", "hf:a/b/c.bin", "hf:a/../c.gguf", "hf:../b/c.gguf",
     "hf:a/b/../../../c.gguf", "hf:a/b//c.gguf", "hf:a/b/c.gguf\n", "hf:/a/b/c.gguf"],
)  # fmt: skip
def test_a_name_that_names_no_file_of_the_hub_is_told(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="hf:owner/repository/file"):
        ModelStore(tmp_path).status(name)


def test_a_model_that_was_not_fetched_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=f"not here yet; run: ibid models pull {NAME}"):
        local.file_of(load(model=NAME, models_dir=tmp_path))


def test_a_record_that_makes_no_sense_is_as_good_as_none(tmp_path: Path, served: Hub) -> None:
    own = store(tmp_path, served)
    record = own.pull(NAME) / "hub.json"
    for content in ("", "[]", '{"files": 3}', '{"files": [{"name": "other"}], "hub": {}}'):
        record.write_text(content)
        assert not own.status(NAME).present
        assert hub.kept(tmp_path) == []
