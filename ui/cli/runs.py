"""``ibid eval runs, compare, export, baseline, gate``: a library's runs, on the command line."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from rag.errors import IbidError
from ui.cli.shell import (
    JsonOption,
    LibraryOption,
    complain,
    print_json,
    print_text,
    settings,
    stdout,
)

if TYPE_CHECKING:
    from rag.settings import Settings

runs_app = typer.Typer()

RunArgument = Annotated[
    Path, typer.Argument(metavar="RUN", help="The folder of a run, or its name.")
]


def place_of(run: Path, library: Path | None = None) -> Path:
    """The folder of a run that was named by it, or by its name alone."""
    from eval.runs import store

    if run.exists():
        return run
    mine = settings(library=library)
    _fetch(mine)
    return store.found(run, mine.library)


def _fetch(mine: Settings) -> None:
    """Bring the runs of other machines here, where the library is in a database."""
    from eval.runs import sharing, store

    sharing.fetch(mine, store.runs_of(mine.library))


def gone_on_with(run: Path | None, library: Path | None) -> tuple[Path | None, Path | None]:
    """The folder of a run that is gone on with, and the library it belongs to if none is named."""
    from eval.runs import store

    if run is None:
        return None, library
    if run.exists() and (own := library or store.library_of(run)):
        _fetch(settings(library=own))
    folder = place_of(run, library)
    return folder, library or store.library_of(folder)


@runs_app.command()
def runs(
    take_over: Annotated[
        Path | None,
        typer.Option(
            "--take-over", metavar="DIR", help="Move the runs of a folder into the library."
        ),
    ] = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell the runs of the library, the latest first; take over those that lie elsewhere."""
    from eval.runs import moving, sharing, store

    mine = settings(library=library)
    own = mine.library
    moved = moving.Moved((), ())
    if take_over:
        moved = moving.take_over(own, moving.all_of(take_over))
        sharing.bring(mine, store.runs_of(own), moved.taken)
    _fetch(mine)
    listed, older = store.listed(store.runs_of(own)), moving.older(own)
    if as_json:
        print_json(
            {
                "folder": str(store.runs_of(own)),
                "runs": [{"name": run.name, "asked": len(run.places)} for run in listed],
                "taken": list(moved.taken),
                "left": list(moved.left),
                "older": [str(run) for run in older],
            }
        )
    else:
        for run in listed:
            of = run.record.asked.cases
            print_text(f"{run.name}  {len(run.places)} of {of} asked")
        if take_over:
            print_text(f"taken over from {take_over}: {len(moved.taken)}")
        print_text(f"{len(listed)} runs in {store.runs_of(own)}")
        for line in moved.left:
            print_text(line)
        if older:
            flag = f" --library {quote(str(library))}" if library else ""
            print_text(
                f"{len(older)} more in {moving.ELSEWHERE.absolute()}, from before runs belonged to "
                f"a library; to take them over: ibid eval runs --take-over "
                f"{quote(str(moving.ELSEWHERE.absolute()))}{flag}"
            )
    if moved.left:
        complain(f"{len(moved.left)} could not be taken over; each line says why")
        raise typer.Exit(1)


@runs_app.command()
def compare(
    first: Annotated[Path, typer.Argument(metavar="A", help="A run, by its folder or name.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="Another.")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where the page goes; default: B/compared-with-A.html."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what became better or worse from one run to another, and whether chance would do."""
    from eval import report
    from eval.compare import page as pages
    from eval.compare import runs as comparing
    from eval.runs import store as runs

    settings()  # they say in which language it is told
    old, new = runs.load(place_of(first)), runs.load(place_of(second))
    comparison = comparing.compare(old, new)
    if as_json:
        print_json(comparing.document(comparison))
        return
    place = out or new.folder / f"compared-with-{old.name}.html"
    report.put(place, pages.html(comparison))
    stdout().print(pages.terminal(comparison))
    print_text(f"\nreport: {place}")


@runs_app.command()
def export(
    run: RunArgument,
    file: Annotated[Path, typer.Argument(help="A new file.")],
    form: Annotated[
        Literal["ragas", "deepeval"], typer.Option("--for", help="Which package will read it.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Write questions, answers, passages and gold answers as another package reads them."""
    from eval import exporting
    from eval.runs import store

    done = exporting.export(store.load(place_of(run)), form, file)
    if as_json:
        print_json({"file": str(file), "rows": done.rows, "left_out": done.left_out})
        return
    print_text(
        f"{file}: {done.rows} rows for {form}; {done.left_out} without an answer are left out\n"
        f"to read it: {exporting.READ_BY[form]}"
    )


@runs_app.command()
def baseline(
    run: RunArgument,
    file: Annotated[Path, typer.Argument(help="Where its figures go, as JSON.")],
) -> None:
    """Keep the figures of a run, without its answers, to gate later runs against."""
    from eval.compare import gate

    gate.save(file, gate.read(place_of(run)))
    print_text(
        f"{file}: the figures of {run}; to gate: ibid eval gate RUN --baseline {quote(str(file))}"
    )


@runs_app.command()
def gate(
    run: RunArgument,
    baseline: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Another run, or a file of its figures.")
    ] = None,
    max_drop: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MEASURE=N,…",
            help="How much worse than the baseline a measure may be, such as hit@5=0.01.",
        ),
    ] = None,
    floor: Annotated[
        list[str] | None, typer.Option(metavar="MEASURE=N,…", help="The least it may be.")
    ] = None,
    ceiling: Annotated[
        list[str] | None, typer.Option(metavar="MEASURE=N,…", help="The most it may be.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Fail where a run is worse than it may be: 0 passed, 1 a line a breach, 2 not to be judged."""
    from eval.compare import gate as gating

    try:
        settings()  # as for a comparison
        drops, floors, ceilings = (gating.parse(one or []) for one in (max_drop, floor, ceiling))
        if not (drops or floors or ceilings):
            raise IbidError("nothing to judge by; give --max-drop, --floor or --ceiling")
        found = gating.breaches(
            gating.read(place_of(run)),
            gating.Bounds(drops, floors, ceilings),
            gating.read(place_of(baseline)) if baseline else None,
        )
    except IbidError as error:
        complain(str(error))
        raise typer.Exit(2) from None
    if as_json:
        print_json({"passed": not found, "breaches": found})
    else:
        count = len(drops) + len(floors) + len(ceilings)
        for line in found or [f"passed: {count} bound{'s' * (count != 1)} kept"]:
            print_text(line)
    if found:
        raise typer.Exit(1)
