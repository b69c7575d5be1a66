"""A service without a window over a tiny library, asked in this process by callers of any kind."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doubles import tiny_library
from served import Engine
from starlette.testclient import TestClient

from rag.index.library import Library
from rag.limits import WindowLimits
from rag.schema import Article
from ui import keys
from ui.window.server import headless

SCOPES: dict[str, keys.Scope] = {"reader": "read", "editor": "write", "owner": "admin"}


@dataclass
class Served:
    """A running service: ``client`` asks as whoever this machine lets in."""

    web: Any
    library: Library
    folder: Path
    client: TestClient
    articles: list[Article]

    def calling(self, role: str = "owner", *collections: str, name: str = "") -> TestClient:
        """Asks with a key of its own, by the name of ``name``."""
        secret = keys.add(
            self.library.folder / keys.KEYS,
            name or f"key-{secrets.token_hex(4)}",
            SCOPES[role],
            collections,
        )
        bearer = {"Authorization": f"Bearer {secret}"}
        return TestClient(self.web, base_url="http://127.0.0.1", headers=bearer)

    def reset(self) -> None:
        """Have the articles as they were in the beginning, and no collection."""
        self.library.remove([info.id for info in self.library.articles()])
        for one in self.library.catalog.collections():
            self.library.delete_collection(one.name)
        self.library.add(self.articles)

    def ids(self) -> dict[str, str]:
        """The ids of the articles by the first word of their titles."""
        return {info.title.split()[0]: info.id for info in self.library.articles()}


@contextmanager
def serving(folder: Path, limits: WindowLimits | None = None, **given: Any) -> Iterator[Served]:
    """A service over two short articles."""
    with tiny_library(folder) as library:
        web = headless.application(Engine(library, folder), library.folder, limits=limits, **given)
        with TestClient(web, base_url="http://127.0.0.1") as client:
            held = [library.article(info.id) for info in reversed(library.articles())]
            yield Served(web, library, folder, client, held)
