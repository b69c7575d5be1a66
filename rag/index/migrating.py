"""Tables in a library's schema of PostgreSQL, brought up to today by alembic."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from rag.errors import LibraryError, SettingsError
from rag.index import acting

if TYPE_CHECKING:
    from alembic.config import Config

_HOME = Path(__file__).parent / "migrations"
_ALONE = threading.Lock()  # what alembic does now is a matter of the whole process


@dataclass(frozen=True, slots=True)
class Migrations:
    """The files in a folder, each of which leads some tables of a schema on from the one before.

    ``name`` tells these tables from others in the schema, and ``newest`` is the last migration:
    alembic itself is loaded only where one is to be done.
    """

    name: str
    folder: Path
    newest: str

    @property
    def table(self) -> str:
        """The name of the table that holds how far they are."""
        return f"{self.name}_version"

    def are_done(self, db: sa.Connection) -> bool:
        """Whether the tables that a connection sees are of today."""
        return self._reached(db) == self.newest

    def do(self, db: sa.Connection, where: object) -> None:
        """Do what is left, in the transaction of a connection; nobody else may meanwhile.

        Tables without policies get theirs afterwards, in a library that somebody owns. ``where`` is
        what people are told of the place.

        Raises:
            LibraryError: a newer Ibid was there.
            SettingsError: alembic is not installed.
        """
        if (reached := self._reached(db)) == self.newest:
            return
        config = self._config(db)
        from alembic import command
        from alembic.script import ScriptDirectory
        from alembic.util import CommandError

        try:
            ScriptDirectory.from_config(config).get_revision(reached or "base")
        except CommandError:
            raise LibraryError(f"{where}: written by a newer Ibid; update Ibid") from None
        with _ALONE:
            command.upgrade(config, self.newest)
        acting.guard(db, str(db.scalar(sa.select(sa.func.current_schema()))))

    def note(self, db: sa.Connection) -> None:
        """Note that the tables, which were made just now, are of today.

        Raises:
            SettingsError: alembic is not installed.
        """
        config = self._config(db)
        from alembic import command

        with _ALONE:
            command.stamp(config, self.newest)

    def _reached(self, db: sa.Connection) -> str:
        """The last that was done; empty if none was."""
        if db.scalar(sa.select(sa.func.to_regclass(self.table))) is None:
            return ""
        number = sa.column("version_num", sa.Text)
        return db.scalar(sa.select(number).select_from(sa.table(self.table))) or ""

    def _config(self, db: sa.Connection) -> Config:
        try:
            from alembic.config import Config
        except ImportError:
            raise SettingsError(
                "alembic is not installed, which brings tables up to date; install it: "
                "pip install 'ibid-rag[postgres]'"
            ) from None
        config = Config(attributes={"connection": db, "version_table": self.table})
        config.set_main_option("script_location", str(_HOME).replace("%", "%%"))
        config.set_main_option("path_separator", "newline")
        config.set_main_option("version_locations", str(self.folder).replace("%", "%%"))
        return config
