"""Copies of PDFs that were uploaded, so that their pages can be shown: bounded, by digest.

A copy goes with its article. Of a file that was had where it lies there is none. They are kept in
the library's folder, or, of a library in a database, in it: `rag.index.beside`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from rag.errors import ArticleError
from rag.schema import ArticleInfo

ORIGINALS = "originals"
"""The folder of a library that holds them."""
MOST_BYTES = 2_000_000_000
_SUFFIX = ".pdf"


class Copy(Protocol):
    """One copy."""

    def read_bytes(self) -> bytes:
        """All of it. Raises OSError or LibraryError: it has gone."""
        ...


class Copies(Protocol):
    """The copies of one library, at most so many bytes of them: the oldest go first."""

    def keep(self, digest: str, file: Path, member: str = "") -> None:
        """Keep a copy of the file that an article of this digest was read from.

        ``member``: that of this name in it, which is an archive. On a full disk there is none,
        that is all.
        """
        ...

    def has(self, digest: str) -> bool:
        """Whether there is a copy of what an article of this digest was read from."""
        ...

    def of(self, article: ArticleInfo) -> Copy | None:
        """The copy of what an article was read from; None if there is none."""
        ...

    def forget(self, digests: Collection[str]) -> None:
        """Delete the copies of these."""
        ...

    def sweep(self, digests: Collection[str]) -> None:
        """Delete the copies of all but these, which the library holds."""
        ...


def content_of(file: Path, member: str) -> bytes:
    """A file, or that of its members which has this name.

    Raises:
        ArticleError, OSError: it cannot be read.
    """
    if not member:
        return file.read_bytes()
    from rag.loaders.archive import member_of  # what reads articles is much, and seldom needed here
    from rag.loaders.files import MOST_BYTES as MOST_READ

    return member_of(file, file, member, MOST_READ)


class Originals:
    """As `Copies`, in a library's folder."""

    def __init__(self, library: Path, most_bytes: int = MOST_BYTES) -> None:
        self._folder = library / ORIGINALS
        self._most_bytes = most_bytes

    def keep(self, digest: str, file: Path, member: str = "") -> None:
        """As `Copies` has it."""
        with suppress(OSError, ArticleError):
            self._folder.mkdir(mode=0o700, exist_ok=True)
            half = self._folder / f"{digest}.part"
            if member:
                half.write_bytes(content_of(file, member))
            else:
                shutil.copyfile(file, half)
            half.chmod(0o600)
            half.replace(self._folder / f"{digest}{_SUFFIX}")
            self._shrink()

    def has(self, digest: str) -> bool:
        """As `Copies` has it."""
        return digest.isalnum() and (self._folder / f"{digest}{_SUFFIX}").is_file()

    def of(self, article: ArticleInfo) -> Path | None:
        """As `Copies` has it."""
        here = self._folder / f"{article.digest}{_SUFFIX}"
        return here if self.has(article.digest) else None

    def forget(self, digests: Collection[str]) -> None:
        """As `Copies` has it."""
        for file in self._files():
            if file.stem in digests:
                with suppress(OSError):
                    file.unlink()

    def sweep(self, digests: Collection[str]) -> None:
        """As `Copies` has it."""
        for file in self._files():
            if file.stem not in digests or file.suffix != _SUFFIX:
                with suppress(OSError):
                    file.unlink()

    def _shrink(self) -> None:
        left = self._most_bytes
        for file in sorted(self._files(), key=lambda one: -one.stat().st_mtime):
            left -= file.stat().st_size
            if left < 0:
                file.unlink()

    def _files(self) -> Iterator[Path]:
        with suppress(OSError), os.scandir(self._folder) as entries:
            yield from [Path(entry.path) for entry in entries if entry.is_file()]
