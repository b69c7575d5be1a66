"""Which files of a folder hold articles, and what else lies there, so that nothing goes unsaid."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rag.errors import ArticleError

Fault = Literal[
    "format", "closed", "outside", "nowhere", "special", "escaping", "linked", "packed", "large"
]
_MOST_NAMED = 3
_WORDS: dict[Fault, tuple[str, str]] = {
    "format": (
        "file of a format that Ibid does not read",
        "files of formats that Ibid does not read",
    ),
    "closed": ("folder that may not be read", "folders that may not be read"),
    "outside": ("link that leads out of the folder", "links that lead out of the folder"),
    "nowhere": ("link that leads nowhere", "links that lead nowhere"),
    "special": ("pipe, socket or device", "pipes, sockets or devices"),
    "escaping": ("name that leads out of its archive", "names that lead out of their archive"),
    "linked": ("link in an archive", "links in an archive"),
    "packed": (
        "archive in an archive; unpack it first",
        "archives in an archive; unpack them first",
    ),
    "large": ("file that is too large; split it", "files that are too large; split them"),
}


@dataclass(frozen=True, slots=True)
class Passed:
    """Something in a folder that was passed over, and why."""

    path: Path
    fault: Fault


@dataclass(frozen=True, slots=True)
class Listing:
    """The article files of a folder, sorted by name, and all that was passed over."""

    files: tuple[Path, ...]
    passed: tuple[Passed, ...] = ()

    def told(self) -> Iterator[str]:
        """What was passed over, one line for each reason, with the first names."""
        yield from passed_over(self.passed)


def passed_over(passed: Iterable[Passed]) -> Iterator[str]:
    """What was passed over in words, one line for each reason, with the first names."""
    by_fault: dict[Fault, list[Path]] = {}
    for one in passed:
        by_fault.setdefault(one.fault, []).append(one.path)
    for fault, paths in by_fault.items():
        named = ", ".join(map(str, paths[:_MOST_NAMED]))
        more = f" and {len(paths) - _MOST_NAMED} more" if len(paths) > _MOST_NAMED else ""
        yield f"passed over: {len(paths)} {_WORDS[fault][len(paths) > 1]}: {named}{more}"


def noted(passed: Sequence[Passed]) -> ArticleError:
    """What was passed over, one line for each reason, for whoever added what it lay in."""
    return ArticleError(
        "\n".join(passed_over(passed)),
        "passed over",
        count=len(passed),
        faults=frozenset(one.fault for one in passed),
        names=", ".join(one.path.name for one in passed[:_MOST_NAMED]),
    )


def listed(path: Path | str, formats: Iterable[str]) -> Listing:
    """The path itself if it is a file, or the files of ``formats`` below it.

    What is hidden, its name beginning with a dot, is left out. A symbolic link is followed only
    to a file inside the folder: one that leads out of it names what nobody named.

    Raises:
        ArticleError: there is nothing at the path, or no such file below it.
    """
    if not str(path).strip():
        raise ArticleError("no path; name a file, a folder or a web link")
    path = Path(path)
    try:
        is_file, is_folder = path.is_file(), path.is_dir()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise ArticleError(f"{path}: {why}; check the path") from None
    if is_file:
        return Listing((path,))
    if not is_folder:
        known = "not a file or folder" if path.exists() else "no such file or folder"
        raise ArticleError(f"{path}: {known}; check the path")
    return _walked(path, frozenset(formats))


def _walked(root: Path, formats: frozenset[str]) -> Listing:
    inside = root.resolve()
    files: list[Path] = []
    passed: list[Passed] = []

    def closed(error: OSError) -> None:
        passed.append(Passed(Path(error.filename or root), "closed"))

    for folder, folders, names in os.walk(root, onerror=closed):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in [*folders, *sorted(names)]:
            path = Path(folder, name)
            if name.startswith(".") or (name in folders and not path.is_symlink()):
                continue
            fault = _fault(path, inside, formats)
            if fault:
                passed.append(Passed(path, fault))
            elif name not in folders:  # What a link to a folder leads to is found by itself.
                files.append(path)
    if not files:
        also = "".join(f"; {line}" for line in Listing((), tuple(passed)).told())
        *most, last = sorted(formats)
        raise ArticleError(
            f"{root}: no article in this folder; Ibid reads {', '.join(most)} and {last}{also}"
        )
    real = {file.resolve() for file in files if not file.is_symlink()}
    once = (file for file in files if not file.is_symlink() or file.resolve() not in real)
    return Listing(tuple(sorted(once)), tuple(passed))


def _fault(path: Path, inside: Path, formats: frozenset[str]) -> Fault | None:
    """Why a file, or a link, is passed over."""
    try:
        if path.is_symlink():
            if not path.exists():
                return "nowhere"
            if not path.resolve().is_relative_to(inside):
                return "outside"
        if path.is_dir():
            return None
        if not path.is_file():
            return "special"
    except (OSError, RuntimeError):  # Links that lead round in a circle, or into a closed folder.
        return "nowhere" if path.is_symlink() else "closed"
    return None if path.suffix.lower() in formats else "format"
