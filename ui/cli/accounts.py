"""``ibid user``: who may sign in to the window and what they may do, on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ui.cli.shell import JsonOption, LibraryOption, print_json, print_text, settings

if TYPE_CHECKING:
    from ui.users import Where

user_app = typer.Typer(
    name="user",
    help="Who may sign in to the window (ibid chat --auth user), and what each may do: a reader "
    "asks and reads, an editor also changes the articles, an owner also runs evaluations.",
    no_args_is_help=True,
)

FileOption = Annotated[
    Path | None,
    typer.Option("--file", metavar="FILE", help="Another file of users than the library's."),
]


RoleName = Literal["reader", "editor", "owner"]  # as ui.users.Role, which help need not load


@user_app.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    role: Annotated[
        RoleName | None,
        typer.Option(help="What they may do. Default: owner for the first user, then reader."),
    ] = None,
    file: FileOption = None,
    library: LibraryOption = None,
) -> None:
    """Let somebody sign in, or give them another password. Asks for it twice."""
    from ui import users

    place = file or _of_library(library)
    users.read(place)  # a file that is none is told before a password is asked for
    password = typer.prompt("Password", hide_input=True, confirmation_prompt="Once more")
    given = users.add(place, name, password, role)
    print_text(f"{name} can sign in now, as {given}; kept in {place}")


@user_app.command()
def role(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    role: Annotated[RoleName, typer.Argument(metavar="reader|editor|owner")],
    file: FileOption = None,
    library: LibraryOption = None,
) -> None:
    """Say what somebody may do. It counts at once, also for whoever is signed in."""
    from ui import users

    users.appoint(file or _of_library(library), name, role)
    print_text(f"{name} is {role} now")


@user_app.command("list")
def list_users(
    file: FileOption = None, library: LibraryOption = None, as_json: JsonOption = False
) -> None:
    """List who may sign in, and as what."""
    from ui import users

    place = file or _of_library(library)
    found = sorted(users.read(place).items())
    if as_json:
        roles = {name: user.may_be for name, user in found}
        print_json({"file": str(place), "users": list(roles), "roles": roles})
        return
    for name, user in found:
        hint = "" if user.role else f" (has no role yet: ibid user role {name} reader)"
        print_text(f"{name}  {user.may_be}{hint}")
    if not found:
        print_text(f"Nobody in {place} yet. Add somebody: ibid user add NAME")


@user_app.command()
def remove(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    file: FileOption = None,
    library: LibraryOption = None,
) -> None:
    """Let somebody sign in no longer. Whoever is signed in under that name is signed out."""
    from ui import users

    users.remove(file or _of_library(library), name)
    print_text(f"{name} can no longer sign in")


def _of_library(library: Path | None) -> Where:
    """Where the library's are: in its folder, or in its database."""
    from ui.state import places

    return places.of(settings(library=library)).users
