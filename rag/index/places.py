"""Where the vector index of a library is kept: in a folder beside its catalog, or by a server."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from rag.disk import unwritable
from rag.errors import LibraryError
from rag.index import vectors
from rag.index.catalog import CATALOG
from rag.index.served import Server
from rag.settings import Settings
from rag.stores import Catalog, VectorIndex

VECTORS = "vectors"
"""The name of the index's folder in a library's."""
_NEXT = "-next"  # ends the name of the one that is to be


class IndexPlace(Protocol):
    """Where one vector index is, or may be made."""

    def open(self) -> VectorIndex:
        """The index, made if there is none. Raises IndexAway: who keeps it does not answer."""
        ...

    def seal(self) -> str:
        """What changes when another changes the index, as far as that can be told."""
        ...

    def unwritable(self) -> str:
        """Why nothing can be written there, on the side of this machine; empty if it can."""
        ...

    def is_readable(self) -> bool:
        """Whether one that was not closed properly can be opened, read and searched."""
        ...

    def set_aside(self) -> str:
        """Make room for another in the place of one that is damaged; its name, if it is kept."""
        ...

    def discard(self) -> None:
        """Remove the index; the catalog holds all that it was made of."""
        ...

    def next(self) -> IndexPlace:
        """Where the one that is to take its place is made."""
        ...

    def take(self) -> None:
        """Have the next one here, in place of what was; nothing, if there is none."""
        ...


class Folder:
    """A folder that Chroma writes into. One process opens it at a time."""

    def __init__(
        self, folder: Path, open_index: Callable[[Path], VectorIndex] = vectors.ChromaIndex
    ) -> None:
        self.folder = folder
        self._open_index = open_index

    def __str__(self) -> str:
        """Its path."""
        return str(self.folder)

    def open(self) -> VectorIndex:
        """As `IndexPlace` has it."""
        return self._open_index(self.folder)

    def seal(self) -> str:
        """As `IndexPlace` has it."""
        return vectors.seal(self.folder)

    def unwritable(self) -> str:
        """As `IndexPlace` has it."""
        return unwritable(self.folder.parent)

    def is_readable(self) -> bool:
        """As `IndexPlace` has it."""
        return vectors.is_readable(self.folder)

    def set_aside(self) -> str:
        """As `IndexPlace` has it."""
        kept = vectors.set_aside(self.folder)
        return kept.name if kept else ""

    def discard(self) -> None:
        """As `IndexPlace` has it."""
        vectors.discard(self.folder)

    def next(self) -> Folder:
        """As `IndexPlace` has it."""
        return Folder(self.folder.with_name(f"{self.folder.name}{_NEXT}"), self._open_index)

    def take(self) -> None:
        """As `IndexPlace` has it."""
        if (made := self.next().folder).is_dir():
            self.discard()
            made.rename(self.folder)


class Served:
    """A collection that a Chroma server keeps, by its name."""

    def __init__(self, server: Server, name: str) -> None:
        self._server = server
        self.name = name

    def __str__(self) -> str:
        """Its name, and whose it is."""
        return f"{self.name} at {self._server.address}"

    def open(self) -> VectorIndex:
        """As `IndexPlace` has it."""
        return self._server.index(self.name)

    def seal(self) -> str:
        """As `IndexPlace` has it: whose it is; what that server did is not known."""
        return self._server.address

    def unwritable(self) -> str:
        """As `IndexPlace` has it: nothing is written on this machine."""
        return ""

    def is_readable(self) -> bool:
        """As `IndexPlace` has it: the server sees to that."""
        return True

    def set_aside(self) -> str:
        """As `IndexPlace` has it."""
        self.discard()
        return ""

    def discard(self) -> None:
        """As `IndexPlace` has it."""
        self._server.discard(self.name)

    def next(self) -> Served:
        """As `IndexPlace` has it."""
        return Served(self._server, f"{self.name}{_NEXT}")

    def take(self) -> None:
        """As `IndexPlace` has it."""
        self._server.rename(f"{self.name}{_NEXT}", self.name)


def place_of(settings: Settings, catalog: Catalog, folder: Path) -> IndexPlace:
    """Where the settings have the index of a library kept that is in this folder.

    Raises:
        SettingsError: the server's address is none.
    """
    if settings.chroma is None:
        return Folder(folder / VECTORS)
    token, timeout = settings.chroma_token, settings.chroma_timeout
    server = Server(settings.chroma, token, timeout, settings.chroma_pause)
    return Served(server, f"ibid-{_name_of(catalog, folder)}")


def _name_of(catalog: Catalog, folder: Path) -> str:
    """The name of a library, which no other has: a copy of one is another."""
    if catalog.file is None:  # one database, of which any machine may ask
        return catalog.metadata("name") or _named(catalog)
    known = catalog.metadata("name")
    here, home = str(folder.resolve()), catalog.metadata("home")
    if known and home == here:
        return known
    is_copy = bool(known and home and Path(home, CATALOG).exists())
    name = uuid.uuid4().hex if is_copy or not known else known
    with suppress(LibraryError):  # of one that cannot be written every vector is in memory
        catalog.set_metadata(name=name, home=here)
    return name


def _named(catalog: Catalog) -> str:
    """The name that a library gets, unless another process gave it one just now."""
    with catalog.writing():
        name = catalog.metadata("name") or uuid.uuid4().hex
        catalog.set_metadata(name=name)
    return name
