"""``ibid sync``: what articles were added from is looked at again, once or for good."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.errors import IbidError, LibraryInUse
from ui.api.opening import open_catalog
from ui.api.service import Syncing
from ui.cli.library import AllowHostOption, QueueOption, reaching
from ui.cli.shell import (
    JsonOption,
    LibraryOption,
    complain,
    plain,
    print_json,
    print_text,
    settings,
    stdout,
)

if TYPE_CHECKING:
    from rag import followed
    from rag.settings import Settings

sync_app = typer.Typer()
_NOTHING = "Nothing is followed yet. Add a folder, and it is: ibid add FOLDER"


@sync_app.command()
def sync(
    places: Annotated[
        list[str] | None,
        typer.Argument(metavar="PLACE…", help="Only these folders, files and links."),
    ] = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove the articles that are gone from there.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would be done, and change nothing.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on with each change of the folders, until Ctrl-C.")
    ] = False,
    is_listing: Annotated[
        bool, typer.Option("--list", help="List what is followed, and look at none of it.")
    ] = False,
    forget: Annotated[
        bool, typer.Option("--forget", help="Follow these no longer; their articles stay.")
    ] = False,
    queue: QueueOption = False,
    allow_host: AllowHostOption = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look again at all that articles were added from, and add what is new or changed there.

    Whatever ibid add was given is followed: folders, files, links, lists of links, feeds and
    sitemaps. Of a page, its site is asked first whether it is as it was.
    With --prune, an article is removed if its file is deleted, its page says that it is gone (404
    or 410), or its row is no longer in its table; after all else is added, and never if it was
    edited by hand or had from elsewhere too. A folder that is empty or whose disk is away, a site
    that gives no answer, and a feed that has forgotten a page remove nothing. What a person has
    removed does not come back by itself.
    """
    mine = reaching(settings(library=library), allow_host or ())
    if sum((is_listing, forget, watch, dry_run)) > 1 or (watch and as_json):
        raise typer.BadParameter("--list, --forget, --watch and --dry-run go one at a time")
    if queue and (is_listing or forget or watch):
        raise typer.BadParameter("--list, --forget and --watch go without --queue")
    if is_listing:
        _list(mine, as_json)
        return
    if forget and not places:
        raise typer.BadParameter("name what is to be followed no longer: --forget PLACE")
    if not _meant(mine, places or []):
        _tell_nothing(as_json, dry_run)
    elif forget:
        _forget(mine, places or [], as_json)
    elif queue:
        from ui.cli.handing import hand_sync

        hand_sync(mine, Syncing(tuple(places or ()), prune, dry_run), as_json=as_json)
    elif watch:
        _watch(mine, tuple(places or ()), prune)
    else:
        _sync(mine, Syncing(tuple(places or ()), prune, dry_run), as_json)


def _meant(mine: Settings, places: Sequence[str]) -> list[followed.Followed]:
    """What is followed at these places, or all that is. Raises LibraryError: nothing is, at one."""
    from rag import followed

    with open_catalog(mine) as catalog:
        known = catalog.followed() if catalog else []
    return followed.named(known, places) if places else known


def _tell_nothing(as_json: bool, dry_run: bool) -> None:
    from ui.cli.adding import Syncing as Shown

    if as_json:
        print_json(Shown(dry_run=dry_run).document())
    else:
        print_text(_NOTHING)


def _list(mine: Settings, as_json: bool) -> None:
    with open_catalog(mine) as catalog:
        known = catalog.followed() if catalog else []
        found = [(one, sum(had.is_held for had in catalog.had(one))) for one in known]
    if as_json:
        print_json({"followed": [_told(one, count) for one, count in found]})
        return
    if not found:
        print_text(_NOTHING)
        return
    from rich.table import Table

    table = Table("Kind", "Place", "Articles", "Looked at", box=None, pad_edge=False)
    for one, count in found:
        looked = f"{one.looked:%Y-%m-%d %H:%M} UTC" if one.looked else "when added"
        table.add_row(one.kind, plain(one.place), f"{count:,}", looked)
    stdout().print(table)


def _told(one: followed.Followed, count: int) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "place": one.place,
        "articles": count,
        "collection": one.collection,
        "columns": list(one.columns),
        "looked": f"{one.looked.isoformat()}+00:00" if one.looked else None,
    }


def _forget(mine: Settings, places: Sequence[str], as_json: bool) -> None:
    from ui.api.opening import open_service

    with open_service(mine, "ibid sync") as own:
        gone = own.unfollow(places)
    if as_json:
        print_json({"forgotten": [{"kind": one.kind, "place": one.place} for one in gone]})
        return
    for one in gone:
        print_text(f"no longer followed: {one.place}; its articles stay")


def _sync(
    mine: Settings, wanted: Syncing, as_json: bool = False, *, is_quiet: bool = False
) -> None:
    """Look once; ``is_quiet``: tell nothing where nothing has changed, and go on after failures."""
    from ui.api.opening import open_service
    from ui.cli.adding import Syncing as Shown

    shown = Shown(dry_run=wanted.dry_run)
    with open_service(mine, "ibid sync", to_add=True) as own:
        shown.sync(own, wanted)
    if not is_quiet:
        shown.end(as_json=as_json)
    elif shown.has_news:
        shown.tell()
    if shown.is_stopped:
        raise typer.Exit(130)


def _watch(mine: Settings, places: tuple[str, ...], prune: bool) -> None:
    from ui.cli.watching import Watching

    def folders() -> list[str]:
        return [one.place for one in _meant(mine, places) if one.kind == "folder"]

    if not folders():
        raise IbidError("no folder is followed; add one, and it is: ibid add FOLDER")
    told = ""

    def look(some: Sequence[str]) -> bool:
        nonlocal told
        try:
            _sync(mine, Syncing(tuple(some), prune, kinds=("folder",)), is_quiet=True)
        except LibraryInUse as error:
            if str(error) != told:
                complain(f"{error}; it is tried again")
            told = str(error)
            return False
        told = ""
        sys.stdout.flush()  # whoever reads along need not wait for the end
        return True

    look(folders())
    print_text("following the folders, until Ctrl-C")
    sys.stdout.flush()
    Watching(folders, look, mine.library.expanduser()).run()
