"""Which files hold articles, and reading them one by one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import ArticleError
from rag.loaders import epub, html, mail, pdf, recognition, slides, text, word, workbook
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
# Those that hold several: see `rag.loaders.several`.
TABLES = (".csv", ".tsv", ".jsonl")
ARCHIVES = (".zip",)
FORMATS = tuple(sorted((*READERS, *TABLES, *ARCHIVES)))
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


def read_file(
    file: Path, worker: Worker | None = None, on_progress: OnProgress = lambda done, of: None
) -> Article:
    """Read one article, in a child process: ``worker``'s, or one that all share.

    ``on_progress`` is as in `Worker.read`.

    Raises:
        ArticleError: the format is unknown, or the file is unreadable, too large or empty.
    """
    _reader(file)  # Before anything is read.
    return read_bytes(loaded(file), file, origin(file.resolve()), worker, on_progress)


def loaded(file: Path) -> bytes:
    """What a file holds. Raises ArticleError: it is too large, or may not be read."""
    checked(file, MOST_BYTES)
    try:
        return file.read_bytes()
    except OSError as error:
        raise _closed(file, error) from None


def checked(file: Path, most_bytes: int) -> None:
    """See that there is a file of ``most_bytes`` at most. Raises ArticleError."""
    try:
        size = file.stat().st_size
        if not file.is_file():  # Reading a pipe would wait for ever.
            raise ArticleError(f"{file}: not a file; name a file or a folder")
    except OSError as error:
        raise _closed(file, error) from None
    if size > most_bytes:
        raise _too_large(file, size, most_bytes)


def _closed(file: Path, error: OSError) -> ArticleError:
    return ArticleError(f"{file}: {error.strerror or error}; check that you may read it")


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
        raise _too_large(file, len(data), MOST_BYTES)
    return (worker or shared()).read(data, file, source, on_progress)


def parse(
    data: bytes, file: Path, source: str, on_page: OnProgress, *, ocr: bool = False
) -> Article:
    """Read one article in this process, which a hostile file may hang, fill or crash.

    ``on_page`` is told of each page of a PDF or chapter of a book, and of how many there are.
    With ``ocr``, a page of a PDF that is only a picture is read, if the extra is installed.

    Raises:
        ArticleError: the format is unknown, or there is no such article in the bytes.
    """
    reader, paged = _reader(file), _PAGED.get(file.suffix.lower())
    if reader is not pdf.read_pdf and data.startswith(b"%PDF-"):
        raise ArticleError(
            f"{file}: this is a PDF by another name; let its name end in .pdf",
            "pdf by another name",
        )
    if reader is pdf.read_pdf and ocr and recognition.is_installed():
        return pdf.read_pdf(data, file, source, on_page, recognition.recognised)
    return paged(data, file, source, on_page) if paged else reader(data, file, source)


def origin(file: Path) -> str:
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
    if reader is None and file.suffix.lower() in (*TABLES, *ARCHIVES):
        raise ArticleError(
            f"{file}: it may hold several articles; only one can take the place of another",
            "several",
        )
    if reader is None:
        raise ArticleError(
            f"{file}: Ibid does not read this format; it reads {', '.join(FORMATS[:-1])} and "
            f"{FORMATS[-1]}",
            "format unknown",
            formats=", ".join(FORMATS),
        )
    return reader


def _too_large(file: Path, size: int, most_bytes: int) -> ArticleError:
    return ArticleError(
        f"{file}: {size:,} bytes are more than {most_bytes:,}; split the file",
        "too large",
        megabytes=most_bytes // 1_000_000,
    )
