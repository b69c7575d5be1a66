"""Which files hold articles, and reading them one by one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import ArticleError
from rag.loaders import epub, html, mail, pdf, slides, text, word, workbook
from rag.loaders.folders import Listing, listed
from rag.schema import Article

if TYPE_CHECKING:
    from rag.loaders.worker import OnProgress, Worker

# What a reader is given: the bytes, what to call the file in a message, and its source.
READERS: dict[str, Callable[[bytes, Path, str], Article]] = {
    ".txt": text.read_plain,
    ".md": text.read_markdown,
    ".markdown": text.read_markdown,
    ".html": html.read_html,
    ".htm": html.read_html,
    ".pdf": pdf.read_pdf,
    ".docx": word.read_docx,
    ".docm": word.read_docx,
    ".pptx": slides.read_pptx,
    ".pptm": slides.read_pptx,
    ".xlsx": workbook.read_xlsx,
    ".xlsm": workbook.read_xlsx,
    ".epub": epub.read_epub,
    ".eml": mail.read_eml,
}
# Those that tell how many pages or chapters are read.
_PAGED: dict[str, Callable[[bytes, Path, str, OnProgress], Article]] = {
    ".pdf": pdf.read_pdf,
    ".epub": epub.read_epub,
}
# An article is read into memory whole, and so is its reader's window.
MOST_BYTES = 20_000_000
# The starter's articles, in a clone and where a wheel puts them.
_STARTERS = (
    Path(__file__).resolve().parents[2] / "seeds",
    Path(sys.prefix).resolve() / "share" / "ibid" / "seeds",
)


def read(path: Path | str, worker: Worker | None = None) -> list[Article]:
    """All articles of a file or, sorted by name, of a folder and the folders in it.

    They are read in a child process, that of ``worker`` or one that all share.

    Raises:
        ArticleError: the path does not exist, or a file cannot be read.
    """
    return [read_file(file, worker) for file in readable_files(path)]


def list_files(path: Path | str) -> Listing:
    """The path itself if it is a file, or the article files below it, and what else lies there.

    Raises:
        ArticleError: there is nothing at the path, or nothing that Ibid reads below it.
    """
    return listed(path, READERS)


def readable_files(path: Path | str) -> tuple[Path, ...]:
    """The files alone of `list_files`."""
    return list_files(path).files


def read_file(
    file: Path, worker: Worker | None = None, on_progress: OnProgress = lambda done, of: None
) -> Article:
    """Read one article, in a child process: ``worker``'s, or one that all share.

    ``on_progress`` is as in `Worker.read`.

    Raises:
        ArticleError: the format is unknown, or the file is unreadable, too large or empty.
    """
    _reader(file)  # Before anything is read.
    try:
        size = file.stat().st_size
        if not file.is_file():  # Reading a pipe would wait for ever.
            raise ArticleError(f"{file}: not a file; name a file or a folder")
        if size > MOST_BYTES:
            raise _too_large(file, size)
        data = file.read_bytes()
    except OSError as error:
        raise ArticleError(
            f"{file}: {error.strerror or error}; check that you may read it"
        ) from None
    return read_bytes(data, file, _origin(file.resolve()), worker, on_progress)


def read_bytes(
    data: bytes,
    file: Path,
    source: str,
    worker: Worker | None = None,
    on_progress: OnProgress = lambda done, of: None,
) -> Article:
    """Read one article that is in memory already, as `read_file` does. ``file`` names it.

    Raises:
        ArticleError: the format is unknown, or there is no such article in the bytes.
    """
    from rag.loaders.worker import shared

    _reader(file)  # Before anything is read.
    if len(data) > MOST_BYTES:
        raise _too_large(file, len(data))
    return (worker or shared()).read(data, file, source, on_progress)


def parse(data: bytes, file: Path, source: str, on_page: OnProgress) -> Article:
    """Read one article in this process, which a hostile file may hang, fill or crash.

    ``on_page`` is told of each page of a PDF or chapter of a book, and of how many there are.

    Raises:
        ArticleError: the format is unknown, or there is no such article in the bytes.
    """
    reader, paged = _reader(file), _PAGED.get(file.suffix.lower())
    if reader is not pdf.read_pdf and data.startswith(b"%PDF-"):
        raise ArticleError(
            f"{file}: this is a PDF by another name; let its name end in .pdf",
            "pdf by another name",
        )
    return paged(data, file, source, on_page) if paged else reader(data, file, source)


def _origin(file: Path) -> str:
    """Where a file was had: its path, but that of an article of the starter in Ibid's own folder.

    So a citation of one means the same wherever Ibid is installed; and only what lies there can
    bear such a name.
    """
    for folder in _STARTERS:
        if file.parent == folder:
            return f"ibid:seeds/{file.name}"
    return str(file)


def _reader(file: Path) -> Callable[[bytes, Path, str], Article]:
    reader = READERS.get(file.suffix.lower())
    if reader is None:
        raise ArticleError(
            f"{file}: Ibid does not read this format; it reads {_formats()}",
            "format unknown",
            formats=", ".join(sorted(READERS)),
        )
    return reader


def _too_large(file: Path, size: int) -> ArticleError:
    return ArticleError(
        f"{file}: {size:,} bytes are more than {MOST_BYTES:,}; split the file",
        "too large",
        megabytes=MOST_BYTES // 1_000_000,
    )


def _formats() -> str:
    *most, last = sorted(READERS)
    return f"{', '.join(most)} and {last}"
