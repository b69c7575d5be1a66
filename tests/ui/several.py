"""A window over several libraries: ``python several.py --port N --database URL --chroma URL``.

News are Ann's, and Eve may read them; notes are Ben's. Only the models are stand-ins.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from housed import house
from scripted import ARTICLES
from stocked import StockedEngine
from tiny import TinyEmbedder

from rag.index.library import opened
from rag.index.owners import Owners, settings_of
from rag.settings import load
from ui import users
from ui.window.server import many
from ui.window.server.serve import run

PASSWORD = "correct horse battery"
SHARED = {"news": ("ann", "eve"), "notes": ("ben",)}
"""Whose each library is, the owner first."""


@contextmanager
def opening(at: many.House, name: str) -> Iterator[FastAPI]:
    """As `many.opened`, but for the models."""
    with opened(settings_of(at.settings, name), TinyEmbedder()) as own:
        own.add(ARTICLES.values() if name == "news" else [])
        yield many.served(at, name, StockedEngine(own))


def main() -> None:
    """Serve until a signal comes."""
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--go", type=Path, required=True)
    options.add_argument("--database", required=True)
    options.add_argument("--chroma", required=True)
    given = options.parse_args()
    settings = load(
        library=given.go.parent / "home",
        answers="quotes",
        database=given.database,
        chroma=given.chroma,
    )
    owners = Owners(given.database, keeps=True)
    for name, (owner, *readers) in SHARED.items():
        owners.create(name, f"user:{owner}")
        for reader in readers:
            owners.share(name, f"user:{reader}", "reader")
    at = house(settings, owners, has_windows=True)
    for person in sorted({one for people in SHARED.values() for one in people}):
        users.add(at.state.users, person, PASSWORD, "reader")
    made = partial(many.application, at, partial(opening, at))
    run(made, "127.0.0.1", given.port, settings.window, lambda *_: None, tell, has_doors=True)


def tell(url: str) -> None:
    """Say where it is."""
    sys.stdout.write(f"ready {url}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
