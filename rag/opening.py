"""Settings to an open library, and to an assistant over it."""

from __future__ import annotations

import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import ArticleError, IbidError
from rag.index.library import Library, opened
from rag.protocols import Embedder
from rag.settings import Settings, changed

_BUILT_BY = ("embedder", "chunk_chars", "chunk_overlap")

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.protocols import ChatModelSource, Reranker


@contextmanager
def open_library(
    settings: Settings, purpose: str = "", *, to_rebuild: bool = False, can_wait: bool = False
) -> Iterator[Library]:
    """Own the library of the settings, with the embedder of the settings; made if there is none.

    ``purpose`` is told to others who want it meanwhile; ``to_rebuild`` opens one that was built
    otherwise, so that `Library.rebuild` can mend that; ``can_wait`` opens it before a listed
    embedder has been fetched, which then fails at its first use.

    Raises:
        LibraryError: it is in use, was built otherwise, or cannot be opened.
        ModelError: the embedder has not been fetched.
    """
    from rag.language import detection
    from rag.models.embedder import embedder
    from rag.models.later import later
    from rag.models.served import ServedEmbedder, stored_in

    detection.load_soon()
    made = later(settings) if can_wait else embedder(settings)
    with opened(settings, made, purpose=purpose, to_rebuild=to_rebuild) as library:
        if isinstance(made, ServedEmbedder) and not to_rebuild:
            made.expects(partial(stored_in, library.catalog))
        yield library


def starter_articles() -> Path:
    """The folder of the articles that come with Ibid: of its clone, or where a wheel put them.

    Raises:
        ArticleError: there is none.
    """
    clone = Path(__file__).parents[1] / "seeds"
    installed = Path(sysconfig.get_path("data")) / "share" / "ibid" / "seeds"
    for folder in (clone, installed):
        if folder.is_dir():
            return folder
    raise ArticleError(f"{installed}: the starter articles are gone; install Ibid again")


def under(library: Library, given: Mapping[str, Any]) -> Library:
    """An open library as it is under other settings, given by name; it is not to be closed.

    Both have one catalog and one index.

    Raises:
        SettingsError: a setting makes no sense.
        LibraryMismatch: with these it would have been built otherwise.
    """
    from rag.index.preparing import fingerprint, mismatch
    from rag.models.embedder import embedder

    now, wanted = library.settings, changed(library.settings, given)
    if wanted == now:
        return library
    if any(getattr(now, name) != getattr(wanted, name) for name in _BUILT_BY):
        built_by = library.catalog.metadata("fingerprint")
        today = fingerprint(wanted, embedder(wanted))
        if built_by != today:
            raise mismatch(library.folder, built_by, today)
    library.open_vectors()
    seen = copy(library)
    seen.settings = wanted
    return seen


def apart(settings: Settings, folder: Path) -> Settings:
    """The same settings for another library, of which all is kept in a folder."""
    return settings.model_copy(update={"library": folder, "database": None, "chroma": None})


@contextmanager
def temporary_library(
    settings: Settings, embedder: Embedder | None = None, *, purpose: str = ""
) -> Iterator[Library]:
    """An empty library that is gone afterwards; with the embedder of the settings if none is given.

    Raises:
        ModelError: the embedder has not been fetched.
    """
    from rag.models.embedder import embedder as embedder_of

    with tempfile.TemporaryDirectory(prefix="ibid-") as folder:
        there = apart(settings, Path(folder))
        with opened(there, embedder or embedder_of(settings), purpose=purpose) as library:
            yield library


def open_assistant(
    library: Library,
    *,
    model: bool = True,
    notice: Callable[[], str] = str,
    refusal: Callable[[Sequence[str] | None], str] | None = None,
    failure: Callable[[IbidError], str] = str,
    around: Callable[[Reranker], Reranker] = lambda scorer: scorer,
    models: ChatModelSource | None = None,
) -> Assistant:
    """An assistant over a library; without ``model`` it searches and quotes only.

    ``notice`` gives what every answer says then, ``refusal`` what is said in place of one and
    ``failure`` what is said where the model fails, if they are not to be in English. Where the
    settings want quotations alone, no model is loaded either. ``around`` may put something around
    the reranker. ``models`` is where the model is had from, if not from what the settings name.

    Raises:
        ModelError, ProviderError, SettingsError: a model cannot be had.
    """
    from rag.models.reader import OnnxReader, reader_of
    from rag.models.reranker import OnnxReranker, reranker
    from rag.models.threads import soon

    settings = library.settings
    scorer, answers = reranker(settings), reader_of(settings)
    # Without a model it may be wanted to search alone, for which nothing is read.
    for one in (scorer, answers) if model else (scorer,):
        if isinstance(one, OnnxReranker | OnnxReader):  # no other can be loaded at once
            soon(one.load)
    from rag.assistant import Assistant, refused  # most of a second, in which those are loaded
    from rag.models.chat import chat_model

    source = models or chat_model
    llm = source(settings) if model and settings.answers != "quotes" else None
    return Assistant(
        library, around(scorer), answers, llm, settings.model, notice, refusal or refused, failure
    )
