"""Zip files, as office documents and books are: looked at before any of it is unpacked.

What a member says of its size is a limit here, and no promise: `zipfile`, asked for all of one,
unpacks as much as there is. So the libraries are given copies, made of what was read within it.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from rag.errors import ArticleError

MOST_MEMBERS = 20_000
MOST_UNPACKED = 400_000_000
_MOST_RATIO = 250  # A sheet of equal numbers packs to a hundredth.
_SMALL = 20_000_000  # What may be packed as well as it can be.
_ENCRYPTED = 0x1
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UNFOLDING = ("<!ENTITY",)
_DECLARED = ("<!DOCTYPE", *_UNFOLDING)
_DAMAGED = (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, RuntimeError)


class Member(NamedTuple):
    """A member of a zip file: its bytes, unpacked, and its mode as Unix has it; 0: unknown."""

    name: str
    size: int
    mode: int
    is_folder: bool


class Package:
    """The members of a zip file by name. Use `opened` to get one."""

    def __init__(self, archive: zipfile.ZipFile, file: Path) -> None:
        self._archive = archive
        self._file = file
        self.names = archive.namelist()
        self.members = [
            Member(one.filename, one.file_size, one.external_attr >> 16, one.is_dir())
            for one in archive.infolist()
        ]

    def read(self, name: str) -> bytes:
        """A member, unpacked.

        Raises:
            ArticleError: it is not there, or damaged.
        """
        try:
            with self._archive.open(name) as member:
                size = self._archive.getinfo(name).file_size
                data = member.read(size + 1)
                member.read(1)  # Has what was read held against its checksum.
        except KeyError:
            raise damaged(self._file, f"it has no {name}") from None
        except Exception as error:  # zlib has one, bzip2 another.
            raise damaged(self._file, type(error).__name__) from None
        if len(data) != size:
            raise damaged(self._file, f"{name} is not as long as it says")
        return data

    def tree(self, name: str) -> Any:
        """A member that is XML, as lxml's tree; none that declares what could unfold.

        Raises:
            ArticleError: it is not there, is damaged, or declares entities.
        """
        return tree(self.read(name), self._file)

    def only(self, folders: Iterable[str], instead: dict[str, bytes]) -> io.BytesIO:
        """The XML below some folders as a zip file of its own, some of it in other words.

        Raises:
            ArticleError: some of it is damaged, or declares entities.
        """
        made = io.BytesIO()
        chosen = tuple(folders)
        with zipfile.ZipFile(made, "w") as out:
            for name in dict.fromkeys(self.names):
                if name.startswith(chosen) and name.endswith((".xml", ".rels")):
                    part = instead[name] if name in instead else self.read(name)
                    undeclared(part, self._file)
                    out.writestr(name, part)
        made.seek(0)
        return made


def opened(data: bytes | Path, file: Path, most_bytes: int = MOST_UNPACKED) -> Package:
    """A zip file, in memory or on disk, that may be unpacked, to ``most_bytes`` at most.

    Raises:
        ArticleError: it is none, is encrypted, or unpacks to too much.
    """
    if isinstance(data, bytes) and data.startswith(_COMPOUND):
        raise ArticleError(
            f"{file}: this is an office file of before 2007, or one that asks for a password; "
            "save it anew without a password, in the format of its name",
            "office locked",
        )
    try:
        archive = zipfile.ZipFile(io.BytesIO(data) if isinstance(data, bytes) else data)
    except _DAMAGED as error:
        raise damaged(file, type(error).__name__) from None
    members = archive.infolist()
    total = sum(member.file_size for member in members)
    packed = max(1, len(data) if isinstance(data, bytes) else data.stat().st_size)
    if len(members) > MOST_MEMBERS or total > most_bytes:
        raise _bomb(file, most_bytes)
    if total > _SMALL and total / packed > _MOST_RATIO:
        raise _bomb(file, most_bytes)
    if any(member.flag_bits & _ENCRYPTED for member in members):
        raise ArticleError(
            f"{file}: it is encrypted and asks for a password; save it without one",
            "package encrypted",
        )
    return Package(archive, file)


def tree(part: bytes, file: Path) -> Any:
    """XML as lxml's tree. Raises ArticleError: it is damaged, or declares entities."""
    from lxml import etree

    undeclared(part, file, _UNFOLDING)  # An old book's may name its type, which is not fetched.
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
    try:
        return etree.fromstring(part, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise damaged(file, type(error).__name__) from None


def undeclared(part: bytes, file: Path, declared: Iterable[str] = _DECLARED) -> None:
    """See that XML declares nothing that could unfold: no office program does.

    Raises:
        ArticleError: it does.
    """
    for words in declared:
        if any(words.encode(code) in part for code in ("ascii", "utf-16-le", "utf-16-be")):
            raise ArticleError(
                f"{file}: it declares entities, as files do that are made to harm; save it anew",
                "package entities",
            )


def damaged(file: Path, why: str) -> ArticleError:
    """What is raised of a file that is not what its name says."""
    return ArticleError(
        f"{file}: it is damaged, or not what its name says ({why}); open it in its program and "
        "save it anew",
        "package damaged",
        why=why,
    )


def _bomb(file: Path, most_bytes: int) -> ArticleError:
    return ArticleError(
        f"{file}: unpacked it would be more than Ibid takes ({most_bytes // 1_000_000} MB, "
        f"{MOST_MEMBERS:,} parts, or {_MOST_RATIO} times its size); split it",
        "package large",
        megabytes=most_bytes // 1_000_000,
        members=MOST_MEMBERS,
    )
