"""An exchange as its answer comes, whatever happens on the way. No Gradio here."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from rag.errors import IbidError
from ui import strings
from ui.window.conversation.loading import POLL_S, loading, trouble
from ui.window.conversation.types import Engine, Exchange, history, newest
from ui.wishes import NOTHING, Wishes

log = logging.getLogger(__name__)


async def waiting(engine: Engine, exchange: Exchange) -> AsyncGenerator[Exchange, None]:
    """The exchange, with what it waits for, while that is being loaded."""
    while status := loading(engine):
        yield replace(exchange, line=status)
        await asyncio.sleep(POLL_S / 2)


async def answering(
    engine: Engine,
    past: tuple[Exchange, ...],
    exchange: Exchange,
    wishes: Wishes = NOTHING,
) -> AsyncGenerator[Exchange, None]:
    """The exchange, ever fuller, as ``wishes`` want its answer; the last one is not busy."""
    if wishes.model:
        yield replace(exchange, line=strings.LOADING["model"])
    assistant = engine.assistant
    if wishes != NOTHING:
        assistant = await asyncio.to_thread(engine.assistant_for, wishes)
    if assistant is None:
        yield replace(exchange, state="failed", line=trouble(engine))
        return
    try:
        stream = assistant.astream(exchange.question, history(past), exchange.only)
        with engine.ahead.still():
            async with aclosing(newest(stream)) as snapshots:
                async for snapshot in snapshots:
                    if snapshot is not None:
                        line = strings.WAITS_FOR_TURN if snapshot.waits else ""
                        exchange = replace(exchange, answer=snapshot, state="writing", line=line)
                    if snapshot is None or snapshot.status == "pending":
                        yield exchange
        is_whole = exchange.answer is not None and exchange.answer.status != "pending"
        yield replace(exchange, state="done" if is_whole else "failed")
    except IbidError as error:
        yield replace(exchange, state="failed", line=strings.failure(error))
    except Exception:
        log.exception("answering failed")
        yield replace(exchange, state="failed")
