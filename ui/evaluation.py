"""``ibid eval run``: a set, a library to ask, a run on disk, its reports."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from eval import report
from eval.measures import judge as judging
from eval.measures.scoring import Measure, similarity_by
from eval.report.summary import Summary
from eval.robustness.changes import BY_MODEL
from eval.runs import provenance
from eval.runs import redaction as plain
from eval.runs import store as runs
from eval.runs.caching import Remembering
from eval.runs.provenance import JUDGE
from eval.runs.runner import Row, asked
from eval.runs.store import Asked, Held, Record, Run
from eval.runs.usage import Prices
from eval.sets.cases import Case, load
from eval.sets.evidence import folders, resolve
from rag.assistant import Assistant
from rag.errors import CaseError, RunError
from rag.index.catalog import opened
from rag.index.library import CATALOG, Library
from rag.loaders import read
from rag.settings import Settings
from ui import engine


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be run. ``out`` is the folder of the run, None for one named by set and time.

    The first ``limit`` cases of the set, and of these ``sample`` drawn with ``seed``; None: all.
    ``judge``: a model that says whether an answer is right; empty: none is asked.
    ``build``: ask a throw-away library of the set's own articles even where another has them.
    ``change``: what was changed in the questions or the library, see `eval.robustness.changes`.
    """

    file: Path
    out: Path | None = None
    limit: int | None = None
    sample: int | None = None
    seed: int = 0
    tag: str = ""
    quotes_only: bool = False
    build: bool = False
    workers: int = 1
    judge: str = ""
    prices: Prices | None = None
    change: str = ""


def run(settings: Settings, choice: Choice, console: Console) -> tuple[Run, Summary]:
    """Ask the cases of a set, write down the run and its reports, and return it.

    Progress goes to ``console``. An interrupt goes on after a report of what was done until then.

    Raises:
        CaseError: a line of the set cannot be used, or its evidence is not to be found.
        RunError: the run cannot be written; told before the first question.
    """
    cases = chosen(choice)
    out = choice.out or runs.folder_for(choice.file, choice.tag)
    runs.check_new(out)
    choice = replace(choice, out=out)
    with library(settings, cases, choice, console) as (own, is_built):
        assistant = engine.assistant(own, model=not choice.quotes_only, around=Remembering)
        begun = begin(choice, cases, own, assistant, is_built)
        return ask(begun, cases, own, assistant, console)


def resume(settings: Settings, folder: Path, workers: int, console: Console) -> tuple[Run, Summary]:
    """Go on with a run where it stopped, if nothing that matters has changed.

    What was chosen when it was begun is chosen again; the settings must be the same.

    Raises:
        RunError: there is nothing to go on with, or something has changed.
    """
    before = runs.load(folder)
    if before.is_finished:
        raise RunError(f"{folder}: this run is finished; begin another without --resume")
    was = before.record
    if was.change:
        raise RunError(
            f"{folder}: this run is a part; go on with the whole: "
            f"ibid eval robustness --resume {before.folder.parent}"
        )
    choice = Choice(
        file=Path(was.asked.path),
        limit=was.asked.limit,
        sample=was.asked.sample,
        seed=was.asked.seed,
        tag=was.tag,
        quotes_only=not was.model,
        build=was.held.is_built,
        workers=workers,
        judge=was.models.get(JUDGE, {}).get("name", ""),
        prices=was.prices,
    )
    cases = chosen(choice)
    with library(settings, cases, choice, console) as (own, is_built):
        assistant = engine.assistant(own, model=not choice.quotes_only, around=Remembering)
        runs.check_same(was, record(choice, cases, own, assistant, is_built))
        # How many work at it may change; a report of seconds tells the last of them.
        going_on = replace(before, record=replace(was, workers=workers))
        return ask(going_on, cases, own, assistant, console)


def bars(console: Console) -> Progress:
    """Progress bars for long work, where the console is a terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )


def begin(
    choice: Choice, cases: Sequence[Case], own: Library, assistant: Assistant, is_built: bool
) -> Run:
    """Begin a run of these cases over an open library. Raises RunError: it cannot be written."""
    made = record(choice, cases, own, assistant, is_built)
    return runs.create(choice.out or runs.folder_for(choice.file, choice.tag), made)


def answered(
    begun: Run, cases: Sequence[Case], own: Library, assistant: Assistant
) -> Generator[Row, None, None]:
    """Ask the cases that were not asked yet; each row is on disk when it is yielded."""
    with runs.writing(begun, plain.secrets(own.settings.model_dump())) as write:
        rows = asked(
            cases,
            assistant,
            own,
            root=Path(begun.record.asked.path),
            workers=begun.record.workers,
            skip=runs.load(begun.folder).places,
            measures=_measures(cases, own, begun.record),
            prices=begun.record.prices,
        )
        for number, row in rows:
            write(number, row)
            yield row


def _measures(cases: Sequence[Case], own: Library, record: Record) -> list[Measure]:
    """Those that need a model of their own."""
    golds = (answer for case in cases for answer in case.answers)
    measures = [similarity_by(own.embedder, golds)]
    name = record.models.get(JUDGE, {}).get("name")
    return [*measures, judging.judge(own.settings, name)] if name else measures


def ask(
    begun: Run,
    cases: Sequence[Case],
    own: Library,
    assistant: Assistant,
    console: Console,
    *,
    is_part: bool = False,
) -> tuple[Run, Summary]:
    """Ask the cases that were not asked yet, with a progress bar, and write the reports.

    An interrupt goes on after a report of what was done until then. Of a part of something, that
    something is to tell how it is gone on with.
    """
    interrupt: KeyboardInterrupt | None = None
    with (
        closing(answered(begun, cases, own, assistant)) as rows,
        bars(console) as progress,
    ):
        task = progress.add_task("Asking", total=len(cases), completed=len(begun.places))
        try:
            for _ in rows:
                progress.advance(task)
        except KeyboardInterrupt as pressed:
            interrupt = pressed
    done = runs.finish(begun)
    summary = report.write(done)
    if interrupt:
        if not is_part:
            console.print(
                f"{len(done.places)} of {len(cases)} cases were asked; report: {done.folder}\n"
                f"to go on: ibid eval --resume {done.folder}",
                soft_wrap=True,
                markup=False,
            )
        raise interrupt
    return done, summary


def chosen(choice: Choice) -> list[Case]:
    """The first so many cases of a set, or some of them drawn, in its order. Raises CaseError."""
    cases = load(choice.file)[: choice.limit]
    if choice.sample is None or choice.sample >= len(cases):
        return cases
    drawn = random.Random(choice.seed).sample(range(len(cases)), choice.sample)
    return [cases[place] for place in sorted(drawn)]


def record(
    choice: Choice, cases: Sequence[Case], own: Library, assistant: Assistant, is_built: bool
) -> Record:
    """What a run of these cases over an open library is made with."""
    settings, articles = own.settings, own.articles()
    reworder = settings.model if choice.change == BY_MODEL else ""
    return Record(
        asked=Asked(
            path=str(choice.file.absolute()),
            digest=provenance.file_digest(choice.file),
            cases=len(cases),
            limit=choice.limit,
            sample=choice.sample,
            seed=choice.seed,
        ),
        held=Held(
            fingerprint=own.catalog.fact("fingerprint") or "",
            digest=provenance.articles_digest(articles),
            articles=len(articles),
            is_built=is_built,
        ),
        settings=plain.plain(settings.model_dump()),
        model=assistant.model_name,
        models=provenance.models(settings, assistant.model_name, choice.judge, reworder),
        versions=provenance.versions(),
        code=provenance.code(),
        started=datetime.now(UTC),
        workers=choice.workers,
        tag=choice.tag,
        prices=choice.prices,
        change=choice.change,
    )


# The library that is asked ----------------------------------------------------------------------


@contextmanager
def library(
    settings: Settings, cases: Sequence[Case], choice: Choice, console: Console
) -> Iterator[tuple[Library, bool]]:
    """The library of the settings if it holds the set's evidence, else a throw-away one.

    Yields it, and whether it was made for this run.
    """
    if not choice.build and holds(settings, cases, choice.file):
        with engine.library(settings, "ibid eval") as own:
            yield own, False
        return
    places = folders(cases, choice.file)
    names = ", ".join(str(place) for place in places)
    why = "" if choice.build else "The library does not hold this set's articles. "
    console.print(f"{why}Asking a library made of {names}", soft_wrap=True, markup=False)
    articles = [article for place in places for article in read(place)]
    with tempfile.TemporaryDirectory(prefix="ibid-eval-") as folder:
        temporary = settings.model_copy(update={"library": Path(folder)})
        with (
            engine.library(temporary, "ibid eval") as own,
            Progress(console=console, disable=not console.is_terminal, transient=True) as bars,
        ):
            task = bars.add_task("Adding articles", total=len(articles))
            own.add(articles, lambda _: bars.advance(task))
            bars.stop()
            yield own, True


def holds(settings: Settings, cases: Sequence[Case], file: Path) -> bool:
    """Whether the library of the settings has all that the cases name."""
    catalog_file = settings.library.expanduser() / CATALOG
    if not catalog_file.exists():
        return False
    with opened(catalog_file) as catalog:
        try:
            resolve(cases, catalog, file)
        except CaseError:
            # A set with unknown evidence is told from one with wrong evidence by reading it.
            return False
    return True
