"""The library is brought to what stands at the places that it follows, and no further.

All that is new or changed is added before anything is removed; and removed is only what is surely
gone, was had from there and nowhere else, and was not edited by anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag import followed
from rag.errors import ArticleError
from rag.loaders import Reading
from rag.loaders.table import Columns
from ui.api import documents
from ui.api.service import OnStep, Own, Step, Syncing
from ui.api.visits import Notes, Visit

if TYPE_CHECKING:
    from rag.index.library import Library
    from rag.schema import Article, ArticleInfo

_GONE = (404, 410)
_BY_HAND = "whose article was removed or replaced by hand; ibid add has it back"
_MOST_NAMED = 3


@dataclass(slots=True)
class _Place:
    """A file or link that is looked at, once, for all that it is followed by."""

    file: Path | str
    found_at: list[followed.Followed]
    had: dict[str, followed.Had]


_AllSeen = dict[followed.Followed, followed.Seen]


@contextmanager
def following(library: Library, new: Sequence[followed.Followed]) -> Iterator[None]:
    """Follow places, each with its collection; those of which nothing was had then, no longer.

    One that was followed before stays as it was.
    """
    catalog = library.catalog

    def held() -> dict[tuple[str, str], followed.Followed]:
        return {(one.kind, one.place): one for one in catalog.followed()}

    before = held()
    for one in new:
        if one.collection:
            library.create_collection(one.collection)
        catalog.follow(one, [])
    try:
        yield
    finally:
        now = held()
        for kind_and_place in {(one.kind, one.place) for one in new} - before.keys():
            known = now.get(kind_and_place)
            if known is not None and not catalog.had(known):
                catalog.unfollow(known)


class Sync:
    """One look at what is followed; what comes of it, ``on_step`` is told."""

    def __init__(self, own: Own, syncing: Syncing, on_step: OnStep) -> None:
        self.own = own
        self._catalog = own.library.catalog
        self._syncing = syncing
        self.on_step = on_step
        self._reading = (own.reading or Reading)(own.worker)
        self._gone: list[followed.Had] = []
        self._single: list[followed.Followed] = []
        self._moved = set[str]()
        self._foreseen = set[str]()
        self._left: dict[str, list[str]] = {}

    def run(self) -> None:
        """Look at all of it, add and replace, and only then remove.

        Raises:
            LibraryError: a place is not followed, or the library cannot be changed.
        """
        all_found_at = self._catalog.followed()
        if self._syncing.places:
            all_found_at = followed.named(all_found_at, self._syncing.places)
        if self._syncing.kinds:
            all_found_at = [one for one in all_found_at if one.kind in self._syncing.kinds]
        places: dict[str, _Place] = {}
        seen: _AllSeen = {}
        for one in all_found_at:
            self._look(one, places, seen)
        self.on_step(Step(-1, found=list(places)))
        with Notes(self.own) as notes:
            for number, place in enumerate(places.values()):
                if not self._visit(number, place, notes):
                    # It is read whole next time, lest what failed be forgotten.
                    seen |= {one: followed.UNSEEN for one in place.found_at if one in seen}
        if not self._syncing.dry_run:
            for one, now in seen.items():
                self._catalog.looked(one, now)
        self._remove()
        if not self._syncing.dry_run:
            for one in self._single:
                if not self._catalog.had(one):  # Its article is gone, or stands elsewhere now.
                    self._catalog.unfollow(one)
        for why, names in self._left.items():
            self.on_step(Step(-1, passed=[_told(names, why)]))

    def _look(
        self,
        found_at: followed.Followed,
        places: dict[str, _Place],
        seen: _AllSeen,
    ) -> None:
        def tell(**what: Any) -> None:
            self.on_step(Step(-1, source=found_at.place, **what))

        tell()
        had = self._catalog.had(found_at)
        try:
            stands = self._reading.standing(found_at, had, lambda done, of: tell())
        except ArticleError as error:
            tell(failed=str(error))
            return
        seen[found_at] = stands.seen
        if had and found_at.kind in ("file", "page"):
            self._single.append(found_at)
        self._gone += stands.gone
        tell(passed=stands.passed)
        for file in stands.files:
            place = places.setdefault(str(file), _Place(file, [], {}))
            place.found_at.append(found_at)
            place.had |= {one.source: one for one in had if one.place == str(file)}

    def _visit(self, number: int, place: _Place, notes: Notes) -> bool:
        """Whether all at a place is now as it stands there."""
        columns = next((one.columns for one in place.found_at if one.columns), ())
        reading = self._reading.under(Columns(*columns))
        visit = _Look(self, number, place)
        seen = next((one.seen for one in place.had.values()), followed.UNSEEN)
        try:
            visit.run(reading, seen)
        finally:
            if not self._syncing.dry_run:
                for one in place.found_at:
                    notes.note(one, visit)
        if reading.is_unchanged:
            held = sum(one.is_held for one in place.had.values())
            self.on_step(Step(number, unchanged=held))
            for _ in range(len(place.had) - held):
                self.leave(_BY_HAND, visit.name)
        elif visit.is_whole and reading.holds_several:
            self._gone += [one for source, one in place.had.items() if source not in visit.read]
        return visit.is_whole

    def take(self, article: Article, place: _Place, visit: _Look) -> Any:
        """Add an article that stands at a place, as `Visit` asks for it.

        What a person removed, or let another take the place of, does not come back by itself.
        """
        own, known = self.own.library, place.had.get(article.source)
        outcome = own.foresee(article)
        in_place_of = ""
        if outcome.outcome == "added" and known is not None:
            self.leave(_BY_HAND, visit.name)
            return None
        onward = _led_onward(article, place)
        if onward is not None:
            is_other = outcome.outcome != "added" and outcome.article.id != onward.article_id
            if is_other or not own.is_near(article, onward.article_id):
                self.leave("that leads to another page now; what was had is kept", visit.name)
                return None
            in_place_of = onward.article_id
            self._gone.append(onward)
        if self._syncing.dry_run:
            return self._foretold(article, outcome, onward)
        outcome = visit.added(article, in_place_of)
        if outcome.outcome == "added" or known is None:
            for collection in {one.collection for one in place.found_at} - {""}:
                own.collect(collection, [outcome.article.id])
        return outcome

    def _foretold(self, article: Article, outcome: Any, onward: followed.Had | None) -> Any:
        """What would become of an article, those before it in mind."""
        if onward is not None:
            outcome = replace(outcome, outcome="replaced", moved_from=onward.source)
        if outcome.outcome == "added" and article.digest in self._foreseen:
            outcome = replace(outcome, outcome="same")
        self._foreseen.add(article.digest)
        self._moved.add(outcome.moved_from)
        return outcome

    def leave(self, why: str, name: str) -> None:
        """Tell at the end what was passed over, all together that is for one reason."""
        self._left.setdefault(why, []).append(name)

    def page_is_gone(self, link: str) -> bool:
        """Note that a page says so; False where nothing was had from it."""
        had = self._catalog.had_at(link)
        self._gone += had
        return bool(had)

    def _remove(self) -> None:
        gone = {one.source: one for one in self._gone if one.source not in self._moved}
        ids = {one.article_id for one in gone.values()}
        infos = self._catalog.infos(ids)
        # What is not held from there any more has moved, or was removed already.
        held = {
            one.source: infos[one.article_id]
            for one in self._catalog.had_as(ids)
            if one.is_held and one.source in gone
        }
        removed: list[str] = []
        for source, info in held.items():
            if info.by_hand:
                self.leave("gone from there and edited by hand; ibid remove removes it", source)
            elif self._syncing.prune:
                removed.append(source)
            else:
                self.leave("gone from there and kept; --prune removes it", source)
        told = self._without_sources([held[source] for source in removed], set(removed))
        if not self._syncing.dry_run:
            if removed:
                self.own.remove_sources(removed)
            kept = held.keys() - set(removed)
            self._catalog.forget_had([source for source in gone if source not in kept])
        if told:
            self.on_step(Step(-1, removed=[*map(documents.info, told)]))

    def _without_sources(self, infos: Sequence[ArticleInfo], gone: set[str]) -> list[ArticleInfo]:
        """Those articles that stand nowhere else but where they are gone."""
        others = self._catalog.other_sources([info.id for info in infos])
        known = {info.id: info for info in infos}
        return [
            info
            for info in known.values()
            if {info.source, *(one.source for one in others.get(info.id, ()))} <= gone
        ]


class _Look(Visit):
    """A visit that adds only what is wanted, and knows a page that is gone.

    ``read`` are the sources of all that stands there, wanted or not.
    """

    def __init__(self, sync: Sync, number: int, place: _Place) -> None:
        super().__init__(sync.own, number, place.file, sync.on_step, take=self._wanted)
        self.name = str(place.file)
        self.read = set[str]()
        self._sync = sync
        self._at = place

    def _wanted(self, article: Article) -> Any:
        self.read.add(article.source)
        return self._sync.take(article, self._at, self)

    def fail(self, error: ArticleError) -> None:
        """Tell a failure; that a page of which an article was had is gone is none."""
        is_gone = error.kind == "server refuses" and error.facts.get("status") in _GONE
        if not (is_gone and self._sync.page_is_gone(self.name)):
            super().fail(error)


def _led_onward(article: Article, place: _Place) -> followed.Had | None:
    """What was had by a link that leads elsewhere now."""
    if not isinstance(place.file, str) or article.source in place.had:
        return None
    return next((one for one in place.had.values() if one.is_held), None)


def _told(names: Sequence[str], why: str) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"passed over: {len(names)} {why}: {', '.join(names[:_MOST_NAMED])}{more}"
