"""``ibid config, trust, doctor``: the settings in force, whose they are, whether all is well."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.shell import (
    JsonOption,
    LibraryOption,
    ModelOption,
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

setup_app = typer.Typer()


@setup_app.command()
def config(
    library: LibraryOption = None, model: ModelOption = None, as_json: JsonOption = False
) -> None:
    """Tell the settings in force, and where each comes from."""
    from rag import settings as known
    from ui.api import note

    mine = settings(library=library, model=model)
    values, sources, held = known.flat(mine), known.origins(mine), known.held_back()
    if as_json:
        print_json(
            {
                name: {"value": None if value is None else str(value), "from": sources[name]}
                | ({"held_back": str(held[name])} if name in held else {})
                for name, value in values.items()
            }
        )
        return
    widest = max(map(len, values))
    for name, value in values.items():
        shown = "" if value is None else str(value)
        told = "" if sources[name] == "default" else f"  ({sources[name]})"
        if name in held:
            told += f"  (held back, as ibid.toml is not trusted: {held[name]})"
        print_text(f"{name:<{widest}}  {shown}{told}")
    print_text(f"\nread from, the later ones winning: {', '.join(map(str, known.config_files()))}")
    if (running := note.running(mine.library.expanduser())) is not None:
        print_text(
            f"an Ibid runs at {running.url} (process {running.pid}), whose own settings hold where "
            "these are defaults"
        )


@setup_app.command()
def trust(
    file: Annotated[
        Path, typer.Argument(metavar="[FILE]", help="A file of settings in its working folder.")
    ] = Path("ibid.toml"),
    remove: Annotated[bool, typer.Option("--remove", help="Trust it no longer.")] = False,
    show: Annotated[bool, typer.Option("--list", help="List the files that are trusted.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Trust the working folder's ibid.toml with addresses, keys, models and paths.

    It is trusted as it stands: once it has changed, it is to be trusted again.
    """
    from rag import settings as known
    from rag import trust as trusted

    if show:
        files = trusted.remembered()
        if as_json:
            print_json({"trusted": files})
            return
        for path, digest in sorted(files.items()):
            print_text(f"{digest[:12]}  {path}")
        if not files:
            print_text("No file is trusted.")
    elif remove:
        was = trusted.forget(file)
        if as_json:
            print_json({"removed": str(file) if was else None})
        else:
            print_text(f"{file} {'is trusted no longer' if was else 'was not trusted'}")
    else:
        found = trusted.contents(file)
        said = known.only_if_trusted(file)
        trusted.trust(file, found)
        if as_json:
            print_json({"trusted": str(file), "settings": {k: str(v) for k, v in said.items()}})
            return
        print_text(f"trusted  {file}, as long as it stays as it is")
        for name, value in said.items():
            print_text(f"         {name} = {value}")


@setup_app.command()
def doctor(
    library: LibraryOption = None,
    repair: Annotated[
        bool,
        typer.Option("--repair", help="Look the library through, and mend what is wrong with it."),
    ] = False,
    salvage: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Save what a damaged library still holds into a file."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say what is here, what is wrong, and how to mend it."""
    from ui.cli.doctor import examine

    mine = settings(library=library)
    if salvage is not None:
        _save(mine, salvage, as_json=as_json)
        return
    if repair:
        _repair(mine, as_json=as_json)
        return
    report = examine(mine)
    if as_json:
        print_json(report)
    else:
        for name, value in report["facts"].items():
            stdout().print(f"[dim]{name:18}[/dim] {plain(str(value))}")
        for problem in report["problems"]:
            stdout().print(f"[red]wrong[/red]              {plain(problem)}")
        if not report["problems"]:
            stdout().print("[green]all is well[/green]")
    if count := len(report["problems"]):
        complain(f"{count} problem{'s' * (count != 1)} found, told with what to do about each")
        raise typer.Exit(1)


def _repair(mine: Settings, *, as_json: bool) -> None:
    """Look a library through, mend it, and tell what was wrong in a table."""
    from rich.table import Table

    from rag import renewing
    from ui.api import note
    from ui.cli.doctor import MENDED

    folder = mine.library.expanduser()
    note.check_alone(folder, "nothing can be mended", "has the library")
    with stderr().status("Looking through the library"):
        found = renewing.repair(mine)
    if as_json:
        print_json({"found": {one.what: one.many for one in found}})
        return
    table = Table("Found", "", "Mended", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    for one in found:
        what, how = MENDED[one.what]
        table.add_row(what, f"{one.many:,}", how)
    if found:
        stdout().print(table)
    print_text("all of that is mended" if found else f"{folder}: nothing was wrong")


def _save(mine: Settings, file: Path, *, as_json: bool) -> None:
    """Save what can still be read of a library."""
    from rag import moving
    from ui.cli.progress import counting

    with counting(stderr(), "Reading") as count:
        saved, lost = moving.salvage(mine, file, count)
    if as_json:
        print_json({"file": str(file), "saved": saved, "unreadable": lost})
        return
    print_text(f"{file}: {saved} articles saved, {lost} places could not be read")
    print_text(f"to have them in a new library: ibid import {file} --library FOLDER")
