"""Files that may hold several articles, tables of them and zipped folders; all others hold one."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rag.errors import ArticleError
from rag.followed import UNSEEN, Followed, Had, Kind, Seen, absolute
from rag.loaders.archive import unzipped
from rag.loaders.files import (
    ARCHIVES,
    FORMATS,
    MOST_BYTES,
    READERS,
    TABLES,
    checked,
    loaded,
    origin,
    read_bytes,
    read_file,
)
from rag.loaders.folders import Listing, listed, noted
from rag.loaders.manners import Manners
from rag.loaders.standing import Standing, look, stamp
from rag.loaders.table import Columns
from rag.loaders.web import fetch, is_link, plain_link, read_page
from rag.schema import Article
from rag.tuning import ReadingTuning

if TYPE_CHECKING:
    from rag.loaders.worker import OnProgress, Worker

# A link of another scheme than the web's is no path either.
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_MOST_ARCHIVE_BYTES = 1_000_000_000
# An article, or why a part of a file is none; of what was passed over in it, one for all.
Part = Article | ArticleError
PASSED_OVER = "passed over"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Files and links that are meant, what was passed over, in words, and what is neither.

    ``followed`` are the places that they were found at, one a file.
    """

    files: list[Path | str]
    passed: list[str]
    failed: list[tuple[str, ArticleError]]
    followed: list[Followed]


def list_files(path: Path | str) -> Listing:
    """The path itself if it is a file, or the article files below it, and what else lies there.

    Raises:
        ArticleError: there is nothing at the path, or nothing that Ibid reads below it.
    """
    return listed(path, FORMATS)


def readable_files(path: Path | str) -> tuple[Path, ...]:
    """The files alone of `list_files`."""
    return list_files(path).files


def chosen(
    paths: Iterable[str],
    lists: Iterable[Path] = (),
    feeds: Iterable[str] = (),
    sitemaps: Iterable[str] = (),
    intranet: Collection[str] = (),
) -> Chosen:
    """What is meant by paths and links, by lists of links, by feeds and by sitemaps.

    ``intranet``: as of `rag.loaders.web.fetch`.
    """
    from rag.loaders.feeds import followed_links, listed_links
    from rag.loaders.worker import shared

    found = Chosen([], [], [], [])
    get = partial(fetch, intranet=intranet)

    def look(place: Path | str, kind: Kind, find: Callable[[], Iterable[Path | str]]) -> None:
        try:
            files = list(find())
        except ArticleError as error:
            found.failed.append((str(place), error))
            return
        there = Followed(
            kind, str(place) if kind == "page" or is_link(str(place)) else absolute(place)
        )
        found.files.extend(files)
        found.followed.extend(there for _ in files)

    def below(path: str) -> Iterable[Path | str]:
        listing = list_files(path)
        found.passed.extend(listing.told())
        return listing.files

    for path in paths:
        if is_link(path) or _ADDRESS.match(path):
            look(path, "page", partial(list, [path]))
        else:
            look(path, "folder" if Path(path).is_dir() else "file", partial(below, path))
    for file in lists:
        look(file, "list", partial(listed_links, file))
    for link in feeds:
        look(link, "feed", partial(followed_links, link, "feed", shared(), get))
    for link in sitemaps:
        look(link, "sitemap", partial(followed_links, link, "sitemap", shared(), get))
    return found


def read(path: Path | str, worker: Worker | None = None) -> list[Article]:
    """All articles of a file or, sorted by name, of a folder and the folders in it.

    They are read in a child process, that of ``worker`` or one that all share.

    Raises:
        ArticleError: the path does not exist, or a file or a part of one cannot be read.
    """
    articles: list[Article] = []
    reading = Reading(worker)
    for file in readable_files(path):
        for part in reading.each(file):
            if isinstance(part, Article):
                articles.append(part)
            elif part.kind != PASSED_OVER:
                raise part
    return articles


class Reading:
    """Reads files and links, one after another, each with all of its articles.

    ``worker`` is whose child reads; ``columns`` are those of tables. Of links robots.txt is heeded,
    and there is a pause between two of one host: ``manners`` are those.

    Of what was read last, ``seen`` is what it is known by; it ``is_unchanged`` if nothing came
    of it because it was as it had been seen before, and ``holds_several`` articles, perhaps.
    """

    def __init__(
        self,
        worker: Worker | None = None,
        columns: Columns | None = None,
        *,
        manners: Manners | None = None,
    ) -> None:
        self.seen = UNSEEN
        self.is_unchanged = False
        self.holds_several = False
        self._worker = worker
        self._columns = columns or Columns()
        limits = worker.limits if worker else ReadingTuning()
        self._manners = manners or Manners(own_sites=limits.own_sites, intranet=limits.intranet)

    def each(
        self,
        file: Path | str,
        on_progress: OnProgress = lambda done, of: None,
        *,
        is_one: bool = False,
        seen: Seen = UNSEEN,
    ) -> Iterator[Part]:
        """The articles of a file, or of a link; of ``is_one`` no file that may hold several.

        ``on_progress`` is as in `Worker.read`. ``seen``: as it was when it was last read; of what
        is so still, nothing comes.

        Raises:
            ArticleError: the file or link as a whole cannot be read.
        """
        self.seen, self.is_unchanged = UNSEEN, False
        if isinstance(file, str):
            yield from self._linked(file, on_progress, seen)
            return
        self.holds_several = file.suffix.lower() in (*TABLES, *ARCHIVES)
        self.seen = stamp(file)
        self.is_unchanged = bool(seen.etag) and self.seen == seen
        if self.is_unchanged:
            return
        if is_one:
            yield read_file(file, self._worker, on_progress)
        elif file.suffix.lower() in ARCHIVES:
            checked(file, _MOST_ARCHIVE_BYTES)
            yield from self._archived(file, file, str(file.resolve()), on_progress)
        else:
            yield from self.each_of(loaded(file), file, origin(file.resolve()), on_progress)

    def under(self, columns: Columns) -> Reading:
        """The same visitor of the web, reading tables by these columns."""
        return Reading(self._worker, columns, manners=self._manners)

    def standing(
        self, followed: Followed, known: Sequence[Had], on_progress: OnProgress
    ) -> Standing:
        """What stands at a followed place from which these articles are ``known``.

        Raises:
            ArticleError: that cannot be told, as where the place cannot be reached.
        """
        from rag.loaders.feeds import fresh_links
        from rag.loaders.worker import shared

        def fresh(_: Followed) -> tuple[list[str], Seen]:
            visit = partial(self._manners.fetch_named, on_progress=on_progress)
            kind: Literal["feed", "sitemap"] = "feed" if followed.kind == "feed" else "sitemap"
            worker = self._worker or shared()
            return fresh_links(followed.place, kind, worker, visit, followed.seen)

        return look(followed, known, fresh)

    def each_of(
        self,
        data: bytes,
        file: Path,
        source: str,
        on_progress: OnProgress = lambda done, of: None,
    ) -> Iterator[Part]:
        """The articles of a file that is in memory already.

        Raises:
            ArticleError: the file as a whole cannot be read.
        """
        from rag.loaders.worker import shared

        suffix = file.suffix.lower()
        if suffix in ARCHIVES:
            yield from self._archived(data, file, source, on_progress)
        elif suffix in TABLES:
            worker = self._worker or shared()
            yield from worker.read_table(data, file, source, self._columns, on_progress)
        else:
            yield read_bytes(data, file, source, self._worker, on_progress)

    def _linked(self, link: str, on_progress: OnProgress, seen: Seen) -> Iterator[Article]:
        link = plain_link(link)
        page = self._manners.fetch(link, on_progress, seen=seen)
        self.seen, self.is_unchanged = page.seen, page.is_unchanged
        if not page.is_unchanged:
            yield read_page(page, link, self._worker, on_progress)

    def _archived(
        self, archive: bytes | Path, file: Path, source: str, on_progress: OnProgress
    ) -> Iterator[Part]:
        members, passed = unzipped(archive, file, {*READERS, *TABLES}, MOST_BYTES)
        for member in members:
            own, whence = file / member.name, f"{source}/{member.name}"
            try:
                yield from self.each_of(member.unpack(), own, whence, on_progress)
            except ArticleError as error:
                yield error
        if passed:
            yield noted(passed)
