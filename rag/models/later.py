"""An embedder that may still have to be fetched: a library can be opened, and read, without it."""

from __future__ import annotations

from functools import cached_property

from langchain_core.embeddings import Embeddings

from rag.models.embedder import FastEmbedder, SentenceEmbedder, embedder
from rag.models.registry import Model, listed
from rag.models.served import ServedEmbedder
from rag.models.store import ModelStore
from rag.settings import Settings


class LaterEmbedder(Embeddings):
    """A listed model, looked for when it is first needed and not before."""

    def __init__(self, settings: Settings, model: Model) -> None:
        self.name = model.name
        self.fingerprint = model.fingerprint
        self._settings = settings

    @cached_property
    def _model(self) -> SentenceEmbedder | FastEmbedder | ServedEmbedder:
        return embedder(self._settings)

    def check(self) -> None:
        """Make sure that the model is here. Raises ModelError."""
        self._model.check()

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One unit vector a text, in order. Raises ModelError: it is still not here."""
        return self._model.embed_documents(texts)

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of a question. Raises ModelError: it is still not here."""
        return self._model.embed_query(text)


def later(
    settings: Settings,
) -> SentenceEmbedder | FastEmbedder | ServedEmbedder | LaterEmbedder:
    """The embedder that the settings name, if it is here; else one that waits for it."""
    name = settings.embedder.removeprefix("fastembed:")
    model = listed().get(name)
    is_absent = model and not ModelStore(settings.models_dir).status(name).present
    is_here = settings.embedder_url is None
    if model and model.role == "embedder" and is_absent and is_here:
        return LaterEmbedder(settings, model)
    return embedder(settings)
