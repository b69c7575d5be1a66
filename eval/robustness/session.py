"""``ibid eval robustness``: a set as it is, and again with one thing changed; each time a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from eval import session
from eval.libraries import add, library_for
from eval.observer import Observer, Stop
from eval.robustness import page, record
from eval.robustness.changes import (
    BY_MODEL,
    DISTRACTED,
    KINDS,
    REWORDINGS,
    SHUFFLED,
    by_model,
    mixtures,
    reworded,
    shuffled,
)
from eval.robustness.record import Plan, Robustness
from eval.runs import provenance, store
from eval.runs.provenance import REWORDER
from eval.runs.record import check_same
from eval.session import AssistantOver, Choice
from eval.sets.cases import Case
from eval.sets.evidence import resolve
from rag.assistant import Assistant
from rag.errors import ProviderError, RunError
from rag.index.library import Library
from rag.loaders import read
from rag.models.chat import chat_model
from rag.models.chat import reason as why
from rag.opening import temporary_library
from rag.schema import Article
from rag.settings import Settings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_PURPOSE = "ibid eval robustness"


def run(
    settings: Settings,
    choice: Choice,
    kinds: Sequence[str],
    distractors: Path | None,
    observer: Observer,
    *,
    library: Library | None = None,
    assistant_over: AssistantOver | None = None,
) -> Robustness:
    """Ask the cases of a set as they are, and once for each kind of change.

    ``library`` and ``assistant_over`` are as in `eval.session.run`.

    Args:
        kinds: none: all, that by a model where a language model is asked.
        distractors: articles to add; None: as many mixtures as there are articles.

    Raises:
        CaseError: a line of the set cannot be used, or its evidence is not to be found.
        RunError: there is no such kind, or the folder cannot be written.
        ArticleError: the distractors cannot be read.
        ProviderError: the model that finds the words failed.
        Stop: the observer stopped it.
    """
    asks_model = not choice.quotes_only and settings.answers != "quotes"
    chosen = tuple(dict.fromkeys(kinds)) or (*KINDS, *([BY_MODEL] if asks_model else []))
    record.check_kinds(chosen)
    cases = session.chosen(choice)
    folder = choice.out or store.folder_for(settings.library, choice.file, "robustness")
    store.check_new(folder)
    if distractors:
        read(distractors)  # what is wrong with them is told before any work
    with library_for(settings, cases, choice.file, observer, library, build=choice.build) as (
        own,
        is_built,
    ):
        plan = Plan(
            path=str(choice.file.absolute()),
            kinds=chosen,
            limit=choice.limit,
            sample=choice.sample,
            seed=choice.seed,
            quotes_only=choice.quotes_only,
            is_built=is_built,
            distractors=str(distractors.absolute()) if distractors else "",
            reworder=_reworder(settings) if BY_MODEL in chosen else {},
        )
        over, model = (assistant_over or session.assistants)(choice), _model(plan, settings)
        record.begin(folder, plan)
        return ask(folder, own, over, model, observer)


def resume(
    settings: Settings,
    folder: Path,
    observer: Observer,
    *,
    library: Library | None = None,
    assistant_over: AssistantOver | None = None,
) -> Robustness:
    """Go on where it stopped, as it was begun, if nothing that matters has changed.

    ``library`` and ``assistant_over`` are as in `eval.session.run`.

    Raises:
        RunError: there is nothing to go on with, or something has changed.
    """
    plan = record.load(folder)
    if record.is_finished(folder, plan) and (folder / page.HTML).exists():
        raise RunError(f"{folder}: all of it is finished; begin another without --resume")
    choice = _choice(plan)
    cases, over = session.chosen(choice), (assistant_over or session.assistants)(choice)
    with library_for(settings, cases, choice.file, observer, library, build=choice.build) as (
        own,
        _,
    ):
        return ask(folder, own, over, _model(plan, settings), observer)


def ask(
    folder: Path,
    own: Library,
    assistant_over: Callable[[Library], Assistant],
    model: BaseChatModel | None,
    observer: Observer,
) -> Robustness:
    """Ask whatever the plan of a folder has and was not asked yet, and write the reports.

    However it ends, there is a report of what was done until then, and it is told how to go on.

    Args:
        assistant_over: what answers from a library: the user's, and those that are put otherwise.
        model: finds the words for `BY_MODEL`.

    Raises:
        RunError: something that matters has changed since it was begun.
        ProviderError: the model failed.
    """
    plan = record.load(folder)
    cases = session.chosen(_choice(plan))
    with record.alone(folder):
        if plan.reworder and plan.reworder != (now := _reworder(own.settings)):
            raise RunError(
                "this cannot be gone on with, because the words were found by "
                f"{_said(plan.reworder)} and would be by {_said(now)}; set that back, or begin "
                "again"
            )
        work = _Work(folder, plan, own, assistant_over, model, observer)
        work.check()
        try:
            work.do(cases)
        except BaseException:
            if record.is_begun(folder):
                done = record.gather(folder)
                page.write(done)
                begun = [done.original, *(one.run for one in done.changes)]
                finished = sum(run.is_finished for run in begun)
                observer.tell(
                    f"{finished} of {len(plan.kinds) + 1} runs are whole; "
                    f"so far: {folder / page.HTML}\n"
                    f"to go on: ibid eval robustness --resume {quote(str(folder))}"
                )
            raise
        measured = record.gather(folder)
        page.write(measured)
        return measured


class _Work:
    """What all the runs of a plan share."""

    def __init__(
        self,
        folder: Path,
        plan: Plan,
        own: Library,
        assistant_over: Callable[[Library], Assistant],
        model: BaseChatModel | None,
        observer: Observer,
    ) -> None:
        self._folder, self._plan, self._own = folder, plan, own
        self._over, self._model, self._observer = assistant_over, model, observer
        self._assistant = assistant_over(own)
        self._choice = _choice(plan)

    def check(self) -> None:
        """Make sure that what was begun can be gone on with. Raises RunError."""
        if record.is_begun(self._folder):
            cases = session.chosen(self._choice)
            was = store.load(record.place(self._folder, "")).record
            now = session.record(
                self._choice, cases, self._own, self._assistant, self._plan.is_built
            )
            check_same(was, now)

    def do(self, cases: Sequence[Case]) -> None:
        """The original, then each change; what is finished is left alone."""
        kinds = ("", *self._plan.kinds)
        for number, kind in enumerate(kinds, start=1):
            place = record.place(self._folder, kind)
            if record.is_begun(self._folder, kind) and store.load(place).is_finished:
                continue
            self._observer.tell(f"{number} of {len(kinds)}: {kind or 'as it is'}")
            if kind in (SHUFFLED, DISTRACTED):
                with self._rebuilt(self._articles(kind, cases)) as other:
                    self._ask(kind, cases, other, self._over(other), is_built=True)
                continue
            if kind == BY_MODEL:
                changed = self._by_model(cases)
            else:
                changed = reworded(cases, REWORDINGS[kind]) if kind else list(cases)
            self._ask(kind, changed, self._own, self._assistant, self._plan.is_built)

    def _ask(
        self, kind: str, cases: Sequence[Case], own: Library, assistant: Assistant, is_built: bool
    ) -> None:
        place = record.place(self._folder, kind)
        reworder = own.settings.model if kind == BY_MODEL else ""
        choice = replace(self._choice, out=place, change=kind, reworder=reworder)
        if record.is_begun(self._folder, kind):
            begun = store.load(place)
            now = session.record(choice, cases, own, assistant, is_built)
            check_same(begun.record, now)
        else:
            begun = session.begin(choice, cases, own, assistant, is_built)
        asked, _ = session.ask(begun, cases, own, assistant, self._observer)
        if not asked.is_finished:
            raise Stop  # which ended the asking; what comes next is not to be begun

    def _by_model(self, cases: Sequence[Case]) -> list[Case]:
        """The cases in the words of the model, each made once and on disk before the next."""
        assert self._model
        rule = by_model(self._model)
        with record.rewording(self._folder) as (made, keep):
            self._observer.begin("rewording", len(cases), len(made))
            for case in cases:
                if case.id in made:
                    continue
                try:
                    keep(rule(case))
                except Exception as error:
                    settings = self._own.settings
                    raise ProviderError(
                        f"{settings.model} failed ({why(error, settings)}); what was asked and "
                        "reworded until now is kept"
                    ) from None
                self._observer.advance()
        fit = {one.id: one.words for one in made.values() if one.fit}
        return [replace(case, question=fit[case.id]) for case in cases if case.id in fit]

    def _articles(self, kind: str, cases: Sequence[Case]) -> list[Article]:
        own, seed = self._own, self._plan.seed
        held = [own.article(info.id) for info in reversed(own.articles())]  # oldest first
        if kind == SHUFFLED:
            return shuffled(held, seed)
        if self._plan.distractors:
            return [*held, *read(Path(self._plan.distractors))]
        gold = [s for spans in resolve(cases, own, self._choice.file).values() for s in spans]
        by_id = sorted(held, key=lambda article: article.id)  # the same again when it is gone on
        return [*held, *mixtures(by_id, gold, len(held), seed)]

    @contextmanager
    def _rebuilt(self, articles: Sequence[Article]) -> Iterator[Library]:
        own = self._own
        with temporary_library(own.settings, own.embedder, purpose=_PURPOSE) as other:
            add(other, articles, self._observer)
            yield other


def _choice(plan: Plan) -> Choice:
    return Choice(
        file=Path(plan.path),
        limit=plan.limit,
        sample=plan.sample,
        seed=plan.seed,
        quotes_only=plan.quotes_only,
        build=plan.is_built,
    )


def _model(plan: Plan, settings: Settings) -> BaseChatModel | None:
    return chat_model(settings) if BY_MODEL in plan.kinds else None


def _reworder(settings: Settings) -> dict[str, str]:
    return provenance.models(settings, "", reworder=settings.model)[REWORDER]


def _said(reworder: Mapping[str, str]) -> str:
    return f"{reworder['name']} {reworder.get('sha256', '')[:12]} (prompt {reworder['prompt']})"
