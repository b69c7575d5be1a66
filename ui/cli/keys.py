"""``ibid key``: which programs may ask a running Ibid and what each may do, on the command line."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ui.api.opening import open_catalog
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
    from rag.settings import Settings
    from ui.keys import Key, Where
    from ui.window.server.routes import Line

key_app = typer.Typer(
    name="key",
    help="Keys with which other programs ask (Authorization: Bearer …): one that may read asks, "
    "searches and reads, one that may write also changes the articles, an admin may do all.",
    no_args_is_help=True,
)
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The key's name.")]
ScopeName = Literal["read", "write", "admin"]  # as ui.keys.Scope, which help need not load


@key_app.command()
def add(
    name: NameArgument,
    scope: Annotated[ScopeName, typer.Option(help="What it may do.")] = "read",
    collections: Annotated[
        list[str] | None,
        typer.Option("--collection", help="Only of this collection's articles; repeatable."),
    ] = None,
    rate: Annotated[
        int,
        typer.Option(min=0, help="Requests a minute; 0 for as many as the settings say."),
    ] = 0,
    expires: Annotated[
        datetime | None,
        typer.Option(metavar="DAY", formats=["%Y-%m-%d"], help="Its last day, as 2027-06-30."),
    ] = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key. It is shown once, and kept nowhere: whoever loses it has another made."""
    from ui import keys

    mine = settings(library=library)
    place, day = _place(mine), expires.date() if expires else None
    known = _known(mine, collections or [])
    secret = keys.add(place, name, scope, known, rate, day)
    _show(name, secret, keys.read(place)[name], as_json=as_json)


@key_app.command()
def rotate(name: NameArgument, library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """Make another key in the place of one. The old one is good no longer, at once."""
    from ui import keys

    place = _place(settings(library=library))
    secret = keys.rotate(place, name)
    _show(name, secret, keys.read(place)[name], as_json=as_json)


@key_app.command("list")
def list_keys(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """List which keys there are, what each may do, and when it was last used."""
    from ui import keys

    place = _place(settings(library=library))
    found, used = keys.read(place), keys.at(place).last_used()
    if as_json:
        told = [_told(key) | {"last_used": used.get(key.name)} for key in found.values()]
        print_json({"file": str(place), "keys": told})
        return
    for key in found.values():
        print_text(f"{key.name}  {_limits(key)}, last used {used.get(key.name, 'never')}")
    if not found:
        print_text(f"No key in {place} yet. Make one: ibid key add NAME --scope read")


@key_app.command()
def remove(name: NameArgument, library: LibraryOption = None) -> None:
    """Let a key be good no longer, at once, in a running Ibid too."""
    from ui import keys

    keys.remove(_place(settings(library=library)), name)
    print_text(f"{name} is good no longer")


@key_app.command()
def routes(as_json: JsonOption = False) -> None:
    """List every way into a running Ibid, and who may take it."""
    from rich.table import Table

    from ui.window.server.routes import table

    lines = [(line.methods, line.path, _who(line)) for line in table()]
    if as_json:
        names = ("methods", "path", "who")
        print_json({"routes": [dict(zip(names, line, strict=True)) for line in lines]})
        return
    shown = Table("Method", "Path", "Who", box=None, pad_edge=False)
    for line in lines:
        shown.add_row(*map(plain, line))
    stdout().print(shown)


def _who(line: Line) -> str:
    """Who may take a way in, in words."""
    from ui.keys import ROLES

    if line.needed is None:
        return "anybody"
    if line.path.startswith("/api/"):
        return "commands of the owner, by their token"
    if line.for_programs:
        scope = next(scope for scope, role in ROLES.items() if role == line.needed)
        return f"a key to {scope}, or a signed-in {line.needed}"
    return f"a signed-in {line.needed}"


def _place(mine: Settings) -> Where:
    """Where the library's are: in its folder, or in its database."""
    from ui.state import places

    return places.of(mine).key_place


def _known(mine: Settings, names: list[str]) -> list[str]:
    """The collections as they are called. Raises IbidError: one is not there."""
    from ui.keys import KeyProblem

    with open_catalog(mine) as catalog:
        if names and catalog is None:
            raise KeyProblem(f"no collection {names[0]}: there is no library yet")
        return [catalog.collection(name).name for name in names]


def _show(name: str, secret: str, key: Key, *, as_json: bool) -> None:
    if as_json:
        print_json(_told(key) | {"key": secret})
        return
    print_text(secret)  # alone on standard output, for whoever puts it into a file
    complain(f"key {name}: {_limits(key)}; it is shown this once, keep it as you would a password")


def _told(key: Key) -> dict[str, object]:
    return {
        "name": key.name,
        "scope": key.scope,
        "collections": list(key.collections),
        "rate": key.rate or None,
        "expires": str(key.expires) if key.expires else None,
        "expired": key.is_over(),
        "made": str(key.made) if key.made else None,
    }


def _limits(key: Key) -> str:
    """What it may do and until when, in a few words."""
    said = [{"read": "reads", "write": "reads and writes", "admin": "may do all"}[key.scope]]
    if key.collections:
        said.append("only of " + ", ".join(key.collections))
    if key.rate:
        said.append(f"{key.rate} requests a minute")
    if key.expires:
        said.append(f"{'EXPIRED, its last day was' if key.is_over() else 'until'} {key.expires}")
    return ", ".join(said)
