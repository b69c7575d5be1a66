"""One file or link after another, read and added; and written down as had from where it was."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import astuple, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag import followed
from rag.errors import ArticleError, IbidError
from rag.index.library import Added
from ui.api import documents
from ui.api.service import CalledOff, OnStep, Own, Step

if TYPE_CHECKING:
    from types import TracebackType

    from rag.loaders import Reading
    from rag.loaders.table import Columns
    from rag.schema import Article

log = logging.getLogger(__name__)
# A crash leaves so many unwritten; they are found again when they are looked at next.
_AT_ONCE = 100
# What is passed over for these was no article before either.
_NEVER_READ = frozenset({"format", "packed", "escaping"})

Take = Callable[["Article"], Any]
"""Adds an article, or says what would become of it: an `Added`, or None if it is not wanted."""


class Visit:
    """What becomes of one file or link, by its place among others; ``on_step`` is told.

    ``had`` is what was had there; it ``holds_any`` article, be it had from elsewhere before. It
    ``is_whole`` once all that is there was read and added.
    """

    def __init__(
        self,
        own: Own,
        place: int,
        file: Path | str,
        on_step: OnStep,
        in_place_of: str = "",
        take: Take | None = None,
    ) -> None:
        self.had: list[followed.Had] = []
        self.holds_any = False
        self.is_whole = False
        self._has_notes = False
        self._own = own
        self._place = place
        self._file = file
        self._on_step = on_step
        self._in_place_of = in_place_of
        self._take = take or self.added

    def run(
        self,
        reading: Reading,
        seen: followed.Seen = followed.UNSEEN,
        held: followed.Had | None = None,
    ) -> None:
        """Read it and add what is in it, if it is not as it was ``seen``.

        ``held``: the article that was had of all of it, which is told to be the same then.

        Raises:
            IbidError: the library's own trouble, which would be that of every other, too.
        """
        place, on_step = self._place, self._on_step

        def on_progress(page: int, of: int) -> None:
            on_step(Step(place, page, of))

        on_progress(0, 0)
        is_one, is_whole = bool(self._in_place_of), True
        seen = held.seen if held else seen
        try:
            for part in reading.each(self._file, on_progress, is_one=is_one, seen=seen):
                if not isinstance(part, ArticleError):
                    is_whole = self._taken(part) and is_whole
                elif part.kind == "passed over":
                    is_whole = is_whole and _NEVER_READ.issuperset(part.facts.get("faults", ()))  # type: ignore[arg-type]
                    on_step(Step(place, passed=str(part).splitlines()))
                else:
                    is_whole = False
                    self.fail(part)
        except ArticleError as error:
            is_whole = False
            self.fail(error)
        except (IbidError, CalledOff):
            raise
        except Exception as error:
            is_whole = False
            self.fail(self._unforeseen(error))
        if held and reading.is_unchanged:
            self._keep(held)
        self.is_whole = is_whole
        # What was read with doubts may be read better by what is installed next time.
        if is_whole and not self._has_notes:
            self.had = [replace(one, seen=reading.seen) for one in self.had]
        on_step(Step(place, is_last=True))

    def added(self, article: Article, in_place_of: str = "") -> Any:
        """Add an article; what became of it."""
        [outcome] = self._own.library.add(
            [article],
            on_embedded=lambda done, _: self._on_step(Step(self._place, chunks=done)),
            in_place_of=in_place_of or self._in_place_of,
        )
        if outcome.outcome != "same" or outcome.also_at:
            self._own.on_change()
        return outcome

    def _keep(self, held: followed.Had) -> None:
        info = self._own.library.catalog.infos([held.article_id])[held.article_id]
        self.had.append(held)
        self.holds_any = True
        self._on_step(Step(self._place, added=[documents.added(Added(info, "same", 0))]))

    def _taken(self, article: Article) -> bool:
        """Whether an article was added; its failure is no end of the others in its file."""
        self._has_notes = self._has_notes or bool(article.notes)
        try:
            outcome = self._take(article)
        except ArticleError as error:
            self.fail(error)
            return False
        except (IbidError, CalledOff):
            raise
        except Exception as error:
            self.fail(self._unforeseen(error))
            return False
        self.holds_any = True
        if outcome is not None:
            if article.source in (outcome.article.source, outcome.also_at):
                self.had.append(followed.had(self._file, article.source, outcome.article.id))
            is_new = outcome.outcome != "same"
            near = self._own.library.near(outcome.article.id) if is_new else []
            self._on_step(Step(self._place, added=[documents.added(outcome, article, near)]))
        return True

    def fail(self, error: ArticleError) -> None:
        """Tell why all of it, or a part, was not added."""
        self._on_step(Step(self._place, failed=str(error)))

    def _unforeseen(self, error: Exception) -> ArticleError:
        log.debug("adding failed", exc_info=True)
        return ArticleError(
            f"{self._file}: it cannot be added ({type(error).__name__}); save it anew, or as text"
        )


class Notes:
    """Writes down what was had from where, some at a time, and the rest at its end.

    ``columns`` and ``to`` are those that all of it was added with.
    """

    def __init__(self, own: Own, columns: Columns | None = None, to: str = "") -> None:
        self._catalog = own.library.catalog
        named = tuple(map(str, astuple(columns))) if columns else ()
        self._flags: dict[str, Any] = {"columns": named if any(named) else (), "collection": to}
        self._noted: dict[followed.Followed, list[followed.Had]] = {}
        self._begun = set[followed.Followed]()
        self._known: dict[tuple[str, str], dict[str, followed.Had]] = {}

    def __enter__(self) -> Notes:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._write()

    def note(self, found_at: followed.Followed, visit: Visit) -> None:
        """Write down, or soon, what was had there; a place is followed once an article is found."""
        if not visit.holds_any:
            return
        if found_at not in self._begun:
            self._begun.add(found_at)
            self._noted.setdefault(self._flagged(found_at), [])
        known = self._had(found_at)
        new = [one for one in visit.had if replace(one, is_held=True) != known.get(one.source)]
        if new:
            self._noted.setdefault(self._flagged(found_at), []).extend(new)
        if sum(map(len, self._noted.values())) >= _AT_ONCE:
            self._write()

    def held(self, found_at: followed.Followed, file: Path | str) -> followed.Had | None:
        """The article that a file there was, and is still as far as the library knows.

        Those of a table or an archive are read again: their columns may be others.
        """
        if isinstance(file, str):
            return None
        known = self._had(found_at).get(str(file.resolve()))
        is_of_it = known is not None and known.is_held and known.place == followed.absolute(file)
        return known if is_of_it else None

    def _had(self, found_at: followed.Followed) -> dict[str, followed.Had]:
        key = (found_at.kind, found_at.place)
        if key not in self._known:
            self._known[key] = {one.source: one for one in self._catalog.had(found_at)}
        return self._known[key]

    def _flagged(self, found_at: followed.Followed) -> followed.Followed:
        return replace(found_at, **{name: said for name, said in self._flags.items() if said})

    def _write(self) -> None:
        noted, self._noted = self._noted, {}
        for found_at, had in noted.items():
            self._catalog.follow(found_at, had)
