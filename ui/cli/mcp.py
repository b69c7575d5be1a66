"""``ibid mcp``: the library for a client of the Model Context Protocol."""

from __future__ import annotations

from typing import Annotated

import typer

from ui.cli.shell import LibraryOption, ModelOption, QuotesOption, settings

mcp_app = typer.Typer()


@mcp_app.command()
def mcp(
    library: LibraryOption = None,
    model: ModelOption = None,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Without the tools that add and remove articles.")
    ] = False,
    quotes_only: QuotesOption = False,
) -> None:
    """Serve the library to an assistant that speaks the Model Context Protocol, on stdio.

    A client such as Claude Desktop or VS Code starts this; the README has what to paste there. A
    running Ibid that owns the library is asked; it serves the same itself, at /mcp.
    """
    from ui.mcp import stdio

    mine = settings(library=library, model=model, answers="quotes" if quotes_only else None)
    stdio.serve(mine, is_read_only=read_only)
