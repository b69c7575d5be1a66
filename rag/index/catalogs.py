"""Where the catalog of a library is kept: in a file of its folder, or in a database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from rag.disk import is_there, unwritable
from rag.errors import LibraryError, LibraryReadOnly
from rag.index import integrity, ownership
from rag.index.catalog import CATALOG, SqlCatalog, SqliteCatalog
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.index.originals import Copies
    from rag.index.postgres import Database


class CatalogPlace(Protocol):
    """Where one catalog is, or may be made. ``folder`` is the library's, on this machine."""

    folder: Path

    def exists(self) -> bool:
        """Whether there is a catalog."""
        ...

    def unwritable(self) -> str:
        """Why nothing can be written there, on the side of this machine; empty if it can."""
        ...

    def open(self, *, read_only: bool = False) -> SqlCatalog:
        """The catalog, made if there is none.

        Raises:
            LibraryReadOnly: it cannot be changed, though ``read_only`` was not asked for.
        """
        ...

    def snapshot(self, folder: Path) -> AbstractContextManager[SqlCatalog]:
        """The catalog as it is at one moment, whoever changes it meanwhile.

        Where it must be copied for that, the copy is in this ``folder``, and left there.
        """
        ...

    def originals(self) -> Copies:
        """The copies of PDFs that were uploaded."""
        ...

    def rebuilding(self) -> AbstractContextManager[None]:
        """Hold the lock of who rebuilds it. Raises LibraryInUse or LibraryReadOnly."""
        ...

    def owned(self, purpose: str = "", *, alone: bool = False) -> AbstractContextManager[None]:
        """Hold the library's lock. Raises LibraryInUse.

        One that is shared is held beside others, unless ``alone``; any other always alone.
        """
        ...

    def owner(self) -> str:
        """Who owns the library just now, in words; empty when nobody does."""
        ...

    def is_as_left(self) -> bool:
        """Whether it is as its last owner left it, so that no vector need be looked over."""
        ...

    def leave(self) -> None:
        """Note how it was left, once it is closed."""
        ...


class FilePlace:
    """A SQLite file in the library's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / CATALOG

    def __str__(self) -> str:
        """Its path."""
        return str(self.file)

    def exists(self) -> bool:
        """As `CatalogPlace` has it."""
        return is_there(self.file)

    def unwritable(self) -> str:
        """As `CatalogPlace` has it."""
        return unwritable(self.folder)

    def open(self, *, read_only: bool = False) -> SqlCatalog:
        """As `CatalogPlace` has it."""
        return SqliteCatalog(self.file, read_only=read_only)

    def snapshot(self, folder: Path) -> AbstractContextManager[SqlCatalog]:
        """As `CatalogPlace` has it."""
        copy = folder / self.file.name
        try:
            with (
                closing(
                    sqlite3.connect(f"{self.file.absolute().as_uri()}?mode=ro", uri=True)
                ) as source,
                closing(sqlite3.connect(copy)) as target,
            ):
                source.backup(target)
        except sqlite3.DatabaseError as error:
            raise LibraryError(
                f"{self.file}: {error}; what can still be read of it is saved by: ibid doctor "
                "--salvage FILE"
            ) from None
        return opened(FilePlace(folder))

    def originals(self) -> Copies:
        """As `CatalogPlace` has it: in the folder."""
        from rag.index.originals import Originals

        return Originals(self.folder)

    def rebuilding(self) -> AbstractContextManager[None]:
        """As `CatalogPlace` has it."""
        return ownership.rebuilding(self.folder)

    def owned(self, purpose: str = "", *, alone: bool = False) -> AbstractContextManager[None]:
        """As `CatalogPlace` has it."""
        return ownership.owned(self.folder, purpose)

    def owner(self) -> str:
        """As `CatalogPlace` has it."""
        if not ownership.is_owned(self.folder):
            return ""
        return ownership.owner(self.folder) or "another process"

    def is_as_left(self) -> bool:
        """As `CatalogPlace` has it."""
        return integrity.is_as_left(self.file)

    def leave(self) -> None:
        """As `CatalogPlace` has it."""
        integrity.leave(self.file)


class DatabasePlace:
    """A schema of PostgreSQL, named as the library's folder is.

    ``wait``: for so many seconds is a change by another process waited for, where any number of
    them have the library open; None where one has.
    """

    def __init__(self, folder: Path, database: Database, wait: float | None = None) -> None:
        self.folder = folder
        self._database = database
        self._wait = wait

    def __str__(self) -> str:
        """Its name there, and where that is."""
        return str(self._database)

    def exists(self) -> bool:
        """As `CatalogPlace` has it."""
        return self._database.exists()

    def unwritable(self) -> str:
        """As `CatalogPlace` has it: the folder is written besides, and locked."""
        return ""

    def open(self, *, read_only: bool = False) -> SqlCatalog:
        """As `CatalogPlace` has it; who may not write there is told so when he does."""
        from rag.index.postgres import PostgresCatalog

        writer = self._database.writer(self._wait) if self._wait else None
        return PostgresCatalog(self._database, writer)

    def snapshot(self, folder: Path) -> AbstractContextManager[SqlCatalog]:
        """As `CatalogPlace` has it: nothing is copied."""
        return self._database.snapshot()

    def originals(self) -> Copies:
        """As `CatalogPlace` has it: in the database."""
        from rag.index.shared_originals import OriginalsTable

        return OriginalsTable(self._database, self.folder)

    @contextmanager
    def rebuilding(self) -> Iterator[None]:
        """As `CatalogPlace` has it: on whatever machine. What it makes is in the folder."""
        with ownership.rebuilding(self.folder), self._database.rebuilding():
            yield

    @contextmanager
    def owned(self, purpose: str = "", *, alone: bool = False) -> Iterator[None]:
        """As `CatalogPlace` has it.

        The folder on this machine is locked too, unless the library is shared: no more than what
        this process makes for itself is there then.
        """
        folder = nullcontext() if self._wait else ownership.owned(self.folder, purpose)
        with suppress(OSError):  # it can be done without
            self.folder.mkdir(parents=True, exist_ok=True)
        is_alone = alone or not self._wait
        with folder, self._database.owned(purpose, alone=is_alone):
            yield

    def owner(self) -> str:
        """As `CatalogPlace` has it."""
        return self._database.owner()

    def is_as_left(self) -> bool:
        """As `CatalogPlace` has it: a database sees to what it keeps; `ibid doctor` looks too."""
        return True

    def leave(self) -> None:
        """As `CatalogPlace` has it."""


def is_shared(settings: Settings) -> bool:
    """Whether any number of processes may have the library of the settings open at once.

    So it is where neither its catalog nor its vectors are files of one machine.
    """
    return settings.database is not None and settings.chroma is not None


def database_of(settings: Settings) -> Database | None:
    """The library's schema, for whoever keeps more there; None where its catalog is a file.

    Raises:
        SettingsError: the database's address is none, or its driver is not installed.
    """
    if settings.database is None:
        return None
    from rag.index.postgres import Database

    name = settings.library.expanduser().absolute().name
    return Database(settings.database.get_secret_value(), name)


def of(settings: Settings, folder: Path | None = None) -> CatalogPlace:
    """Where the settings have the catalog of their library kept.

    ``folder`` is the library's, unless that of the settings.

    Raises:
        SettingsError: the database's address is none, or its driver is not installed.
    """
    folder = folder or settings.library.expanduser()
    if (database := database_of(settings)) is None:
        return FilePlace(folder)
    return DatabasePlace(folder, database, settings.database_wait if is_shared(settings) else None)


def existing(settings: Settings) -> CatalogPlace:
    """The same, where there is one. Raises LibraryError: there is no library."""
    place = of(settings)
    if not place.exists():
        raise LibraryError(
            f"{settings.library}: there is no library; name its folder with --library, or begin "
            "one: ibid add PATH"
        )
    return place


@contextmanager
def opened(place: CatalogPlace) -> Iterator[SqlCatalog]:
    """A catalog that is closed again. Reading needs no lock, so a running Ibid may go on.

    One that cannot be changed, or whose disk is full, can still be read.
    """
    try:
        catalog = place.open()
    except LibraryReadOnly:
        catalog = place.open(read_only=True)
    try:
        yield catalog
    finally:
        catalog.close()


def reading(settings: Settings) -> AbstractContextManager[SqlCatalog | None]:
    """The catalog of the settings to read from; None where there is no library yet."""
    place = of(settings)
    return opened(place) if place.exists() else nullcontext()
