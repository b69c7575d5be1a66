"""What is here, what is wrong with it, and how to mend that."""

from __future__ import annotations

import platform
import shutil
import socket
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rag import disk, renewing
from rag.errors import IbidError
from rag.index import catalogs
from rag.models import chat, inventory, providers
from rag.models.store import ModelStore
from rag.settings import Settings
from ui.api import note

_PACKAGES = ("ibid-rag", "langchain", "chromadb", "gradio", "onnxruntime")
_OF_TORCH = ("sentence-transformers", "torch")
_TORCH_COMMAND = "pip install 'ibid-rag[torch]'"
MENDED: dict[renewing.What, tuple[str, str]] = {
    "lost chunks": ("chunks of no article", "removed"),
    "torn articles": ("articles that are not what their chunks say", "cut and embedded anew"),
    "words": ("chunks not found by their words, or words of none", "index of words made anew"),
    "embeddings": ("damaged embeddings", "embedded anew"),
    "sums": ("sums of no chunk", "removed"),
    "dropped": ("chunks that are there and noted as removed", "indexed again"),
    "collected": ("articles of collections that are not there", "removed"),
    "offered": ("offered questions of no article", "removed"),
    "missing": ("chunks not in the vector index", "indexed"),
    "dead": ("vectors of no chunk", "removed"),
    "labels": ("chunks with the labels of another article", "labelled anew"),
    "index": ("chunks of a damaged vector index", "index made anew, nothing embedded"),
}
"""By what was found: what it is, and what is done about it."""
_ROOM = 500_000_000
_PATIENCE_S = 3


def examine(settings: Settings) -> dict[str, Any]:
    """Facts, and the problems among them, each with its remedy.

    Returns:
        ``{"facts": {name: value}, "problems": [line]}``. Nothing is changed, nothing loaded;
        of a server it is only tried whether it is there, and of one that has a model, whether it
        makes of a sentence what that model would.
    """
    facts: dict[str, Any] = {"python": platform.python_version()}
    problems: list[str] = []
    for package in _PACKAGES:
        try:
            facts[package] = version(package)
        except PackageNotFoundError:
            problems.append(f"package {package} is not installed; run: make setup")
    for package in _OF_TORCH:
        try:
            facts[package] = version(package)
        except PackageNotFoundError:
            facts[package] = f"not installed; other models and a GPU need it: {_TORCH_COMMAND}"
    _models(settings, facts, problems)
    _library(settings, facts, problems)
    free = shutil.disk_usage(_existing(settings.library)).free
    facts["free disk"] = f"{free / 1e9:.1f} GB"
    if free < _ROOM:
        problems.append(f"the disk of {settings.library} is almost full; free some space")
    return {"facts": facts, "problems": problems}


def _models(settings: Settings, facts: dict[str, Any], problems: list[str]) -> None:
    store = ModelStore(settings.models_dir)
    facts["models folder"] = str(settings.models_dir)
    model = settings.model
    if settings.base_url and settings.answers != "quotes":
        model = f"{model} at {settings.base_url}"
        if _server(settings.base_url, "base_url", problems):
            _key(settings, settings.base_url, problems)
    served = inventory.served(settings)
    if "reader" in served:
        facts["reader"] = f"at {served['reader']}"
    for role, name in (
        ("embedder", settings.embedder),
        ("reranker", settings.reranker),
        ("model", model if settings.answers != "quotes" else "none: quotes only"),
    ):
        facts[role] = chat.without_secrets(name, settings)
        if role in served:
            facts[role] = f"{facts[role]} at {served[role]}"
            continue
        if name == settings.model and (why := inventory.trouble(name)):
            problems.append(why)
        if not inventory.is_fetched(name):
            if role != "model" and (why := inventory.lacks_packages(role, name)):
                problems.append(why)
            continue
        status = store.status(name)
        if not status.present:
            problems.append(f"{role} {name} is not here; run: ibid models pull {name}")
        elif not status.verified:
            problems.append(f"{role} {name} was not verified; run: ibid models verify")


def _key(settings: Settings, url: str, problems: list[str]) -> None:
    """Whether the language model's server takes the key, as far as it tells without a question."""
    import httpx

    key = settings.api_key.get_secret_value() if settings.api_key else "none"
    headers = {"Authorization": f"Bearer {key}"}
    is_here = providers.is_loopback(httpx.URL(url).host)  # no proxy sees what is said on loopback
    try:
        with (
            httpx.Client(timeout=_PATIENCE_S, trust_env=not is_here) as client,
            client.stream("GET", f"{url.rstrip('/')}/models", headers=headers) as said,
        ):
            refuses = said.status_code in (401, 403)
    except (httpx.HTTPError, UnicodeError):
        return
    if refuses:
        where = chat.server_address(url)
        problems.append(f"the server at {where} refuses the key; check IBID_API_KEY")


def _server(url: str, setting: str, problems: list[str]) -> bool:
    """Whether something listens there; a problem if nothing does."""
    import httpx

    try:
        parsed = httpx.URL(url)
        port = parsed.port or (443 if parsed.scheme == "https" else 80)
        socket.create_connection((parsed.host, port), timeout=_PATIENCE_S).close()
    except httpx.InvalidURL:
        problems.append(f"{setting} is no web address; write it as http://127.0.0.1:8080")
    except (OSError, UnicodeError):
        problems.append(
            f"no server answers at {chat.server_address(url)}; start it, or change "
            f"IBID_{setting.upper()}"
        )
    else:
        return True
    return False


def _library(settings: Settings, facts: dict[str, Any], problems: list[str]) -> None:
    folder = settings.library.expanduser()
    facts["library"] = str(folder)
    if settings.database is not None:
        facts["articles kept in"] = str(catalogs.of(settings))
    if settings.chroma is not None:
        facts["vectors"] = f"kept by the Chroma server at {chat.server_address(settings.chroma)}"
        _server(settings.chroma, "chroma", problems)
    try:
        kept = catalogs.of(settings)
        if settings.database is not None:
            from rag.index.owners import Owners

            problems += Owners.weaknesses(settings)
        if not kept.exists():
            facts["articles"] = 0
            problems += inventory.troubles(settings)
            return
        with catalogs.opened(kept) as catalog:
            problems += inventory.troubles(settings, catalog)
            articles, chunks = catalog.count()
            facts["articles"], facts["chunks"] = articles, chunks
            facts["built by"] = catalog.metadata("fingerprint") or "nothing yet"
            if wrong := catalog.damage():
                problems.append(
                    f"{kept}: {wrong}; restore it from a backup, or save what can "
                    "still be read of it: ibid doctor --salvage FILE"
                )
            else:
                is_alone = not (disk.unwritable(folder) or kept.owner())
                found = renewing.examine(catalog, folder, is_alone=is_alone)
                problems += [f"{_told(one)}; mend it: ibid doctor --repair" for one in found]
            _beside(catalog, folder, facts)
        if owner := kept.owner():
            facts["in use by"] = owner
    except IbidError as error:
        problems.append(str(error))
    facts["size on disk"] = f"{disk.size_of(folder) / 1e6:.1f} MB"
    if why := disk.unwritable(folder):
        problems.append(f"{folder}: can be read and not be changed ({why}); see to its rights")
    if (running := note.running(folder)) is not None:
        facts["running"] = f"at {running.url}, version {running.version}; commands ask it"


def _beside(catalog: Any, library: Path, facts: dict[str, Any]) -> None:
    """What lies beside the library and waits to be gone on with, or to be deleted."""
    if (cut := renewing.cut_short(catalog, library)) is not None:
        done, file = cut
        facts["rebuild"] = (
            f"cut short with {done} articles embedded; to go on, with the embedder as then: ibid "
            f"rebuild; to give it up: delete {file}"
        )
    for folder in renewing.set_aside(library):
        facts["set aside"] = f"{folder}, a damaged index that may be deleted"


def _told(found: renewing.Finding) -> str:
    return f"{MENDED[found.what][0]} ({found.many:,})"


def _existing(folder: Path) -> Path:
    folder = folder.expanduser().absolute()
    while not folder.exists():
        folder = folder.parent
    return folder
