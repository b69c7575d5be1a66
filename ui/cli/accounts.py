"""``ibid user``: who may sign in to the window, on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ui.cli.shell import JsonOption, LibraryOption, print_json, print_text, settings

user_app = typer.Typer(
    name="user", help="Who may sign in to the window (ibid chat --auth user).", no_args_is_help=True
)

FileOption = Annotated[
    Path | None,
    typer.Option("--file", metavar="FILE", help="Another file of users than the library's."),
]


@user_app.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    file: FileOption = None,
    library: LibraryOption = None,
) -> None:
    """Let somebody sign in, or give them another password. Asks for it twice."""
    from ui import users

    place = file or _library_file(library)
    users.read(place)  # a file that is none is told before a password is asked for
    password = typer.prompt("Password", hide_input=True, confirmation_prompt="Once more")
    users.add(place, name, password)
    print_text(f"{name} can sign in now; kept in {place}")


@user_app.command("list")
def list_users(
    file: FileOption = None, library: LibraryOption = None, as_json: JsonOption = False
) -> None:
    """List who may sign in."""
    from ui import users

    place = file or _library_file(library)
    names = sorted(users.read(place))
    if as_json:
        print_json({"file": str(place), "users": names})
        return
    for name in names:
        print_text(name)
    if not names:
        print_text(f"Nobody in {place} yet. Add somebody: ibid user add NAME")


@user_app.command()
def remove(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    file: FileOption = None,
    library: LibraryOption = None,
) -> None:
    """Let somebody sign in no longer. Whoever is signed in under that name is signed out."""
    from ui import users

    users.remove(file or _library_file(library), name)
    print_text(f"{name} can no longer sign in")


def _library_file(library: Path | None) -> Path:
    from ui.users import USERS

    return settings(library=library).library.expanduser() / USERS
