"""One client on standard input and output, who owns this machine; it ends with its input."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from typing import TYPE_CHECKING

from mcp.server.stdio import stdio_server

from rag.errors import IbidError
from ui.api.v1.caller import Caller
from ui.mcp.reach import OfSettings
from ui.mcp.server import server
from ui.mcp.tools import Tools

if TYPE_CHECKING:
    from rag.settings import Settings
    from ui.users import Role

log = logging.getLogger(__name__)


def serve(settings: Settings, *, is_read_only: bool) -> None:
    """Serve until the input ends, or a signal comes."""
    role: Role = "reader" if is_read_only else "owner"
    reach = OfSettings(settings)
    serving = server(Tools(reach), lambda _: Caller("", role), _told)

    async def run() -> None:
        loop = asyncio.get_running_loop()
        for one in (signal.SIGINT, signal.SIGTERM):
            # A thread waits for the input, and nothing but more of that wakes it.
            loop.add_signal_handler(one, _leave, reach, 128 + one)
        async with stdio_server() as (read, write):
            await serving.run(read, write, serving.create_initialization_options())
        _leave(reach, 0)

    asyncio.run(run())


def _leave(reach: OfSettings, status: int) -> None:
    """End now: Python would wait for what a call that nobody waits for does in a thread."""
    reach.close()
    os._exit(status)


def _told(error: Exception) -> str:
    if isinstance(error, IbidError):
        return str(error)
    log.error("a tool failed", exc_info=error)
    if isinstance(error, OSError) and (known := _advice(error)):
        return known
    return f"{type(error).__name__} (a fault of Ibid; ibid --debug mcp shows where)"


def _advice(error: OSError) -> str:
    from rag import disk

    return disk.advice(error)
