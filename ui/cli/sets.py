"""``ibid eval init, check, import, generate, review, sweep``: sets, on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ui.cli.shell import (
    JsonOption,
    LibraryOption,
    LimitOption,
    ModelOption,
    QuotesOption,
    SampleOption,
    SeedOption,
    ask_for,
    complain,
    plain,
    print_json,
    print_text,
    settings,
    stderr,
    stdout,
)

if TYPE_CHECKING:
    from eval.generation.candidates import Candidate
    from eval.sets.cases import Case
    from rag.settings import Settings
    from ui.api.service import Service

sets_app = typer.Typer()
_MOST_TOLD = 10

SetArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A Q&A set.")]


@sets_app.command()
def init(file: SetArgument) -> None:
    """Write a set of examples to fill in. A file that is there is left alone."""
    from eval.sets.cases import examples, save

    save(file, examples())
    print_text(
        f"{file}: one case a line, to be filled in with your own; "
        f"then: ibid eval check {quote(str(file))}"
    )


@sets_app.command()
def check(file: SetArgument, library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """Prove that every quote of a set stands in the library or in its file; tell every fault."""
    from eval.sets import evidence
    from rag.index import catalogs

    with catalogs.reading(settings(library=library)) as catalog:
        found = evidence.check(file, catalog) if catalog else evidence.check(file)
    if as_json:
        print_json(
            {
                "cases": found.cases,
                "quotes": found.quotes,
                "in_library": found.in_library,
                "faults": list(found.faults),
            }
        )
    else:
        for fault in found.faults:
            print_text(fault)
        good = "" if found.faults else ", and every one stands where it should"
        print_text(
            f"{found.cases} cases, {found.quotes} quotes{good}; "
            f"{found.in_library} of them are in the library"
        )
    if count := len(found.faults):
        complain(f"{count} fault{'s' * (count != 1)} found, told with what to do about each")
        raise typer.Exit(1)


@sets_app.command("import")
def import_set(
    format: Annotated[
        Literal["auto", "squad", "clapnq", "beir", "multihop-rag", "mtrag", "csv"],
        typer.Argument(help="The format; auto: as it looks."),
    ],
    path: Annotated[
        Path, typer.Argument(help="The file, or the folder of a BEIR or MultiHop set.")
    ],
    out: Annotated[Path, typer.Argument(help="A new folder for set.jsonl and its articles.")],
    as_json: JsonOption = False,
) -> None:
    """Turn a set of another format into one of ours, with its articles as Markdown files."""
    from eval import importers
    from ui.cli.progress import bar

    foreign = importers.read(path, None if format == "auto" else format)
    with bar(stderr(), "Writing articles", len(foreign.texts)) as advance:
        written = importers.write(foreign, out, advance)
    if as_json:
        print_json(
            {
                "set": str(written.file),
                "articles": written.articles,
                "answerable": written.answerable,
                "unanswerable": written.unanswerable,
                "quotes": written.quotes,
                "without_evidence": written.bare,
                "lost": list(written.lost),
            }
        )
        return
    for line in written.lost[:_MOST_TOLD]:
        print_text(f"not taken over: {line}")
    if more := len(written.lost[_MOST_TOLD:]):
        print_text(f"not taken over: {more} more (--json tells all)")
    print_text(
        f"{written.answerable} answerable and {written.unanswerable} unanswerable cases on "
        f"{written.articles} articles, {written.quotes} quotes; {written.bare} cases without "
        f"evidence\nask them: ibid eval {quote(str(written.file))} --build"
    )


@sets_app.command()
def generate(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH…]", help="Files and folders; default: the library."),
    ] = None,
    n: Annotated[int, typer.Option("-n", min=1, help="How many questions to try.")] = 50,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Where the candidates go; one that is there is gone on with. Default: "
            "generated.candidates.jsonl in the library's sets, and here where PATH is given."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Which passages are drawn.")] = 0,
    library: LibraryOption = None,
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let the language model propose cases on your articles, to be reviewed by you."""
    from eval.generation import candidates
    from eval.sets.cases import SETS
    from ui.cli.progress import bar

    chosen = settings(library=library, model=model)
    if out is None:
        sets = chosen.library.expanduser().absolute() / SETS
        out = Path(candidates.PROPOSED) if paths else sets / candidates.PROPOSED
    before = candidates.read(out)
    left = max(n - len({one.chunk for one in before.values()}), 0)
    try:
        with _proposing(chosen, paths or []) as own, bar(stderr(), "Writing", left) as advance:
            own.propose(out, n, seed, out.absolute().parent.resolve(), advance)
    finally:
        _tell_made(out, n, as_json)


@contextmanager
def _proposing(chosen: Settings, paths: list[Path]) -> Iterator[Service]:
    """What proposes cases on the library's articles, or on those of some files."""
    from rag.loaders import list_files, read
    from rag.loaders.worker import Worker
    from rag.opening import temporary_library
    from ui.api.opening import open_service
    from ui.api.service import Own
    from ui.cli.progress import bar

    purpose = "ibid eval generate"
    if not paths:
        with open_service(chosen, purpose) as own:
            yield own
        return
    names: dict[str, str] = {}
    with temporary_library(chosen, purpose=purpose) as made:
        files = [file for path in paths for file in list_files(path).files]
        with bar(stderr(), "Adding articles", len(files)) as advance:
            for file in files:
                for added in made.add(read(file)):
                    names.setdefault(added.article.id, str(file))
                advance()
        yield Own(made, Worker(chosen.reading), files=names)


def _tell_made(out: Path, n: int, as_json: bool) -> None:
    from collections import Counter

    from eval.generation import candidates
    from eval.generation.generate import REASONS

    made = list(candidates.read(out).values())
    attempts = len({one.chunk for one in made})
    dropped = Counter(one.reason for one in made if one.state == "dropped")
    left = [one for one in made if one.state != "dropped" and one.case]
    answerable = sum(one.case.answerable for one in left if one.case)
    if as_json:
        print_json(
            {
                "candidates": str(out),
                "tried": attempts,
                "answerable": answerable,
                "unanswerable": len(left) - answerable,
                "dropped": dict(dropped),
            }
        )
        return
    for reason in REASONS:
        if count := dropped[reason]:
            print_text(f"{count:4}  dropped: {reason}")
    print_text(
        f"{attempts} of {n} tried: {answerable} questions with an answer and "
        f"{len(left) - answerable} without one are proposed\n"
        f"nothing is kept before you have read it: ibid eval review {quote(str(out))}"
    )


@sets_app.command()
def review(
    file: Annotated[Path, typer.Argument(help="Candidates, as ibid eval generate writes them.")],
    out: Annotated[
        Path | None, typer.Option(help="The set that they are added to; default: beside FILE.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Keep all without reading them.")] = False,
) -> None:
    """Decide case by case what is kept: y, n, e to edit it first, q to go on another time."""
    from eval.generation import candidates
    from rag.errors import CaseError

    found = candidates.read(file)
    if not found:
        raise CaseError(
            f"{file}: holds no candidate; make some: ibid eval generate --out {quote(str(file))}"
        )
    out = out or candidates.set_for(file)
    candidates.keep(found, out)
    left = candidates.waiting(found)
    for number, candidate in enumerate(left, start=1):
        decided = (
            candidates.decided(candidate, True) if yes else _decided(candidate, number, len(left))
        )
        if decided is None:
            break
        candidates.record(file, [decided])
        found[decided.id] = decided
        candidates.keep(found, out)
    states = [one.state for one in found.values()]
    print_text(
        f"{states.count('kept')} kept, {states.count('refused')} refused, "
        f"{states.count('waiting')} yet to be decided; the set: {out}"
    )


def _decided(candidate: Candidate, number: int, total: int) -> Candidate | None:
    """What the person at the terminal says of a candidate; None: enough for now."""
    from eval.generation import candidates
    from rag.errors import CaseError

    _show(candidate, number, total)
    while True:
        try:
            said = typer.prompt("keep it? y/n/e/q", prompt_suffix=" ").strip().lower()[:1]
        except typer.Abort:
            return None
        if said == "q":
            return None
        if said in ("y", "n"):
            return candidates.decided(candidate, said == "y")
        if said == "e" and candidate.case:
            try:
                return candidates.decided(candidate, True, _edited(candidate.case))
            except CaseError as error:
                print_text(str(error))


def _show(candidate: Candidate, number: int, total: int) -> None:
    case = candidate.case
    if case is None:
        return
    console = stdout()
    console.print(f"\n[dim]{number} of {total} · {plain(candidate.title)}[/dim]")
    console.print(f"[bold]{plain(case.question)}[/bold]")
    quote = next((one.quote for one in case.evidence), "")
    if case.answerable:
        console.print(f"answer: {plain(' | '.join(case.answers))}")
        before, _, after = candidate.passage.partition(quote)
        console.print(f"[dim]{plain(before)}[/dim]{plain(quote)}[dim]{plain(after)}[/dim]")
    else:
        console.print(f"no answer, without “{plain(candidate.title)}”; it says:")
        console.print(plain(candidate.passage), style="dim")
    if candidate.nearest:
        share = f"{candidate.nearest_score:.2f}"
        console.print(f"nearest elsewhere ({share}): [dim]{plain(candidate.nearest)}[/dim]")


def _edited(case: Case) -> Case:
    """The case in the words of the person at the terminal; Enter leaves a part as it is."""
    question = ask_for("question", case.question)
    if not case.answerable:
        return replace(case, question=question)
    answers = ask_for("answers, with | between them", " | ".join(case.answers))
    (evidence,) = case.evidence
    quote = ask_for("quote", evidence.quote)
    return replace(
        case,
        question=question,
        answers=tuple(one.strip() for one in answers.split("|") if one.strip()),
        evidence=(replace(evidence, quote=quote),),
    )


@sets_app.command()
def sweep(
    file: SetArgument,
    options: Annotated[
        list[str],
        typer.Option(
            "--set", metavar="NAME=A,B,…", help="A setting and its values; may be repeated."
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Default: runs/SET-TIME-sweep in the library's."),
    ] = None,
    measure: Annotated[
        str | None, typer.Option(help="What stands for quality, such as hit@5 or refusal_f1.")
    ] = None,
    limit: LimitOption = None,
    sample: SampleOption = None,
    seed: SeedOption = 0,
    quotes_only: QuotesOption = False,
    build: Annotated[
        bool, typer.Option("--build", help="Ask throw-away libraries of the set's own articles.")
    ] = False,
    library: LibraryOption = None,
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask a set under every combination of settings; plot quality against seconds."""
    from eval.session import Choice
    from eval.sweep import grid, session
    from ui.api.measuring import Job, Sweep
    from ui.api.opening import measured
    from ui.cli.progress import Bars

    choice = Choice(file, out, limit, sample, seed, quotes_only=quotes_only, build=build)
    mine = settings(library=library, model=model)
    with Bars(stderr()) as observer:
        folder = measured(mine, Job(choice, way=Sweep(tuple(options), measure)), observer)
    points, quality = session.read(folder)
    if as_json:
        print_json(grid.document(points, quality))
    else:
        stdout().print(grid.table(points, quality))
        for number, point in enumerate(points, start=1):
            if point.error:
                print_text(f"{number} failed: {point.error}")
        print_text(f"\n* none of the others is as good and as fast\nplot: {folder / session.HTML}")
    if all(point.error for point in points):
        complain("no combination could be asked; each line says why")
        raise typer.Exit(1)
