"""``ibid edit`` and ``ibid collections``: what a person knows of the articles that are there."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from ui.api import documents
from ui.api.opening import open_catalog
from ui.cli.shell import JsonOption, LibraryOption, print_json, print_text, settings

if TYPE_CHECKING:
    from pathlib import Path

    from rag.schema import ArticleInfo
    from ui.api.service import Collecting

curating_app = typer.Typer()
collections_app = typer.Typer(invoke_without_command=True)
curating_app.add_typer(
    collections_app, name="collections", help="List, make, rename, fill and delete collections."
)
IdsArgument = Annotated[list[str], typer.Argument(metavar="ID…", help="Ids, or beginnings.")]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The collection, in any case.")]
# The options by the facts that they write; the web address is a link to the engine.
_OPTIONS = {
    "title": "title",
    "publisher": "publisher",
    "author": "author",
    "published": "published",
    "link": "url",
    "language": "language",
}


@curating_app.command()
def edit(
    article_ids: IdsArgument,
    title: Annotated[str | None, typer.Option(help="Its title.")] = None,
    publisher: Annotated[str | None, typer.Option(help="Who published it.")] = None,
    author: Annotated[str | None, typer.Option(help="Who wrote it.")] = None,
    published: Annotated[str | None, typer.Option(help="The day, as 2024-11-28.")] = None,
    url: Annotated[str | None, typer.Option(help="Where it can be read on the web.")] = None,
    language: Annotated[str | None, typer.Option(help="Its code, as en or de.")] = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write over what is known of articles. An empty value, as --author "", says that none is.

    What is written stays when the article is added again, changed or not. What was known before is
    told, with the command that writes it back.
    """
    from ui.api.opening import open_service

    said = {
        "title": title, "publisher": publisher, "author": author,
        "published": published, "link": url, "language": language,
    }  # fmt: skip
    facts = {name: words for name, words in said.items() if words is not None}
    if not facts:
        raise typer.BadParameter("say what is to be written, such as --publisher NAME")
    with open_service(settings(library=library), "ibid edit") as own:
        edited = own.edit(article_ids, facts)
    if as_json:
        print_json(
            {
                "edited": [
                    {"before": documents.info(before), "after": documents.info(after)}
                    for before, after in edited
                ]
            }
        )
        return
    for before, after in edited:
        changed = [name for name in facts if getattr(before, name) != getattr(after, name)]
        print_text(f"{'edited' if changed else 'same':8}  {after.id}  {after.title}")
        for name in changed:
            was, now = (str(getattr(one, name) or "nothing") for one in (before, after))
            print_text(f"{'':8}  {_OPTIONS[name]}: {now}, before {was}")
        if changed:
            print_text(f"{'':8}  to have it back: {_back(before, changed)}")


def _back(before: ArticleInfo, changed: list[str]) -> str:
    """The command that writes what was known before."""
    words = [f"--{_OPTIONS[name]} {quote(str(getattr(before, name) or ''))}" for name in changed]
    return f"ibid edit {before.id} {' '.join(words)}"


@collections_app.callback()
def list_collections(
    context: typer.Context, library: LibraryOption = None, as_json: JsonOption = False
) -> None:
    """List the collections, or change one: see the commands below."""
    if context.invoked_subcommand:
        return
    mine = settings(library=library)
    with open_catalog(mine) as catalog:
        found = catalog.collections() if catalog else []
    if as_json:
        print_json({"collections": [one._asdict() for one in found]})
        return
    if not found:
        print_text("No collections yet. Make one: ibid collections add NAME ID…")
    for one in found:
        print_text(f"{one.name}  ({one.articles} article{'s' * (one.articles != 1)})")


@collections_app.command()
def create(name: NameArgument, library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """Make a collection; articles come into it with add, or with ibid add --to NAME."""
    _change(_collecting("create", name), library, as_json)


@collections_app.command()
def rename(
    name: NameArgument,
    new: Annotated[str, typer.Argument(metavar="NEW", help="Its new name.")],
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a collection another name."""
    _change(_collecting("rename", name, new), library, as_json)


@collections_app.command()
def delete(name: NameArgument, library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """Forget a collection; its articles stay in the library."""
    _change(_collecting("delete", name), library, as_json)


@collections_app.command()
def add(
    name: NameArgument,
    article_ids: IdsArgument,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put articles into a collection, made if there is none; each may be in several."""
    _change(_collecting("add", name, ids=article_ids), library, as_json)


@collections_app.command()
def remove(
    name: NameArgument,
    article_ids: IdsArgument,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take articles out of a collection; they stay in the library."""
    _change(_collecting("remove", name, ids=article_ids), library, as_json)


def _collecting(act: str, name: str, new: str = "", ids: list[str] | None = None) -> Collecting:
    from ui.api.service import Collecting

    return Collecting(act, name, new, tuple(ids or ()))  # type: ignore[arg-type]


_DONE = {"create": "made", "rename": "renamed", "delete": "deleted"}


def _change(collecting: Collecting, library: Path | None, as_json: bool) -> None:
    from ui.api.opening import open_service

    with open_service(settings(library=library), "ibid collections") as own:
        changed = own.change(collecting)
    if as_json:
        articles = [documents.info(info) for info in changed]
        print_json({"collection": collecting.new or collecting.name, "articles": articles})
        return
    if collecting.act in _DONE:
        print_text(f"{_DONE[collecting.act]}  {collecting.new or collecting.name}")
        return
    verb = "added" if collecting.act == "add" else "removed"
    for info in changed:
        print_text(f"{verb:8}  {info.id}  {info.title}")
    if not changed:
        print_text("nothing changed")
