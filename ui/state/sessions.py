"""Who has signed in, and in which browsers: in the memory of this process, or for all to see.

No Gradio here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

MOST_BROWSERS = 10_000


@dataclass(frozen=True, slots=True)
class Session:
    """Of whom it is, the hash of the password that they gave, and the second in which it ends."""

    user: str
    hashed: str
    until: float


class SignedIn(Protocol):
    """The sessions, by their tokens, and the browsers in which somebody has signed in before."""

    def begin(self, token: str, session: Session, now: float) -> None:
        """A session begins; those that are over are forgotten."""
        ...

    def find(self, token: str) -> Session | None:
        """A session, be it over; None if there is none."""
        ...

    def end(self, token: str) -> None:
        """It is one no longer."""
        ...

    def remember(self, user: str, browser: str, now: float) -> None:
        """This user has signed in in this browser; of too many the oldest are forgotten."""
        ...

    def has_been(self, user: str, browser: str) -> bool:
        """Whether they have before."""
        ...


class SignedInHere:
    """As `SignedIn`, in the memory of this process: its end signs everybody out."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._browsers: dict[tuple[str, str], None] = {}

    def begin(self, token: str, session: Session, now: float) -> None:
        """As `SignedIn` has it."""
        self._sessions = {key: one for key, one in self._sessions.items() if now < one.until}
        self._sessions[token] = session

    def find(self, token: str) -> Session | None:
        """As `SignedIn` has it."""
        return self._sessions.get(token)

    def end(self, token: str) -> None:
        """As `SignedIn` has it."""
        self._sessions.pop(token, None)

    def remember(self, user: str, browser: str, now: float) -> None:
        """As `SignedIn` has it."""
        self._browsers[user, browser] = None
        while len(self._browsers) > MOST_BROWSERS:
            del self._browsers[next(iter(self._browsers))]

    def has_been(self, user: str, browser: str) -> bool:
        """As `SignedIn` has it."""
        return (user, browser) in self._browsers
