"""Missing models, fetched in the background while the window is open. No Gradio here."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rag.errors import IbidError
from rag.models.store import ModelStore
from rag.settings import Settings

_log = logging.getLogger("ibid")
# In the models' folder while somebody wants them fetched: a window that starts anew goes on.
_WANTED = ".fetching"

State = Literal["idle", "fetching", "stopping", "stopped", "failed"]


class _Stop(Exception):
    """Somebody stopped it."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A model that is not here: how many of its bytes are, and whether it is the one under way.

    ``size`` is 0 while nobody knows it.
    """

    name: str
    size: int
    here: int
    is_coming: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """How far it is. ``searching``: the small models, without which nothing can be asked;
    ``writing``: the language model, without which answers are quotations.
    """

    state: State
    searching: tuple[Missing, ...]
    writing: tuple[Missing, ...]
    error: IbidError | None


class Fetching:
    """The models that the settings name and that are not here: the small ones first.

    ``on_step`` is called, in the thread that fetches, when the small ones are here and again when
    all are.
    """

    def __init__(
        self,
        settings: Settings,
        on_step: Callable[[], None] = lambda: None,
        store: Callable[[Path], ModelStore] = ModelStore,
    ) -> None:
        self._settings = settings
        self._on_step = on_step
        self._store = store
        self._lock = threading.Lock()
        self._state: State = "idle"
        self._error: IbidError | None = None
        self._now: tuple[str, int, int] | None = None

    @property
    def folder(self) -> Path:
        """Where the models are kept."""
        return self._settings.models_dir

    @property
    def now(self) -> Fetched:
        """How far it is now."""
        return Fetched(self._state, self._absent("searching"), self._absent("writing"), self._error)

    def lacks(self, what: Literal["searching", "writing"]) -> bool:
        """Whether a model for this is missing that can be fetched."""
        return bool(self._absent(what))

    def was_wanted(self) -> bool:
        """Whether somebody had begun to fetch and did not stop it."""
        return (self.folder / _WANTED).exists()

    def start(self) -> None:
        """Begin to fetch, or go on; returns at once."""
        with self._lock:
            if self._state in ("fetching", "stopping"):
                return
            self._state, self._error = "fetching", None
        self._want(True)
        threading.Thread(target=self._work, daemon=True, name="fetching").start()

    def stop(self) -> None:
        """Stop soon; what has come is kept."""
        with self._lock:
            if self._state == "fetching":
                self._state = "stopping"
        self._want(False)

    def _work(self) -> None:
        store = self._store(self.folder)
        ended: State = "idle"
        try:
            for what in ("searching", "writing"):
                if names := self._names(what):
                    for name in names:
                        self._pull(store, name)
                    self._on_step()
            self._want(False)
        except _Stop:
            ended = "stopped"
        except IbidError as error:
            ended, self._error = "failed", error
        except Exception as error:
            _log.exception("fetching failed")
            ended, self._error = "failed", IbidError(f"{type(error).__name__}: {error}")
        finally:
            self._now = None
            self._state = ended

    def _pull(self, store: ModelStore, name: str) -> None:
        self._look()
        store.pull(name, lambda now: self._look((name, now.done, now.total)))
        self._now = None

    def _look(self, now: tuple[str, int, int] | None = None) -> None:
        """Note how far it is; raises _Stop once that is wanted."""
        self._now = now
        if self._state == "stopping":
            raise _Stop

    def _absent(self, what: str) -> tuple[Missing, ...]:
        store, now = self._store(self.folder), self._now
        found = []
        for name in self._names(what):
            status = store.status(name)
            if now and now[0] == name:
                found.append(Missing(name, size=now[2], here=now[1], is_coming=True))
            else:
                found.append(Missing(name, status.model.size, store.here(name)))
        return tuple(found)

    def _names(self, what: str) -> list[str]:
        """The models for this that are not here and that can be fetched."""
        settings, store = self._settings, self._store(self.folder)
        if what == "searching":
            embedder = settings.embedder.removeprefix("fastembed:")
            wanted = [(embedder, "embedder")] if not settings.embedder_url else []
            wanted += [(settings.reranker, "reranker")] if not settings.reranker_url else []
        elif settings.answers != "quotes" and not settings.base_url:
            wanted = [(settings.model, "language model")]
        else:
            wanted = []
        return [
            name
            for name, role in wanted
            if (model := store.known(name)) and model.role == role
            if not store.status(name).present
        ]

    def _want(self, wanted: bool) -> None:
        mark = self.folder / _WANTED
        try:
            if wanted:
                mark.parent.mkdir(parents=True, exist_ok=True)
                mark.touch()
            else:
                mark.unlink(missing_ok=True)
        except OSError:  # then a window that starts anew asks again
            _log.info("%s cannot be written", mark, exc_info=True)
