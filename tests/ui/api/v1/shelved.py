"""A service without a window over a tiny library, asked in this process by callers of any kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doubles import tiny_library
from served import Engine
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.index.library import Library
from rag.limits import WindowLimits
from ui.api.v1.caller import COLLECTIONS, KEY
from ui.window.page import visitor
from ui.window.server import headless


class Calling:
    """Every request is of one caller, as if their key had been looked at."""

    def __init__(self, app: ASGIApp, name: str, role: str, collections: tuple[str, ...]) -> None:
        self.app = app
        self._who = {KEY: name, visitor.ROLE: role, COLLECTIONS: collections}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, **self._who}
        await self.app(scope, receive, send)


@dataclass
class Served:
    """A running service: ``client`` asks as whoever this machine lets in."""

    web: Any
    library: Library
    folder: Path
    client: TestClient

    def calling(
        self, role: str = "owner", *collections: str, name: str = "key", **options: Any
    ) -> TestClient:
        """Asks as one caller."""
        called = Calling(self.web, name, role, collections)
        return TestClient(called, base_url="http://127.0.0.1", **options)

    def ids(self) -> dict[str, str]:
        """The ids of the articles by the first word of their titles."""
        return {info.title.split()[0]: info.id for info in self.library.articles()}


@contextmanager
def serving(folder: Path, limits: WindowLimits | None = None, **given: Any) -> Iterator[Served]:
    """A service over two short articles."""
    with tiny_library(folder) as library:
        web = headless.application(Engine(library, folder), library.folder, limits=limits, **given)
        with TestClient(web, base_url="http://127.0.0.1") as client:
            yield Served(web, library, folder, client)
