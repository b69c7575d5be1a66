"""``ibid rebuild``: a library made anew by another embedding model, or with other chunks."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from ui.cli.shell import JsonOption, LibraryOption, print_json, print_text, settings, stderr
from ui.cli.stopping import stoppable

mending_app = typer.Typer()


@mending_app.command()
def rebuild(
    embedder: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The embedding model (or IBID_EMBEDDER)."),
    ] = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Embed and index every article anew, after a change of the embedding model or the chunks.

    The library can be asked meanwhile, and added to, by a window too: it is as it was until all is
    there, and takes that up at once. Interrupted, by whatever, the next run goes on where this one
    stopped, and nothing is embedded twice.
    """
    from functools import partial

    from rag import renewing
    from ui.api import note
    from ui.cli.progress import progress

    chosen = settings(library=library, embedder=embedder)
    check_alone = partial(
        note.check_alone,
        chosen.library.expanduser(),
        "all is embedded and kept, and cannot be taken up",
        "answers from the library as it was",
    )
    embedded, began = 0, time.monotonic()
    with (
        progress(stderr(), has_speed=True) as bars,
        stoppable("the chunks in hand are finished first") as is_pressed,
    ):
        task = bars.add_task("Rebuilding", total=None, speed="")

        def told(done: float, of: int, chunks: int) -> None:
            nonlocal embedded
            embedded += chunks
            speed = f"{embedded / max(time.monotonic() - began, 0.001):.0f} chunks/s"
            bars.update(task, completed=done, total=of, speed=speed if embedded else "")
            if is_pressed():
                raise KeyboardInterrupt

        try:
            count = renewing.rebuild(chosen, told, check_alone)
        except KeyboardInterrupt:
            bars.stop()
            print_text(f"{embedded} chunks embedded; to go on from here: ibid rebuild, once more")
            raise
    if as_json:
        print_json({"rebuilt": count, "embedded": embedded, "embedder": chosen.embedder})
        return
    print_text(f"rebuilt {count} articles, {embedded} chunks embedded by {chosen.embedder}")
    if embedder and settings(library=library).embedder != embedder:
        print_text(
            f"it is asked with this model only: set IBID_EMBEDDER={embedder}, or embedder = "
            f'"{embedder}" in ibid.toml'
        )
