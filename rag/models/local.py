"""Language models that run on this machine: listed ones, GGUF files, files of the model hub."""

from __future__ import annotations

import atexit
import json
import secrets
import subprocess
import sys
import threading
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from rag.errors import ModelError, SettingsError
from rag.models import hub
from rag.models.gguf import Described, describe
from rag.models.registry import listed
from rag.models.store import ModelStore
from rag.models.threads import cores
from rag.settings import Settings

# What is needed beside the weights: a tenth, and so many bytes.
_BESIDE, _AROUND = 1.1, 200_000_000


# The search path is this process's own; the working folder is no part of it unless it was.
_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from rag.models.server import main; main()"
)


class Served:
    """A model in a process of its own, which loads it while this one goes on.

    ``key`` is what it asks for, ``context`` how many tokens it takes. It ends with this process.
    """

    def __init__(self, file: Path, context: int, slots: int) -> None:
        self.key = secrets.token_urlsafe(32)
        self.context = context
        self._file = file
        self._reading = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _PROGRAM, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        asked = {
            "file": str(file),
            "context": context,
            "slots": slots,
            "key": self.key,
            "threads": cores(),
        }
        assert self._process.stdin
        with suppress(OSError):  # of one that has ended already it is told when its answer is read
            self._process.stdin.write(json.dumps(asked).encode() + b"\n")
            self._process.stdin.flush()

    @property
    def address(self) -> str:
        """Where it listens, once it is loaded. Raises ModelError: it cannot be."""
        with self._reading:
            told = self._told
        if "address" in told:
            return str(told["address"])
        raise ModelError(
            f"{self._file.name} cannot be loaded ({told['error']}); it may be damaged, or of a "
            "kind that this llama.cpp does not know: run ibid models verify, or name another "
            "model with IBID_MODEL",
            "model unloadable",
            model=self._file.name,
            why=told["error"],
        )

    @cached_property
    def _told(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        told: dict[str, Any] = json.loads(line) if line else {"error": "its process ended"}
        return told

    @property
    def is_running(self) -> bool:
        """Whether it answers, or may soon."""
        return self._process.poll() is None

    def close(self) -> None:
        """End it, whatever it does just now."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


_lock = threading.Lock()
_loaded: dict[tuple[Path, int, int], Served] = {}
"""The models in memory, the one that was asked for last being last."""


@atexit.register
def end() -> None:
    """End all models; who asks for one again has it loaded anew."""
    while _loaded:
        _loaded.popitem()[1].close()


def is_local(name: str) -> bool:
    """Whether a name is that of a model that runs on this machine, be it here or not."""
    return name in listed() or name.startswith(hub.PREFIX) or is_file(name)


def file_of(settings: Settings) -> Path | None:
    """The file of the language model that the settings name; None if it does not run here.

    Raises:
        ModelError: it has not been fetched.
        SettingsError: it is no language model.
    """
    name = settings.model
    if is_file(name):
        return Path(name).expanduser()
    if not is_local(name):
        return None
    store = ModelStore(settings.models_dir)
    model = store.status(name).model
    if model.role != "language model":
        raise SettingsError(f"{model.name} is no language model; ibid models lists those that are")
    return store.path(name) / model.files[0].name


def serve(file: Path, settings: Settings) -> Served:
    """Begin to load a model, or find it loaded. Others are let go of, if it takes their memory.

    Raises:
        ModelError: it is no model that can talk, or is too large.
    """
    with _lock:
        described = fit(file)
        context = min(settings.context_tokens, described.context or settings.context_tokens)
        key = file.resolve(), context, settings.slots
        served = _loaded.pop(key, None)
        if served is not None and not served.is_running:
            served.close()
            served = None
        if served is None:
            _make_room(file, described)
            served = Served(file, context, settings.slots)
        _loaded[key] = served
        return served


def is_file(name: str) -> bool:
    """Whether a name is the path of a model's file, be it there or not."""
    return (
        name not in listed() and not name.startswith(hub.PREFIX) and name.lower().endswith(".gguf")
    )


def fit(file: Path) -> Described:
    """What a file says of itself, if it is a model that answers questions. Raises ModelError."""
    described = describe(file)
    if not described.talks:
        raise ModelError(
            f"{file.name} has no chat template, so it can go on with a text but not answer; name a "
            "model that can, often with Instruct or Chat in its name",
            "no template",
            model=file.name,
        )
    return described


def _make_room(file: Path, described: Described) -> None:
    """Let go of models in memory, the longest unasked first, until there is room for another."""
    import psutil

    needed = int(described.size * _BESIDE) + _AROUND
    for other in _loaded.values():  # what one takes that still loads is not known
        with suppress(ModelError):
            _ = other.address
    while (free := psutil.virtual_memory().available) < needed and _loaded:
        _loaded.pop(next(iter(_loaded))).close()
    if free < needed:
        raise ModelError(
            f"{file.name} needs {needed / 1e9:.1f} GB of memory, where {free / 1e9:.1f} GB are "
            "free; close other programs, or name a smaller model",
            "model large",
            model=file.name,
            needed=f"{needed / 1e9:.1f}",
            free=f"{free / 1e9:.1f}",
        )
