"""Providers of language models over the network: which there are, whose key is here, where to."""

from __future__ import annotations

import ipaddress
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rag.models import local
from rag.settings import Settings

_NOT_TO_LIST = ("deprecated", "embedding", "image", "realtime")


@dataclass(frozen=True, slots=True)
class Provider:
    """Who answers over the network. ``name`` is LangChain's, ``package`` what pip installs for it.

    ``keys``: the variables that a key is read from; ``host``: where questions go, if known.
    """

    name: str
    title: str
    package: str
    keys: tuple[str, ...]
    host: str

    @property
    def is_installed(self) -> bool:
        """Whether its package is."""
        return find_spec(self.package.replace("-", "_")) is not None

    def key(self, environ: Mapping[str, str] = os.environ) -> str:
        """The variable that holds a key; empty if none does."""
        return next((name for name in self.keys if environ.get(name, "").strip()), "")

    def models(self) -> list[str]:
        """The names of its models that can talk, by LangChain's own profiles; the newest first."""
        if not self.is_installed:
            return []
        try:
            module = import_module(f"{self.package.replace('-', '_')}.data._profiles")
        except ImportError:
            return []
        profiles: dict[str, dict[str, Any]] = getattr(module, "_PROFILES", {})
        fit = {
            name: profile
            for name, profile in profiles.items()
            if profile.get("text_outputs") and profile.get("text_inputs")
            if not any(word in f"{profile.get('status')} {name}" for word in _NOT_TO_LIST)
        }
        return sorted(fit, key=lambda name: str(fit[name].get("release_date", "")), reverse=True)


@cache
def providers() -> dict[str, Provider]:
    """Every provider that LangChain's `init_chat_model` knows, by its name there."""
    # LangChain has no public name for its list.
    from langchain.chat_models.base import _BUILTIN_PROVIDERS

    text = Path(__file__).with_name("providers.toml").read_text(encoding="utf-8")
    ours = tomllib.loads(text)
    found = {}
    for name, (module, *_) in _BUILTIN_PROVIDERS.items():
        known = ours.get(name, {})
        found[name] = Provider(
            name,
            title=known.get("title", name),
            package=module.partition(".")[0].replace("_", "-"),
            keys=tuple(known.get("keys", (f"{name.upper()}_API_KEY",))),
            host=known.get("host", ""),
        )
    return found


def provider_of(model: str) -> Provider | None:
    """The provider of a model by its name, as LangChain reads it; None if that names none."""
    from langchain.chat_models.base import _parse_model

    try:
        return providers().get(_parse_model(model, None)[1])
    except ValueError:
        return None


def package_of(model: str) -> str:
    """What pip has to install for a model; empty if its name names no provider."""
    found = provider_of(model)
    return found.package if found else ""


def goes_to(settings: Settings) -> str:
    """The host that questions and passages are sent to; empty if they stay on this machine.

    Of a provider whose host we do not know, its name.
    """
    import httpx

    if settings.answers == "quotes":
        return ""
    address = settings.base_url
    if not address:
        if local.is_local(settings.model):
            return ""
        found = provider_of(settings.model)
        if found is None:
            return settings.model
        address = _elsewhere(found.name)
        if not address:
            return found.host or found.title
    try:
        host = httpx.URL(address).host
    except httpx.InvalidURL:
        return address
    return "" if is_loopback(host) else host


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name or number."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _elsewhere(provider: str) -> str:
    """The address that the environment names in the place of the provider's own."""
    if provider == "ollama":
        return ollama_address()
    names = [f"{provider.upper()}_{ending}" for ending in ("BASE_URL", "API_BASE", "API_URL")]
    return next((os.environ[name] for name in names if os.environ.get(name)), "")


def ollama_address(environ: Mapping[str, str] = os.environ) -> str:
    """Where Ollama listens: ``OLLAMA_HOST``, in each way in which Ollama takes it, or its own."""
    said = environ.get("OLLAMA_HOST", "").strip().strip("\"'").rstrip("/")
    scheme, _, rest = said.rpartition("://")
    host, _, path = rest.partition("/")
    if host.startswith("[") or host.count(":") < 2:
        name, _, port = (
            host.rpartition(":") if not host.endswith("]") and ":" in host else (host, "", "")
        )
    else:  # a bare number of IPv6
        name, port = f"[{host}]", ""
    # A server that listens everywhere is asked here.
    if name in ("", "0.0.0.0", "[::]"):
        name = "127.0.0.1"
    default = {"https": "443", "http": "80"}.get(scheme, "11434")
    tail = f"/{path}" if path else ""
    return f"{scheme or 'http'}://{name}:{port or default}{tail}"
