"""A service of several libraries in this process, with the models of the doubles, to be asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any

import httpx
from doubles import WordReader, WordScorer
from fastapi import FastAPI
from tiny import TinyEmbedder

from rag.assistant import Assistant
from rag.index.library import Library, opened
from rag.index.owners import Owners, settings_of
from rag.settings import Settings
from ui import keys
from ui.ahead import Ahead
from ui.window.server import many
from ui.window.server.membership import Members
from ui.wishes import Wishes

HERE = "http://127.0.0.1"


class ReadyEngine:
    """Ready at once."""

    error = None
    fetching = None
    is_loading = False

    def __init__(self, library: Library) -> None:
        self.library = library
        self.settings = library.settings
        self.ahead = Ahead()
        self.assistant: Assistant | None = self.assistant_over(library, model=False)

    def status(self) -> str:
        return ""

    def assistant_for(self, wishes: Wishes) -> Assistant:
        return self.assistant_over(self.library, model=False)

    def assistant_over(self, own: Library, *, model: bool) -> Assistant:
        return Assistant(own, WordScorer(), WordReader(), None)


def house(settings: Settings, owners: Owners, *, has_windows: bool = False) -> many.House:
    """One whose members are looked up for each request anew."""
    settings.library.mkdir(parents=True, exist_ok=True)
    return many.House(settings, Members(owners, fresh=0.0), has_windows=has_windows)


Stock = Callable[[str, Library], object]
"""Puts into the library of a name, whenever it is opened, what it is to have."""


@contextmanager
def opening(at: many.House, stock: Stock, name: str) -> Iterator[FastAPI]:
    """As `many.opened`, but for the models."""
    with opened(settings_of(at.settings, name), TinyEmbedder()) as own:
        stock(name, own)
        yield many.served(at, name, ReadyEngine(own))


@asynccontextmanager
async def asked(at: many.House, stock: Stock = lambda *_: None) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service while it lives."""
    web = many.application(at, partial(opening, at, stock))
    async with web.router.lifespan_context(web):
        way = httpx.ASGITransport(web, raise_app_exceptions=False, client=("127.0.0.1", 4321))
        async with httpx.AsyncClient(transport=way, base_url=HERE) as client:
            yield client


def bearing(secret: str) -> dict[str, Any]:
    """The headers of who has a key."""
    return {"Authorization": f"Bearer {secret}"}


def key(at: many.House, name: str, scope: keys.Scope = "write") -> dict[str, Any]:
    """The headers of a new key of the service."""
    return bearing(keys.add(at.state.key_place, name, scope))
