"""Files that may hold several articles, tables of them and zipped folders; all others hold one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import ArticleError
from rag.loaders.archive import unzipped
from rag.loaders.files import (
    ARCHIVES,
    FORMATS,
    MOST_BYTES,
    READERS,
    TABLES,
    checked,
    loaded,
    origin,
    read_bytes,
)
from rag.loaders.folders import Listing, Passed, listed
from rag.loaders.table import Columns
from rag.schema import Article

if TYPE_CHECKING:
    from rag.loaders.worker import OnProgress, Worker

_MOST_ARCHIVE_BYTES = 1_000_000_000
_AS_THEY_ARE_CALLED = Columns()
# An article, why a part of a file is none, or what was passed over in it.
Part = Article | ArticleError | Passed


def list_files(path: Path | str) -> Listing:
    """The path itself if it is a file, or the article files below it, and what else lies there.

    Raises:
        ArticleError: there is nothing at the path, or nothing that Ibid reads below it.
    """
    return listed(path, FORMATS)


def readable_files(path: Path | str) -> tuple[Path, ...]:
    """The files alone of `list_files`."""
    return list_files(path).files


def read(path: Path | str, worker: Worker | None = None) -> list[Article]:
    """All articles of a file or, sorted by name, of a folder and the folders in it.

    They are read in a child process, that of ``worker`` or one that all share.

    Raises:
        ArticleError: the path does not exist, or a file or a part of one cannot be read.
    """
    articles: list[Article] = []
    for file in readable_files(path):
        for part in read_each(file, worker):
            if isinstance(part, ArticleError):
                raise part
            if isinstance(part, Article):
                articles.append(part)
    return articles


def read_each(
    file: Path,
    worker: Worker | None = None,
    on_progress: OnProgress = lambda done, of: None,
    columns: Columns = _AS_THEY_ARE_CALLED,
) -> Iterator[Part]:
    """Read the articles of a file, one after another; ``columns`` are those of a table.

    ``worker`` and ``on_progress`` are as in `read_file`.

    Raises:
        ArticleError: the file as a whole cannot be read.
    """
    if file.suffix.lower() in ARCHIVES:
        checked(file, _MOST_ARCHIVE_BYTES)
        yield from _archived(file, file, str(file.resolve()), worker, on_progress, columns)
    else:
        data = loaded(file)
        yield from bytes_each(data, file, origin(file.resolve()), worker, on_progress, columns)


def bytes_each(
    data: bytes,
    file: Path,
    source: str,
    worker: Worker | None = None,
    on_progress: OnProgress = lambda done, of: None,
    columns: Columns = _AS_THEY_ARE_CALLED,
) -> Iterator[Part]:
    """Read the articles of a file that is in memory already, as `read_each` does.

    Raises:
        ArticleError: the file as a whole cannot be read.
    """
    from rag.loaders.worker import shared

    suffix = file.suffix.lower()
    if suffix in ARCHIVES:
        yield from _archived(data, file, source, worker, on_progress, columns)
    elif suffix in TABLES:
        yield from (worker or shared()).read_table(data, file, source, columns, on_progress)
    else:
        yield read_bytes(data, file, source, worker, on_progress)


def _archived(
    archive: bytes | Path,
    file: Path,
    source: str,
    worker: Worker | None,
    on_progress: OnProgress,
    columns: Columns,
) -> Iterator[Part]:
    formats = {*READERS, *TABLES}
    members, passed = unzipped(archive, file, formats, MOST_BYTES)
    for member in members:
        own, whence = file / member.name, f"{source}/{member.name}"
        try:
            yield from bytes_each(member.unpack(), own, whence, worker, on_progress, columns)
        except ArticleError as error:
            yield error
    yield from passed
