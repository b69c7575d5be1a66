"""``ibid worker``: does what others hand over to be added to a shared library."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import datetime
from typing import Annotated

import typer

from ui.cli.shell import LibraryOption, print_text, settings

working_app = typer.Typer()


@working_app.command()
def worker(
    jobs: Annotated[
        int, typer.Option("--jobs", min=1, max=64, help="So many at a time; one fills the cores.")
    ] = 1,
    nightly: Annotated[
        bool, typer.Option("--nightly", help="Have all that is followed looked at once a night.")
    ] = False,
    library: LibraryOption = None,
) -> None:
    """Work for a shared library: read, embed and add what was handed over, until Ctrl-C.

    Any number of workers may, on any machines, over one library (IBID_DATABASE and IBID_CHROMA).
    What the API is sent, what ibid add --queue and ibid sync --queue hand over, waits for them; an
    upload goes before a sync. Ctrl-C or SIGTERM lets the job in hand be finished within a bound and
    gives the others back; a second one ends at once. The job of one that was killed is another's
    after a while. What is under way, and what failed, tells: ibid jobs
    """
    mine = settings(library=library)
    from rag.opening import open_library
    from ui.audit import Audit
    from ui.queue.errands import Errands, Readers
    from ui.queue.store import Store
    from ui.queue.worker import Working
    from ui.state import places

    _hush()
    with (
        Store(mine) as store,
        open_library(mine, "ibid worker") as own,
        closing(Readers(mine.reading)) as readers,
    ):
        own.on_change = Audit(places.of(mine).audit, mine.audit, "ibid worker").write
        errands = Errands(own, store, readers, _tell, own.originals.keep)
        _tell(f"working for {store.tables.database}, {jobs} at a time")
        Working(store, errands, _tell, jobs, is_nightly=nightly).run()
    _tell("ended")


def _tell(words: str) -> None:
    print_text(f"{datetime.now():%H:%M:%S} {words}")
    sys.stdout.flush()


def _hush() -> None:
    """The lines of jobs tell what is amiss; the packages' own words are for --debug."""
    import logging

    if logging.getLogger().level > logging.INFO:
        for name in ("procrastinate", "psycopg.pool"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
