"""What a library follows, and what it had from there: so that it can be looked at again."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from rag.errors import LibraryError

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


class Follows(Protocol):
    """The part of a catalog that knows what is followed, and what was had from there."""

    def followed(self) -> list[Followed]:
        """All places that are followed."""
        ...

    def had(self, followed: Followed) -> list[Had]:
        """What was had from a followed place."""
        ...

    def had_at(self, place: str) -> list[Had]:
        """What was had at one file or link, whatever it was followed by."""
        ...

    def had_as(self, article_ids: Iterable[str]) -> list[Had]:
        """Where these articles were had."""
        ...

    def follow(self, followed: Followed, had: Sequence[Had]) -> None:
        """Follow a place, anew or still, and write down what was had there."""
        ...

    def looked(self, followed: Followed, seen: Seen) -> None:
        """A place was looked at just now, and was so."""
        ...

    def unfollow(self, followed: Followed) -> None:
        """Follow a place no longer; its articles stay."""
        ...


def absolute(place: Path | str) -> str:
    """A path as it is followed: from the root on; what a link leads to is looked up each time."""
    return os.path.abspath(place)  # noqa: PTH100  # Path.absolute leaves the dots in it


def disk_of(path: Path) -> str:
    """The mount point of what a file or folder lies on; empty if that cannot be told."""
    path = Path(absolute(path))
    try:
        return next((str(one) for one in (path, *path.parents) if one.is_mount()), "")
    except OSError:
        return ""


def had(file: Path | str, source: str, article_id: str) -> Had:
    """What is written down of an article that was had from a file or link."""
    if isinstance(file, str):
        return Had(file, source, article_id)
    return Had(absolute(file), source, article_id, disk=disk_of(file.parent))


def named(followed: Sequence[Followed], places: Sequence[str]) -> list[Followed]:
    """Those that are followed at these places.

    Raises:
        LibraryError: nothing is, at one of them.
    """
    found: list[Followed] = []
    for place in places:
        known = place if "://" in place else absolute(place)
        here = [one for one in followed if one.place == known]
        if not here:
            raise LibraryError(
                f"{place}: this is not followed; ibid sync --list tells what is, and ibid add "
                "begins it"
            )
        found += here
    return list(dict.fromkeys(found))
