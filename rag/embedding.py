"""Texts to vectors, behind LangChain's `Embeddings` interface."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from langchain_core.embeddings import Embeddings

from rag.errors import ModelError
from rag.models import ModelStore, listed
from rag.settings import Settings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class Embedder(Embeddings):
    """A sentence-transformers model that is loaded when it is first needed.

    Loading imports torch, which takes seconds: commands that embed nothing never pay for it.
    ``fingerprint`` is known before, and changes when the vectors would.
    """

    def __init__(self, name: str, folder: Path | None, fingerprint: str) -> None:
        self.name = name
        self.fingerprint = fingerprint
        self._folder = folder

    @cached_property
    def _model(self) -> SentenceTransformer:
        # transformers asks the hub about every model that it loads unless told not to.
        if self._folder:
            os.environ.setdefault("HF_HUB_OFFLINE", "1")
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()
        try:
            return SentenceTransformer(str(self._folder or self.name))
        except (OSError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise ModelError(
                f"embedding model {self.name} cannot be loaded ({reason}); "
                "name a listed one (ibid models), a folder, or a model that the hub has"
            ) from None

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One unit vector a text, in order."""
        vectors = self._model.encode_document(
            texts, batch_size=32, normalize_embeddings=True, show_progress_bar=False
        )
        return vectors.tolist()

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of a question."""
        vector = self._model.encode_query(text, normalize_embeddings=True, show_progress_bar=False)
        return vector.tolist()


def embedder(settings: Settings) -> Embedder:
    """The embedder that the settings name: a listed model, a folder, or a model of the hub.

    Raises:
        ModelError: the listed model has not been fetched.
    """
    name = settings.embedder
    model = listed().get(name)
    if model:
        folder = ModelStore(settings.models_dir).path(name)
        return Embedder(name, folder, f"{name}@{model.files[0].sha256[:12]}")
    folder = Path(name).expanduser()
    return Embedder(name, folder if folder.is_dir() else None, name)
