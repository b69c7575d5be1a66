"""The server itself: how it listens, that it says when it is up, and that it ends tidily."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from types import FrameType
from typing import Any, Protocol

import uvicorn
from starlette.types import ASGIApp

from rag.limits import WindowLimits
from ui.window.server.connections import MOST_HEADER_BYTES, connection

UNTOLD: Any = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""What FastAPI is to tell by itself: it would tell whole addresses, and the words of errors."""
_SENT_S = 0.5  # in which the end of an answer is shown on whatever pages look at it


def config(front: ASGIApp, limits: WindowLimits) -> uvicorn.Config:
    """How an application is served."""
    return uvicorn.Config(
        front,
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        http=connection(limits.request_s),
        h11_max_incomplete_event_size=MOST_HEADER_BYTES,
        ws="none",
        proxy_headers=False,  # see `ui.window.server.hosts.Proxies`
        server_header=False,
        limit_concurrency=limits.connections,
        timeout_graceful_shutdown=1,  # a browser keeps a stream open for as long as it lives
    )


class Work(Protocol):
    """What a server has in hand: `ui.turns.Turns`."""

    @property
    def inside(self) -> int:
        """How many answers that is."""
        ...

    def close(self) -> None:
        """Take no more."""
        ...


class Server(uvicorn.Server):  # type: ignore[misc]
    """A server that says when it is up, and ends once its work is done.

    The first SIGTERM has it take no more of the ``work``, if there is any yet, and end when all of
    that is done or so many seconds are over. A further one, and SIGINT, ends it soon.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        on_started: Callable[[], None],
        work: Callable[[], Work | None] = lambda: None,
        ending_s: float = 0.0,
        on_ending: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(config)
        self._on_started = on_started
        self._work = work
        self._ending_s = ending_s
        self._on_ending = on_ending
        self._ends: float | None = None
        self._at_work = 0.0

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal that ends it."""
        work = self._work()
        if sig == signal.SIGTERM and work is not None and self._ends is None:
            work.close()
            self._ends = time.monotonic() + self._ending_s
            if work.inside:
                return
        super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """Look, ten times a second, whether it is to end."""
        now, work = time.monotonic(), self._work()
        if work is not None and work.inside:
            self._at_work = now
        if self._ends is not None and now > min(self._ends, self._at_work + _SENT_S):
            self.should_exit = True
        return bool(await super().on_tick(counter))

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        asyncio.get_running_loop().set_default_executor(_Threads())
        await super().startup(sockets)
        if self.started:
            self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End: what is not done within a second is cancelled."""
        self._on_ending()
        await super().shutdown(sockets)

    def stop(self) -> None:
        """End soon."""
        self.should_exit = True


class _Threads(ThreadPoolExecutor):
    """A daemon thread for every call. Python waits for the threads of a pool before it ends.

    LangChain runs in the loop's executor what cannot be awaited, and such a call cannot be
    cancelled: a model without an asynchronous client may hang in it.
    """

    def submit(self, call: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        """Run the call in a thread of its own."""
        future: Future[Any] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(call(*given, **named))
            except BaseException as error:
                future.set_exception(error)

        threading.Thread(target=run, name="call", daemon=True).start()
        return future


@contextmanager
def signals_only_stop() -> Iterator[None]:
    """Uvicorn raises the signal that stopped it once more; the caller has yet to tidy up."""
    stops = (signal.SIGINT, signal.SIGTERM)
    before = {stop: signal.signal(stop, lambda *_: None) for stop in stops}
    try:
        yield
    finally:
        for stop, handler in before.items():
            signal.signal(stop, handler)
