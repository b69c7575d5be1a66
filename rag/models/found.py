"""Language models that are at hand and were not chosen: running servers, keys in the environment.

They are found to be offered, and never used unasked. Only loopback ports and ``OLLAMA_HOST`` are
looked at, and nothing of the user's is sent there, no key either.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from rag.language.visible import plain
from rag.models.providers import is_loopback, ollama_address, providers

_PATIENCE_S = 0.5
_MOST_BYTES = 1_000_000
_MOST_MODELS = 50
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Offer:
    """A model, or a provider of models, that could be chosen.

    ``model`` and ``base_url`` are the settings that choose it; of a provider the model is still to
    be named: ``models`` are those that it is known to have. ``host`` is where questions and
    passages go, empty for this machine; ``size`` is in bytes, 0 if not told. ``key`` is the
    variable that has the key, ``package`` what pip has to install first.
    """

    by: str
    model: str
    base_url: str = ""
    host: str = ""
    size: int = 0
    licence: str = ""
    key: str = ""
    package: str = ""
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server of models may run: its address without a path."""

    by: str
    address: str


def places(environ: Mapping[str, str] = os.environ) -> list[Place]:
    """Where servers of models are looked for."""
    return [
        Place("Ollama", ollama_address(environ)),
        Place("llama.cpp", "http://127.0.0.1:8080"),
        Place("LM Studio", "http://127.0.0.1:1234"),
    ]


def offers(
    environ: Mapping[str, str] = os.environ, where: Sequence[Place] | None = None
) -> list[Offer]:
    """What is at hand, within a second: first what runs on this machine, then who has a key."""
    where = places(environ) if where is None else where
    with ThreadPoolExecutor(len(where) or 1) as pool:
        running = [offer for found in pool.map(_served, where) for offer in found]
    return running + [
        Offer(
            by=one.title,
            model=f"{one.name}:",
            host=one.host or one.title,
            key=key,
            package="" if one.is_installed else one.package,
            models=tuple(one.models()),
        )
        for one in providers().values()
        if (key := one.key(environ))
    ]


def _served(place: Place) -> list[Offer]:
    """The models of a server that is there; none if none is, or it makes no sense."""
    if place.by == "Ollama":
        said = _read(f"{place.address}/api/tags")
        listed, name, size = said.get("models"), "name", "size"
    else:
        said = _read(f"{place.address}/v1/models")
        listed, name, size = said.get("data"), "id", ""
    found = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return [
        Offer(
            by=place.by,
            model=named,
            base_url=f"{place.address}/v1",
            host=_host(place.address),
            size=_size(one, size),
        )
        for one in found[:_MOST_MODELS]
        if (named := _named(one.get(name))) and not _only_embeds(named)
    ]


def _read(url: str) -> dict[str, Any]:
    import httpx

    body, ends = b"", time.monotonic() + 2 * _PATIENCE_S
    try:
        with (
            httpx.Client(timeout=_PATIENCE_S, trust_env=False) as web,
            web.stream("GET", url, headers={"Accept-Encoding": "identity"}) as answer,
        ):
            if answer.status_code != 200:
                return {}
            for block in answer.iter_bytes():
                body += block
                if len(body) > _MOST_BYTES or time.monotonic() > ends:
                    return {}
        said = json.loads(body)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _host(address: str) -> str:
    import httpx

    host = httpx.URL(address).host
    return "" if is_loopback(host) else host


def _named(name: object) -> str:
    """A name that can be shown and set; empty for anything else."""
    is_sound = isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME and plain(name) == name
    return str(name) if is_sound else ""


def _size(one: dict[str, Any], key: str) -> int:
    """Bytes of a model: by its key, or as llama.cpp's server tells them."""
    about = one.get("meta")
    size = one.get(key) if key else about.get("size") if isinstance(about, dict) else 0
    return size if isinstance(size, int) and size > 0 else 0


def _only_embeds(name: str) -> bool:
    return "embed" in name.lower()
