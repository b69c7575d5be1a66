"""The package index and the model hub on loopback, of the models that this machine has.

Ibid fetches from it as from the real ones, by pip and by the hub's own addresses; it tells of
byte ranges, as both do, and sends no more than so many bytes a second.
"""

from __future__ import annotations

import http.server
import re
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.models.registry import Model, listed
from rag.models.store import ModelStore

_BLOCK = 1 << 18


class Shelf(http.server.ThreadingHTTPServer):
    """Serves ``files`` by their path, each at most ``rate`` bytes a second."""

    daemon_threads = True

    def __init__(self, files: dict[str, Path], rate: int) -> None:
        self.files = files
        self.rate = rate
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def environment(self) -> dict[str, str]:
        """What makes pip and the hub's library ask here, and nowhere else."""
        here = f"http://127.0.0.1:{self.server_port}"
        return {"PIP_INDEX_URL": f"{here}/simple", "PIP_CONFIG_FILE": "/dev/null",
                "HF_ENDPOINT": here, "NO_PROXY": "127.0.0.1"}  # fmt: skip


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Shelf

    def do_HEAD(self) -> None:
        self._begin()

    def do_GET(self) -> None:
        if (found := self._begin()) is None:
            return
        data, start, end = found
        with data.open("rb") as file:
            file.seek(start)
            while start < end:
                block = file.read(min(_BLOCK, end - start))
                try:
                    self.wfile.write(block)
                except OSError:  # who asked has stopped
                    return
                start += len(block)
                time.sleep(len(block) / self.server.rate)

    def _begin(self) -> tuple[Path, int, int] | None:
        path = self.path.partition("?")[0]
        if path.startswith("/simple/"):
            self._index(path.split("/")[2])
            return None
        if (file := self.server.files.get(path)) is None:
            self.send_error(404)
            return None
        size = file.stat().st_size
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        start = int(wanted[1]) if wanted else 0
        end = min(int(wanted[2]) + 1, size) if wanted and wanted[2] else size
        self.send_response(206 if wanted else 200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(end - start))
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{size}")
        self.end_headers()
        return file, start, end

    def _index(self, name: str) -> None:
        begins = f"/wheels/{name.replace('-', '_')}-"
        found = [path for path in self.server.files if path.startswith(begins)]
        page = "".join(f'<a href="{path}">{path.split("/")[-1]}</a>' for path in found).encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(page)

    def log_message(self, *_: object) -> None:
        """Nothing: the journey prints its own lines."""


@contextmanager
def shelf(models: Path, scratch: Path, rate: int) -> Iterator[Shelf]:
    """A shelf of the default models in a models folder; wheels are made of the small ones."""
    store, files = ModelStore(models), dict[str, Path]()
    for model in listed().values():
        if not model.default:
            continue
        folder = store.path(model.name)
        if model.hub:
            for file in model.files:
                at = f"/{model.hub.repository}/resolve/{model.hub.revision}/{file.name}"
                files[at] = folder / file.name
        if model.wheel and model.role != "language model":
            made = _wheel(model, folder, scratch)
            files[f"/wheels/{made.name}"] = made
    server = Shelf(files, rate)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def _wheel(model: Model, folder: Path, scratch: Path) -> Path:
    """A wheel that holds the files of a model of one part, where the real one has them."""
    assert model.wheel
    name, _, version = model.wheel.requirement.format(n=1).partition("==")
    stem = f"{name.replace('-', '_')}-{version}"
    about = f"{stem}.dist-info"
    made = scratch / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(made, "w") as wheel:
        for file in model.files:
            wheel.write(folder / file.name, model.wheel.member.format(n=1, name=file.name))
        told = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        wheel.writestr(f"{about}/METADATA", told)
        tags = "Wheel-Version: 1.0\nGenerator: shelf\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        wheel.writestr(f"{about}/WHEEL", tags)
        wheel.writestr(f"{about}/RECORD", "")
    return made
