"""A library mended, or made anew by another embedder or with other chunks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rag.errors import LibraryInUse
from rag.index import catalogs, draft, mending
from rag.index.catalog import SqlCatalog
from rag.index.library import opened
from rag.index.mending import Finding, What
from rag.index.places import place_of
from rag.index.rebuilding import OnStep, Rebuilding
from rag.opening import open_library
from rag.settings import Settings

__all__ = ["Finding", "What", "cut_short", "examine", "rebuild", "repair", "set_aside"]


def rebuild(
    settings: Settings, on_step: OnStep, check_alone: Callable[[], None] = lambda: None
) -> int:
    """Chunk, embed and index every article of the library of the settings anew, by them.

    Nobody is kept from the library before all of it is done; then it is owned for a moment.
    ``check_alone`` is called before and raises where it cannot be. What was done stays done, also
    when ``on_step`` or anything else raises.

    Returns:
        How many articles there are.

    Raises:
        LibraryInUse: it is all done, and somebody owns the library.
        LibraryError: there is no library, or its disk is full.
        ModelError: the embedder has not been fetched.
    """
    from rag.language import detection
    from rag.models.embedder import embedder

    kept = catalogs.existing(settings)
    folder = kept.folder
    detection.load_soon()
    made = embedder(settings)
    with catalogs.opened(kept) as read:
        place = place_of(settings, read, folder)
    with Rebuilding(folder, settings, made, place) as begun:
        with catalogs.opened(kept) as read:
            begun.embed(read, on_step)
            begun.index(read)
        check_alone()
        try:
            with opened(settings, made, purpose="ibid rebuild", to_rebuild=True) as own:
                return own.rebuild(on_step, begun)
        except LibraryInUse as error:
            raise LibraryInUse(
                f"all is embedded, and kept; to take it up: ibid rebuild, once more ({error})"
            ) from None


def repair(settings: Settings) -> list[Finding]:
    """Look through the library of the settings, mend what is wrong, and tell what was.

    Raises:
        LibraryInUse: somebody owns it.
        LibraryError: there is none, or SQLite finds its file damaged.
        ModelError: something must be embedded anew, and the embedder has not been fetched.
    """
    catalogs.existing(settings)
    with open_library(settings, "ibid doctor --repair", can_wait=True) as own:
        return mending.repair(own)


def examine(of: SqlCatalog, folder: Path, *, is_alone: bool) -> list[Finding]:
    """What is wrong with a library, as far as that shows without owning it: see `mending.examine`.

    ``is_alone``: nobody owns it, so that it may be looked at more closely.
    """
    return mending.examine(of, folder, is_alone=is_alone)


def cut_short(of: SqlCatalog, folder: Path) -> tuple[int, Path] | None:
    """How many articles a rebuild that was cut short has done, and its file; None without one."""
    done = draft.progress(folder, of.articles())
    return None if done is None else (done, folder / draft.DRAFT)


def set_aside(folder: Path) -> list[Path]:
    """The damaged indexes that are kept in a library's folder."""
    return mending.set_aside(folder)
