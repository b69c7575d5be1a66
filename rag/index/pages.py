"""The pages of a PDF as pictures, from the file, or the archive, that it was read from."""

from __future__ import annotations

import threading
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from rag.errors import ArticleError, LibraryError
from rag.index.originals import Copies, Copy
from rag.language.addresses import web_address
from rag.loaders import read_bytes
from rag.loaders.archive import member_of
from rag.loaders.files import ARCHIVES, MOST_BYTES
from rag.loaders.pages import Drawn
from rag.loaders.worker import Worker
from rag.schema import Article, ArticleInfo
from rag.tuning import ReadingTuning

_KEPT = 24  # pictures, of some 100 kB each
_IDLE_S = 60.0  # the child that draws takes memory


class _Place(NamedTuple):
    """A file on the disk, or its member of this name, if it is an archive; or a ``copy``."""

    file: Path
    member: str = ""
    copy: Copy | None = None

    @property
    def named(self) -> Path:
        return self.file / self.member

    def read(self) -> bytes:
        """Raises ArticleError, LibraryError or OSError: it is not there any more."""
        if self.copy is not None:
            return self.copy.read_bytes()
        if self.member:
            return member_of(self.file, self.file, self.member, MOST_BYTES)
        return self.file.read_bytes()


class Pages:
    """Draws pages in a child process, which a hostile file may hang or crash. Any thread may ask.

    The file is the copy that was kept of an upload, or lies where it was had; one that reads
    otherwise than it did is another file, and has no pages to show. `keep` and `sweep` are those of
    the ``copies``.
    """

    def __init__(self, copies: Copies, reading: ReadingTuning | None = None) -> None:
        self._copies = copies
        self.keep, self.sweep = copies.keep, copies.sweep
        self._worker = Worker(reading)
        self._lock = threading.Lock()
        self._drawn: OrderedDict[tuple[str, int], Drawn] = OrderedDict()
        self._digests: dict[tuple[Path, int, int], str] = {}
        self._idle: threading.Timer | None = None

    def has(self, article: ArticleInfo) -> bool:
        """Whether there is a file that may be the one that the article was read from."""
        has_pages = bool(article.pages) and article.page_kind == "page"
        return has_pages and self._place(article) is not None

    def page(self, article: Article, number: int) -> Drawn | None:
        """The page of that number, from 1; None where there is none, or not of this text."""
        if not 1 <= number <= len(article.pages):
            return None
        with self._lock:
            if (known := self._drawn.get((article.digest, number))) is not None:
                return known
            drawn = self._draw(article, number)
            if drawn is not None:
                self._drawn[article.digest, number] = drawn
                while len(self._drawn) > _KEPT:
                    self._drawn.popitem(last=False)
            return drawn

    def _draw(self, article: Article, number: int) -> Drawn | None:
        place = self._place(article)
        ends = (*article.pages[1:], len(article.text))
        text = article.text[article.pages[number - 1] : ends[number - 1]]
        try:
            if place is None or not self._is_as_read(place, article):
                return None
            return self._worker.draw(place.read(), place.named, number, text)
        except (ArticleError, LibraryError, OSError):
            return None
        finally:
            self._end_when_idle()

    def _place(self, article: ArticleInfo) -> _Place | None:
        if (kept := self._copies.of(article)) is not None:
            return _Place(Path(f"{article.digest}.pdf"), copy=kept)
        own = Path(article.source)
        if web_address(article.source) or not own.is_absolute() or own.suffix.lower() != ".pdf":
            return None
        with suppress(OSError):
            if own.is_file():
                return _Place(own) if own.stat().st_size <= MOST_BYTES else None
            archive = next((one for one in own.parents if one.is_file()), None)
            if archive is not None and archive.suffix.lower() in ARCHIVES:
                return _Place(archive, own.relative_to(archive).as_posix())
        return None

    def _is_as_read(self, place: _Place, article: Article) -> bool:
        if place.copy is not None:
            return True
        found = place.file.stat()
        key = (place.named, found.st_mtime_ns, found.st_size)
        if key not in self._digests:
            read = read_bytes(place.read(), place.named, article.source, self._worker)
            self._digests[key] = read.digest
        return self._digests[key] == article.digest

    def _end_when_idle(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        self._idle = threading.Timer(_IDLE_S, self._worker.close)
        self._idle.daemon = True
        self._idle.start()
