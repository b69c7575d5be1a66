"""What stands in the queue: a file or a link, and how far it has come."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal

from rag.errors import IbidError
from rag.language.visible import plain
from rag.schema import Article, ArticleInfo
from ui.asked import Asked

State = Literal[
    "waiting", "reading", "embedding", "added", "replaced", "same", "failed", "cancelled"
]
BUSY: tuple[State, ...] = ("waiting", "reading", "embedding")
LONGEST_NAME = 300
_PLACE = re.compile(r"(?i)(?:ibid|[a-z]):")


@dataclass(frozen=True, slots=True)
class Item:
    """A file or a link, and how far it has come.

    ``error``: why it failed; None where nobody foresaw it. ``done`` of ``of`` pages are read, or
    chunks embedded. ``before``: the article whose place it took. ``namesake``: the one, had from
    elsewhere, that it says it is; ``twin`` the one whose text it has. ``notes``: what its reader
    did not understand. ``by``: who added it. ``refused``: the word for why it never came here, with
    its facts, such as "too_large". ``request``: the one that it came with. ``ahead``: how many
    others workers do before it, where they do it; ``waits_for``: the word for what it waits for
    besides, with its facts, such as "no_worker".
    """

    number: int
    name: str
    state: State = "waiting"
    error: IbidError | None = None
    done: int = 0
    of: int = 0
    article_id: str = ""
    before: Article | ArticleInfo | None = None
    namesake: ArticleInfo | None = None
    twin: ArticleInfo | None = None
    notes: tuple[IbidError, ...] = ()
    by: str = ""
    refused: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    request: Asked | None = field(default=None, repr=False, compare=False)
    ahead: int | None = None
    waits_for: str = ""


def file_name(name: str) -> str:
    """The name of an upload, with the folders that it was dropped with, as a source may be.

    It is never one that only Ibid gives, nor that of a place on a disk.
    """
    parts = PurePosixPath(name.replace("\\", "/")).parts
    kept = [plain(part) for part in parts if part not in ("/", "..")]
    name = "/".join(part for part in kept if part)[-LONGEST_NAME:].lstrip("/")
    return name.replace(":", "_", 1) if _PLACE.match(name) else name or "article"
