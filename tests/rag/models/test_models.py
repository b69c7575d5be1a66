"""Promises of the model store. No test here leaves the machine.

Wheels are found by the real pip, in a package index on loopback, and read from there.
"""

from __future__ import annotations

import errno
import hashlib
import http.server
import json
import os
import random
import re
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Generator, Iterator
from functools import partial
from pathlib import Path

import pytest

from rag.errors import DownloadFailed, HashMismatch, ModelError, NoSpace, UnknownModel
from rag.models.registry import Hub, Model, ModelFile, Wheel, listed
from rag.models.sources import HubSource, WheelSource
from rag.models.store import ModelStore, Progress

NAME = "tiny"
BYTES = random.Random(7).randbytes(3_500_000)
FILES = {"weights.bin": BYTES, "sub/config.json": b"{}"}


def model_of(files: dict[str, bytes], wheel: Wheel | None = None, hub: Hub | None = None) -> Model:
    entries = tuple(
        ModelFile(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in files.items()
    )
    return Model(NAME, "A tiny model", "embedder", "MIT", entries, wheel=wheel, hub=hub)


class Shelf:
    """A source in memory. ``breaks_at``: offsets where it breaks off, each of them once."""

    def __init__(
        self, name: str = "shelf", files: dict[str, bytes] = FILES, breaks_at: tuple[int, ...] = ()
    ) -> None:
        self.name = name
        self.files = files
        self.breaks = list(breaks_at)
        self.starts: list[tuple[str, int]] = []

    def read(self, model: Model, file: ModelFile, start: int) -> Generator[bytes, None, None]:
        self.starts.append((file.name, start))
        if file.name not in self.files:
            raise DownloadFailed("the shelf is empty")
        data = self.files[file.name]
        for at in range(start, len(data), 500_000):
            if at in self.breaks:
                self.breaks.remove(at)
                raise DownloadFailed("the shelf broke")
            yield data[at : at + 500_000]

    def close(self) -> None:
        pass


def store_of(folder: Path, *sources: Shelf, free: int = 10**12) -> ModelStore:
    return ModelStore(folder, models={NAME: model_of(FILES)}, sources=sources, free=lambda _: free)


def files_under(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


class Stop(Exception):
    """Somebody pulls the plug."""


def stop_at(limit: int, progress: Progress) -> None:
    if progress.done >= limit:
        raise Stop


# The store


def test_a_pull_brings_every_file_and_tells_how_far_it_is(tmp_path: Path) -> None:
    told: list[Progress] = []
    store = store_of(tmp_path, Shelf())

    folder = store.pull(NAME, told.append)

    assert {name: (folder / name).read_bytes() for name in FILES} == FILES
    assert files_under(folder) == {*FILES, "verified.json"}
    assert store.status(NAME).verified
    assert [step.done for step in told] == sorted(step.done for step in told)
    assert told[0].done == 0
    assert told[-1] == Progress("sub/config.json", len(BYTES) + 2, len(BYTES) + 2)


def test_a_verified_model_is_not_fetched_again(tmp_path: Path) -> None:
    store_of(tmp_path, Shelf()).pull(NAME)
    idle = Shelf()

    store_of(tmp_path, idle).pull(NAME)

    assert idle.starts == []


def test_files_that_are_right_but_were_never_verified_are_kept(tmp_path: Path) -> None:
    folder = store_of(tmp_path, Shelf()).pull(NAME)
    (folder / "verified.json").unlink()
    store = store_of(tmp_path, idle := Shelf())
    assert (store.status(NAME).present, store.status(NAME).verified) == (True, False)

    store.pull(NAME)

    assert idle.starts == []
    assert store.status(NAME).verified


def test_no_half_file_ever_stands_under_the_final_name(tmp_path: Path) -> None:
    final = tmp_path / NAME / "weights.bin"

    def look(progress: Progress) -> None:
        if progress.file == "weights.bin":
            assert not final.exists()

    store_of(tmp_path, Shelf()).pull(NAME, look)
    final.unlink()
    with pytest.raises(Stop):
        store_of(tmp_path, Shelf()).pull(NAME, partial(stop_at, 2_000_000))

    assert not final.exists()
    assert not store_of(tmp_path).status(NAME).present


def test_an_interrupted_pull_goes_on_where_it_stopped(tmp_path: Path) -> None:
    with pytest.raises(Stop):
        store_of(tmp_path, Shelf()).pull(NAME, partial(stop_at, 2_000_000))
    told: list[Progress] = []

    folder = store_of(tmp_path, shelf := Shelf()).pull(NAME, told.append)

    assert shelf.starts[0] == ("weights.bin", 2_000_000)
    assert told[0].done == 2_000_000
    assert (folder / "weights.bin").read_bytes() == BYTES


def test_a_source_that_breaks_off_is_asked_for_the_rest(tmp_path: Path) -> None:
    shelf = Shelf(breaks_at=(500_000, 3_000_000))

    folder = store_of(tmp_path, shelf).pull(NAME)

    assert [start for name, start in shelf.starts if name == "weights.bin"] == [
        0,
        500_000,
        3_000_000,
    ]
    assert (folder / "weights.bin").read_bytes() == BYTES


def test_a_second_source_goes_on_where_the_first_gave_up(tmp_path: Path) -> None:
    first, second = Shelf(breaks_at=(1_000_000, 1_000_000)), Shelf()

    store_of(tmp_path, first, second).pull(NAME)

    assert second.starts == [("weights.bin", 1_000_000)]


def test_a_second_source_is_tried_when_the_first_sends_something_else(tmp_path: Path) -> None:
    wrong = Shelf(files=FILES | {"weights.bin": BYTES[::-1]})

    folder = store_of(tmp_path, wrong, Shelf()).pull(NAME)

    assert (folder / "weights.bin").read_bytes() == BYTES


def test_when_all_sources_fail_each_is_named_with_its_reason(tmp_path: Path) -> None:
    store = store_of(tmp_path, Shelf("cellar", files={}), Shelf("attic", files={}))

    with pytest.raises(DownloadFailed) as failure:
        store.pull(NAME)

    assert "cellar: the shelf is empty; attic: the shelf is empty" in str(failure.value)
    assert f"ibid models pull {NAME}" in str(failure.value)


@pytest.mark.parametrize("sent", [BYTES[::-1], BYTES[:-1]])
def test_a_wrong_hash_names_both_hashes_and_the_source_and_leaves_no_file(
    tmp_path: Path, sent: bytes
) -> None:
    store = store_of(tmp_path, Shelf("cellar", files=FILES | {"weights.bin": sent}))

    with pytest.raises(HashMismatch) as failure:
        store.pull(NAME)

    for word in (
        "weights.bin",
        "cellar",
        hashlib.sha256(BYTES).hexdigest(),
        hashlib.sha256(sent).hexdigest(),
    ):
        assert word in str(failure.value)
    assert files_under(tmp_path) == set()


def test_a_source_cannot_fill_the_disk(tmp_path: Path) -> None:
    most = 0

    class Flood(Shelf):
        def read(self, model: Model, file: ModelFile, start: int) -> Generator[bytes, None, None]:
            while True:
                yield b"flood" * 200_000

    def look(progress: Progress) -> None:
        nonlocal most
        most = max(most, progress.done)

    with pytest.raises(HashMismatch):
        store_of(tmp_path, Flood()).pull(NAME, look)

    assert most < len(BYTES) + 1_000_000


def test_a_full_disk_is_told_before_the_first_byte(tmp_path: Path) -> None:
    shelf = Shelf()

    with pytest.raises(NoSpace) as failure:
        store_of(tmp_path, shelf, free=1_000_000).pull(NAME)

    assert shelf.starts == []
    for word in ("4 MB", "1 MB", str(tmp_path), "IBID_MODELS_DIR"):
        assert word in str(failure.value)


def test_bytes_that_have_come_already_need_no_room_again(tmp_path: Path) -> None:
    with pytest.raises(Stop):
        store_of(tmp_path, Shelf()).pull(NAME, partial(stop_at, 3_000_000))

    store_of(tmp_path, Shelf(), free=1_000_000).pull(NAME)


def test_a_disk_that_fills_up_on_the_way_is_told_as_such(tmp_path: Path) -> None:
    def fill_up(progress: Progress) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(NoSpace, match="IBID_MODELS_DIR"):
        store_of(tmp_path, Shelf()).pull(NAME, fill_up)


def test_a_folder_that_cannot_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ModelError, match=r"cannot be written .* IBID_MODELS_DIR"):
        store_of(tmp_path / "file", Shelf()).pull(NAME)


def test_of_two_pulls_at_once_the_second_waits_and_fetches_nothing(tmp_path: Path) -> None:
    begun, idle = threading.Event(), Shelf()

    def dawdle(progress: Progress) -> None:
        begun.set()
        time.sleep(0.02)

    first = threading.Thread(target=store_of(tmp_path, Shelf()).pull, args=(NAME, dawdle))
    first.start()
    assert begun.wait(5)
    folder = store_of(tmp_path, idle).pull(NAME)
    first.join()

    assert (folder / "weights.bin").read_bytes() == BYTES
    assert idle.starts == []


def test_a_damaged_file_is_found_deleted_and_fetched_again(tmp_path: Path) -> None:
    store = store_of(tmp_path, Shelf())
    folder = store.pull(NAME)
    store.verify(NAME)
    (folder / "weights.bin").write_bytes(BYTES[::-1])
    assert not store.status(NAME).verified

    with pytest.raises(HashMismatch) as failure:
        store.verify(NAME)

    assert hashlib.sha256(BYTES).hexdigest() in str(failure.value)
    assert hashlib.sha256(BYTES[::-1]).hexdigest() in str(failure.value)
    assert not (folder / "weights.bin").exists()
    store.pull(NAME)
    assert (folder / "weights.bin").read_bytes() == BYTES


def test_a_model_that_is_not_here_says_how_to_get_it(tmp_path: Path) -> None:
    store = store_of(tmp_path)

    for ask in (store.path, store.verify):
        with pytest.raises(ModelError, match=f"not here yet; run: ibid models pull {NAME}"):
            ask(NAME)


def test_a_misspelt_name_is_answered_with_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(UnknownModel) as failure:
        ModelStore(tmp_path).pull("qwen2.5-coder-1.5")

    assert "did you mean qwen2.5-coder-1.5b?" in str(failure.value)
    for name in listed():
        assert name in str(failure.value)


# The list


@pytest.mark.parametrize("model", listed().values(), ids=lambda model: model.name)
def test_each_listed_model_has_an_identity_and_a_pinned_source(model: Model) -> None:
    assert model.title
    assert model.licence
    assert model.role in ("embedder", "reranker", "language model")
    for file in model.files:
        assert file.size > 0
        assert re.fullmatch("[0-9a-f]{64}", file.sha256)
    assert model.wheel
    assert re.fullmatch(r"[a-z0-9{}-]+==[0-9.]+", model.wheel.requirement)
    if model.wheel.parts > 1:
        assert -(-model.size // model.wheel.part_size) == model.wheel.parts


def test_set_up_fetches_one_model_for_each_role() -> None:
    roles = [model.role for model in listed().values() if model.default]

    assert sorted(roles) == ["embedder", "language model", "reranker"]


def test_reading_the_list_loads_no_heavy_library() -> None:
    code = "import sys, rag.models.store as m; m.listed(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)

    assert not {"httpx", "huggingface_hub", "filelock"} & set(loaded.stdout.decode().split())


# The sources


class Server(http.server.ThreadingHTTPServer):
    """A folder on loopback. ``log`` holds (path, Range header, user agent, bytes sent)."""

    daemon_threads = True

    def __init__(self, folder: Path, ranges: bool) -> None:
        self.ranges = ranges
        self.hang_ups = 0  # so many requests for the bytes of a model are not answered
        self.log: list[tuple[str, str, str, int]] = []
        super().__init__(("127.0.0.1", 0), partial(Handler, directory=str(folder)))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def ours(self) -> list[tuple[str, str, str, int]]:
        """The requests for model bytes, without those of pip."""
        return [entry for entry in self.log if not entry[2].startswith("pip/")]


class Handler(http.server.SimpleHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if path.is_dir():
            path /= "index.html"
        if not path.is_file():
            self.send_error(404)
            return
        data = path.read_bytes()
        wanted = self.headers.get("Range", "")
        agent = self.headers.get("User-Agent", "")
        if self.server.hang_ups and wanted != "bytes=0-0" and not agent.startswith("pip/"):
            self.server.hang_ups -= 1
            self.server.log.append((self.path, wanted, agent, 0))
            self.close_connection = True
            return
        span = re.fullmatch(r"bytes=(\d+)-(\d*)", wanted) if self.server.ranges else None
        if span:
            start, stop = int(span[1]), min(int(span[2] or len(data)), len(data) - 1)
            total = len(data)
            data = data[start : stop + 1]
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{stop}/{total}")
        else:
            self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.server.log.append((self.path, wanted, agent, len(data)))
        try:
            self.wfile.write(data)
        except ConnectionError:
            self.close_connection = True

    def end_headers(self) -> None:
        if self.server.ranges:
            self.send_header("Accept-Ranges", "bytes")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(params=["ranges", "no ranges"])
def server(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Server]:
    """A web server for the folder ``web``, which pip takes for the only package index."""
    (tmp_path / "web").mkdir()
    with Server(tmp_path / "web", ranges=request.param == "ranges") as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for name in [name for name in os.environ if name.startswith("PIP_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_INDEX_URL", server.url)
        yield server
        server.shutdown()


with_ranges = pytest.mark.parametrize("server", ["ranges"], indirect=True)


def put_wheel(web: Path, distribution: str, members: dict[str, bytes]) -> Path:
    """Publish a wheel of version 1.0, on a page such as package indexes have."""
    stem = distribution.replace("-", "_")
    folder = web / distribution
    folder.mkdir(parents=True)
    wheel = folder / f"{stem}-1.0-py3-none-any.whl"
    metadata = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
        archive.writestr(f"{stem}-1.0.dist-info/METADATA", metadata)
        archive.writestr(f"{stem}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\n")
    link = f'<a href="{wheel.name}">{wheel.name}</a>'
    (folder / "index.html").write_text(f"<!DOCTYPE html><html><body>{link}</body></html>")
    return wheel


def wheel_store(tmp_path: Path, model: Model) -> ModelStore:
    folder = tmp_path / "models"
    return ModelStore(folder, models={NAME: model}, sources=[WheelSource(folder)])


ONE_WHEEL = Wheel("tiny-model==1.0", "tiny_model/{name}")
PARTS = Wheel("tiny-part{n}==1.0", "tiny_part{n}/part{n:02}.bin", parts=11, part_size=340_000)


def put_parts(web: Path) -> None:
    for n in range(1, PARTS.parts + 1):
        data = BYTES[(n - 1) * PARTS.part_size : n * PARTS.part_size]
        put_wheel(web, f"tiny-part{n}", {PARTS.member.format(n=n): data})


def test_a_model_in_one_wheel_is_fetched_and_nothing_else_is_left(
    tmp_path: Path, server: Server
) -> None:
    put_wheel(tmp_path / "web", "tiny-model", {f"tiny_model/{k}": v for k, v in FILES.items()})

    folder = wheel_store(tmp_path, model_of(FILES, ONE_WHEEL)).pull(NAME)

    assert {name: (folder / name).read_bytes() for name in FILES} == FILES
    assert files_under(tmp_path / "models") == {
        f"{NAME}/{name}" for name in (*FILES, "verified.json")
    }


@with_ranges
def test_of_a_large_wheel_only_the_wanted_member_is_sent(tmp_path: Path, server: Server) -> None:
    ballast = random.Random(1).randbytes(16_000_000)
    members = {"a/ballast": ballast, "tiny_model/sub/config.json": b"{}", "z/ballast": ballast}
    wheel = put_wheel(tmp_path / "web", "tiny-model", members)

    wheel_store(tmp_path, model_of({"sub/config.json": b"{}"}, ONE_WHEEL)).pull(NAME)

    # This includes what pip reads to find the wheel, which before pip 25.3 was all of it.
    assert sum(sent for *_, sent in server.log) < wheel.stat().st_size / 3


@pytest.mark.parametrize("server", ["no ranges"], indirect=True)
def test_a_server_without_ranges_sends_each_wheel_only_once(tmp_path: Path, server: Server) -> None:
    put_wheel(tmp_path / "web", "tiny-model", {f"tiny_model/{k}": v for k, v in FILES.items()})

    wheel_store(tmp_path, model_of(FILES, ONE_WHEEL)).pull(NAME)

    until = time.monotonic() + 5  # the server writes its log after it has sent all
    while len(server.ours()) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    assert [wanted for _, wanted, *_ in server.ours()] == ["bytes=0-0", ""]


def test_parts_from_a_local_folder_are_joined_in_numeric_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_parts(tmp_path / "we b")
    pages = [folder.as_uri() for folder in (tmp_path / "we b").iterdir()]
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", " ".join(pages))

    folder = wheel_store(tmp_path, model_of({"weights.bin": BYTES}, PARTS)).pull(NAME)

    assert (folder / "weights.bin").read_bytes() == BYTES


@with_ranges
def test_an_interrupted_download_resumes_at_the_last_whole_part(
    tmp_path: Path, server: Server
) -> None:
    put_parts(tmp_path / "web")
    model = model_of({"weights.bin": BYTES}, PARTS)
    with pytest.raises(Stop):
        wheel_store(tmp_path, model).pull(NAME, partial(stop_at, 8 * PARTS.part_size))
    part = tmp_path / "models" / NAME / "weights.bin.part"
    os.truncate(part, 8 * PARTS.part_size - 1000)  # killed in the middle of the eighth part
    server.log.clear()

    folder = wheel_store(tmp_path, model).pull(NAME)

    assert (folder / "weights.bin").read_bytes() == BYTES
    asked = {int(re.search(r"part(\d+)", path)[1]) for path, *_ in server.ours()}  # type: ignore[index]
    assert asked == {8, 9, 10, 11}


@with_ranges
def test_a_range_that_is_hung_up_on_is_asked_for_three_times(
    tmp_path: Path, server: Server
) -> None:
    put_wheel(tmp_path / "web", "tiny-model", {"tiny_model/weights.bin": BYTES})
    model = model_of({"weights.bin": BYTES}, ONE_WHEEL)
    server.hang_ups = 3
    with pytest.raises(DownloadFailed, match=r"wheels: .*disconnected"):
        wheel_store(tmp_path, model).pull(NAME)
    assert [sent for *_, sent in server.ours() if not sent] == [0, 0, 0]
    server.hang_ups = 2

    folder = wheel_store(tmp_path, model).pull(NAME)

    assert (folder / "weights.bin").read_bytes() == BYTES


@with_ranges
def test_nothing_from_a_wheel_is_imported_or_installed(tmp_path: Path, server: Server) -> None:
    trap = f"open({str(tmp_path / 'sprung')!r}, 'w')".encode()
    put_wheel(
        tmp_path / "web",
        "tiny-model",
        {"tiny_model/__init__.py": trap, "tiny_model/weights.bin": BYTES},
    )

    folder = wheel_store(tmp_path, model_of({"weights.bin": BYTES}, ONE_WHEEL)).pull(NAME)

    assert not (tmp_path / "sprung").exists()
    assert "tiny_model" not in sys.modules
    assert files_under(folder) == {"weights.bin", "verified.json"}
    shown = subprocess.run([sys.executable, "-m", "pip", "show", "tiny-model"], capture_output=True)
    assert shown.returncode


@with_ranges
def test_a_wheel_that_is_nowhere_is_told_in_the_words_of_pip(
    tmp_path: Path, server: Server
) -> None:
    with pytest.raises(DownloadFailed, match=r"wheels: pip: .*tiny-model==1\.0"):
        wheel_store(tmp_path, model_of(FILES, ONE_WHEEL)).pull(NAME)


@with_ranges
def test_a_wheel_without_the_member_is_told(tmp_path: Path, server: Server) -> None:
    put_wheel(tmp_path / "web", "tiny-model", {"tiny_model/other.bin": BYTES})

    with pytest.raises(DownloadFailed, match=r"tiny_model/weights\.bin"):
        wheel_store(tmp_path, model_of({"weights.bin": BYTES}, ONE_WHEEL)).pull(NAME)


HUB = Hub("someone/tiny", "c0ffee")


def test_the_hub_goes_on_where_an_earlier_source_stopped(tmp_path: Path, server: Server) -> None:
    file = tmp_path / "web/someone/tiny/resolve/c0ffee/weights.bin"
    file.parent.mkdir(parents=True)
    file.write_bytes(BYTES)
    model = model_of({"weights.bin": BYTES}, hub=HUB)
    broken = Shelf(breaks_at=(1_000_000, 1_000_000))
    store = ModelStore(
        tmp_path / "models", models={NAME: model}, sources=[broken, HubSource(server.url)]
    )

    folder = store.pull(NAME)

    assert (folder / "weights.bin").read_bytes() == BYTES
    assert [wanted for _, wanted, *_ in server.ours()] == ["bytes=1000000-"]


def test_a_hub_that_cannot_be_reached_is_told_soon(tmp_path: Path) -> None:
    model = model_of(FILES, hub=HUB)
    nobody = HubSource("http://127.0.0.1:9")
    store = ModelStore(tmp_path, models={NAME: model}, sources=[nobody])
    start = time.monotonic()

    with pytest.raises(DownloadFailed, match=r"hub: .*refused"):
        store.pull(NAME)

    assert time.monotonic() - start < 5


@pytest.mark.model
@pytest.mark.parametrize("name", [name for name, model in listed().items() if model.default])
def test_a_default_model_that_is_here_is_what_it_should_be(name: str) -> None:
    from rag.settings import load

    store = ModelStore(load().models_dir)
    if not store.status(name).present:
        pytest.skip(f"{name} is not here")

    store.verify(name)


# What is used was looked at


def damaged(file: Path) -> None:
    """Change a byte, and set size and time of writing back to what they were."""
    before = file.stat()
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("name", list(FILES))
def test_a_damaged_or_exchanged_file_is_never_used(tmp_path: Path, name: str) -> None:
    store = store_of(tmp_path, Shelf())
    folder = store.pull(NAME)
    assert store.path(NAME) == folder
    damaged(folder / name)
    for _ in range(2):
        with pytest.raises(HashMismatch, match="ibid models pull tiny") as failure:
            store.path(NAME)
        assert "\n" not in str(failure.value)
    store.pull(NAME)
    assert store.path(NAME) == folder


def test_a_small_file_is_read_each_time_and_a_large_one_after_a_change(tmp_path: Path) -> None:
    store = store_of(tmp_path, Shelf())
    folder = store.pull(NAME)
    record = folder / "verified.json"
    # As if the damage had been there when the files were looked at: only reading tells.
    for name, is_found in (("weights.bin", False), ("sub/config.json", True)):
        good = (folder / name).read_bytes()
        damaged(folder / name)
        known = json.loads(record.read_text())
        stat = (folder / name).stat()
        known[name][1:] = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
        record.write_text(json.dumps(known))
        if is_found:
            with pytest.raises(HashMismatch):
                store.path(NAME)
        else:
            store.path(NAME)
        (folder / name).write_bytes(good)


def test_files_that_were_copied_here_are_looked_at_once_and_then_known(tmp_path: Path) -> None:
    store = store_of(tmp_path, Shelf())
    folder = store.pull(NAME)
    (folder / "verified.json").unlink()
    assert not store.status(NAME).verified
    store.path(NAME)
    assert store.status(NAME).verified
