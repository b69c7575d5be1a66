"""Models of the hub that ``models.toml`` does not list: ``hf:owner/repository/file.gguf``.

What such a name stands for is recorded when it is first fetched: the revision, the size and the
SHA-256 of each file, as the hub tells them, or else as they came. From then on nothing else is
accepted under that name.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from rag.disk import write_whole
from rag.errors import SettingsError
from rag.models.gguf import part_names
from rag.models.registry import Hub, Model, ModelFile

PREFIX = "hf:"
_NAME = re.compile(
    r"hf:(?P<repository>[\w.-]+/[\w.-]+?)(?:@(?P<revision>[\w.-]+))?"
    r"/(?P<file>(?:[\w .+()-]+/)*[\w .+()-]+\.(?:gguf|GGUF))"
)
_RECORD = "hub.json"


@dataclass(frozen=True, slots=True)
class Listing:
    """What a hub says of a file; ``sha256`` is empty where it does not say."""

    size: int
    sha256: str
    revision: str


class Teller(Protocol):
    """A source that knows a file's size before it sends it."""

    def tell(self, repository: str, file: str, revision: str) -> Listing:
        """What is there under this name. Raises DownloadFailed."""
        ...


def named(name: str) -> Model:
    """The model that a name stands for, its sizes and SHA-256 not known yet.

    Raises:
        SettingsError: it is no such name.
    """
    found = _NAME.fullmatch(name)
    if not found or any(part in (".", "..") for part in name[3:].split("/")):
        raise SettingsError(
            f"{name!r} names no file of the model hub; write it as hf:owner/repository/file.gguf"
        )
    before, _, last = found["file"].rpartition("/")
    files = [f"{before}/{part}" if before else part for part in part_names(last)]
    return Model(
        name,
        title=last,
        role="language model",
        licence="",
        files=tuple(ModelFile(file, 0, "") for file in files),
        hub=Hub(found["repository"], found["revision"] or "main"),
    )


def folder_of(store: Path, model: Model) -> Path:
    """Where such a model is kept."""
    repository = model.hub.repository if model.hub else ""
    revision = model.hub.revision if model.hub else ""
    last = model.title if revision == "main" else f"{model.title}@{revision}"
    return store / "hub" / repository / last


def recorded(folder: Path, model: Model) -> Model:
    """The model as it was recorded when it was first fetched; as it is named, if it never was."""
    try:
        kept: Any = json.loads((folder / _RECORD).read_bytes())
        files = tuple(ModelFile(**file) for file in kept["files"])
        hub = Hub(**kept["hub"])
    except (OSError, ValueError, TypeError, KeyError):
        return model
    if [file.name for file in files] != [file.name for file in model.files]:
        return model
    return _with(model, files, hub)


def kept(store: Path) -> list[str]:
    """The names of the models that were fetched from the hub, or begun to be."""
    names = []
    for file in sorted((store / "hub").glob(f"*/*/*/{_RECORD}")):
        with suppress(OSError, ValueError, TypeError, KeyError, SettingsError):
            name = json.loads(file.read_bytes())["name"]
            if folder_of(store, named(name)) == file.parent:
                names.append(name)
    return names


def looked_up(model: Model, teller: Teller) -> Model:
    """The model with what the hub tells of it now. Raises DownloadFailed."""
    hub = model.hub or Hub("", "main")
    told = [teller.tell(hub.repository, file.name, hub.revision) for file in model.files]
    files = [
        ModelFile(file.name, one.size, one.sha256)
        for file, one in zip(model.files, told, strict=True)
    ]
    return _with(model, tuple(files), Hub(hub.repository, told[0].revision or hub.revision))


def record(folder: Path, model: Model, sums: dict[str, str]) -> Model:
    """Record a model; ``sums`` are the SHA-256 of files that came without one. Raises OSError."""
    files = tuple(
        ModelFile(file.name, file.size, file.sha256 or sums.get(file.name, ""))
        for file in model.files
    )
    hub = model.hub or Hub("", "main")
    written = {
        "name": model.name,
        "files": [asdict(file) for file in files],
        "hub": asdict(hub),
    }
    write_whole(folder / _RECORD, json.dumps(written, indent=1).encode())
    return _with(model, files, hub)


def _with(model: Model, files: tuple[ModelFile, ...], hub: Hub) -> Model:
    return Model(model.name, model.title, model.role, model.licence, files, hub=hub)
