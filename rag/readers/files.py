"""Which files hold articles, and reading them one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from rag.errors import ArticleError
from rag.readers import text
from rag.schema import Article

READERS: dict[str, Callable[[Path], Article]] = {
    ".txt": text.read_plain,
    ".md": text.read_markdown,
    ".markdown": text.read_markdown,
}
# An article is read into memory whole, and so is its reader's window.
MOST_BYTES = 20_000_000


def read(path: Path) -> list[Article]:
    """All articles of a file or, sorted by name, of a folder and the folders in it.

    Raises:
        ArticleError: the path does not exist, or a file cannot be read.
    """
    return [read_file(file) for file in readable_files(path)]


def readable_files(path: Path) -> Iterator[Path]:
    """The path itself if it is a file, or the article files below it; hidden ones are skipped.

    Raises:
        ArticleError: there is nothing at the path, or nothing that Ibid reads below it.
    """
    try:
        is_file, is_folder = path.is_file(), path.is_dir()
    except OSError as error:
        raise ArticleError(f"{path}: {error.strerror or error}; check the path") from None
    if is_file:
        yield path
        return
    if not is_folder:
        raise ArticleError(f"{path}: no such file or folder; check the path")
    found = False
    for file in sorted(path.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
        if file.suffix.lower() in READERS and not hidden and _is_file(file):
            found = True
            yield file
    if not found:
        raise ArticleError(f"{path}: no article in this folder; Ibid reads {_formats()}")


def read_file(file: Path) -> Article:
    """Read one article.

    Raises:
        ArticleError: the format is unknown, or the file is unreadable, too large or empty.
    """
    reader = READERS.get(file.suffix.lower())
    if reader is None:
        raise ArticleError(f"{file}: Ibid does not read this format; it reads {_formats()}")
    try:
        size = file.stat().st_size
        if not file.is_file():  # Reading a pipe would wait for ever.
            raise ArticleError(f"{file}: not a file; name a file or a folder")
        if size > MOST_BYTES:
            raise ArticleError(
                f"{file}: {size:,} bytes are more than {MOST_BYTES:,}; split the file"
            )
        return reader(file)
    except OSError as error:
        raise ArticleError(
            f"{file}: {error.strerror or error}; check that you may read it"
        ) from None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # It lies in a folder that may be listed but not entered.
        return False


def _formats() -> str:
    return " and ".join(sorted(READERS))
