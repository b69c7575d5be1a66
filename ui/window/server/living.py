"""What goes on in the window's process for as long as it lives. No Gradio here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from ui.window.server.uploads import Spool

if TYPE_CHECKING:
    from rag.index.pages import Pages
    from ui.window.conversation.jobs import Jobs

_SWEPT_S = 60.0


@asynccontextmanager
async def living(spool: Spool, jobs: Jobs, pages: Pages) -> AsyncIterator[None]:
    """What was uploaded and is not used goes after its time, and all of it in the end.

    What is being answered then is kept as far as it came. What is kept beyond its article, to undo
    a removal, goes at either end.
    """

    def sweep() -> None:
        if (own := jobs.engine.library) is not None:
            pages.sweep({info.digest for info in own.articles()})

    async def swept() -> None:
        await asyncio.to_thread(sweep)
        while True:
            await asyncio.sleep(_SWEPT_S)
            await asyncio.to_thread(spool.sweep)

    task = asyncio.create_task(swept(), name="sweep")
    try:
        yield
    finally:
        task.cancel()
        jobs.end()
        spool.clear()
        sweep()
