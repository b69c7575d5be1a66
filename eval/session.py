"""A set, a library to ask, a run on disk, its reports: one evaluation from beginning to end."""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote

from eval import report
from eval.measures import judge as judging
from eval.measures.scoring import Measure, Similarity
from eval.observer import Observer, Stop
from eval.report.summary import Summary
from eval.runs import provenance, redaction, store
from eval.runs.caching import CachedReranker
from eval.runs.provenance import JUDGE
from eval.runs.record import Asked, Held, Record, check_same
from eval.runs.runner import Row, asked
from eval.runs.store import Run
from eval.runs.usage import Prices
from eval.sets.cases import Case, load
from eval.sets.evidence import Articles, folders, resolve
from rag.assistant import Assistant
from rag.errors import CaseError, RunError
from rag.index import catalogs
from rag.index.library import Library
from rag.loaders import read
from rag.opening import open_assistant, open_library, temporary_library
from rag.schema import Article
from rag.settings import Settings, flat

_PURPOSE = "ibid eval"


class Interrupted(KeyboardInterrupt):
    """The person at the keyboard stopped a run; it is on disk, with a report of what was done."""

    def __init__(self, run: Run, of: int) -> None:
        super().__init__()
        self.run, self.of = run, of


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be run. ``out`` is the folder of the run, None for one named by set and time
    among those of the library.

    The first ``limit`` cases of the set, and of these ``sample`` drawn with ``seed``; None: all.
    ``collections``: only their articles may answer; none: any may.
    ``judge``: a model that says whether an answer is right; empty: none is asked.
    ``build``: ask a throw-away library of the set's own articles even where another has them.
    ``change``: what was changed in the questions or the library, see `eval.robustness`;
    ``reworder``: the model that found other words for them, if one did.
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
    reworder: str = ""
    collections: tuple[str, ...] = ()


AssistantOver = Callable[[Choice], Callable[[Library], Assistant]]


def run(
    settings: Settings,
    choice: Choice,
    observer: Observer,
    *,
    library: Library | None = None,
    assistant_over: AssistantOver | None = None,
) -> tuple[Run, Summary]:
    """Ask the cases of a set, write down the run and its reports, and return it.

    Args:
        library: an open one, which is asked if it holds the set's evidence; None: that of the
            settings is opened for it.
        assistant_over: what answers from a library, for a choice; None: what the settings say.

    Raises:
        CaseError: a line of the set cannot be used, or its evidence is not to be found.
        RunError: the run cannot be written; told before the first question.
        Interrupted: Ctrl-C, after a report of what was done until then.
        Stop: the observer stopped it before the first question.
    """
    cases = chosen(choice)
    out = choice.out or store.folder_for(settings.library, choice.file, choice.tag)
    store.check_new(out)
    choice = replace(choice, out=out)
    with library_for(settings, cases, choice, observer, library) as (own, is_built):
        assistant = (assistant_over or assistants)(choice)(own)
        begun = begin(choice, cases, own, assistant, is_built)
        return ask(begun, cases, own, assistant, observer)


def resume(
    settings: Settings,
    folder: Path,
    workers: int,
    observer: Observer,
    *,
    library: Library | None = None,
    assistant_over: AssistantOver | None = None,
) -> tuple[Run, Summary]:
    """Go on with a run where it stopped, if nothing that matters has changed.

    What was chosen when it was begun is chosen again; the settings must be the same. ``library``
    and ``assistant_over`` are as in `run`.

    Raises:
        RunError: there is nothing to go on with, or something has changed.
        Interrupted: as `run`.
    """
    before = store.load(folder)
    if before.is_finished:
        raise RunError(f"{folder}: this run is finished; begin another without --resume")
    was = before.record
    if was.change:
        raise RunError(
            f"{folder}: this run is a part; go on with the whole: "
            f"ibid eval robustness --resume {quote(str(before.folder.parent))}"
        )
    choice = chosen_before(was, workers)
    cases = chosen(choice)
    with library_for(settings, cases, choice, observer, library) as (own, is_built):
        assistant = (assistant_over or assistants)(choice)(own)
        check_same(was, record(choice, cases, own, assistant, is_built))
        # How many work at it may change; a report of seconds tells the last of them.
        going_on = replace(before, record=replace(was, workers=workers))
        return ask(going_on, cases, own, assistant, observer)


def chosen_before(was: Record, workers: int = 1) -> Choice:
    """What was chosen for a run, as its record says."""
    return Choice(
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
        collections=was.asked.collections,
    )


def assistants(choice: Choice) -> Callable[[Library], Assistant]:
    """What answers from a library; a reranking that was done lately is not done again."""
    return lambda own: open_assistant(own, model=not choice.quotes_only, around=CachedReranker)


def begin(
    choice: Choice, cases: Sequence[Case], own: Library, assistant: Assistant, is_built: bool
) -> Run:
    """Begin a run of these cases over an open library, in the folder that is chosen.

    Raises:
        RunError: it cannot be written.
    """
    made = record(choice, cases, own, assistant, is_built)
    assert choice.out is not None
    return store.create(choice.out, made)


def answered(
    begun: Run, cases: Sequence[Case], own: Library, assistant: Assistant
) -> Generator[Row, None, None]:
    """Ask the cases that were not asked yet; each row is on disk when it is yielded."""
    with store.writing(begun, redaction.secrets(own.settings.model_dump())) as write:
        rows = asked(
            cases,
            assistant,
            own,
            root=Path(begun.record.asked.path),
            workers=begun.record.workers,
            skip=store.load(begun.folder).places,
            measures=_measures(cases, own, begun.record),
            prices=begun.record.prices,
            collections=begun.record.asked.collections,
        )
        for number, row in rows:
            write(number, row)
            yield row


def _measures(cases: Sequence[Case], own: Library, record: Record) -> list[Measure]:
    """Those that need a model of their own."""
    golds = (answer for case in cases for answer in case.answers)
    measures: list[Measure] = [Similarity(own.embedder, golds)]
    name = record.models.get(JUDGE, {}).get("name")
    if name:
        measures.append(judging.judge(own.settings, name))
    return measures


def ask(
    begun: Run,
    cases: Sequence[Case],
    own: Library,
    assistant: Assistant,
    observer: Observer,
) -> tuple[Run, Summary]:
    """Ask the cases that were not asked yet, and write the reports.

    Raises:
        Interrupted: Ctrl-C, after a report of what was done until then. A `Stop` of the observer
            ends it as well, with that report, and nothing is raised.
    """
    interrupt: KeyboardInterrupt | None = None
    with closing(answered(begun, cases, own, assistant)) as rows:
        observer.begin("asking", len(cases), len(begun.places), begun.name)
        try:
            for _ in rows:
                observer.advance()
        except KeyboardInterrupt as pressed:
            interrupt = pressed
        except Stop:
            pass
    observer.begin("reporting", 1, run=begun.name)
    done = store.finish(begun)
    summary = report.write(done)
    if interrupt:
        raise Interrupted(done, len(cases)) from interrupt
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
    for name in choice.collections:
        own.catalog.collection(name)  # told before the first question
    return Record(
        asked=Asked(
            path=str(choice.file.absolute()),
            digest=provenance.file_digest(choice.file),
            cases=len(cases),
            limit=choice.limit,
            sample=choice.sample,
            seed=choice.seed,
            collections=choice.collections,
        ),
        held=Held(
            fingerprint=own.catalog.metadata("fingerprint") or "",
            digest=provenance.articles_digest(articles),
            articles=len(articles),
            is_built=is_built,
        ),
        settings=redaction.plain(flat(settings)),
        model=assistant.model_name,
        models=provenance.models(settings, assistant.model_name, choice.judge, choice.reworder),
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
def library_for(
    settings: Settings,
    cases: Sequence[Case],
    choice: Choice,
    observer: Observer,
    own: Library | None = None,
) -> Iterator[tuple[Library, bool]]:
    """The library if it holds the set's evidence, else a throw-away one of the set's articles.

    ``own``: it, if it is open already. Yields it, and whether it was made for this run.
    """
    if own is not None and not choice.build and _has_evidence(cases, own, choice.file):
        yield own, False
        return
    if own is None and not choice.build and holds(settings, cases, choice.file):
        with open_library(settings, _PURPOSE) as opened_library:
            yield opened_library, False
        return
    places = folders(cases, choice.file)
    names = ", ".join(str(place) for place in places)
    why = "" if choice.build else "The library does not hold this set's articles. "
    observer.tell(f"{why}Asking a library made of {names}")
    articles = [article for place in places for article in read(place)]
    embedder = own.embedder if own is not None else None
    with temporary_library(settings, embedder, purpose=_PURPOSE) as built:
        add(built, articles, observer)
        yield built, True


def add(library: Library, articles: Sequence[Article], observer: Observer) -> None:
    """Add articles to a library, one part of the work each."""
    observer.begin("adding", len(articles))
    library.add(articles, lambda _: observer.advance())


def holds(settings: Settings, cases: Sequence[Case], file: Path) -> bool:
    """Whether the library of the settings has all that the cases name."""
    with catalogs.reading(settings) as catalog:
        return catalog is not None and _has_evidence(cases, catalog, file)


def _has_evidence(cases: Sequence[Case], articles: Articles, file: Path) -> bool:
    try:
        resolve(cases, articles, file)
    except CaseError:
        # A set with unknown evidence is told from one with wrong evidence by reading it.
        return False
    return True
