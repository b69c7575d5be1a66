"""Where a service keeps what is beside its articles: here, or where all replicas have it.

A library whose catalog is a file has one owner, who keeps it in memory and in the library's folder.
Where the catalog is in a database, it is there too: another process has it at once.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from rag.index import catalogs
from rag.settings import Settings
from ui import keys, users, wishes
from ui.state.attempts import Attempts, Counting
from ui.state.given import AnswersGiven, GivenHere
from ui.state.lines import Lines
from ui.state.rates import Rates, Taking
from ui.state.sessions import SignedIn, SignedInHere

if TYPE_CHECKING:
    import sqlalchemy as sa

    from rag.index.postgres import Database

Clock = Callable[[], float]
_SECRET_BYTES = 32
_PATIENCE_S = 5


class Counts(Protocol):
    """Who has signed in, who guesses, and who asks how often.

    ``is_afar``: looking that up waits for another machine, so no event loop does.
    """

    is_afar: bool
    signed_in: SignedIn

    def clock(self) -> Clock:
        """Seconds, by which all of this is told."""
        ...

    def attempts(self, kind: str, free: int, longest: float, now: Clock) -> Counting:
        """The attempts of a kind."""
        ...

    def rates(self, now: Clock) -> Taking:
        """The requests of all who ask."""
        ...


class Here:
    """As `Counts`, in the memory of this process."""

    is_afar = False

    def __init__(self) -> None:
        self.signed_in: SignedIn = SignedInHere()

    def clock(self) -> Clock:
        """As `Counts` has it."""
        return time.monotonic

    def attempts(self, kind: str, free: int, longest: float, now: Clock) -> Counting:
        """As `Counts` has it."""
        return Attempts(free, longest, now)

    def rates(self, now: Clock) -> Taking:
        """As `Counts` has it."""
        return Rates(now)


class State(Counts, Protocol):
    """All that a service keeps beside its articles."""

    @property
    def conversations(self) -> Path | sa.Engine:
        """For the history of `ui.window.conversation`, and its feedback."""
        ...

    @property
    def given(self) -> AnswersGiven:
        """The answers of late that feedback may name."""
        ...

    @property
    def wishes(self) -> Path | wishes.Readers:
        """For `ui.wishes.Kept`."""
        ...

    @property
    def users(self) -> users.Where:
        """Those of ``ibid user``."""
        ...

    @property
    def key_place(self) -> keys.Where:
        """Where ``ibid key`` keeps them."""
        ...

    @property
    def keys(self) -> keys.Known:
        """The same, to be looked up."""
        ...

    @property
    def audit(self) -> Path | Lines:
        """For `ui.audit.Audit`."""
        ...

    def secret(self, name: str) -> bytes:
        """32 random bytes; what one process signs with them another can verify."""
        ...

    def check(self) -> None:
        """Raise LibraryError where it cannot be had just now."""
        ...

    def sweep(self) -> None:
        """Let go of what counts no longer."""
        ...

    def close(self) -> None:
        """Give back what it holds."""
        ...


class InFolder(Here):
    """As `State`, in the folder of a library and the memory of the one process that owns it."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self.given: AnswersGiven = GivenHere()

    @property
    def conversations(self) -> Path:
        """As `State` has it: the catalog's file."""
        from rag.index.catalog import CATALOG

        return self._folder / CATALOG

    @property
    def wishes(self) -> Path:
        """As `State` has it."""
        return self._folder

    @property
    def users(self) -> Path:
        """As `State` has it."""
        return self._folder / users.USERS

    @property
    def key_place(self) -> Path:
        """As `State` has it."""
        return self._folder / keys.KEYS

    @property
    def keys(self) -> keys.Known:
        """As `State` has it."""
        return keys.Keys(self._folder)

    @property
    def audit(self) -> Path:
        """As `State` has it."""
        return self._folder

    def secret(self, name: str) -> bytes:
        """As `State` has it: of this process alone."""
        return secrets.token_bytes(_SECRET_BYTES)

    def check(self) -> None:
        """As `State` has it: nobody else is needed."""

    def sweep(self) -> None:
        """As `State` has it: each bounds itself."""

    def close(self) -> None:
        """As `State` has it."""


class InDatabase:
    """As `State`, in the library's schema of a database.

    Clocks are those of the machines, which agree to the second.

    Raises:
        LibraryError: the database does not answer.
    """

    is_afar = True

    def __init__(self, database: Database, most_audited: int) -> None:
        from rag.index import acting
        from ui.state import making, tables
        from ui.state.people import KeysTable, SessionsTable, UsersTable

        self._engine = making.engine(database, _PATIENCE_S)
        # What belongs to a person is asked for as that person, where the database knows of any.
        self._personal = acting.personal(self._engine)
        self._most_audited = most_audited
        try:
            making.make(self._engine, tables.tables)
        except BaseException:
            self.close()
            raise
        self.signed_in: SignedIn = SessionsTable(self._engine)
        self.users = UsersTable(self._engine, str(database))
        self.keys = self.key_place = KeysTable(self._engine, str(database))

    @property
    def conversations(self) -> sa.Engine:
        """As `State` has it."""
        return self._personal

    @property
    def given(self) -> AnswersGiven:
        """As `State` has it."""
        from ui.state.answers import AnswersTable

        return AnswersTable(self._personal)

    @property
    def wishes(self) -> wishes.Readers:
        """As `State` has it."""
        from ui.state.wished import WishesTable

        return WishesTable(self._personal)

    @property
    def audit(self) -> Lines:
        """As `State` has it."""
        from ui.state.journal import LinesTable

        return LinesTable(self._engine, "audit", self._most_audited)

    def clock(self) -> Clock:
        """As `Counts` has it."""
        return time.time

    def attempts(self, kind: str, free: int, longest: float, now: Clock) -> Counting:
        """As `Counts` has it."""
        from ui.state.counted import SharedAttempts

        return SharedAttempts(self._engine, kind, free, longest, now)

    def rates(self, now: Clock) -> Taking:
        """As `Counts` has it."""
        from ui.state.counted import SharedRates

        return SharedRates(self._engine, now)

    def secret(self, name: str) -> bytes:
        """As `State` has it: whoever asks first makes it."""
        from ui.state import making

        return making.secret(self._engine, name, secrets.token_bytes(_SECRET_BYTES))

    def check(self) -> None:
        """As `State` has it."""
        self._engine.connect().close()  # which asks first whether it is there

    def sweep(self) -> None:
        """As `State` has it."""
        from ui.state.counted import forget_old

        forget_old(self._engine, time.time())

    def close(self) -> None:
        """As `State` has it."""
        self._engine.dispose()


def of(settings: Settings, folder: Path | None = None) -> State:
    """Where the settings have it kept. ``folder`` is the library's, unless that of the settings.

    Raises:
        LibraryError: the database does not answer.
        SettingsError: the database's address is none, or its driver is not installed.
    """
    database = catalogs.database_of(settings)
    if database is None:
        return InFolder(folder or settings.library.expanduser())
    limits = settings.audit
    return InDatabase(database, limits.files * limits.file_mb * 1_000_000)
