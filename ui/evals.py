"""``ibid eval``: what is measured, on the command line. Parses and prints; eval does the work.

The first argument is a set to run unless it is the name of a command, so ``ibid eval FILE`` is
``ibid eval run FILE``. Other modules add commands of their own with ``@eval_app.command()``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from ui.shell import (
    JsonOption,
    LibraryOption,
    ModelOption,
    print_json,
    print_text,
    settings,
    stderr,
    stdout,
)


class _SetFirst(TyperGroup):
    """A group of commands that takes anything else for what is to be run."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put ``run`` before a set, or before its options."""
        if not args or (args[0] not in self.commands and args[0] != "--help"):
            args = ["run", *args]
        return super().parse_args(ctx, args)


eval_app = typer.Typer(
    cls=_SetFirst,
    help="Measure against a Q&A set: ibid eval FILE, or one of the commands.",
    no_args_is_help=False,
    add_completion=False,
)


@eval_app.command()
def run(
    file: Annotated[Path, typer.Argument(help="A Q&A set: one case of JSON a line.")],
    out: Annotated[
        Path | None, typer.Option(help="Where the report goes; default: runs/SET-TIME.json.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many cases.")] = None,
    quotes_only: Annotated[
        bool, typer.Option("--quotes-only", help="Answer by quoting, without a language model.")
    ] = False,
    library: LibraryOption = None,
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask every case of a Q&A set, score the answers, and write a report."""
    from ui import evaluation

    report, table, place = evaluation.run(
        settings(library=library, model=model),
        file,
        out,
        limit=limit,
        quotes_only=quotes_only,
        console=stderr(),
    )
    if as_json:
        print_json(report)
    else:
        stdout().print(table)
        print_text(f"\nreport: {place}")
