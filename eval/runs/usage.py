"""What an answer cost: the tokens that the language model's provider counted, and their price."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from rag.errors import RunError

if TYPE_CHECKING:
    from langchain_core.callbacks import UsageMetadataCallbackHandler


@dataclass(frozen=True, slots=True)
class Prices:
    """What a provider asks for a million tokens read, and for a million written.

    In any one currency. Ibid knows no price list, because they change; these are the user's.
    """

    read: float
    written: float


def prices(text: str) -> Prices:
    """Prices as they are written on a command line: ``0.4,1.6`` for a million read and written.

    Raises:
        RunError: it is no two numbers, or one is below 0.
    """
    try:
        read, written = (float(one) for one in text.split(","))
    except ValueError:
        read = written = math.nan
    if not (0 <= read < math.inf and 0 <= written < math.inf):
        raise RunError(
            f"{text!r} is no price; give what a million tokens cost to read and to write, as in "
            "--prices 0.4,1.6"
        )
    return Prices(read, written)


@contextmanager
def counted() -> Iterator[UsageMetadataCallbackHandler]:
    """Collect the tokens of every call of a LangChain model in this block, whoever makes it.

    Only of providers that tell them. A call in another thread counts if LangChain started it.
    """
    from langchain_core.callbacks import UsageMetadataCallbackHandler

    handler = UsageMetadataCallbackHandler()
    token = _counting().set(handler)
    try:
        yield handler
    finally:
        _counting().reset(token)


@cache
def _counting() -> ContextVar[UsageMetadataCallbackHandler | None]:
    # LangChain's own context manager adds a hook at each use and never takes it away, so that a
    # long run would have thousands.
    from langchain_core.tracers.context import register_configure_hook

    counting: ContextVar[UsageMetadataCallbackHandler | None] = ContextVar("counting", default=None)
    register_configure_hook(counting, inheritable=True)
    return counting


def usage_values(
    handler: UsageMetadataCallbackHandler, prices: Prices | None
) -> dict[str, float | None]:
    """Tokens read and written, and their cost where prices are given, by name.

    None where no model was called or none told; a cost is in the currency of the prices.
    """
    counts = handler.usage_metadata.values()
    read = sum(one["input_tokens"] for one in counts)
    written = sum(one["output_tokens"] for one in counts)
    return token_values((read, written) if counts else None, prices)


def token_values(tokens: tuple[int, int] | None, prices: Prices | None) -> dict[str, float | None]:
    """The same of tokens read and written, if they are known."""
    read, written = tokens or (0, 0)
    values: dict[str, float] = {"tokens read": read, "tokens written": written}
    if prices:
        values["cost"] = (read * prices.read + written * prices.written) / 1e6
    return {name: value if tokens else None for name, value in values.items()}
