"""``ibid serve``: the service for other programs, without a window."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.asking import people, steps
from ui.cli.shell import LibraryOption, ModelOption, QuotesOption, complain, print_text, settings

if TYPE_CHECKING:
    from rag.settings import Settings
    from ui.users import Where

serving_app = typer.Typer()


@serving_app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 7860,
    library: LibraryOption = None,
    model: ModelOption = None,
    quotes_only: QuotesOption = False,
    auth: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|user",
            help="Have people sign in, too: 'user' are those of ibid user add, FILE names another "
            "file.",
        ),
    ] = None,
    no_auth: Annotated[
        bool, typer.Option("--no-auth", help="Let other machines in without a key.")
    ] = False,
    every: Annotated[
        bool,
        typer.Option("--all", help="Every library of IBID_DATABASE, each for its own people."),
    ] = False,
) -> None:
    """Serve other programs: answers, search and articles over HTTP, without a window.

    The way in is /v1; the page /v1/docs tells all of it, and /healthz is a
    sign of life. Commands such as ibid ask and ibid add go on working: they
    ask this service. On this machine's own address nobody needs a key; for any
    other one make keys first (ibid key add), or have people sign in.
    With --all each library is below /l/NAME, as in /l/news/v1/ask, for whom it
    is shared with (ibid library); people sign in, and programs bring a key.
    Ctrl-C ends it. ibid chat serves the same, and the window; ibid chat --all
    has one for each library.
    """
    if auth and no_auth:
        raise typer.BadParameter("--auth and --no-auth exclude each other")
    if every and (auth or no_auth):
        raise typer.BadParameter("with --all people sign in as ibid user add has them")
    if no_auth:
        complain("WARNING: nobody needs a key; whoever reaches this address reads and changes all")
    step = steps()
    mine = settings(library=library, model=model, answers="quotes" if quotes_only else None)
    if every:
        serve_all(mine, host, port, step, has_windows=False)
    else:
        _serve_one(mine, host, port, people(auth, mine), no_auth, step)


def _serve_one(
    mine: Settings,
    host: str,
    port: int,
    users: Where | None,
    no_auth: bool,
    step: Callable[[str], None],
) -> None:
    from rag.opening import open_library
    from ui.engine import Engine

    with open_library(mine, f"ibid serve, port {port}", can_wait=True) as own:
        from ui.window.server import serve as server

        running = Engine(own, on_step=step)

        def listening(url: str) -> None:
            print_text(f"Ibid serves programs at {url}/v1  (Ctrl-C ends it)")
            print_text(f"How to ask it: {url}/v1/docs")

        def ready(url: str) -> None:
            step("It can be asked.")
            running.start()

        server.serve(
            running,
            own.folder,
            host=host,
            port=port,
            on_listening=listening,
            on_ready=ready,
            users=users,
            open_to_all=no_auth,
            limits=mine.window,
            has_window=False,
        )


def serve_all(
    mine: Settings, host: str, port: int, step: Callable[[str], None], *, has_windows: bool
) -> None:
    """Serve every library of the database to programs; ``has_windows``: and to people."""
    from ui.window.server import many

    def listening(url: str) -> None:
        verb = "opens" if has_windows else "serves"
        print_text(f"Ibid {verb} the libraries of {many.where(mine)} at {url}  (Ctrl-C ends it)")
        print_text(f"Each is below {url}/l/NAME; see them with: ibid library list")

    def ready(_: str) -> None:
        step("They can be asked.")

    many.serve(mine, host, port, listening, ready, has_windows=has_windows)
