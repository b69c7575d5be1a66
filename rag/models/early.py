"""Models that begin to load while what is to use them is still being imported."""

from __future__ import annotations

from rag.models.registry import listed
from rag.models.threads import soon
from rag.settings import Settings


def begin(settings: Settings, *, to_answer: bool) -> None:
    """Begin to load what a question needs, once in this process, and return at once.

    Without ``to_answer`` it is what a search needs. Whoever makes one of these models later finds
    it loaded, or waits until it is; what goes wrong is told there.
    """
    soon(lambda: _load_encoders(settings, to_answer))
    if to_answer and settings.answers != "quotes" and not settings.base_url:
        soon(lambda: _load_language_model(settings))


def _load_encoders(settings: Settings, to_answer: bool) -> None:
    """In the order in which they are needed; one that is not listed is looked for elsewhere."""
    from rag.models.embedder import SentenceEmbedder, embedder
    from rag.models.reranker import OnnxReranker, reranker

    made = [make(settings) for name, make in ((settings.embedder, embedder),
            (settings.reranker, reranker)) if name in listed()]  # fmt: skip
    for one in made:
        if isinstance(one, SentenceEmbedder | OnnxReranker):
            one.load()
    if to_answer and not settings.reader_url:
        from rag.models.reader import reader

        reader().load()


def _load_language_model(settings: Settings) -> None:
    from rag.models import local

    if (file := local.file_of(settings)) is not None:
        local.serve(file, settings)
