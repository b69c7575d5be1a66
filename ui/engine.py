"""What the faces run on: settings to a library and an assistant, in one place."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import IbidError
from rag.index.library import Library, opened
from rag.settings import Settings
from ui import strings

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.retrieve.retriever import Scorer

_log = logging.getLogger("ibid")


@contextmanager
def library(settings: Settings, purpose: str, *, to_rebuild: bool = False) -> Iterator[Library]:
    """Own the library of the settings, with the embedder of the settings.

    Raises:
        LibraryError: it is in use, was built otherwise, or cannot be opened.
        ModelError: the embedder has not been fetched.
    """
    from rag.models.embedder import embedder

    with opened(settings, embedder(settings), purpose=purpose, to_rebuild=to_rebuild) as own:
        yield own


def assistant(
    own: Library,
    *,
    model: bool = True,
    notice: Callable[[], str] = str,
    refusal: Callable[[Sequence[str] | None], str] | None = None,
    around: Callable[[Scorer], Scorer] = lambda scorer: scorer,
) -> Assistant:
    """An assistant over a library; without ``model`` it searches and quotes only.

    ``notice`` gives what every answer says then, ``refusal`` what is said in place of one, if that
    is not to be in English. Where the settings want quotations alone, no
    model is loaded either. ``around`` may put something around the reranker.

    Raises:
        ModelError, ProviderError, SettingsError: a model cannot be had.
    """
    from rag.assistant import Assistant, refused
    from rag.models.chat import chat_model
    from rag.models.reader import reader
    from rag.models.reranker import reranker

    settings = own.settings
    llm = chat_model(settings) if model and settings.answers != "quotes" else None
    scorer = around(reranker(settings))
    return Assistant(own, scorer, reader(), llm, settings.model, notice, refusal or refused)


class Engine:
    """A library and an assistant that get ready in the background while the window is open."""

    def __init__(self, own: Library, starter: Path | None = None) -> None:
        self.library = own
        self.assistant: Assistant | None = None
        self.error: str | None = None
        self._starter = starter
        self._now: tuple[str, dict[str, int]] = ("begin", {})
        self._thread = threading.Thread(target=self._load, daemon=True, name="ibid-loading")

    def start(self) -> None:
        """Begin to load; returns at once."""
        self._thread.start()

    def status(self) -> str:
        """What is still loading, in the language spoken just now; empty when all is ready."""
        stage, facts = self._now
        return strings.LOADING[stage].format(**facts) if stage else ""

    def assistant_over(self, own: Library, *, model: bool) -> Assistant:
        """What answers from this library, for a measurement; without ``model`` it quotes."""
        from eval.runs.caching import Remembering

        return assistant(own, model=model, around=Remembering)

    def _at(self, stage: str, **facts: int) -> None:
        self._now = (stage, facts)  # both at once: other threads read them

    def _load(self) -> None:
        from rag.loaders import read

        try:
            self._at("embedder")
            self.library.embedder.embed_query("ready?")
            if self._starter and not self.library.articles():
                articles = read(self._starter)
                for number, article in enumerate(articles, start=1):
                    self._at("starter", number=number, of=len(articles))
                    self.library.add([article])
            self._at("index")
            self.library.vectors.count()
            if self.library.settings.answers != "quotes":
                self._at("model")
            self.assistant = self._with_or_without_model()
        except IbidError as error:
            self.error = str(error)
        except Exception as error:
            self.error = f"{type(error).__name__}: {error}"
            _log.info("loading failed", exc_info=True)
        finally:
            self._at("")

    def _with_or_without_model(self) -> Assistant:
        try:
            return assistant(self.library, refusal=_refusal)
        except IbidError as error:
            why = str(error)
            self.error = why  # with an assistant there, the window warns and goes on
            return assistant(
                self.library,
                model=False,
                notice=lambda: strings.QUOTED_WITHOUT_MODEL.format(error=why),
                refusal=_refusal,
            )


def _refusal(titles: Sequence[str] | None) -> str:
    return strings.refusal(titles)  # looked up anew each time: the language may be another
