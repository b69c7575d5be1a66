"""``ibid jobs``: what workers have before them, have in hand and have done, and what failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

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
    from ui.queue.store import Queued, Store

jobs_app = typer.Typer(
    name="jobs",
    help="What was handed to ibid worker: list it, have what failed tried again, call it off.",
)
JobArgument = Annotated[str, typer.Argument(metavar="ID", help="Its id, or how that begins.")]
State = Literal["waiting", "running", "done", "failed", "cancelled"]
_MOST_LISTED = 100
_NONE = "No job yet. Hand one over: ibid add --queue PATH"


@jobs_app.callback(invoke_without_command=True)
def list_jobs(
    context: typer.Context,
    state: Annotated[State | None, typer.Option("--state", help="Only those so far.")] = None,
    limit: Annotated[
        int, typer.Option(min=1, help="At most so many, the latest first.")
    ] = _MOST_LISTED,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the jobs of the last week, the latest first, and how many there are of each state."""
    if context.invoked_subcommand is not None:
        return
    with _queue(library) as store:
        found = store.jobs(state or "", limit=limit)
        counts, workers = store.counts(), store.workers()
    if as_json:
        told = [_document(one) for one in found]
        print_json({"jobs": told, "counts": counts, "workers": workers})
        return
    if not sum(counts.values()):
        print_text(_NONE)
        return
    _show(found)
    print_text(", ".join(f"{count:,} {name}" for name, count in counts.items() if count))
    if counts["waiting"] and not workers:
        _tell_no_worker()


@jobs_app.command()
def show(job: JobArgument, library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """Tell all of one job: what is in it, how far it is, and why what failed did."""
    with _queue(library) as store:
        found, workers = store.job(job), store.workers()
    if as_json:
        print_json(_document(found) | {"workers": workers})
        return
    for name, said in _lines(found):
        print_text(f"{name:9} {said}")
    if found.state == "waiting" and not workers:
        _tell_no_worker()


@jobs_app.command()
def retry(
    jobs: Annotated[
        list[str] | None, typer.Argument(metavar="ID…", help="Ids, or how they begin.")
    ] = None,
    is_all: Annotated[bool, typer.Option("--all", help="All that failed.")] = False,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have what failed tried again, as if it were new."""
    if bool(jobs) == is_all:
        raise typer.BadParameter("name jobs, or all of those that failed: --all")
    with _queue(library) as store:
        tried, workers = store.retry(jobs or ()), store.workers()
    if as_json:
        print_json({"jobs": [_document(one) for one in tried], "workers": workers})
        return
    for one in tried:
        print_text(f"tried again: {one.id[:8]} {_name(one)}")
    if not tried:
        print_text("Nothing failed.")
    elif not workers:
        _tell_no_worker()


@jobs_app.command()
def cancel(
    jobs: Annotated[list[str], typer.Argument(metavar="ID…", help="Ids, or how they begin.")],
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Call jobs off. What one has added stays; one that is over stays as it is."""
    with _queue(library) as store:
        found = [store.cancel(one.id) for one in [store.job(job) for job in jobs]]
    if as_json:
        print_json({"jobs": [_document(one) for one in found]})
        return
    for one in found:
        is_ending = one.state == "running"
        print_text(f"{'ends soon' if is_ending else one.state}: {one.id[:8]} {_name(one)}")


@contextmanager
def _queue(library: Any) -> Iterator[Store]:
    from ui.queue.store import Store

    with Store(settings(library=library)) as store:
        yield store


def _tell_no_worker() -> None:
    from ui.queue.store import NO_WORKER

    complain(NO_WORKER)


def _show(found: list[Queued]) -> None:
    from rich.table import Table

    table = Table("Job", "State", "Kind", "What", "Far", "Why", box=None, pad_edge=False)
    for one in found:
        far = f"{one.done} of {len(one.names)}" if one.names else ""
        cells = (one.id[:8], one.state, one.kind, _name(one), far, _why(one))
        table.add_row(*map(plain, cells))
    stdout().print(table)


def _name(one: Queued) -> str:
    if one.kind == "sync":
        places = one.wanted.get("places") or ["all that is followed"]
        return ", ".join(places)
    more = f" and {len(one.names) - 1} more" if len(one.names) > 1 else ""
    return f"{one.names[0]}{more}" if one.names else ""


def _why(one: Queued) -> str:
    again = f"again at {one.at:%H:%M:%S} UTC: " if one.at else ""
    return f"{again}{one.why}"


def _lines(one: Queued) -> Iterator[tuple[str, str]]:
    yield "job", one.id
    yield "state", "ends soon" if one.is_called_off and one.state == "running" else one.state
    yield "kind", one.kind
    yield "of", one.owner or "the owner"
    yield "handed", f"{one.created:%Y-%m-%d %H:%M:%S} UTC"
    if one.is_over() and one.ended:
        yield "ended", f"{one.ended:%Y-%m-%d %H:%M:%S} UTC"
    yield "what", _name(one)
    if one.names:
        yield "far", f"{one.done} of {len(one.names)}"
    if one.why:
        yield "why", _why(one)
    for added in one.outcome.added:
        yield added["outcome"], f"{added['article_id']}  {added['title']}"
    for name, why in one.outcome.failed:
        yield "failed", why if why.startswith(name) else f"{name}: {why}"


def _document(one: Queued) -> dict[str, Any]:
    """All of it for ``--json``."""
    return {
        "id": one.id,
        "state": one.state,
        "kind": one.kind,
        "owner": one.owner,
        "names": one.names,
        "created": one.created.isoformat(),
        "ended": one.ended.isoformat() if one.is_over() and one.ended else None,
        "again_at": one.at.isoformat() if one.at else None,
        "done": one.done,
        "total": len(one.names),
        "tries": one.tries,
        "why": one.why,
        "added": one.outcome.added,
        "failed": [{"name": name, "why": why} for name, why in one.outcome.failed],
    }
