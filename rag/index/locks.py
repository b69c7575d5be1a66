"""The locks of a library in PostgreSQL: of who has it open, and of who changes it just now.

A lock goes with the connection that took it, as when PostgreSQL is started anew: it is taken again
on the next one, and who finds that another has it meanwhile is told so.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import sqlalchemy as sa

from rag.errors import LibraryError, LibraryInUse

# Of a machine that went down, PostgreSQL asks after some seconds and not after two hours, so that
# its locks do not outlive it for long.
KEEPALIVES = {"tcp_keepalives_idle": 20, "tcp_keepalives_interval": 5, "tcp_keepalives_count": 4}
"""What PostgreSQL is told of each connection."""
_ONE = sa.select(sa.literal(1))
_WAITED = "55P03"


class Held:
    """The lock of who has a library open, held until `release`; ``alone`` or beside others.

    ``in_use`` makes the error that names who has it.

    Raises:
        LibraryInUse: another has it, and one of both wants it alone.
    """

    def __init__(
        self,
        engine: sa.Engine,
        key: int,
        in_use: Callable[[sa.Connection], LibraryInUse],
        alone: bool,
    ) -> None:
        self._engine, self._key, self._in_use = engine, key, in_use
        self._is_alone = alone
        self._lock = threading.RLock()
        self._db: sa.Connection | None = None
        self.keep()

    def keep(self) -> None:
        """Take it again, if its connection went.

        Raises:
            LibraryInUse: another has it now.
            LibraryError: PostgreSQL does not answer.
        """
        with self._lock:
            if self._db is not None:
                with suppress(LibraryError):
                    self._db.execute(_ONE)
                    self._db.commit()  # nothing waits for what only holds a lock
                    return
                self._let_go()
            db = self._engine.connect()
            try:
                self._take(db, alone=self._is_alone)
            except BaseException:
                db.close()
                raise
            self._db = db

    def _take(self, db: sa.Connection, *, alone: bool) -> None:
        kind = sa.func.pg_try_advisory_lock if alone else sa.func.pg_try_advisory_lock_shared
        if not db.scalar(sa.select(kind(self._key))):
            raise self._in_use(db)
        db.commit()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Have it alone for a moment.

        Raises:
            LibraryInUse: another has it too.
        """
        if self._is_alone:
            yield
            return
        with self._lock:
            self.keep()
            assert self._db is not None
            self._take(self._db, alone=True)
            self._is_alone = True
        try:
            yield
        finally:
            with self._lock:
                self._is_alone = False
                with suppress(LibraryError):  # where the connection went, so did the lock
                    self._db.execute(sa.select(sa.func.pg_advisory_unlock(self._key)))
                    self._db.commit()

    def release(self) -> None:
        """Let others have it."""
        with self._lock:
            self._let_go()
            self._engine.dispose()

    def _let_go(self) -> None:
        if self._db is not None:
            with suppress(LibraryError):
                self._db.invalidate()
                self._db.close()
            self._db = None


class Writer:
    """The lock of who changes a library just now, whatever process that is.

    It is waited for ``patience`` seconds. ``in_use`` makes the error that names who has it.
    """

    def __init__(
        self,
        engine: sa.Engine,
        key: int,
        in_use: Callable[[sa.Connection], LibraryInUse],
        patience: float,
    ) -> None:
        self._engine, self._key, self._in_use, self._patience = engine, key, in_use, patience
        self._lock = threading.RLock()
        self._db: sa.Connection | None = None
        self._thread = 0

    @contextmanager
    def held(self, *, wait: bool = True) -> Iterator[None]:
        """Have it; a thread that has it already goes on.

        Raises:
            LibraryInUse: another has had it for too long; or has it, without ``wait``.
            LibraryError: PostgreSQL does not answer.
        """
        with self._lock:
            if self._db is not None:
                yield
                return
            with self._engine.connect() as db:
                self._take(db, wait=wait)
                self._db, self._thread = db, threading.get_ident()
                try:
                    yield
                finally:
                    self._db = None
                    with suppress(LibraryError):  # where the connection went, so did the lock
                        db.execute(sa.select(sa.func.pg_advisory_unlock(self._key)))
                        db.commit()

    def check(self) -> None:
        """See to it that a thread which has the lock has it still.

        Raises:
            LibraryError: it went with its connection.
        """
        if (db := self._db) is not None and self._thread == threading.get_ident():
            db.execute(_ONE)
            db.commit()

    def _take(self, db: sa.Connection, *, wait: bool) -> None:
        if not wait:
            if not db.scalar(sa.select(sa.func.pg_try_advisory_lock(self._key))):
                raise self._in_use(db)
            db.commit()
            return
        longest = sa.func.set_config("lock_timeout", f"{self._patience * 1000:.0f}", True)
        try:
            db.execute(sa.select(longest))
            db.execute(sa.select(sa.func.pg_advisory_lock(self._key)))
            db.commit()
        except LibraryError as error:
            if getattr(error.__context__, "sqlstate", "") != _WAITED:
                raise
            db.rollback()
            raise self._in_use(db) from None

    def close(self) -> None:
        """Give its connection back."""
        self._engine.dispose()
