"""``ibid eval sweep``: the same cases under several settings, each combination a run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

from eval import report, session
from eval.language import say, speaking
from eval.libraries import add, holds
from eval.observer import Observer, Stop
from eval.report.gathered import gather
from eval.runs import store
from eval.session import AssistantOver, Choice
from eval.sets.cases import Case
from eval.sets.evidence import folders
from eval.sweep import grid
from eval.sweep.grid import Point
from rag import loaders
from rag.errors import RunError
from rag.index import catalogs
from rag.index.library import Library, opened
from rag.models.embedder import embedder
from rag.opening import apart, under
from rag.schema import Article
from rag.settings import Settings, changed, flat

HTML, JSON = "sweep.html", "sweep.json"


def run(
    base: Settings,
    options: Sequence[str],
    choice: Choice,
    measure: str | None,
    observer: Observer,
    *,
    library: Library | None = None,
    assistant_over: AssistantOver | None = None,
) -> tuple[list[Point], str, Path]:
    """Ask the cases under every combination; a combination that fails is a point with an error.

    ``library`` and ``assistant_over`` are as in `eval.session.run`; the settings are those of
    ``base`` but for what the ``options`` vary.

    The points are written after each combination, so an interrupt leaves what was done until then.

    Returns:
        The points, the figure that stands for quality, and the folder of the sweep.

    Raises:
        SettingsError: an option makes no sense.
        CaseError: the set cannot be used.
        ModelError: an embedder cannot be had.
        RunError: the folder cannot be written, or no figure is called ``measure``.
        Stop: the observer stopped it.
    """
    combinations = grid.grid(options, partial(changed, base))
    for settings in {one.embedder: one for _, one in combinations}.values():
        if library is None or settings.embedder != base.embedder:
            embedder(settings).check()  # a library is built for each, which is no small work
    cases = session.chosen(choice)
    out = choice.out or store.folder_for(base.library, choice.file, "sweep")
    store.check_new(out)
    out.mkdir(parents=True, exist_ok=True)
    points: list[Point] = []
    figure = ""
    with ExitStack() as stack:
        libraries = _Libraries(base, cases, choice, observer, stack, library)
        for number, (varied, settings) in enumerate(combinations, start=1):
            point = Point(varied)
            observer.tell(f"{number} of {len(combinations)}: {point.name}")
            here = replace(choice, out=_part(out, number))
            try:
                with libraries.opened(settings) as own:
                    assistant = (assistant_over or session.assistants)(choice)(own)
                    is_built = own.folder != settings.library.expanduser()
                    begun = session.begin(here, cases, own, assistant, is_built)
                    asked, summary = session.ask(begun, cases, own, assistant, observer)
                if not asked.is_finished:
                    raise Stop  # which ended the asking; what comes next is not to be begun
                points.append(replace(point, figures=summary.figures))
            except Stop:
                raise
            except Exception as error:
                message = " ".join(str(error).split())
                points.append(replace(point, error=f"{type(error).__name__}: {message}"))
            figure = grid.quality(points, measure)
            _write(out, points, figure, choice, len(combinations), len(cases), base.language)
    return points, figure, out


def _write(
    out: Path,
    points: Sequence[Point],
    figure: str,
    choice: Choice,
    of: int,
    cases: int,
    language: str,
) -> None:
    with speaking(language):
        title = say("{name} under {n} settings", name=choice.file.name, n=of)
        report.put(out / HTML, grid.page(points, figure, title, cases))
    report.put(out / JSON, json.dumps(grid.document(points, figure), indent=1))


def read(folder: Path) -> tuple[list[Point], str]:
    """The points of a sweep that is on disk, and the figure that stands for quality.

    Raises:
        RunError: a run of it cannot be read.
    """
    try:
        document = json.loads((folder / JSON).read_bytes())
        told = [(one["settings"], one["error"]) for one in document["points"]]
        quality = str(document["quality"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"{folder / JSON}: cannot be read ({error}); sweep again") from error
    points = []
    for number, (varied, fault) in enumerate(told, start=1):
        figures = {} if fault else gather(store.load(_part(folder, number))).summary.figures
        points.append(Point(varied, figures, fault))
    return points, quality


def _part(folder: Path, number: int) -> Path:
    return folder / f"{number:03}"


class _Libraries:
    """One library for all combinations that cut and embed alike, made when it is first needed.

    The user's own serves for those that are like it, if it holds the set's articles.
    """

    def __init__(
        self,
        base: Settings,
        cases: Sequence[Case],
        choice: Choice,
        observer: Observer,
        stack: ExitStack,
        own: Library | None,
    ) -> None:
        self._base, self._cases, self._choice = base, cases, choice
        self._observer, self._stack = observer, stack
        self._is_own = not choice.build and holds(base, cases, choice.file)
        self._folders: dict[tuple[object, ...], Path] = {}
        self._articles: list[Article] = []
        there = own.embedder if own is not None else None
        self._embedder = cache(
            lambda name: (
                there
                if there is not None and name == base.embedder
                else embedder(base.model_copy(update={"embedder": name}))
            )
        )
        self._open = own if self._is_own else None
        if self._is_own:
            self._folders[_built_by(base)] = base.library

    def opened(self, settings: Settings) -> AbstractContextManager[Library]:
        """The library for a combination."""
        key = _built_by(settings)
        if self._open is not None and key == _built_by(self._base):
            return nullcontext(under(self._open, flat(settings)))
        embedding = self._embedder(settings.embedder)
        if key not in self._folders:
            purpose = "ibid eval sweep"
            # Closed before it is asked, since it is opened anew for each combination.
            folder = Path(self._stack.enter_context(TemporaryDirectory(prefix="ibid-sweep-")))
            there = apart(settings, folder)
            with opened(there, embedding, purpose=purpose) as own:
                add(own, self._all_articles(), self._observer)
            self._folders[key] = folder
        there = apart(settings, self._folders[key])
        return opened(there, embedding, purpose="ibid eval sweep")

    def _all_articles(self) -> list[Article]:
        if not self._articles and self._is_own:
            with catalogs.opened(catalogs.existing(self._base)) as catalog:
                self._articles = [catalog.article(info.id) for info in catalog.articles()]
        elif not self._articles:
            places = folders(self._cases, self._choice.file)
            self._articles = [article for place in places for article in loaders.read(place)]
        return self._articles


def _built_by(settings: Settings) -> tuple[object, ...]:
    """What a library depends on of the settings."""
    return settings.embedder, settings.chunk_chars, settings.chunk_overlap
