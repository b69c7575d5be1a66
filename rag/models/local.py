"""Language models that run in this process: listed ones, GGUF files, files of the model hub."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import ModelError, SettingsError
from rag.models import hub
from rag.models.gguf import Described, describe
from rag.models.registry import listed
from rag.models.store import ModelStore
from rag.models.threads import cores
from rag.settings import Settings

# So many tokens of a prompt are read at a time, in less than a second; the server tells of each
# such batch, and so it notices who has hung up. 64 are a tenth faster, and take over a second.
_BATCH = 32
# What is needed beside the weights: a tenth, and so many bytes.
_BESIDE, _AROUND = 1.1, 200_000_000


@dataclass(frozen=True, slots=True)
class Served:
    """A model that is loaded: where it listens, and the key that it asks for."""

    address: str
    key: str
    context: int
    server: Any


_lock = threading.Lock()
_loaded: dict[tuple[Path, int, int], Served] = {}
"""The models in memory, the one that was asked for last being last."""


def is_local(name: str) -> bool:
    """Whether a name is that of a model that runs in this process, be it here or not."""
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
    """Load a model, or find it loaded. Others are let go of, if it takes their place in memory.

    Raises:
        ModelError: it is no model that can talk, is too large, or cannot be loaded.
    """
    with _lock:
        described = _fit(file)
        context = min(settings.context_tokens, described.context or settings.context_tokens)
        key = file.resolve(), context, settings.slots
        served = _loaded.pop(key, None)
        if served is None:
            _make_room(file, described)
            served = _load(file, context, settings.slots)
        _loaded[key] = served
        return served


def is_file(name: str) -> bool:
    """Whether a name is the path of a model's file, be it there or not."""
    return (
        name not in listed() and not name.startswith(hub.PREFIX) and name.lower().endswith(".gguf")
    )


def _fit(file: Path) -> Described:
    """What a file says of itself, if it is a model that answers questions."""
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
    while (free := psutil.virtual_memory().available) < needed and _loaded:
        _loaded.pop(next(iter(_loaded)))
    if free < needed:
        raise ModelError(
            f"{file.name} needs {needed / 1e9:.1f} GB of memory, where {free / 1e9:.1f} GB are "
            "free; close other programs, or name a smaller model",
            "model large",
            model=file.name,
            needed=f"{needed / 1e9:.1f}",
            free=f"{free / 1e9:.1f}",
        )


def _load(file: Path, context: int, slots: int) -> Served:
    """llama.cpp's own server on a free loopback port, with a key that lives as long as it does."""
    import xllamacpp

    key = secrets.token_urlsafe(32)
    params = xllamacpp.CommonParams()
    params.model.path = str(file)
    params.n_ctx = context
    # Of two, one keeps the beginning of the answer's prompt, the other the rewriting's.
    params.n_parallel = slots
    params.kv_unified = True
    params.n_batch = params.n_ubatch = _BATCH
    # Past prompts kept in memory would grow to 8 GB; the slot keeps the last one's start anyway.
    params.cache_ram_mib = 0
    params.enable_reasoning = 0  # what a model thinks aloud would take all the words of its answer
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [key]
    params.ui = False
    params.endpoint_slots = False
    params.verbosity = 0
    params.cpuparams.n_threads = cores()
    try:
        server = xllamacpp.Server(params)
    except Exception as error:  # its C++ exceptions share no narrower class
        raise ModelError(
            f"{file.name} cannot be loaded ({error}); it may be damaged, or of a kind that this "
            "llama.cpp does not know: run ibid models verify, or name another model with "
            "IBID_MODEL",
            "model unloadable",
            model=file.name,
            why=error,
        ) from None
    return Served(server.listening_address, key, context, server)
