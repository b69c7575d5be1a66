"""``ibid add, list, show, remove, rebuild``: the articles of the library."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.errors import ArticleError
from ui.cli.shell import (
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
    from rag.index.library import Library
    from rag.loaders.worker import OnProgress, Worker
    from rag.settings import Settings

library_app = typer.Typer()


@library_app.command()
def add(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH|LINK…", help="Files, folders and web links.")
    ],
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add articles: text, Markdown, HTML and PDF files, folders of them, and web links.

    Adding one again changes nothing.
    """
    from rag.loaders import is_link, readable_files
    from rag.loaders.worker import Worker
    from rag.opening import open_library
    from ui.cli.progress import progress

    mine = settings(library=library)
    files: list[Path | str] = []
    added: list[dict[str, Any]] = []
    failed: list[dict[str, str]] = []

    def fail(path: Path | str, error: ArticleError) -> None:
        failed.append({"path": str(path), "error": str(error)})

    for path in paths:
        try:
            files += [path] if is_link(path) else readable_files(Path(path))
        except ArticleError as error:
            fail(path, error)
    with (
        Worker(mine.reading) as worker,
        progress(stderr()) as bars,
    ):
        worker.start()  # It gets ready while the models are loaded.
        with open_library(mine, "ibid add") as own:
            task = bars.add_task("Adding", total=len(files))
            for file in files:
                name = plain(_shorten(file if isinstance(file, str) else file.name, 40))
                bars.update(task, description=f"Adding {name}")

                def on_progress(done: int, of: int, name: str = name) -> None:
                    if of:
                        bars.update(task, description=f"Adding {name}, page {done} of {of}")

                try:
                    added.append(_add(own, file, worker, on_progress))
                except ArticleError as error:
                    fail(file, error)
                bars.advance(task)
    if as_json:
        print_json({"articles": added, "failed": failed})
    else:
        for one in added:
            print_text(f"{one['outcome']:8}  {one['article_id']}  {one['title']}")
            for remark in one["remarks"]:
                complain(f"{one['title']}: {remark}")
    for miss in failed:
        complain(miss["error"])
    if failed:
        raise typer.Exit(1)


def _add(own: Library, file: Path | str, worker: Worker, on_progress: OnProgress) -> dict[str, Any]:
    """What became of one file or link."""
    from rag.loaders import read_file, read_link

    if isinstance(file, str):
        article = read_link(file, worker, on_progress)
    else:
        article = read_file(file, worker, on_progress)
    [outcome] = own.add([article])
    return {
        "article_id": outcome.article.id,
        "title": outcome.article.title,
        "source": outcome.article.source,
        "outcome": outcome.outcome,
        "chunks": outcome.chunks,
        "remarks": [remark.words for remark in article.remarks],
    }


@library_app.command("list")
def list_articles(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """List the articles of the library, the latest added first."""
    from rich.table import Table

    mine = settings(library=library)
    with _catalog(mine) as catalog:
        infos = catalog.articles() if catalog else []
    if as_json:
        print_json({"articles": [_info(info) for info in infos]})
        return
    if not infos:
        print_text(f"No articles in {mine.library} yet. Add some: ibid add PATH")
        return
    table = Table("Id", "Title", "Publisher", "Published", box=None, pad_edge=False)
    for info in infos:
        table.add_row(
            info.id, plain(info.title), plain(info.publisher or ""), str(info.published or "")
        )
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
    from rag.index.library import full_id

    with _catalog(settings(library=library)) as catalog:
        if catalog is None:
            raise UnknownArticle(f"no article {article_id}; the library is empty: ibid add PATH")
        article = catalog.article(full_id(catalog, article_id))
    if as_json:
        print_json({**_info(article.info), "text": article.text})
        return
    stdout().print(plain(article.title), style="bold")
    published = str(article.published or "")
    facts = [article.author, article.publisher, published, article.source, article.id]
    stdout().print(plain(" · ".join(fact for fact in facts if fact)), style="dim")
    print_text("\n" + article.text)


@library_app.command()
def remove(
    article_ids: Annotated[list[str], typer.Argument(metavar="ID…", help="Ids, or beginnings.")],
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove articles, with everything that was made of them."""
    from rag.opening import open_library

    with open_library(settings(library=library), "ibid remove") as own:
        gone = own.remove(article_ids)
    if as_json:
        print_json({"removed": [_info(info) for info in gone]})
        return
    for info in gone:
        print_text(f"removed  {info.id}  {info.title}")
        print_text(f"          to have it back: ibid add {info.source}")


@library_app.command()
def rebuild(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """Embed and index every article anew, after a change of the embedding model or the chunks."""
    from rag.opening import open_library
    from ui.cli.progress import bar

    with (
        open_library(settings(library=library), "ibid rebuild", to_rebuild=True) as own,
        bar(stderr(), "Rebuilding", own.catalog.count()[0]) as advance,
    ):
        count = own.rebuild(lambda _: advance())
    if as_json:
        print_json({"rebuilt": count})
    else:
        print_text(f"rebuilt {count} articles")


@contextmanager
def _catalog(settings: Settings) -> Iterator[Any]:
    """The catalog to read from, without the lock; None where there is no library yet."""
    from rag.index.catalog import opened
    from rag.index.library import CATALOG

    file = settings.library.expanduser() / CATALOG
    if not file.exists():
        yield None
        return
    with opened(file) as catalog:
        yield catalog


def _info(info: Any) -> dict[str, Any]:
    return {
        "article_id": info.id,
        "title": info.title,
        "source": info.source,
        "publisher": info.publisher,
        "published": info.published.isoformat() if info.published else None,
        "language": info.language,
        "author": info.author,
        "link": info.link,
        "digest": info.digest,
    }


def _shorten(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
