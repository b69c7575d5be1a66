"""``ibid add, list, show, remove``: the articles of the library."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui import strings
from ui.api import documents
from ui.api.opening import open_catalog
from ui.cli.shell import (
    CollectionOption,
    JsonOption,
    LibraryOption,
    plain,
    print_json,
    print_text,
    settings,
    stdout,
)

if TYPE_CHECKING:
    from rag.settings import Settings

library_app = typer.Typer()
_ALL = 2**31


def _column(name: str, help_: str) -> Any:
    return typer.Option(name, metavar="COLUMN", help=help_, rich_help_panel="Columns of a table")


ToOption = Annotated[
    str,
    typer.Option("--to", metavar="NAME", help="Put them into this collection, made if need be."),
]
UrlsOption = Annotated[
    list[Path] | None,
    typer.Option("--urls", metavar="FILE", help="Web links, one on each line of a file."),
]
FeedOption = Annotated[
    list[str] | None,
    typer.Option("--feed", metavar="LINK", help="The articles of a feed, RSS or Atom."),
]
SitemapOption = Annotated[
    list[str] | None,
    typer.Option("--sitemap", metavar="LINK", help="The pages of a sitemap, and of those in it."),
]
QueueOption = Annotated[
    bool, typer.Option("--queue", help="Hand it to ibid worker, of a shared library.")
]
TextOption = Annotated[str, _column("--text", "Each row's text; else text, body or content.")]
TitleOption = Annotated[str, _column("--title", "Its title.")]
DateOption = Annotated[str, _column("--date", "The day on which it was published.")]
UrlOption = Annotated[str, _column("--url", "Its address on the web.")]
PublisherOption = Annotated[str, _column("--publisher", "Who published it; else source.")]
AuthorOption = Annotated[str, _column("--author", "Who wrote it.")]
AllowHostOption = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-host",
        metavar="HOST",
        help="A host inside your own network whose pages may be added; may be repeated.",
    ),
]
KeyOption = Annotated[str, _column("--id", "What it is known by when it is added again.")]


@library_app.command()
def add(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH|LINK…", help="Files, folders and web links."),
    ] = None,
    urls: UrlsOption = None,
    feed: FeedOption = None,
    sitemap: SitemapOption = None,
    replace: Annotated[
        str,
        typer.Option(metavar="ID", help="Let one file or link take the place of this article."),
    ] = "",
    to: ToOption = "",
    text: TextOption = "",
    title: TitleOption = "",
    date: DateOption = "",
    url: UrlOption = "",
    publisher: PublisherOption = "",
    author: AuthorOption = "",
    key: KeyOption = "",
    allow_host: AllowHostOption = None,
    queue: QueueOption = False,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add articles: files, folders of them, zipped folders, and web links.

    Text, Markdown, HTML, PDF, Word, PowerPoint, Excel, EPUB and e-mail are read; and tables, .csv,
    .tsv and .jsonl, of which each row is an article if one of their columns holds its text.
    Of a folder, a symbolic link that leads out of it is not followed; that and what else is passed
    over is told. What cannot be added is told too, and all else is added.
    Adding one again changes nothing. An article is known by where it was had, its path or its
    address, and a row by its id, link or title; whatever it says of itself, it takes no other's
    place unless --replace says so. What is added is followed: ibid sync looks at it again.
    robots.txt is heeded but for your own sites (IBID_READING__OWN_SITES), and a site is asked for
    one page a second at most. IBID_READING__OCR=true has the extra ocr read scanned pages.
    """
    from rag.loaders import chosen
    from rag.loaders.table import Columns
    from ui.api.opening import open_service
    from ui.cli.adding import Adding
    from ui.cli.handing import hand_over

    mine = reaching(settings(library=library), allow_host or ())
    if not (paths or urls or feed or sitemap):
        raise typer.BadParameter("name files, folders or web links, or a list of them")
    found = chosen(paths or [], urls or [], feed or [], sitemap or [], mine.reading.intranet)
    adding = Adding(found.files, found.passed, found.failed, found.followed)
    columns = Columns(text, title, date, url, publisher, author, key)
    if queue and (replace or columns != Columns()):
        raise typer.BadParameter("--replace and the columns of tables go without --queue")
    if queue:
        return hand_over(mine, found, to, as_json=as_json)
    if replace and len(adding.files) > 1:
        raise typer.BadParameter(f"one file or link can take a place, not {len(adding.files)}")
    with open_service(mine, "ibid add", to_add=True) as own:
        adding.run(own, replace, columns if columns != Columns() else None, to)
    adding.end(as_json=as_json)


def reaching(mine: Settings, hosts: Sequence[str]) -> Settings:
    """The settings, with hosts inside one's network that pages are fetched from, too.

    Raises:
        SettingsError: another Ibid would fetch them, and by its own settings.
    """
    from rag.errors import SettingsError
    from ui.api import note

    if hosts and note.running(mine.library.expanduser()) is not None:
        named = json.dumps(list(hosts))
        raise SettingsError(
            "a running Ibid owns this library and fetches by its own settings; end it, or start it "
            f"with IBID_READING__INTRANET='{named}'"
        )
    intranet = (*mine.reading.intranet, *hosts)
    reading = mine.reading.model_copy(update={"intranet": intranet})
    return mine.model_copy(update={"reading": reading})


def _file_of(source: str) -> str:
    """What to add to have an article again: its file, or the archive or table that it is in."""
    if not Path(source).is_absolute():
        return source
    return next((str(one) for one in Path(source).parents if one.is_file()), source)


def _source(given: str) -> str:
    """A source as it is kept: of a file, its whole path."""
    is_path = "://" not in given and ("/" in given or Path(given).exists())
    return str(Path(given).resolve()) if is_path else given


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
    with open_catalog(mine) as catalog:
        for name in only.collections if catalog else ():
            catalog.collection(name)  # one that is not there is told
        found = catalog.listing("", only, limit=_ALL)[0] if catalog else []
        within = {one.info.id: _within(catalog, one.info.id) for one in found if as_json}
        also = catalog.other_sources() if catalog else {}
    if as_json:
        listed = [
            documents.listed(one, within[one.info.id], also.get(one.info.id, ())) for one in found
        ]
        print_json({"articles": listed})
        return
    if not found:
        where = f"the collection {only.collections[0]}" if only.collections else str(mine.library)
        print_text(f"No articles in {where} yet. Add some: ibid add PATH")
        return
    infos = [one.info for one in found]
    table = Table("Id", "Title", "Publisher", "Published", box=None, pad_edge=False)
    for info in infos:
        whence = strings.whence(info)
        if more := len(also.get(info.id, ())):
            whence = f"{whence}, also at {more} more".removeprefix(", ")
        table.add_row(info.id, plain(info.title), plain(whence), str(info.published or ""))
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

    mine = settings(library=library)
    with open_catalog(mine) as catalog:
        if catalog is None:
            raise UnknownArticle(f"no article {article_id}; the library is empty: ibid add PATH")
        article = catalog.article(full_id(catalog, article_id))
        (one,), _ = catalog.listing("", Filter(articles=(article.id,)), limit=1)
        collections = _within(catalog, article.id)
        also = catalog.other_sources([article.id]).get(article.id, ())
        near = catalog.near(article.id, mine.duplicates)
    if as_json:
        document = documents.listed(one, collections, also)
        print_json({**document, "near": list(map(documents.near, near)), "text": article.text})
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
    for other in also:
        stdout().print(plain(f"also at {other.source}"), style="dim")
    for like in near:
        told = f"nearly the same ({like.alike:.0%}): {like.article.id} {like.article.title}"
        stdout().print(plain(told), style="dim")
    print_text("\n" + article.text)


@library_app.command()
def remove(
    article_ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID…", help="Ids, or beginnings.")
    ] = None,
    source: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH|LINK", help="Only what was had there; see below."),
    ] = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove articles, with everything that was made of them.

    With --source an article stays if it was had from elsewhere too; only that one place is
    forgotten. What was merged can be added anew after that.
    """
    from ui.api.opening import open_service

    if not (article_ids or source):
        raise typer.BadParameter("name articles by their ids, or a source")
    with open_service(settings(library=library), "ibid remove") as own:
        left = own.remove_sources([_source(one) for one in source]) if source else []
        gone = own.remove(article_ids) if article_ids else []
    stay = [info for info, is_gone in left if not is_gone]
    gone = [*(info for info, is_gone in left if is_gone), *gone]
    if as_json:
        print_json(
            {
                "removed": [documents.info(info) for info in gone],
                "left": [documents.info(info) for info in stay],
            }
        )
        return
    for info in stay:
        print_text(f"left      {info.id}  {info.title}")
        print_text(f"          it is still had at {info.source}")
    for info in gone:
        print_text(f"removed  {info.id}  {info.title}")
        if info.site or Path(info.source).is_absolute():
            print_text(f"          to have it back: ibid add {quote(_file_of(info.source))}")


def _within(catalog: Any, article_id: str) -> list[str]:
    """The names of the collections that an article is in."""
    return [one.name for one in catalog.collections(article_id)]
