"""A library and an assistant that get ready in the background while the window is open."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import IbidError, ModelAway
from rag.index.library import Library
from rag.models.store import ModelStore
from rag.opening import open_assistant
from rag.settings import Settings
from ui import strings
from ui.ahead import Ahead
from ui.fetching import Fetching
from ui.wishes import Wishes

if TYPE_CHECKING:
    from rag.assistant import Assistant

_log = logging.getLogger("ibid")


class Engine:
    """What the window runs on. ``start`` returns at once; ``status`` says what still loads.

    ``on_step`` is told each step of loading as it begins, in the words of `status`, and at the
    end what went wrong, if anything did.
    """

    def __init__(
        self,
        own: Library,
        starter: Path | None = None,
        store: Callable[[Path], ModelStore] = ModelStore,
        on_step: Callable[[str], None] = lambda words: None,
    ) -> None:
        self.library = own
        self.assistant: Assistant | None = None
        self.fetching = Fetching(own.settings, self._load_more, store)
        self._error: IbidError | None = None
        self._starter = starter
        self._on_step = on_step
        self._scorer: Any = None
        self._one_at_a_time = threading.Lock()
        self._now: tuple[str, dict[str, int]] = ("begin", {})
        self.ahead = Ahead()
        self._thread = threading.Thread(target=self._begin, daemon=True, name="ibid-loading")

    def start(self) -> None:
        """Begin to load; returns at once."""
        self._thread.start()

    def status(self) -> str:
        """What is still loading, in the language spoken just now; empty when all is ready."""
        stage, facts = self._now
        return strings.LOADING[stage].format(**facts) if stage else ""

    @property
    def settings(self) -> Settings:
        """What the library was opened with."""
        return self.library.settings

    @property
    def is_loading(self) -> bool:
        """Whether more is ready soon, without anybody doing anything."""
        return self._now[0] not in ("", "absent")

    @property
    def error(self) -> str | None:
        """What went wrong while loading, in the language spoken just now."""
        return strings.failure(self._error) if self._error else None

    def assistant_for(self, wishes: Wishes) -> Assistant | None:
        """What answers as a reader wants it, with a model loaded for it; None while loading.

        One that cannot be had ends in quotations and a notice, not in an error.
        """
        if self.assistant is None:
            return None
        mine = self.library.settings
        settings = wishes.applied(mine)
        if settings == mine:
            return self.assistant
        has_none = mine.answers != "quotes" and not self.assistant.model_name
        if has_none and (settings.model, settings.base_url) == (mine.model, mine.base_url):
            return self.assistant.otherwise(settings, None, notice=self.assistant.notice)
        return self._otherwise(self.assistant, settings)

    def _otherwise(self, assistant: Assistant, settings: Settings) -> Assistant:
        from rag.models import chat, inventory

        if settings.answers == "quotes":
            return assistant.otherwise(settings, None)
        try:
            return assistant.otherwise(
                settings, chat.chat_model(settings), inventory.title_of(settings.model)
            )
        except IbidError as error:
            told = error  # the name of an exception is gone when its block ends
            return assistant.otherwise(
                settings,
                None,
                notice=lambda: strings.QUOTED_WITHOUT_MODEL.format(error=strings.failure(told)),
            )

    def assistant_over(self, own: Library, *, model: bool) -> Assistant:
        """What answers from this library, for a measurement; without ``model`` it quotes."""
        from eval.runs.caching import CachedReranker

        return open_assistant(own, model=model, around=CachedReranker)

    def _at(self, stage: str, **facts: int) -> None:
        is_new = stage != self._now[0]
        self._now = (stage, facts)  # both at once: other threads read them
        if is_new and stage:
            self._on_step(self.status())

    def _begin(self) -> None:
        if self.fetching.was_wanted():
            self.fetching.start()
        self._load()

    def _load_more(self) -> None:
        """Load beside the fetching, which goes on."""
        threading.Thread(target=self._load, daemon=True, name="ibid-loading").start()

    def _load(self) -> None:
        """Load what is here, as often as there is more of it."""
        with self._one_at_a_time:
            if self.fetching.lacks("searching"):
                self._at("absent")
                return
            try:
                if self.assistant is None:
                    self._load_library()
                self._load_model()
            except IbidError as error:
                self._error = error
            except Exception as error:
                self._error = IbidError(f"{type(error).__name__}: {error}")
                _log.info("loading failed", exc_info=True)
            finally:
                self._at("")
                if self._error:
                    self._on_step(str(self._error))

    def _load_library(self) -> None:
        self._at("embedder")
        with suppress(ModelAway):  # each answer says so, and this is no answer
            self.library.embedder.embed_query("ready?")
        if self._starter and not self.library.articles():
            try:
                self._add(self._starter)
            except ModelAway as error:  # an empty library can be asked, and is told of
                self._error = error
        self._at("index")
        self.library.open_vectors()
        self._at("reranker")
        quoting = open_assistant(self.library, model=False)
        self._scorer = quoting.retriever.reranker
        # Whatever else is loaded when it is first needed; no first question need wait for it.
        with suppress(ModelAway):
            self._scorer.scores("ready?", ["yes"])
            quoting.reader.read("ready?", ["ready"], ["yes"])

    def _add(self, starter: Path) -> None:
        from rag.loaders import read
        from rag.loaders.worker import Worker

        with Worker(self.library.settings.reading) as worker:
            articles = read(starter, worker)
        for number, article in enumerate(articles, start=1):
            self._at("starter", number=number, of=len(articles))
            self.library.add([article])

    def _load_model(self) -> None:
        from rag.questions.offering import Offering

        lacks = self.fetching.lacks("writing")
        if self.library.settings.answers != "quotes" and not lacks and self.assistant is None:
            self._at("model")
        self.assistant = self._quoting(_later) if lacks else self._with_or_without_model()
        self.ahead.begin(Offering(self.assistant))
        if why := self.library.read_only:  # it can be asked, and is told of
            self._error = self._error or IbidError(
                f"the library cannot be changed ({why}); nothing will be kept",
                "read only",
                why=why,
            )

    def _with_or_without_model(self) -> Assistant:
        try:
            return open_assistant(
                self.library, refusal=_refusal, failure=_failure, around=self._loaded
            )
        except IbidError as error:
            self._error = error  # with an assistant there, the window warns and goes on
            return self._quoting(lambda: strings.QUOTED_WITHOUT_MODEL.format(error=self.error))

    def _quoting(self, notice: Callable[[], str]) -> Assistant:
        return open_assistant(
            self.library,
            model=False,
            notice=notice,
            refusal=_refusal,
            failure=_failure,
            around=self._loaded,
        )

    def _loaded(self, scorer: Any) -> Any:
        return self._scorer or scorer


def _later() -> str:
    return strings.QUOTED_UNTIL_FETCHED


def _refusal(titles: Sequence[str] | None) -> str:
    return strings.refusal(titles)  # looked up anew each time: the language may be another


def _failure(error: IbidError) -> str:
    return strings.failure(error)
