"""``ibid export, import``: a library as one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ui.cli.shell import (
    JsonOption,
    LibraryOption,
    complain,
    print_json,
    print_text,
    settings,
    stderr,
)

moving_app = typer.Typer()


@moving_app.command("export")
def export_library(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write.")],
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the library into one file: articles, what was edited, vectors, and copies of PDFs.

    Conversations, users and runs are not in it. A window may be open meanwhile.
    """
    from rag import moving
    from ui.cli.progress import counting

    with counting(stderr(), "Writing") as count:
        articles = moving.export(settings(library=library), file, count)
    size = file.stat().st_size
    if as_json:
        print_json({"file": str(file), "articles": articles, "bytes": size})
    else:
        print_text(f"{file}: {articles} articles, {size / 1e6:,.1f} MB")


@moving_app.command("import")
def import_library(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What ibid export wrote.")],
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put what such a file holds into the library; what is there already is never changed.

    A window may be open meanwhile. Its vectors are taken as they are where the same model made
    them, and else made anew. What was interrupted goes on when it is called again.
    """
    from ui.api import documents
    from ui.api.opening import open_service
    from ui.cli.progress import counting

    mine = settings(library=library)
    with (
        open_service(mine, "ibid import", can_wait=True) as own,
        counting(stderr(), "Importing") as count,
    ):
        told, kept = own.bring_in(file, count)
    if as_json:
        print_json({**told, "left_out": [documents.info(info) for info in kept]})
        return
    print_text(f"{told['added']} added, {told['same']} here already, {told['kept']} left out")
    for info in kept:
        complain(
            f"left out: {info.title} ({info.source}), of which another text is here; to have this "
            f"one: ibid remove {info.id}, then import again"
        )
