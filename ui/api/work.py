"""Work for a command in a thread of its own, told line by line, and called off with its reader."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine
from concurrent.futures import wait
from contextlib import suppress
from contextvars import copy_context
from typing import Any

from rag import disk
from rag.errors import IbidError
from ui.api import wire
from ui.api.service import CalledOff

log = logging.getLogger(__name__)

_GLANCE_S = 0.1


class Post:
    """Where work puts its lines. ``is_gone``: nobody reads them any more."""

    def __init__(self) -> None:
        self.lines: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._gone = threading.Event()

    @property
    def is_gone(self) -> bool:
        """Whether whoever asked has gone."""
        return self._gone.is_set()

    def close(self) -> None:
        """Nobody reads on."""
        self._gone.set()

    def check(self) -> None:
        """Raise `CalledOff` if nobody reads on."""
        if self.is_gone:
            raise CalledOff

    def tell(self, name: str, value: Any) -> None:
        """Put a line of work that is to end once nobody reads on: then `CalledOff` is raised."""
        self.check()
        self.put(name, value)

    def put(self, name: str, value: Any) -> None:
        """Put a line, which nobody may read."""
        self.put_line(wire.line(name, value))

    def put_line(self, line: bytes | None) -> None:
        """The same of a line that is written already; None is the end."""
        with suppress(RuntimeError):  # the server has ended
            self._loop.call_soon_threadsafe(self.lines.put_nowait, line)

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Have the server's loop do something; it is cancelled once nobody reads on."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        while not wait([future], _GLANCE_S).done:
            if self.is_gone:
                future.cancel()
        self.check()
        future.result()


async def streamed(work: Callable[[Post], None]) -> AsyncGenerator[bytes, None]:
    """The lines of work, which begins now; the last one is an error where it fails."""
    post = Post()
    context = copy_context()
    threading.Thread(
        target=context.run, args=(_done, work, post), daemon=True, name="ibid-work"
    ).start()
    try:
        while True:
            try:
                line = await asyncio.wait_for(post.lines.get(), wire.HEARTBEAT_S)
            except TimeoutError:
                line = b"\n"
            if line is None:
                return
            yield line
    finally:
        post.close()


def _done(work: Callable[[Post], None], post: Post) -> None:
    try:
        work(post)
    except CalledOff:
        pass
    except IbidError as error:
        post.put_line(wire.failed(error))
    except Exception as error:
        known = disk.advice(error) if isinstance(error, OSError) else ""
        if not known:
            log.exception("work for a command failed")
            known = f"{type(error).__name__} (a fault of the running Ibid; it shows where)"
        post.put_line(wire.failed(IbidError(known)))
    finally:
        post.put_line(None)
