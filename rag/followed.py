"""What a library follows, and what it had from there: so that it can be looked at again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["folder", "file", "page", "list", "feed", "sitemap"]


@dataclass(frozen=True, slots=True)
class Seen:
    """By what a page or a file is known to be as it was when it was last read.

    ``link`` is where it led to, ``etag`` and ``modified`` what its server said of it; of a file
    ``etag`` is made of its size and times. All are empty where that is not known.
    """

    link: str = ""
    etag: str = ""
    modified: str = ""


UNSEEN = Seen()
"""Nothing is known of how it was."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A place that articles were added from: an absolute path or a link, and how it is read.

    ``columns`` are those of `rag.loaders.table.Columns`, in order; what is new goes into the
    ``collection``, if one was named. ``looked`` is when it was last looked at, in UTC.
    """

    kind: Kind
    place: str
    columns: tuple[str, ...] = ()
    collection: str = ""
    seen: Seen = UNSEEN
    looked: datetime | None = None


@dataclass(frozen=True, slots=True)
class Had:
    """An article that was had from a followed place.

    ``place`` is the file or link that it is in, ``source`` where it was had there. ``disk`` is
    what the file lies on, by its mount point. ``is_held``: the library has it from there still.
    """

    place: str
    source: str
    article_id: str
    seen: Seen = UNSEEN
    disk: str = ""
    is_held: bool = False
