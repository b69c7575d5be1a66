"""A model's stream with an end: so many tokens, bytes and seconds, and no long silence."""

from __future__ import annotations

import asyncio
import contextvars
import queue
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from rag.errors import ProviderError
from rag.language.token_counts import tokens
from rag.settings import Settings

if TYPE_CHECKING:
    import httpx
    from langchain_core.messages import BaseMessage

_FAREWELL_S = 2.0
_Piece = TypeVar("_Piece")


class EndlessError(ProviderError):
    """A language model did not come to an end, and was stopped."""


def went_on() -> EndlessError:
    """It said, or sent, more than it may."""
    return EndlessError(
        "The language model went on without an end and was stopped; this was made of what it had "
        "said by then.",
        "endless",
    )


def fell_silent(seconds: float) -> EndlessError:
    """It said nothing more for so long."""
    return EndlessError(
        f"The language model said nothing more for {seconds:.0f} seconds and was stopped; this was "
        "made of what it had said by then.",
        "silent",
        seconds=round(seconds),
    )


class _Budget:
    """What is left of what a stream may take."""

    def __init__(self, settings: Settings) -> None:
        self._limits = settings.stream
        self._tokens = round(self._limits.overrun * settings.max_answer_tokens)
        self._began = self._heard = time.monotonic()

    def seconds(self) -> float:
        """How long the next piece may take; not more than nothing once all are spent."""
        ends = min(self._began + self._limits.seconds, self._heard + self._limits.silence)
        return ends - time.monotonic()

    def late(self) -> EndlessError:
        """What is told once no seconds are left."""
        if time.monotonic() - self._heard >= self._limits.silence:
            return fell_silent(self._limits.silence)
        return went_on()

    def take(self, message: BaseMessage) -> tuple[BaseMessage, EndlessError | None]:
        """As much of a piece as may be kept; and why that is the last, if it is."""
        # A token is seldom as long as this, and counting has to end as well.
        text, most = message.text, 16 * max(self._tokens, 0)
        if text.strip():
            self._heard = time.monotonic()
        counted = max(tokens(text[: most + 1]), bool(text))  # of spaces none would be counted
        if len(text) > most or counted > self._tokens:
            room = 4 * max(self._tokens, 0)
            self._tokens = 0
            return message.model_copy(update={"content": text[:room]}), went_on()
        self._tokens -= counted
        return message, self.late() if self.seconds() <= 0 else None


def bounded(stream: Iterator[BaseMessage], settings: Settings) -> Iterator[BaseMessage]:
    """The pieces of a stream, until it ends or has taken what it may.

    It does not wait for a piece longer than it may: a stream that hangs is left to its thread.

    Raises:
        EndlessError: after the last piece that is kept.
    """
    budget = _Budget(settings)
    pieces = _Pieces(stream)
    try:
        while True:
            try:
                message = pieces.next(max(budget.seconds(), 0.0))
            except queue.Empty:
                raise budget.late() from None
            if message is None:
                return
            kept, over = budget.take(message)
            yield kept
            if over:
                raise over
    finally:
        pieces.leave()


class _Pieces:
    """A stream that is read in a thread of its own, so that whoever waits for it can leave."""

    _LOOK_EVERY_S = 0.1

    def __init__(self, stream: Iterator[BaseMessage]) -> None:
        self._stream = stream
        self._read: queue.Queue[BaseMessage | BaseException | None] = queue.Queue(1)
        self._is_left = threading.Event()
        context = contextvars.copy_context()
        threading.Thread(
            target=context.run, args=(self._pull,), daemon=True, name="ibid-stream"
        ).start()

    def next(self, seconds: float) -> BaseMessage | None:
        """The next piece, None at the end; `queue.Empty` if it does not come in time."""
        ends = time.monotonic() + seconds
        while True:  # Not every system lets Ctrl-C end a longer wait.
            left = ends - time.monotonic()
            try:
                piece = self._read.get(timeout=min(max(left, 0.0), self._LOOK_EVERY_S))
            except queue.Empty:
                if left > 0:
                    continue
                raise
            if isinstance(piece, BaseException):
                raise piece
            return piece

    def leave(self) -> None:
        """Read no more; the stream is closed as soon as its next piece comes."""
        self._is_left.set()

    def _pull(self) -> None:
        try:
            for message in self._stream:
                if not self._put(message):
                    return
            self._put(None)
        except BaseException as error:
            self._put(error)
        finally:
            if close := getattr(self._stream, "close", None):
                close()

    def _put(self, piece: BaseMessage | BaseException | None) -> bool:
        while not self._is_left.is_set():
            with suppress(queue.Full):
                self._read.put(piece, timeout=self._LOOK_EVERY_S)
                return True
        return False


async def abounded(
    stream: AsyncIterator[BaseMessage], settings: Settings
) -> AsyncIterator[BaseMessage]:
    """The asynchronous twin of `bounded`; it does not wait for a piece longer than it may."""
    budget = _Budget(settings)
    try:
        while True:
            limit = asyncio.timeout(budget.seconds())
            try:
                async with limit:
                    message = await anext(stream)
            except StopAsyncIteration:
                return
            except TimeoutError:
                if limit.expired():
                    raise budget.late() from None
                raise
            kept, over = budget.take(message)
            yield kept
            if over:
                raise over
    finally:
        if close := getattr(stream, "aclose", None):
            await close()


async def apumped(stream: AsyncIterator[_Piece]) -> AsyncIterator[_Piece]:
    """The same pieces, read in a task of its own, however slowly they are taken from here.

    So what a stream holds, such as a model, it holds for no reader. It has to come to an end.
    Closed, it closes the stream; one that ignores this is left behind after a while.
    """
    pieces: asyncio.Queue[_Piece | None] = asyncio.Queue()

    async def pump() -> None:
        try:
            async for piece in stream:
                pieces.put_nowait(piece)
        finally:
            pieces.put_nowait(None)
            if close := getattr(stream, "aclose", None):
                await close()

    task = asyncio.create_task(pump(), name="pump")
    try:
        while (piece := await pieces.get()) is not None:
            yield piece
        await task
    finally:
        task.cancel()
        await asyncio.wait([task], timeout=_FAREWELL_S)


def watched(settings: Settings) -> tuple[dict[str, Any], dict[str, Any]]:
    """Options of two httpx clients, one of them asynchronous, whose answers come to an end.

    Bytes are counted as they come, so a line without an end is stopped too. A packed answer could
    be a thousand times what is counted: none is asked for, and none is taken.
    """
    import httpx

    limits = settings.stream
    headers = {"Accept-Encoding": "identity"}

    class Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
        def __init__(self, stream: Any) -> None:
            self._stream = stream

        def __iter__(self) -> Iterator[bytes]:
            count = _counter(limits.bytes, limits.seconds)
            for piece in self._stream:
                count(piece)
                yield piece

        async def __aiter__(self) -> AsyncIterator[bytes]:
            count = _counter(limits.bytes, limits.seconds)
            async for piece in self._stream:
                count(piece)
                yield piece

        def close(self) -> None:
            self._stream.close()

        async def aclose(self) -> None:
            await self._stream.aclose()

    def look(response: httpx.Response) -> None:
        if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise httpx.DecodingError("its answer is packed, though that was not asked for")
        response.stream = Stream(response.stream)

    async def alook(response: httpx.Response) -> None:
        look(response)

    return (
        {"headers": headers, "event_hooks": {"response": [look]}},
        {"headers": headers, "event_hooks": {"response": [alook]}},
    )


def _counter(most: int, seconds: float) -> Callable[[bytes], None]:
    """Counts pieces; raises `EndlessError` at the one that is too much or too late."""
    left, ends = most, time.monotonic() + seconds

    def count(piece: bytes) -> None:
        nonlocal left
        left -= len(piece)
        if left < 0 or time.monotonic() > ends:
            raise went_on()

    return count
