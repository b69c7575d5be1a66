"""A library into one file, that into a library, and into one what is left of a damaged library."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rag.errors import LibraryError
from rag.index import catalogs
from rag.index import salvage as damaged
from rag.index.library import Library
from rag.index.portable import exporting, importing
from rag.index.portable.importing import Outcome
from rag.schema import ArticleInfo
from rag.settings import Settings

Progress = Callable[[int, int], None]


def export(settings: Settings, file: Path, on_article: Progress = lambda done, of: None) -> int:
    """Write the library of the settings into one file, and return how many articles it holds.

    ``on_article`` is told how many of how many are done, here and below.

    Raises:
        LibraryError: there is no library, ``file`` is there already, or it cannot be written.
    """
    return exporting.export(catalogs.existing(settings), file, on_article).articles


def salvage(
    settings: Settings, file: Path, on_article: Progress = lambda done, of: None
) -> tuple[int, int]:
    """Write what can still be read of it into such a file.

    Returns:
        How many articles were saved, and how many places could not be read.

    Raises:
        LibraryError: as `export`; or nothing can be read any more.
    """
    place = catalogs.existing(settings)
    if not isinstance(place, catalogs.FilePlace):
        raise LibraryError(
            f"{place}: is in a database, of which no file can be read; restore that from its backup"
        )
    return damaged.salvage(place.file, file, on_article)


def bring_in(
    library: Library, file: Path, on_article: Progress = lambda done, of: None
) -> tuple[dict[Outcome, int], list[ArticleInfo]]:
    """Put what such a file holds into a library.

    Returns:
        What became of how many articles, and those that were left out since another text is there.

    Raises:
        LibraryError: the file is not whole, or the library cannot be changed.
        ModelError: vectors must be made anew, and the embedder has not been fetched.
    """
    left_out: list[ArticleInfo] = []
    done = 0
    with importing.reading(file) as bundle:

        def told(info: ArticleInfo, outcome: Outcome) -> None:
            nonlocal done
            done += 1
            on_article(done, bundle.manifest.articles)
            if outcome == "kept":
                left_out.append(info)

        counts = importing.bring_in(library, bundle, library.originals.keep, told)
    return counts, left_out
