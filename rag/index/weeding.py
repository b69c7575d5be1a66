"""What a person takes out of a library: articles, sources of them, all but one of several alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from rag.duplicates import Near, OtherSource, Removed
from rag.errors import ArticleError, UnknownArticle
from rag.index.curating import Curated
from rag.language.visible import bounded
from rag.schema import ArticleInfo
from rag.settings import Settings


class Weeded(Curated):
    """The part of a library that takes articles out and puts them back."""

    settings: Settings

    def take(self, article_ids: Iterable[str]) -> list[Removed]:
        """Remove articles, and return all that `put_back` needs; unknown ids are no error."""
        with self._changing("remove") as change:
            taken = self.catalog.take(article_ids)
            change.of(one.article.id for one in taken)
            self.bring_up_to_date()
        return taken

    def put_back(self, removed: Removed) -> bool:
        """Undo a removal, embedding nothing anew; False if the article was added again by then."""
        return self.put_all_back([removed])[0]

    def put_all_back(self, removed: Iterable[Removed]) -> list[bool]:
        """The same of several at once; of each, whether it is back."""
        are_back = []
        with self._changing("put back") as change:
            for one in removed:
                are_back.append(self._is_free(one))
                if are_back[-1]:
                    change.of([one.article.id])
                    if one.merged_into:
                        sources = (one.article.source, *(other.source for other in one.also))
                        self.catalog.unmerge(one.merged_into, sources, one.brought)
                    record: dict[str, Any] = {
                        "added": one.added, "edited": one.edited,
                        "collections": one.collections, "also": one.also,
                    }  # fmt: skip
                    self.catalog.put(one.article, one.chunks, one.vectors, **record)
            self.bring_up_to_date()
        return are_back

    def _is_free(self, removed: Removed) -> bool:
        """Whether what was removed can come back: nothing was had from there meanwhile."""
        source = removed.article.source
        if self.catalog.digest_of(removed.article.id) or self.catalog.with_source(source):
            return False
        also = self.catalog.also_had_at(source)
        return also is None or also[0].id == removed.merged_into

    def remove(self, article_ids: Iterable[str]) -> list[ArticleInfo]:
        """Remove articles, by id or by the beginning of one that fits no other.

        Raises:
            UnknownArticle: one of them is not there; then none is removed.
        """
        with self._changing("remove") as change:
            gone = self.catalog.infos([self.full_id(some) for some in article_ids])
            change.of(gone)
            self.catalog.remove(gone)
            self.bring_up_to_date()
        return list(gone.values())

    def remove_source(self, source: str) -> tuple[ArticleInfo, bool]:
        """Forget that an article was had there: the article, and whether it is gone with that.

        It stays if it was had elsewhere too, with all else that is known of it, and stands under
        its own source or the oldest that is left.

        Raises:
            UnknownArticle: none was had there.
        """
        with self._changing("remove source") as change:
            if also := self.catalog.also_had_at(source):
                change.of([also[0].id])
                self.catalog.drop_source(source)
                return also[0], False
            if (held := self.catalog.with_source(source)) is None:
                raise UnknownArticle(
                    f"no article was had at {bounded(source)}; ibid show ID tells where each was"
                )
            change.of([held.id])
            if heir := self.catalog.hand_over(held.id):
                return replace(held, source=heir), False
            self.remove([held.id])
        return held, True

    def note_sources(self, article_id: str, twin: Removed) -> None:
        """Note of an article where its double was had, as far as nothing is had from there."""
        own = OtherSource(twin.article.source, twin.article.body, twin.added)
        with self._changing("add source") as change:
            change.of([article_id])
            self.catalog.add_sources(article_id, [own, *twin.also])

    def other_sources(self, article_id: str) -> tuple[OtherSource, ...]:
        """Where else an article was had, oldest first."""
        return self.catalog.other_sources([article_id]).get(article_id, ())

    # Articles that are nearly the same

    def near(self, article_id: str) -> list[Near]:
        """The articles that are nearly the same as one, the likest first."""
        return self.catalog.near(article_id, self.settings.duplicates)

    def merge(self, keep: str, others: Iterable[str]) -> list[Removed]:
        """Make one article of several: the first stays as it is, the text of the others is gone.

        It has their sources and collections since. What is had from one of their sources again
        is taken for it, as long as its text is what it was. `put_all_back` undoes it.

        Raises:
            UnknownArticle: one of them is not there; then none is merged.
            ArticleError: an article would be merged into itself.
        """
        with self._changing("merge") as change:
            change.new = kept = self.full_id(keep)
            ids = list(dict.fromkeys(self.full_id(one) for one in others))
            if kept in ids or not ids:
                raise ArticleError(f"{kept} cannot be merged into itself; name another article")
            change.of(ids)
            merged = [self.catalog.merge(kept, one) for one in ids]
            self.bring_up_to_date()
        return merged
