"""``ibid add, list, show, remove, rebuild``: the articles of the library."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.errors import ArticleError, LibraryInUse
from ui import strings
from ui.api import documents
from ui.cli.shell import (
    CollectionOption,
    JsonOption,
    LibraryOption,
    complain,
    plain,
    print_json,
    print_text,
    settings,
    stderr,
    stdout,
)

if TYPE_CHECKING:
    from rag.settings import Settings
    from ui.api.service import Step

library_app = typer.Typer()
_ALL = 2**31
# A link of another scheme than the web's is no path either.
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


@library_app.command()
def add(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH|LINK…", help="Files, folders and web links.")
    ],
    replace: Annotated[
        str,
        typer.Option(metavar="ID", help="Let one file or link take the place of this article."),
    ] = "",
    to: Annotated[
        str,
        typer.Option(
            "--to", metavar="NAME", help="Put them into this collection, made if need be."
        ),
    ] = "",
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add articles: text, Markdown, HTML and PDF files, folders of them, and web links.

    Of a folder, a symbolic link that leads out of it is not followed; that and what else is passed
    over is told. What cannot be added is told too, and all else is added.
    Adding one again changes nothing. An article is known by where it was had, its path or its
    address; whatever it says of itself, it takes no other's place unless --replace says so.
    """
    from ui.api.opening import open_service
    from ui.cli.progress import progress

    mine = settings(library=library)
    files, passed, failed = _chosen(paths)
    added: list[dict[str, Any]] = []
    if replace and len(files) > 1:
        raise typer.BadParameter(f"one file or link can take a place, not {len(files)}")
    with (
        open_service(mine, "ibid add", to_add=True) as own,
        progress(stderr()) as bars,
    ):
        task = bars.add_task("Adding", total=len(files))

        def show(step: Step) -> None:
            file = files[step.place]
            if step.failed:
                failed.append({"path": str(file), "error": step.failed})
            added.extend(step.added)
            bars.update(task, description=_adding(file, step), advance=int(step.is_last))

        own.add(files, replace, show, to)
    if as_json:
        print_json({"articles": added, "passed_over": passed, "failed": failed})
    else:
        _tell(added, passed)
    for miss in failed:
        complain(miss["error"])
    if failed:
        raise typer.Exit(1)


def _adding(file: Path | str, step: Step) -> str:
    name = plain(_shorten(file if isinstance(file, str) else file.name, 40))
    return f"Adding {name}" + (f", page {step.page} of {step.of}" if step.of else "")


def _chosen(paths: list[str]) -> tuple[list[Path | str], list[str], list[dict[str, str]]]:
    """The files and links that are meant, what was passed over, and what is neither."""
    from rag.loaders import is_link, list_files

    files: list[Path | str] = []
    passed: list[str] = []
    failed: list[dict[str, str]] = []
    for path in paths:
        try:
            if is_link(path) or _ADDRESS.match(path):
                files.append(path)
                continue
            listing = list_files(path)
            files += listing.files
            passed += listing.told()
        except ArticleError as error:
            failed.append({"path": path, "error": str(error)})
    return files, passed, failed


def _tell(added: list[dict[str, Any]], passed: list[str]) -> None:
    for one in added:
        outcome = "moved" if one["moved_from"] else one["outcome"]
        print_text(f"{outcome:8}  {one['article_id']}  {one['title']}")
        for note in _told(one):
            print_text(f"{'':8}  {note}")
    for line in passed:
        stderr().print(plain(line), soft_wrap=True)


@library_app.command("list")
def list_articles(
    collection: CollectionOption = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the articles of the library, the latest added first."""
    from rich.table import Table

    from rag.schema import Filter

    mine = settings(library=library)
    only = Filter(collections=tuple(collection or ()))
    with reading(mine) as catalog:
        for name in only.collections if catalog else ():
            catalog.collection(name)  # one that is not there is told
        found = catalog.listing("", only, limit=_ALL)[0] if catalog else []
        within = {one.info.id: _within(catalog, one.info.id) for one in found if as_json}
    if as_json:
        print_json({"articles": [documents.listed(one, within[one.info.id]) for one in found]})
        return
    if not found:
        where = f"the collection {only.collections[0]}" if only.collections else str(mine.library)
        print_text(f"No articles in {where} yet. Add some: ibid add PATH")
        return
    infos = [one.info for one in found]
    table = Table("Id", "Title", "Publisher", "Published", box=None, pad_edge=False)
    for info in infos:
        whence = plain(strings.whence(info))
        table.add_row(info.id, plain(info.title), whence, str(info.published or ""))
    stdout().print(table)
    print_text(f"\n{len(infos)} article{'s' * (len(infos) != 1)} in {mine.library}")


@library_app.command()
def show(
    article_id: Annotated[str, typer.Argument(metavar="ID", help="An id, or its beginning.")],
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one article whole."""
    from rag.errors import UnknownArticle
    from rag.index.catalog import full_id
    from rag.schema import Filter

    with reading(settings(library=library)) as catalog:
        if catalog is None:
            raise UnknownArticle(f"no article {article_id}; the library is empty: ibid add PATH")
        article = catalog.article(full_id(catalog, article_id))
        (one,), _ = catalog.listing("", Filter(articles=(article.id,)), limit=1)
        collections = _within(catalog, article.id)
    if as_json:
        print_json({**documents.listed(one, collections), "text": article.text})
        return
    stdout().print(plain(article.title), style="bold")
    published = str(article.published or "")
    facts = [
        strings.writer(article),
        strings.whence(article),
        published,
        article.source,
        article.id,
    ]
    if origin := article.stated_origin:
        facts.insert(-1, f"{strings.STATED} {strings.quoted(origin)}")
    if article.tags:
        facts.insert(-1, f"{strings.TAGS} {', '.join(map(strings.quoted, article.tags))}")
    stdout().print(plain(" · ".join(fact for fact in facts if fact)), style="dim")
    known = [article.address, article.language or "", f"{one.words} words"]
    known += [f"added {one.added:%Y-%m-%d %H:%M} UTC", f"digest {article.digest[:12]}"]
    known += [f"in {', '.join(collections)}"] if collections else []
    known += [f"by hand: {', '.join(article.by_hand)}"] if article.by_hand else []
    stdout().print(plain(" · ".join(fact for fact in known if fact)), style="dim")
    print_text("\n" + article.text)


@library_app.command()
def remove(
    article_ids: Annotated[list[str], typer.Argument(metavar="ID…", help="Ids, or beginnings.")],
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove articles, with everything that was made of them."""
    from ui.api.opening import open_service

    with open_service(settings(library=library), "ibid remove") as own:
        gone = own.remove(article_ids)
    if as_json:
        print_json({"removed": [documents.info(info) for info in gone]})
        return
    for info in gone:
        print_text(f"removed  {info.id}  {info.title}")
        if info.site or Path(info.source).is_absolute():
            print_text(f"          to have it back: ibid add {quote(info.source)}")


@library_app.command()
def rebuild(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """Embed and index every article anew, after a change of the embedding model or the chunks."""
    from rag.opening import open_library
    from ui.api import note
    from ui.cli.progress import bar

    chosen = settings(library=library)
    if running := note.running(chosen.library.expanduser()):
        raise LibraryInUse(
            f"the index cannot be built anew while the Ibid at {running.url} (process "
            f"{running.pid}) answers from it; stop that one with Ctrl-C where it was started, then "
            "run this again"
        )
    with (
        open_library(chosen, "ibid rebuild", to_rebuild=True) as own,
        bar(stderr(), "Rebuilding", own.catalog.count()[0]) as advance,
    ):
        count = own.rebuild(lambda _: advance())
    if as_json:
        print_json({"rebuilt": count})
    else:
        print_text(f"rebuilt {count} articles")


@contextmanager
def reading(settings: Settings) -> Iterator[Any]:
    """The catalog to read from, without the lock; None where there is no library yet."""
    from rag.index.catalog import CATALOG, opened

    file = settings.library.expanduser() / CATALOG
    if not file.exists():
        yield None
        return
    with opened(file) as catalog:
        yield catalog


def _within(catalog: Any, article_id: str) -> list[str]:
    """The names of the collections that an article is in."""
    return [one.name for one in catalog.collections(article_id)]


def _told(added: dict[str, Any]) -> list[str]:
    """What a person should know of an article beyond that it was added."""
    told = [f"note: {note}" for note in added["notes"]]
    if added["moved_from"]:
        told.append(f"its file has moved; it was {added['moved_from']}")
    if namesake := added["namesake"]:
        told.append(
            f"it says it is {namesake['source']}, which is here from there ("
            f"{namesake['article_id']}); both are kept. If it should take that place: ibid add "
            f"--replace {namesake['article_id']} {quote(added['source'])}"
        )
    return told


def _shorten(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
