"""What can be done with a library, by whoever owns it or through the Ibid that does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from rag import followed

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.index.library import Library
    from rag.loaders import Reading
    from rag.loaders.table import Columns
    from rag.loaders.worker import Worker
    from rag.schema import Answer, ArticleInfo, Filter, Passage


@dataclass(frozen=True, slots=True)
class Step:
    """How far a file or a link is, by its place among those that are added.

    ``page`` of ``of`` pages are read, or ``chunks`` of its article embedded. Or an article of it
    is done: ``added`` says what became of it, as `ui.api.documents.added` has it, or it ``failed``,
    in words. ``passed`` is what was passed over in it; the last step ``is_last``.

    Of a sync, ``found`` are the files and links that it will look at, to which the places after
    that refer, and ``source`` is the followed place that is meant where none of them is.
    ``unchanged`` articles were not read, since their file or page is as it was, and ``removed``
    are those that are gone, as `ui.api.documents.info` has them.
    """

    place: int
    page: int = 0
    of: int = 0
    chunks: int = 0
    added: list[dict[str, Any]] = field(default_factory=list)
    failed: str = ""
    passed: list[str] = field(default_factory=list)
    is_last: bool = False
    found: list[str] = field(default_factory=list)
    source: str = ""
    unchanged: int = 0
    removed: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Syncing:
    """What is to be looked at again: the followed ``places`` of these names, or all of them.

    To ``prune`` is to remove what is gone from there; ``dry_run``: nothing is changed, only told.
    ``kinds``: only such places; none: any. Those that are ``new`` are followed first, and no longer
    if nothing is found there.
    """

    places: tuple[str, ...] = ()
    prune: bool = False
    dry_run: bool = False
    kinds: tuple[str, ...] = ()
    new: tuple[followed.Followed, ...] = ()


@dataclass(frozen=True, slots=True)
class Collecting:
    """What is to become of the collection ``name``.

    It is made ("create"), takes the name ``new`` ("rename"), is forgotten, and no article
    ("delete"), or takes up articles, by id or its beginning ("add"), or gives them up ("remove").
    """

    act: Literal["create", "rename", "delete", "add", "remove"]
    name: str
    new: str = ""
    article_ids: tuple[str, ...] = ()


Edited = tuple["ArticleInfo", "ArticleInfo"]
"""An article before it was edited, and since."""
OnStep = Callable[[Step], None]
Advance = Callable[[], None]


class Service(Protocol):
    """The methods of `Own` and of `ui.api.remote.Remote`, which raise and return the same."""

    def search(self, question: str, k: int, only: Filter | None) -> list[Passage]:
        """The best ``k`` passages, best first."""
        ...

    def ask(self, question: str, only: Filter | None) -> Answer:
        """The finished answer."""
        ...

    def stream(self, question: str, only: Filter | None) -> Iterator[Answer]:
        """Ever fuller snapshots of an answer, the last one finished."""
        ...

    def add(
        self,
        files: Sequence[Path | str],
        in_place_of: str,
        on_step: OnStep,
        columns: Columns | None = None,
        to: str = "",
        found_at: Sequence[followed.Followed] = (),
    ) -> None:
        """Add files and, as text, links, each for itself: one that fails is no end of the others.

        ``on_step`` is told how far each is. What it raises ends the adding there. ``columns`` are
        those of tables of articles. ``to``: the name of a collection that they are put into, those
        that were there already too. ``found_at``: where each was found, which is looked at by
        `sync` from then on.
        """
        ...

    def sync(self, syncing: Syncing, on_step: OnStep) -> None:
        """Bring the articles to what stands at the places that are followed.

        What ``on_step`` raises ends it there, and then nothing is removed.

        Raises:
            LibraryError: a place is not followed; then nothing is done.
        """
        ...

    def unfollow(self, places: Sequence[str]) -> list[followed.Followed]:
        """Follow these places no longer; their articles stay. Raises LibraryError as above."""
        ...

    def edit(self, article_ids: Sequence[str], facts: Mapping[str, str]) -> list[Edited]:
        """Write facts over articles', by id or its beginning; of what is empty none is known.

        Raises:
            UnknownArticle, ArticleError: an id or a fact makes no sense; then none is edited.
        """
        ...

    def change(self, collecting: Collecting) -> list[ArticleInfo]:
        """Change a collection; the articles that are new in it or no longer are.

        Raises:
            UnknownArticle, UnknownCollection: then nothing is changed.
            LibraryError: there is nothing in its name, or another has it.
        """
        ...

    def remove(self, article_ids: Sequence[str]) -> list[ArticleInfo]:
        """Remove articles, by id or by the beginning of one. Raises UnknownArticle."""
        ...

    def bring_in(
        self, file: Path, on_article: Callable[[int, int], None]
    ) -> tuple[dict[str, int], list[ArticleInfo]]:
        """Put what `ibid export` wrote into the library, as `rag.moving.bring_in`."""
        ...

    def remove_sources(self, sources: Sequence[str]) -> list[tuple[ArticleInfo, bool]]:
        """Forget that articles were had there: of each the article, and whether it is gone so.

        Raises:
            UnknownArticle: nothing was had at one; the sources before it are forgotten.
        """
        ...

    def merge(self, keep: str, others: Sequence[str]) -> list[ArticleInfo]:
        """Make one article of several: the one that is kept, and then those that are gone.

        Raises:
            UnknownArticle, ArticleError: then none is merged.
        """
        ...

    def propose(self, out: Path, n: int, seed: int, folder: Path, advance: Advance) -> None:
        """Propose cases on the articles, into the file ``out``; one that is there is gone on with.

        ``folder`` is the working folder, which sources within it are named from.
        """
        ...


class CalledOff(Exception):
    """Whoever asked for the work has gone."""


class AssistantOver(Protocol):
    """As `rag.opening.open_assistant`."""

    def __call__(self, own: Library, /, *, model: bool) -> Assistant:
        """What answers from a library; without ``model`` it quotes."""
        ...


class Own:
    """The service of an open library; ``worker`` reads what is added to it.

    ``assistant_over`` gives what answers from it, with or without a model. ``files`` are where its
    articles were had, by id, if that is not as their sources say. ``on_change`` is told when they
    are no longer what they were. ``reading`` reads what is followed, if not as all is
    read.
    """

    def __init__(
        self,
        library: Library,
        worker: Worker,
        assistant_over: AssistantOver | None = None,
        files: Mapping[str, str] | None = None,
        on_change: Callable[[], None] = lambda: None,
        reading: Callable[..., Reading] | None = None,
    ) -> None:
        self.library = library
        self.worker = worker
        self.on_change = on_change
        self.reading = reading
        self._assistant_over = assistant_over
        self._files = files or {}

    def assistant(self, *, model: bool) -> Assistant:
        """What answers; without ``model`` it searches and quotes only."""
        from rag.opening import open_assistant

        return (self._assistant_over or open_assistant)(self.library, model=model)

    def search(self, question: str, k: int, only: Filter | None) -> list[Passage]:
        """As `Service` has it."""
        self._check(only)
        return self.assistant(model=False).search(question, k, only)

    def ask(self, question: str, only: Filter | None) -> Answer:
        """As `Service` has it."""
        *_, answer = self.stream(question, only)
        return answer

    def stream(self, question: str, only: Filter | None) -> Iterator[Answer]:
        """As `Service` has it."""
        self._check(only)
        return self.assistant(model=True).stream(question, only=only)

    def _check(self, only: Filter | None) -> None:
        """Make sure that nobody waits for the articles of a collection that there is not."""
        for name in only.collections if only else ():
            self.library.catalog.collection(name)

    def add(
        self,
        files: Sequence[Path | str],
        in_place_of: str,
        on_step: OnStep,
        columns: Columns | None = None,
        to: str = "",
        found_at: Sequence[followed.Followed] = (),
    ) -> None:
        """As `Service` has it."""
        from rag.loaders import Reading
        from ui.api.visits import Notes, Visit

        reading = (self.reading or Reading)(self.worker, columns)
        if to:
            self.library.create_collection(to)  # a name that makes no sense is told before

        def collect(step: Step) -> None:
            if to and step.added:
                self.library.collect(to, [one["article_id"] for one in step.added])
            on_step(step)

        with Notes(self, columns, to) as notes:
            for place, file in enumerate(files):
                visit = Visit(self, place, file, collect, in_place_of)
                may_be_held = found_at and not in_place_of and columns is None
                held = notes.held(found_at[place], file) if may_be_held else None
                try:
                    visit.run(reading, held=held)
                finally:
                    if found_at:
                        notes.note(found_at[place], visit)

    def sync(self, syncing: Syncing, on_step: OnStep) -> None:
        """As `Service` has it."""
        from ui.api.syncing import Sync, following

        with following(self.library, syncing.new):
            Sync(self, syncing, on_step).run()

    def unfollow(self, places: Sequence[str]) -> list[followed.Followed]:
        """As `Service` has it."""
        gone = followed.named(self.library.catalog.followed(), places)
        for one in gone:
            self.library.catalog.unfollow(one)
        return gone

    def remove(self, article_ids: Sequence[str]) -> list[ArticleInfo]:
        """As `Service` has it."""
        gone = self.library.remove(article_ids)
        self._forget(gone)
        return gone

    def remove_sources(self, sources: Sequence[str]) -> list[tuple[ArticleInfo, bool]]:
        """As `Service` has it."""
        told = [self.library.remove_source(source) for source in sources]
        self._forget([info for info, is_gone in told if is_gone])
        return told

    def merge(self, keep: str, others: Sequence[str]) -> list[ArticleInfo]:
        """As `Service` has it."""
        merged = [one.article.info for one in self.library.merge(keep, others)]
        self._forget(merged)
        kept = self.library.full_id(keep)
        return [self.library.article(kept).info, *merged]

    def _forget(self, gone: Sequence[ArticleInfo]) -> None:
        self.library.originals.forget({info.digest for info in gone})
        self.on_change()

    def edit(self, article_ids: Sequence[str], facts: Mapping[str, str]) -> list[Edited]:
        """As `Service` has it."""
        edited = self.library.edit_all(article_ids, facts)
        self.on_change()
        return [(one.before, one.after) for one in edited]

    def change(self, collecting: Collecting) -> list[ArticleInfo]:
        """As `Service` has it."""
        library, name = self.library, collecting.name
        changed: list[ArticleInfo] = []
        if collecting.act == "create":
            library.create_collection(name)
        elif collecting.act == "rename":
            library.rename_collection(name, collecting.new)
        elif collecting.act == "delete":
            library.delete_collection(name)
        elif collecting.act == "add":
            changed = library.collect(name, collecting.article_ids)
        else:
            changed = library.uncollect(name, collecting.article_ids)
        self.on_change()
        return changed

    def bring_in(
        self, file: Path, on_article: Callable[[int, int], None]
    ) -> tuple[dict[str, int], list[ArticleInfo]]:
        """As `Service` has it."""
        from rag import moving

        try:
            counts, left_out = moving.bring_in(self.library, file, on_article)
        finally:  # Of what was cut short, some is there.
            self.on_change()
        return dict(counts.items()), left_out

    def propose(self, out: Path, n: int, seed: int, folder: Path, advance: Advance) -> None:
        """As `Service` has it."""
        from eval.generation.proposing import propose

        propose(self.assistant(model=False), out, n, seed, folder, advance, self._files)
