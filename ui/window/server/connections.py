"""Connections on which a request comes in time, and headers have an end. No Gradio here."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_HEADER_BYTES = 32_768


class Connection(H11Protocol):  # type: ignore[misc]
    """One that is closed if no whole request has come after so long.

    Of uvicorn's own protocols, h11's alone bounds the headers; neither ever gives up on a client
    that opens a connection and sends little, or nothing.
    """

    within_s = 30.0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._expect()

    def data_received(self, data: bytes) -> None:
        """Read on, and wait no longer once there is a request."""
        super().data_received(data)
        self._expect()

    def connection_lost(self, error: Exception | None) -> None:
        """Wait for nothing any more."""
        self._forget()
        super().connection_lost(error)

    def _expect(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self._forget()
        elif self._timer is None:
            self._timer = self.loop.call_later(self.within_s, self._hang_up)

    def _forget(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _hang_up(self) -> None:
        self._timer = None
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()


def connection(within_s: float) -> type[Connection]:
    """The same with another time in which a request has to come."""
    return type("Connection", (Connection,), {"within_s": within_s})
