"""``ibid eval``: what is measured, on the command line. Parses and prints; eval does the work.

The first argument is a set to run unless it is the name of a command, so ``ibid eval FILE`` is
``ibid eval run FILE``. The commands about sets are in `ui.cli.sets`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from rag.errors import IbidError
from ui.cli.shell import (
    JsonOption,
    LibraryOption,
    LimitOption,
    ModelOption,
    QuotesOption,
    SampleOption,
    SeedOption,
    complain,
    print_json,
    print_text,
    settings,
    stderr,
    stdout,
)

if TYPE_CHECKING:
    from eval.report.summary import Summary
    from eval.robustness.record import Robustness
    from eval.runs.store import Run
    from eval.session import Choice
    from rag.settings import Settings

RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.")]
OutOption = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Folder of the run; default: runs/SET-TIME-TAG."),
]
WorkersOption = Annotated[
    int, typer.Option(min=1, max=64, help="How many questions are asked at the same time.")
]
BuildOption = Annotated[
    bool,
    typer.Option(
        "--build",
        help="Ask a throw-away library of the set's own articles, whatever the library holds.",
    ),
]
JudgeOption = Annotated[
    str,
    typer.Option(metavar="MODEL", help="A model that says whether each answer is right."),
]
PricesOption = Annotated[
    str,
    typer.Option(
        metavar="READ,WRITTEN", help="What the provider asks for a million tokens of each."
    ),
]


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
    file: Annotated[Path | None, typer.Argument(help="A Q&A set: one case of JSON a line.")] = None,
    out: OutOption = None,
    limit: LimitOption = None,
    sample: SampleOption = None,
    seed: SeedOption = 0,
    tag: Annotated[str, typer.Option(help="A word to know the run by.")] = "",
    workers: WorkersOption = 1,
    quotes_only: QuotesOption = False,
    build: BuildOption = False,
    judge: JudgeOption = "",
    prices: PricesOption = "",
    resume: Annotated[
        Path | None,
        typer.Option(metavar="RUN", help="Go on with a run that was stopped, as it was begun."),
    ] = None,
    library: LibraryOption = None,
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask every case of a Q&A set, score the answers, and write a report."""
    if (file is None) == (resume is None):
        raise typer.BadParameter("give a Q&A set, or --resume RUN to go on with a run")
    if resume and (
        out or limit or sample or seed or tag or quotes_only or build or judge or prices
    ):
        raise typer.BadParameter(
            "a run is gone on with as it was begun; beside --resume give only --workers, "
            "--library, --model and --json"
        )
    from eval import report

    mine = settings(library=library, model=model)
    if resume:
        done, summary = _asked(mine, resume, workers)
    else:
        from eval.runs import usage
        from eval.session import Choice

        assert file
        choice = Choice(
            file=file,
            out=out,
            limit=limit,
            sample=sample,
            seed=seed,
            tag=tag,
            quotes_only=quotes_only,
            build=build,
            workers=workers,
            judge=judge,
            prices=usage.prices(prices) if prices else None,
        )
        done, summary = _asked(mine, choice, workers)
    if as_json:
        print_json(report.document(done, summary))
    else:
        _show(done, summary)


def _asked(mine: Settings, what: Choice | Path, workers: int) -> tuple[Run, Summary]:
    """Ask the cases of a choice, or go on with the run of a folder; where it is stopped, tell how
    to go on."""
    from eval import session
    from ui.api.opening import measured
    from ui.cli.progress import Bars

    try:
        with Bars(stderr()) as observer:
            return measured(mine, what, workers, observer)
    except session.Interrupted as stopped:
        Bars(stderr()).tell(
            f"{len(stopped.run.places)} of {stopped.of} cases were asked; "
            f"report: {stopped.run.folder}\nto go on: ibid eval --resume {stopped.run.folder}"
        )
        raise


def _show(done: Run, summary: Summary) -> None:
    from rich.console import Group

    from eval import report
    from eval.report import terminal

    by_tag = terminal.tag_table(summary)
    stdout().print(Group(terminal.table(summary), *([by_tag] if by_tag else [])))
    print_text(f"\nreport: {done.folder / report.HTML}")


@eval_app.command()
def compare(
    first: Annotated[Path, typer.Argument(metavar="A", help="The folder of a run.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="That of another.")],
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

    old, new = runs.load(first), runs.load(second)
    comparison = comparing.compare(old, new)
    if as_json:
        print_json(comparing.document(comparison))
        return
    place = out or new.folder / f"compared-with-{old.name}.html"
    report.put(place, pages.html(comparison))
    stdout().print(pages.terminal(comparison))
    print_text(f"\nreport: {place}")


@eval_app.command()
def baseline(
    run: RunArgument,
    file: Annotated[Path, typer.Argument(help="Where its figures go, as JSON.")],
) -> None:
    """Keep the figures of a run, without its answers, to gate later runs against."""
    from eval.compare import gate

    gate.save(file, gate.read(run))
    print_text(f"{file}: the figures of {run}; to gate: ibid eval gate RUN --baseline {file}")


@eval_app.command()
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
        drops, floors, ceilings = (gating.parse(one or []) for one in (max_drop, floor, ceiling))
        if not (drops or floors or ceilings):
            raise IbidError("nothing to judge by; give --max-drop, --floor or --ceiling")
        found = gating.breaches(
            gating.read(run),
            gating.Bounds(drops, floors, ceilings),
            gating.read(baseline) if baseline else None,
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


@eval_app.command()
def robustness(
    file: Annotated[Path | None, typer.Argument(help="A Q&A set.")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Default: runs/SET-TIME-robustness.")
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CHANGE",
            help='Only this change; repeatable. Default: all, "by a model" where one is asked.',
        ),
    ] = None,
    distractors: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Articles to add; default: mixtures of the set's own."),
    ] = None,
    limit: LimitOption = None,
    sample: SampleOption = None,
    seed: SeedOption = 0,
    quotes_only: QuotesOption = False,
    resume: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Go on where it stopped, as it was begun.")
    ] = None,
    library: LibraryOption = None,
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask again with one thing changed that should change nothing, and tell what it did."""
    if (file is None) == (resume is None):
        raise typer.BadParameter("give a Q&A set, or --resume DIR to go on")
    if resume and (out or kind or distractors or limit or sample or seed or quotes_only):
        raise typer.BadParameter(
            "it is gone on with as it was begun; beside --resume give only --library, --model "
            "and --json"
        )
    from eval.robustness import page as pages
    from eval.robustness import record, session
    from eval.session import Choice
    from ui.cli.progress import Bars

    kinds = tuple(kind or ())
    try:
        record.check_kinds(kinds)
    except IbidError as error:
        raise typer.BadParameter(str(error)) from None
    mine = settings(library=library, model=model)
    with Bars(stderr()) as observer:
        if resume:
            measured = session.resume(mine, resume, observer)
        else:
            assert file
            choice = Choice(
                file, out, limit=limit, sample=sample, seed=seed, quotes_only=quotes_only
            )
            measured = session.run(mine, choice, kinds, distractors, observer)
    if as_json:
        print_json(pages.document(measured))
    else:
        _show_robustness(measured)


def _show_robustness(measured: Robustness) -> None:
    from eval.robustness import page as pages

    stdout().print(pages.terminal(measured))
    for warning in pages.warnings(measured):
        print_text(warning)
    for changed in measured.changes:
        if changed.shift.changed:
            print_text(f"{changed.shift.name}: {', '.join(changed.shift.changed)}")
    print_text(f"\nreport: {measured.folder / pages.HTML}")
