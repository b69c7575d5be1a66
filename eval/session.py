"""A set, a library to ask, a run on disk, its reports: one evaluation from beginning to end."""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from shlex import quote

from eval import report
from eval.libraries import has_evidence, library_for
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
from eval.targets.articles import SetArticles, articles_of
from eval.targets.endpoint import Endpoint
from eval.targets.openai import OpenAITarget
from rag.assistant import Assistant
from rag.errors import RunError
from rag.index.library import Library
from rag.opening import open_assistant
from rag.settings import Settings, flat


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
    ``target``: another system that is asked in Ibid's place. It needs no library.
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
    target: Endpoint | None = None


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
    opened = partial(
        library_for, settings, cases, choice.file, observer, library, build=choice.build
    )
    with answering(choice, cases, settings, opened, assistant_over) as (own, assistant, is_built):
        if isinstance(assistant, OpenAITarget):
            tell_of(assistant.settled(cases), choice, cases, observer)
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
    opened = partial(
        library_for, settings, cases, choice.file, observer, library, build=choice.build
    )
    with answering(choice, cases, settings, opened, assistant_over) as (own, assistant, is_built):
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
        target=was.target,
    )


@contextmanager
def answering(
    choice: Choice,
    cases: Sequence[Case],
    settings: Settings,
    opened: Callable[[], AbstractContextManager[tuple[Library, bool]]],
    assistant_over: AssistantOver | None,
) -> Iterator[tuple[Library | SetArticles, Assistant | OpenAITarget, bool]]:
    """What holds the articles, what answers, and whether the former was made for this run.

    ``opened`` opens a library, which another system that is asked does not need.
    """
    if choice.target:
        articles = articles_of(cases, choice.file, choice.target.articles, settings)
        with closing(OpenAITarget(choice.target, articles)) as target:
            yield articles, target, False
        return
    with opened() as (own, is_built):
        yield own, (assistant_over or assistants)(choice)(own), is_built


def tell_of(
    target: OpenAITarget, choice: Choice, cases: Sequence[Case], observer: Observer
) -> None:
    """Say which model is asked, where its citations are read, and what it cannot be asked."""
    endpoint = target.endpoint
    observer.tell(f"Asking {endpoint.model} at {endpoint.url}, citations: {endpoint.citations}")
    if left_out := len(chosen(replace(choice, target=None))) - len(cases):
        observer.tell(
            f"{left_out} cases are left out: they ask without an article, and this system has it"
        )


def assistants(choice: Choice) -> Callable[[Library], Assistant]:
    """What answers from a library; a reranking that was done lately is not done again."""
    return lambda own: open_assistant(own, model=not choice.quotes_only, around=CachedReranker)


def begin(
    choice: Choice,
    cases: Sequence[Case],
    own: Library | SetArticles,
    assistant: Assistant | OpenAITarget,
    is_built: bool,
) -> Run:
    """Begin a run of these cases over an open library, in the folder that is chosen.

    Raises:
        RunError: it cannot be written.
    """
    made = record(choice, cases, own, assistant, is_built)
    assert choice.out is not None
    return store.create(choice.out, made)


def answered(
    begun: Run,
    cases: Sequence[Case],
    own: Library | SetArticles,
    assistant: Assistant | OpenAITarget,
) -> Generator[Row, None, None]:
    """Ask the cases that were not asked yet; each row is on disk when it is yielded."""
    secrets = redaction.secrets(own.settings.model_dump())
    if isinstance(assistant, OpenAITarget):
        secrets += assistant.secrets
    with store.writing(begun, secrets) as write:
        rows = asked(
            cases,
            assistant,
            own,
            root=_root(cases, own, begun.record),
            workers=begun.record.workers,
            skip=store.load(begun.folder).places,
            measures=_measures(cases, own, begun.record),
            prices=begun.record.prices,
            collections=begun.record.asked.collections,
        )
        for number, row in rows:
            write(number, row)
            yield row


def _root(cases: Sequence[Case], own: Library | SetArticles, record: Record) -> Path:
    """From where the files that the cases name are found: the set, or the folder that was given."""
    root = Path(record.asked.path)
    folder = record.target.articles if record.target else None
    return folder if folder and not has_evidence(cases, own, root) else root


def _measures(cases: Sequence[Case], own: Library | SetArticles, record: Record) -> list[Measure]:
    """Those that need a model of their own; without an embedder nothing is told of similarity."""
    golds = (answer for case in cases for answer in case.answers)
    measures: list[Measure] = []
    if embedder := own.embedder:
        measures.append(Similarity(embedder, golds))
    name = record.models.get(JUDGE, {}).get("name")
    if name:
        measures.append(judging.judge(own.settings, name))
    return measures


def ask(
    begun: Run,
    cases: Sequence[Case],
    own: Library | SetArticles,
    assistant: Assistant | OpenAITarget,
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
    """The first so many cases of a set, or some of them drawn, in its order. Raises CaseError.

    Another system has its articles, so it is not asked what a case asks without one.
    """
    cases = load(choice.file)[: choice.limit]
    if choice.target:
        cases = [case for case in cases if not case.without]
    if choice.sample is None or choice.sample >= len(cases):
        return cases
    drawn = random.Random(choice.seed).sample(range(len(cases)), choice.sample)
    return [cases[place] for place in sorted(drawn)]


def record(
    choice: Choice,
    cases: Sequence[Case],
    own: Library | SetArticles,
    assistant: Assistant | OpenAITarget,
    is_built: bool,
) -> Record:
    """What a run of these cases over an open library is made with."""
    settings, articles = own.settings, own.articles()
    fingerprint = ""
    if not isinstance(own, SetArticles):
        fingerprint = own.catalog.metadata("fingerprint") or ""
        for name in choice.collections:
            own.catalog.collection(name)  # told before the first question
    target = assistant.endpoint if isinstance(assistant, OpenAITarget) else None
    named = "" if target else assistant.model_name
    models = provenance.models(settings, named, choice.judge, choice.reworder)
    if target:
        del models["reranker"]  # of its own it may have one
        if own.embedder is None:
            del models["embedder"]
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
            fingerprint=fingerprint,
            digest=provenance.articles_digest(articles),
            articles=len(articles),
            is_built=is_built,
        ),
        settings=redaction.plain(flat(settings)),
        model=assistant.model_name,
        models=models,
        versions=provenance.versions(),
        code=provenance.code(),
        started=datetime.now(UTC),
        workers=choice.workers,
        tag=choice.tag,
        prices=choice.prices,
        change=choice.change,
        target=target,
    )
