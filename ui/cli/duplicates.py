"""``ibid duplicates, merge``: articles that are nearly the same."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from ui import strings
from ui.api import documents
from ui.api.opening import open_catalog
from ui.cli.shell import JsonOption, LibraryOption, print_json, print_text, settings

if TYPE_CHECKING:
    from rag.schema import ArticleInfo

duplicates_app = typer.Typer()


@duplicates_app.command()
def duplicates(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """List articles that are nearly the same, such as a corrected reprint, group by group.

    Of each is told how alike it is to the first of its group, which was added first. How alike
    they must be: the setting duplicates.alike. An article with just the text of another never is
    a second one: it is the same, had at two places.
    """
    mine = settings(library=library)
    with open_catalog(mine) as catalog:
        groups = catalog.duplicates(mine.duplicates) if catalog else []
    if as_json:
        print_json({"groups": [[documents.near(one) for one in group] for group in groups]})
        return
    for first, *others in groups:
        print_text(_told("", first.article))
        for one in others:
            print_text(_told(f"{one.alike:.0%}", one.article))
        ids = " ".join(one.article.id for one in others)
        print_text(f"{'':8}  to keep the first alone: ibid merge {first.article.id} {ids}\n")
    count = sum(map(len, groups))
    print_text(
        f"{count} articles in {len(groups)} group{'s' * (len(groups) != 1)}"
        if groups
        else "No two articles are nearly the same."
    )


def _told(share: str, info: ArticleInfo) -> str:
    facts = (info.title, strings.whence(info), str(info.published or ""))
    return f"{share:>8}  {info.id}  {' · '.join(fact for fact in facts if fact)}"


@duplicates_app.command()
def merge(
    keep: Annotated[str, typer.Argument(metavar="KEEP", help="The article that stays.")],
    others: Annotated[list[str], typer.Argument(metavar="OTHER…", help="Those that go into it.")],
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make one article of several that are nearly the same.

    The first stays as it is. It gets the sources and the collections of the others, whose texts
    are gone; they are not added again as long as they are what they were.
    """
    from ui.api.opening import open_service

    with open_service(settings(library=library), "ibid merge") as own:
        kept, *merged = own.merge(keep, others)
    if as_json:
        gone = [documents.info(info) for info in merged]
        print_json({"kept": documents.info(kept), "merged": gone})
        return
    print_text(f"kept      {kept.id}  {kept.title}")
    for info in merged:
        print_text(f"merged    {info.id}  {info.title}")
        back = f"ibid remove --source {quote(info.source)}, and add it again"
        print_text(f"          to have it back: {back}")
