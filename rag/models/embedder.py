"""Texts to vectors, behind LangChain's `Embeddings` interface."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Sequence
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from langchain_core.embeddings import Embeddings

from rag.errors import ModelError
from rag.language.letters import plain_letters
from rag.models import extras
from rag.models.graph import GraphEncoder
from rag.models.registry import WEIGHTS, listed
from rag.models.served import ServedEmbedder, served_embedder
from rag.models.store import ModelStore
from rag.models.threads import cores
from rag.settings import Settings

if TYPE_CHECKING:
    from fastembed import TextEmbedding

_HUB_PATIENCE = 5.0  # seconds
_FEW = 4


class SentenceEmbedder(Embeddings):
    """A sentence-transformers model that is loaded when it is first needed.

    Two engines make the same vectors, to 1e-5. With a ``graph`` of the model, onnxruntime reads
    its weights within half a second; without one, and for many texts where there is a GPU,
    sentence-transformers does, whose import of torch takes over ten.
    ``fingerprint`` is known before, and changes when the vectors would.
    """

    def __init__(
        self,
        name: str,
        folder: Path | None,
        fingerprint: str,
        graph: Path | None = None,
        *,
        has_gpu: Callable[[], bool] = lambda: bool(shutil.which("nvidia-smi")),
    ) -> None:
        self.name = name
        self.fingerprint = fingerprint
        self._folder = folder
        self._graph = graph
        self._has_gpu = has_gpu
        # A tokenizer of torch's is changed by its use, and articles are added while others ask.
        # A graph is only loaded in turn.
        self._one_at_a_time = threading.Lock()
        # A question is searched for again when it is retried, narrowed by a filter, or measured.
        self._of_question = lru_cache(maxsize=64)(self._embedded)

    def check(self) -> None:
        """Make sure within seconds that the model can be had, before any work is begun with it.

        Raises:
            ModelError: it is not on this machine, and the model hub does not show it, or what
                runs it is not installed.
        """
        if self._folder is None:
            look_up(self.name, "embedding model")
        if not self._graph and not extras.is_here(extras.TORCH):
            raise extras.absent(f"embedding model {self.name}", extras.TORCH)

    def load(self) -> None:
        """Load what reads a question, if that takes no torch."""
        if self._graph:
            with self._one_at_a_time:
                _ = self._light

    @cached_property
    def _light(self) -> GraphEncoder:
        try:
            return GraphEncoder(cast(Path, self._graph), cast(Path, self._folder))
        except Exception as error:  # onnxruntime and tokenizers have their own
            raise _unloadable(self.name, error) from None

    @cached_property
    def _full(self) -> _Torch:
        self.check()  # the hub's own tries take minutes
        return _Torch(self.name, self._folder)

    @cached_property
    def _for_many(self) -> GraphEncoder | _Torch:
        """What embeds articles: a GPU is worth the wait for torch."""
        if self._graph and not (self._has_gpu() and extras.is_here(extras.TORCH)):
            return self._light
        return self._full

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One unit vector a text, in order."""
        plain = [*map(plain_letters, texts)]
        with self._one_at_a_time:
            model = self._light if len(texts) <= _FEW and self._graph else self._for_many
            if isinstance(model, _Torch):
                return list(model.encode(plain).tolist())
        return list(model.encode(plain).tolist())

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of a question."""
        return list(self._of_question(plain_letters(text)))

    def _embedded(self, text: str) -> tuple[float, ...]:
        if self._graph:
            self.load()
            (vector,) = self._light.encode([text])
            return tuple(vector.tolist())
        with self._one_at_a_time:
            vector = self._full.encode_question(text)
        return tuple(vector.tolist())


class _Torch:
    """A model that sentence-transformers runs, on a GPU where there is one."""

    def __init__(self, name: str, folder: Path | None) -> None:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()
        try:
            self._model = SentenceTransformer(
                str(folder or name), local_files_only=folder is not None
            )
        except Exception as error:  # Every format that a model's files have raises its own.
            raise _unloadable(name, error) from None

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """One unit vector a text, in order."""
        _share_out(len(texts))
        vectors = self._model.encode_document(
            list(texts), batch_size=32, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors)

    def encode_question(self, text: str) -> np.ndarray:
        """The unit vector of a question; some models put words of their own before it."""
        _share_out(1)
        vector = self._model.encode_query(text, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vector)


def _share_out(texts: int) -> None:
    """Have torch use one core for a few texts, and all for many.

    Its threads wait for each other in a busy loop. On an idle machine a second one gains a tenth
    for a question; beside other work the two took thirty times as long as one.
    """
    import torch

    torch.set_num_threads(cores() if texts > _FEW else 1)


class FastEmbedder(Embeddings):
    """A fastembed model: ONNX, without torch, so it is loaded within a second.

    ``query_prompt`` is put before questions, for models that were trained so and do not say so.
    """

    def __init__(
        self, name: str, folder: Path | None, fingerprint: str, query_prompt: str = ""
    ) -> None:
        self.name = name
        self.fingerprint = fingerprint
        self._folder = folder
        self._query_prompt = query_prompt

    def check(self) -> None:
        """Make sure at once that the model is one that fastembed knows.

        Raises:
            ModelError: it is not, or fastembed is not installed.
        """
        if self._folder is not None:
            return
        try:
            from fastembed import TextEmbedding
        except ImportError:
            raise extras.absent(f"fastembed:{self.name}", extras.FASTEMBED) from None
        if self.name not in {model["model"] for model in TextEmbedding.list_supported_models()}:
            raise ModelError(
                f"fastembed has no model {self.name}; name a listed one (ibid models), or one "
                "that fastembed lists"
            )

    @cached_property
    def _model(self) -> TextEmbedding:
        try:
            from fastembed import TextEmbedding
            from fastembed.common.model_description import ModelSource, PoolingType
        except ImportError:
            raise extras.absent(f"fastembed:{self.name}", extras.FASTEMBED) from None
        try:
            if self._folder is None:
                return TextEmbedding(self.name)
            name = f"ibid/{self.name}"
            if name not in {model["model"] for model in TextEmbedding.list_supported_models()}:
                TextEmbedding.add_custom_model(
                    name,
                    pooling=PoolingType.CLS,
                    normalization=True,
                    sources=ModelSource(hf=name),
                    dim=json.loads((self._folder / "config.json").read_text())["hidden_size"],
                    model_file="model.onnx",
                )
            return TextEmbedding(name, specific_model_path=str(self._folder))
        except Exception as error:
            raise _unloadable(f"fastembed:{self.name}", error) from None

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One unit vector a text, in order."""
        plain = [*map(plain_letters, texts)]
        return [vector.tolist() for vector in self._model.passage_embed(plain, batch_size=32)]

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of a question."""
        (vector,) = self._model.query_embed(self._query_prompt + plain_letters(text))
        return list(map(float, vector))


def embedder(settings: Settings) -> SentenceEmbedder | FastEmbedder | ServedEmbedder:
    """The embedder that the settings name, on a server if they name one.

    A listed model, a folder, or a model of the hub for sentence-transformers; with ``fastembed:``
    before it, a listed ONNX model or one that fastembed knows.

    Raises:
        ModelError: the listed model has not been fetched.
        SettingsError: the server's address is none.
    """
    if served := served_embedder(settings):
        return served
    name = settings.embedder.removeprefix(extras.PREFIX)
    model = listed().get(name)
    if model is None:
        if settings.embedder.startswith(extras.PREFIX):
            return FastEmbedder(name, None, settings.embedder)
        folder = Path(name).expanduser()
        return SentenceEmbedder(name, folder if folder.is_dir() else None, name)
    if model.role != "embedder":
        raise ModelError(f"{name} is no embedding model; ibid models lists those that are")
    folder = ModelStore(settings.models_dir).path(name)
    if any(file.name.endswith(".onnx") for file in model.files):
        return FastEmbedder(name, folder, model.fingerprint, model.query_prompt)
    graph = WEIGHTS / model.graph if model.graph else None
    return _of_sentence_transformers(name, folder, model.fingerprint, graph)


@cache
def _of_sentence_transformers(
    name: str, folder: Path, fingerprint: str, graph: Path | None
) -> SentenceEmbedder:
    """A listed model, of which one in a process will do."""
    return SentenceEmbedder(name, folder, fingerprint, graph)


def look_up(name: str, role: str) -> None:
    """Find a model in the hub's cache on this machine, or ask the hub for it once.

    ``role`` is what the error calls it.

    Raises:
        ModelError: neither has it.
    """
    from huggingface_hub import HfApi, try_to_load_from_cache

    # sentence-transformers looks for a bare name among its own first.
    names = [name] if "/" in name else [f"sentence-transformers/{name}", name]
    reason = ""
    for one in names:
        try:
            if isinstance(try_to_load_from_cache(one, "config.json"), str):
                return
            HfApi().model_info(one, timeout=_HUB_PATIENCE)
        except Exception as error:  # no such name, no such model, no network: each has its own
            reason = reason or (str(error).strip() or type(error).__name__).splitlines()[0]
        else:
            return
    raise ModelError(
        f"{role} {name} is neither listed nor a folder, and the model hub does not show "
        f"it ({reason[:120]}); name a listed one (ibid models), or the folder that it lies in"
    )


def _unloadable(name: str, error: Exception) -> ModelError:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return ModelError(
        f"embedding model {name} cannot be loaded ({reason}); "
        "name a listed one (ibid models), a folder, or a model that the hub has"
    )
