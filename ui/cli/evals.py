"""``ibid eval``: what is measured, on the command line. Parses and prints; eval does the work.

The first argument is a set to run unless it is the name of a command, so ``ibid eval FILE`` is
``ibid eval run FILE``. The commands about sets are in `ui.cli.sets`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from rag.errors import IbidError
from ui.cli.runs import gone_on_with
from ui.cli.shell import (
    CollectionOption,
    JsonOption,
    LibraryOption,
    LimitOption,
    ModelOption,
    QuotesOption,
    SampleOption,
    SeedOption,
    print_json,
    print_text,
    settings,
    stderr,
    stdout,
)

if TYPE_CHECKING:
    from eval.report.summary import Summary
    from eval.robustness.record import Robustness as Measured
    from eval.runs.store import Run
    from eval.targets.endpoint import Endpoint
    from ui.api.measuring import Job

OutOption = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR", help="Folder of the run; default: runs/SET-TIME-TAG in the library's."
    ),
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
TargetOption = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Ask another OpenAI-compatible system: https://HOST/v1."),
]
TargetModelOption = Annotated[
    str,
    typer.Option(metavar="NAME", help="Its model; default: the only one that it lists."),
]
TargetKeyOption = Annotated[
    str,
    typer.Option(metavar="VAR", help="The variable of the environment that holds its key."),
]
Citations = Literal["auto", "field", "footnotes", "none"]
CitationsOption = Annotated[
    Citations,
    typer.Option(
        help="Where its answers say what they cite; auto: as the first answers do, fields first."
    ),
]
ArticlesOption = Annotated[
    Path | None,
    typer.Option(
        metavar="PATH", help="The set's articles, where the set does not name them; with --target."
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
    help="Measure against a Q&A set: ibid eval FILE, or one of the commands. With --target URL, "
    "another system than Ibid.",
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
    collection: CollectionOption = None,
    target: TargetOption = None,
    target_model: TargetModelOption = "",
    target_key_env: TargetKeyOption = "",
    citations: CitationsOption = "auto",
    articles: ArticlesOption = None,
    resume: Annotated[
        Path | None,
        typer.Option(metavar="RUN", help="Go on with a run that was stopped, as it was begun."),
    ] = None,
    library: LibraryOption = None,
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask every case of a Q&A set, score the answers, and write a report.

    With --target another system is asked, and measured by the same measures as far as it says what
    they need: the rest is undefined.
    """
    endpoint = (target, target_model, target_key_env, citations, articles)
    anew = (out, limit, sample, seed, tag, quotes_only, build, judge, prices, collection)
    _check_begun(file, resume, any((*anew, *endpoint[:3], articles, citations != "auto")))
    system = _system(*endpoint, of_library=any((quotes_only, build, collection)))
    from eval import report
    from eval.runs import usage
    from eval.session import Choice
    from ui.api.measuring import Job

    resume, library = gone_on_with(resume, library)
    cost = usage.prices(prices) if prices else None
    what = resume or Choice(
        Path(file or ""), out, limit, sample, seed, tag, quotes_only, build, workers, judge, cost,
        collections=tuple(collection or ()), target=system,
    )  # fmt: skip
    done, summary = _asked(Job(what, workers), library, model)
    if as_json:
        print_json(report.document(done, summary))
    else:
        _show(done, summary)


def _check_begun(file: Path | None, resume: Path | None, is_anew: bool) -> None:
    """Whether a run is begun, or gone on with as it was begun."""
    if (file is None) == (resume is None):
        raise typer.BadParameter("give a Q&A set, or --resume RUN to go on with a run")
    if resume and is_anew:
        raise typer.BadParameter(
            "a run is gone on with as it was begun; beside --resume give only --workers, "
            "--library, --model and --json"
        )


def _system(
    target: str | None,
    model: str,
    key_env: str,
    citations: Citations,
    articles: Path | None,
    *,
    of_library: bool,
) -> Endpoint | None:
    """Which other system is asked, if any. ``of_library``: flags of the library are given."""
    if not target:
        if model or key_env or articles or citations != "auto":
            raise typer.BadParameter("which system is that of? Name its address: --target URL")
        return None
    if of_library:
        raise typer.BadParameter(
            "another system has articles of its own: give --quotes-only, --build and --collection "
            "only without --target"
        )
    from eval.targets.endpoint import Endpoint, address

    return Endpoint(address(target), model, key_env, citations, articles and articles.absolute())


def _asked(job: Job, library: Path | None, model: str | None) -> tuple[Run, Summary]:
    """Ask the cases of a choice, or go on with the run of a folder.

    Where it is stopped, it is told how to go on, with the flags that were given.
    """
    from eval import session
    from eval.report.gathered import gather
    from eval.runs import store
    from ui.api.opening import measured
    from ui.cli.progress import Bars

    try:
        mine = settings(library=library, model=model)
        with Bars(stderr()) as observer:
            run = store.load(measured(mine, job, observer))
        return run, gather(run).summary
    except session.Interrupted as stopped:
        Bars(stderr()).tell(
            f"{len(stopped.run.places)} of {stopped.of} cases were asked; "
            f"report: {stopped.run.folder}\n"
            f"to go on: ibid eval --resume {_shell(stopped.run.folder)}{_given(library, model)}"
        )
        raise


def _given(library: Path | None, model: str | None) -> str:
    """Flags as they are to be given again."""
    flags = {"--library": library, "--model": model}
    return "".join(f" {name} {_shell(value)}" for name, value in flags.items() if value)


def _shell(word: object) -> str:
    return quote(str(word))


def _show(done: Run, summary: Summary) -> None:
    from rich.console import Group

    from eval import report
    from eval.report import terminal

    by_tag = terminal.tag_table(summary)
    stdout().print(Group(terminal.table(summary), *([by_tag] if by_tag else [])))
    print_text(f"\nreport: {done.folder / report.HTML}")


@eval_app.command()
def robustness(
    file: Annotated[Path | None, typer.Argument(help="A Q&A set.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Default: runs/SET-TIME-robustness in the library's."),
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
    from eval.robustness import record
    from eval.session import Choice
    from ui.api.measuring import Job, Robustness
    from ui.api.opening import measured
    from ui.cli.progress import Bars

    kinds = _known(kind or ())
    resume, library = gone_on_with(resume, library)
    mine = settings(library=library, model=model)
    with Bars(stderr()) as observer:
        what = resume or Choice(Path(file or ""), out, limit, sample, seed, "", quotes_only)
        folder = measured(mine, Job(what, way=Robustness(kinds, distractors)), observer)
    done = record.gather(folder)
    if as_json:
        print_json(pages.document(done))
    else:
        _show_robustness(done)


def _known(kinds: Sequence[str]) -> tuple[str, ...]:
    from eval.robustness import record

    try:
        record.check_kinds(tuple(kinds))
    except IbidError as error:
        raise typer.BadParameter(str(error)) from None
    return tuple(kinds)


def _show_robustness(measured: Measured) -> None:
    from eval.robustness import page as pages

    stdout().print(pages.terminal(measured))
    for warning in pages.warnings(measured):
        print_text(warning)
    for changed in measured.changes:
        if changed.shift.changed:
            print_text(f"{changed.shift.name}: {', '.join(changed.shift.changed)}")
    print_text(f"\nreport: {measured.folder / pages.HTML}")
