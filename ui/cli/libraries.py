"""``ibid library``: the libraries of a database, and whose they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ui.cli.shell import JsonOption, LibraryOption, complain, print_json, print_text, settings

if TYPE_CHECKING:
    from rag.index.owners import Owners
    from rag.settings import Settings

libraries_app = typer.Typer(
    name="library",
    help="The libraries of a database (IBID_DATABASE) and who may read, change and own each. Once "
    "there is one here, row-level security shows nobody another's.",
    no_args_is_help=True,
)
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The library's name.")]
PersonArgument = Annotated[
    str, typer.Argument(metavar="PERSON", help="A user's name; or key: and that of a key.")
]
RoleName = Literal["reader", "editor", "owner"]  # as ui.users.Role, which help need not load


@libraries_app.command()
def create(name: NameArgument, owner: PersonArgument) -> None:
    """Make a library, which nobody but its owner sees.

    What the database has already of this name becomes this library. It is
    asked with --library NAME, and below /l/NAME of ibid chat --all (its window)
    and of ibid serve --all (for programs alone).
    """
    from rag.index import catalogs
    from rag.index.owners import settings_of

    with _owners() as (mine, owners):
        made = owners.create(name, _person(owner))
        there = settings_of(mine, name)
        there.library.mkdir(parents=True, exist_ok=True)
        catalogs.of(there).open().close()  # so that what fails fails now
    print_text(f"{made.name} is there, and {owner} owns it: ibid add PATH --library {made.name}")
    print_text("Whoever it is shared with opens its window where this runs: ibid chat --all")


@libraries_app.command("list")
def list_libraries(as_json: JsonOption = False) -> None:
    """List the libraries, and whom each is shared with."""
    with _owners() as (_, owners):
        found = owners.all() if owners.is_there() else []
    if as_json:
        told = [{"name": one.name, "members": dict(one.members)} for one in found]
        print_json({"libraries": told})
        return
    for one in found:
        people = (f"{_told(person)} ({role})" for person, role in one.members.items())
        print_text(f"{one.name}  {', '.join(people)}")
    if not found:
        print_text("No library here yet. Make one: ibid library create NAME PERSON")


@libraries_app.command()
def share(
    name: NameArgument,
    person: PersonArgument,
    role: Annotated[RoleName, typer.Option(help="What they may do there.")] = "reader",
) -> None:
    """Let somebody into a library, or give them another role there. It counts within a second."""
    with _owners() as (_, owners):
        owners.share(name, _person(person), role)
    print_text(f"{person} is {role} of {name} now")


@libraries_app.command()
def unshare(name: NameArgument, person: PersonArgument) -> None:
    """Take a library from somebody. It counts within a second."""
    with _owners() as (_, owners):
        owners.unshare(name, _person(person))
    print_text(f"{name} is not there for {person} any more")


@libraries_app.command()
def remove(
    name: NameArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove a library with all that is in it: articles, vectors, conversations, files."""
    with _owners() as (mine, owners):
        if not yes:
            typer.confirm(f"Remove {name} with all that is in it, for good?", abort=True)
        owners.remove(mine, name)
    print_text(f"{name} is gone")


@libraries_app.command()
def adopt(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="The folder of a library that was one's own.")
    ],
    to: Annotated[
        str,
        typer.Option(
            metavar="USER", help="Who gets the conversations of browsers where nobody signed in."
        ),
    ] = "",
    same_people: Annotated[
        bool, typer.Option("--same-people", help="Whoever has the same name there is the same.")
    ] = False,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring users, keys, conversations, runs and copies of PDFs of a folder into the database.

    Nothing that is there is changed, and it may be done again. Articles come
    by ibid export and ibid import, before this.
    """
    from rag.errors import SettingsError
    from ui import adopting

    mine = settings(library=library)
    if mine.database is None:
        raise SettingsError("what is adopted goes into a database: set IBID_DATABASE")
    told = adopting.adopt(folder, mine, _service(library, mine), to, same_people=same_people)
    if as_json:
        print_json(asdict(told))
        return
    print_text(
        f"{len(told.users)} users, {len(told.keys)} keys, {told.conversations} conversations, "
        f"{told.feedback} opinions, {told.runs} runs, {told.copies} copies of PDFs came; "
        f"{told.there} conversations were here already"
    )
    for name in told.others:
        complain(f"{_told(name)}: there is another of this name here, which is left as it is")
    if told.of_others:
        complain(
            f"left: {told.of_others} conversations of people who may be others here; if the same "
            "name is the same person, say so: --same-people"
        )
    if told.of_browsers:
        complain(
            f"left: {told.of_browsers} conversations of browsers in which nobody had signed in; to "
            "give them to somebody: --to USER"
        )


def _service(library: Path | None, mine: Settings) -> Settings:
    """The settings of who signs people in: of a library by its name, those of all libraries."""
    from rag.index.owners import Owners

    is_named = library is not None and len(library.parts) == 1 and not library.exists()
    if is_named and library is not None and Owners.has(mine, library.name):
        return settings()
    return mine


@contextmanager
def _owners() -> Iterator[tuple[Settings, Owners]]:
    from rag.errors import SettingsError
    from rag.index.owners import Owners

    mine = settings()
    if mine.database is None:
        raise SettingsError("several libraries are kept in a database: set IBID_DATABASE")
    owners = Owners(mine.database.get_secret_value(), keeps=True)
    try:
        yield mine, owners
    finally:
        owners.close()


def _person(said: str) -> str:
    return said if ":" in said else f"user:{said}"


def _told(person: str) -> str:
    return person.removeprefix("user:")
