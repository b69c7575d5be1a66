"""Which language models, embedders and cross-encoders this machine has or could fetch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from rag.errors import IbidError, ModelAway
from rag.index.preparing import fingerprint
from rag.models import extras, hub, local
from rag.models.chat import chat_model
from rag.models.embedder import embedder
from rag.models.gguf import describe
from rag.models.reader import reader_of
from rag.models.registry import listed
from rag.models.reranker import reranker
from rag.models.served import (
    ServedEmbedder,
    ServedReader,
    ServedReranker,
    served_embedder,
    served_reader,
    served_reranker,
    stored_in,
)
from rag.models.store import ModelStore
from rag.protocols import Embedder, Reader, Reranker
from rag.settings import Settings
from rag.stores import Catalog


@dataclass(frozen=True, slots=True)
class Row:
    """A model that runs here. ``size``: bytes, 0 if not known; ``licence``: "" if it tells none."""

    name: str
    title: str
    role: str
    size: int
    licence: str
    default: bool
    present: bool
    verified: bool

    @property
    def writes(self) -> bool:
        """Whether it is a language model."""
        return self.role == "language model"


def rows(settings: Settings) -> list[Row]:
    """What is known of each: those listed, those of the hub, and the one that is named."""
    named = [settings.model] if local.is_local(settings.model) and not settings.base_url else []
    names = dict.fromkeys([*names_to_verify(settings), *named])
    return [_row(name, settings) for name in names]


def names_to_verify(settings: Settings) -> list[str]:
    """Those whose SHA-256 is known: listed, or fetched from the hub."""
    return [*listed(), *hub.kept(settings.models_dir)]


def is_fetched(name: str) -> bool:
    """Whether a model by this name is one that Ibid fetches, here or not."""
    return name in listed() or name.startswith(hub.PREFIX)


def lacks_packages(role: str, name: str) -> str:
    """What to install for an embedder or cross-encoder that is not listed; empty if nothing."""
    missing = extras.missing(name)
    return str(extras.absent(f"{role} {name}", missing)) if missing else ""


def served(settings: Settings) -> dict[str, str]:
    """The address of each server that has a model in this process's place, by the model's role."""
    return {role: one.server.address for role, one in _served(settings).items()}


def troubles(settings: Settings, catalog: Catalog | None = None) -> list[str]:
    """Why servers of models cannot be used, a line each; each is asked about a sentence of Ibid's.

    The embedder's has to make the vectors that the ``catalog`` holds, if there is one.
    """
    found = []
    for one in _served(settings).values():
        built_by = catalog.metadata("fingerprint") if catalog else None
        if catalog and isinstance(one, ServedEmbedder) and built_by == fingerprint(settings, one):
            one.expects(partial(stored_in, catalog))
        try:
            one.check()
        except ModelAway as error:
            found.append(str(error))
    return found


def _served(settings: Settings) -> dict[str, ServedEmbedder | ServedReranker | ServedReader]:
    made = {
        "embedder": served_embedder(settings),
        "reranker": served_reranker(settings),
        "reader": served_reader(settings),
    }
    return {role: one for role, one in made.items() if one is not None}


class Here(NamedTuple):
    """The models that read, in this process."""

    embedder: Embedder
    reranker: Reranker
    reader: Reader


def here(settings: Settings) -> Here:
    """Those that the settings name, loaded, though servers may be named for them too.

    Raises:
        ModelError: one cannot be had.
    """
    urls = dict.fromkeys(("embedder_url", "reranker_url", "reader_url"))
    mine = settings.model_copy(update=urls)
    made = Here(embedder(mine), reranker(mine), reader_of(mine))
    made.embedder.embed_query("ready?")
    made.reranker.scores("ready?", ["yes"])
    made.reader.read("ready?", ["ready"], ["yes"])
    return made


def trouble(name: str) -> str:
    """Why the file that a name stands for cannot be used; empty if it can, or is no file's name."""
    if not local.is_file(name):
        return ""
    try:
        describe(Path(name).expanduser())
    except IbidError as error:
        return str(error)
    return ""


def title_of(name: str) -> str:
    """What a model is called where it is shown: the path to a file is nobody's business."""
    if name.startswith(hub.PREFIX) or local.is_file(name):
        return Path(name).name
    known = listed().get(name)
    return known.title if known else name


def check(settings: Settings) -> None:
    """Make sure, without loading or asking it, that the language model could be used.

    Raises:
        ModelError: it has not been fetched, or its file is none.
        SettingsError: it is no language model, or no name of one.
        ProviderError: its provider's package or key is missing.
    """
    if not settings.base_url and local.is_local(settings.model):
        if file := local.file_of(settings):
            local.fit(file)
    else:
        chat_model(settings)


def _row(name: str, settings: Settings) -> Row:
    if not is_fetched(name):
        return _of_file(name)
    status = ModelStore(settings.models_dir).status(name)
    model, licence = status.model, status.model.licence
    if status.present and not licence:
        file = status.folder / model.files[0].name
        licence = "" if trouble(str(file)) else describe(file).licence
    return Row(
        name,
        model.title,
        model.role,
        model.size,
        licence,
        model.default,
        status.present,
        status.verified,
    )


def _of_file(name: str) -> Row:
    """A file of the user's own, which nobody can verify."""
    if trouble(name):
        return Row(name, name, "language model", 0, "", False, False, False)
    told = describe(Path(name).expanduser())
    return Row(name, told.name, "language model", told.size, told.licence, False, True, False)
