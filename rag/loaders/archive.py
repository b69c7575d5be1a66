"""Zipped folders: read as the folder, one member at a time, and nothing of them is written.

What a folder passes over is passed over here too, and so are links, names that lead out of it, and
archives in it.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from rag.errors import ArticleError
from rag.loaders.folders import Fault, Passed
from rag.loaders.package import Member, opened

MOST_UNPACKED = 4_000_000_000  # of all members, of which one is in memory at a time
_OTHERS = frozenset(".zip .7z .rar .tar .gz .tgz .bz2 .xz".split())
_OF_PROGRAMS = frozenset({"__MACOSX", "Thumbs.db", "desktop.ini"})


class Archived(NamedTuple):
    """A member by its name in the archive, and what unpacks it. It raises ArticleError."""

    name: str
    unpack: Callable[[], bytes]


def unzipped(
    archive: bytes | Path, file: Path, formats: Iterable[str], most_bytes: int
) -> tuple[list[Archived], list[Passed]]:
    """The members of ``formats`` of a zipped folder, sorted by name, and what is passed over.

    Raises:
        ArticleError: it is no archive, is encrypted, unpacks to too much, or holds no article.
    """
    package = opened(archive, file, MOST_UNPACKED)
    known = frozenset(formats)
    members: list[Archived] = []
    passed: list[Passed] = []
    for member in {one.name: one for one in reversed(package.members)}.values():
        path = PurePosixPath(member.name.replace("\\", "/"))
        if member.is_folder or any(
            part in _OF_PROGRAMS or (part.startswith(".") and part != "..") for part in path.parts
        ):
            continue
        fault = _fault(member, path, known, most_bytes)
        if fault:
            passed.append(Passed(file / member.name.lstrip("/"), fault))
        else:
            members.append(Archived(str(path), partial(package.read, member.name)))
    if not members:
        *most, last = sorted(known)
        also = f"; {len(passed)} files are of other formats, or of none" if passed else ""
        raise ArticleError(
            f"{file}: no article in this archive; Ibid reads {', '.join(most)} and {last}{also}",
            "archive empty",
        )
    return sorted(members, key=lambda one: one.name), sorted(passed, key=lambda one: one.path)


def member_of(archive: Path, file: Path, name: str, most_bytes: int) -> bytes:
    """The bytes of the member that `unzipped` gives under a name; ``file`` is for a message.

    Raises:
        ArticleError: as `unzipped`, or there is none of that name.
    """
    members, _ = unzipped(archive, file, {PurePosixPath(name).suffix.lower()}, most_bytes)
    found = next((one for one in members if one.name == name), None)
    if found is None:
        raise ArticleError(f"{file / name}: it is not in this archive any more; add it again")
    return found.unpack()


def _fault(
    member: Member, path: PurePosixPath, formats: frozenset[str], most_bytes: int
) -> Fault | None:
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        return "escaping"
    if stat.S_ISLNK(member.mode):
        return "linked"
    if path.suffix.lower() in _OTHERS:
        return "packed"
    if path.suffix.lower() not in formats:
        return "format"
    return "large" if member.size > most_bytes else None
