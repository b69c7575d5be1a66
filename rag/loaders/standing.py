"""What stands today at a place that is followed, and what of it is surely gone.

Gone is only what can be told to be: of a folder that is not there, or holds nothing, the disk may
be away, and a feed forgets. Nothing here changes anything.
"""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from rag.errors import ArticleError
from rag.followed import UNSEEN, Followed, Had, Seen, disk_of
from rag.loaders.files import FORMATS
from rag.loaders.folders import listed

# A file that was changed so lately may be changed again, and look as it does now.
_SETTLED_NS = 2_000_000_000
_MOST_NAMED = 3

FreshLinks = Callable[[Followed], tuple[list[str], Seen]]
"""The links in a feed or sitemap, and what it is known by; none if it is as it was `Followed`."""


@dataclass(slots=True)
class Standing:
    """The files and links that stand at a place, and what was passed over, in words.

    ``gone`` is what was had there and is no longer there; ``seen`` is what the place is known by.
    """

    files: list[Path | str]
    passed: list[str] = field(default_factory=list)
    gone: list[Had] = field(default_factory=list)
    seen: Seen = UNSEEN


def stamp(file: Path) -> Seen:
    """What a file is known by; nothing where it is not there, or was changed just now.

    Another version of Ibid knows it by something else, since it may read it better.
    """
    try:
        known = file.stat()
    except OSError:
        return UNSEEN
    times = (known.st_mtime_ns, known.st_ctime_ns)
    if max(times) > time.time_ns() - _SETTLED_NS:
        return UNSEEN
    marks = (known.st_ino, known.st_size, *times, version("ibid-rag"))
    return Seen(etag="-".join(map(str, marks)))


def look(followed: Followed, known: Sequence[Had], fresh: FreshLinks) -> Standing:
    """What stands at a followed place from which these articles are ``known``.

    Raises:
        ArticleError: that cannot be told, as where the place cannot be reached.
    """
    if followed.kind == "folder":
        return _folder(followed.place, known)
    if followed.kind == "file":
        return _file(Path(followed.place), known)
    if followed.kind == "page":
        return Standing([followed.place])
    if followed.kind == "list":
        from rag.loaders.feeds import listed_links

        return Standing([*listed_links(Path(followed.place))])
    links, seen = fresh(followed)
    # What it has forgotten is looked at too: only a page itself says that it is gone.
    return Standing([*dict.fromkeys([*links, *(one.place for one in known)])], seen=seen)


def _folder(place: str, known: Sequence[Had]) -> Standing:
    root = Path(place)
    if not root.is_dir():
        raise ArticleError(f"{root}: no such folder, or its disk is not there; {_for_good(root)}")
    try:
        listing = listed(root, FORMATS)
    except ArticleError as error:
        if not known:
            raise
        raise ArticleError(
            f"{root}: no article is in it any more, as where a disk is not there; "
            f"{_for_good(root)}, and ibid remove"
        ) from error
    stands = set(map(str, listing.files))
    standing = Standing([*listing.files], [*listing.told()])
    unsure: dict[str, list[str]] = {}
    for one in known:
        if one.place not in stands and (why := _why_there(one)) is not None:
            if why:
                unsure.setdefault(why, []).append(one.place)
            else:
                standing.gone.append(one)
    standing.passed += [_kept(places, why) for why, places in unsure.items()]
    return standing


def _file(file: Path, known: Sequence[Had]) -> Standing:
    if not file.parent.is_dir():
        raise ArticleError(f"{file}: its folder is not there; {_for_good(file)}")
    sure = [one for one in known if (why := _why_there(one)) is not None and not why]
    if known and len(sure) == len(known):
        return Standing([], gone=sure)
    if not file.is_file():
        why = next(filter(None, map(_why_there, known)), "no such file; check the path")
        raise ArticleError(f"{file}: {why}")
    return Standing([file])


def _why_there(had: Had) -> str | None:
    """Why the file of an article cannot be said to be gone; empty where it is, None if it is there.

    The folder that it was in must be there, must hold something, and must lie on the same disk:
    what is left of one that is not mounted is an empty folder.
    """
    file = Path(had.place)
    try:
        file.lstat()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        return f"it cannot be looked at ({error.strerror})"
    else:
        return None
    folder = next((one for one in file.parents if one.is_dir()), file)
    try:
        with os.scandir(folder) as entries:
            is_empty = next(entries, None) is None
    except OSError as error:
        return f"its folder cannot be looked at ({error.strerror})"
    if is_empty:
        return "its folder is empty, as where a disk is not there; remove the folder if it is gone"
    if disk_of(folder) != had.disk:
        return f"it lay on the disk at {had.disk or '/'}, which is not there"
    return ""


def _for_good(place: Path) -> str:
    return f"if it is gone for good: ibid sync --forget {shlex.quote(str(place))}"


def _kept(places: Sequence[str], why: str) -> str:
    named = ", ".join(sorted(set(places))[:_MOST_NAMED])
    more = f" and {len(places) - _MOST_NAMED} more" if len(places) > _MOST_NAMED else ""
    articles = "article that is" if len(places) == 1 else "articles that are"
    return f"passed over: {len(places)} {articles} kept: {why}: {named}{more}"
