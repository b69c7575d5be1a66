"""What a person does to the articles that a library holds: corrects facts, makes collections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, NamedTuple

from rag.errors import ArticleError
from rag.index.changes import Change
from rag.loaders import corrected
from rag.loaders.facts import EDITABLE
from rag.schema import ArticleInfo
from rag.stores import Catalog, VectorIndex


class Edited(NamedTuple):
    """An article before it was edited, and since."""

    before: ArticleInfo
    after: ArticleInfo


class Curated:
    """The part of a library for what people know better than its articles say.

    What the vector index must hear of it is written down in the catalog with it. An index that is
    not open yet hears of a name when it is, so that none need be opened for that; one that others
    ask too hears of it at once.
    """

    catalog: Catalog
    is_shared: bool
    _vectors: VectorIndex | None

    def edit(self, article_id: str, **facts: str | None) -> ArticleInfo:
        """Write facts over what was read: see `edit_all`."""
        return self.edit_all([article_id], facts)[0].after

    def edit_all(self, article_ids: Iterable[str], facts: Mapping[str, str | None]) -> list[Edited]:
        """Write facts over what was read of articles: those of `rag.loaders.facts.EDITABLE`.

        A day is said as 2024-11-28; of what is empty nothing is known. The edit stays when the
        article is read anew. A new title is embedded with every chunk.

        Raises:
            UnknownArticle: there is none of an id; then none is edited.
            ArticleError: a fact makes no sense; then none is edited.
        """
        with self._changing("edit") as change:
            ids = [self.full_id(one) for one in article_ids]
            change.of(ids)
            infos = self.catalog.infos(ids)
            told = [(infos[id_], corrected(facts, infos[id_].title)) for id_ in dict.fromkeys(ids)]
            edited = [Edited(info, self._edited(info, said)) for info, said in told]
            if any(one.before.title != one.after.title for one in edited):
                self.bring_up_to_date()  # there are other vectors, and not only other labels
            else:
                self._tell_vectors()
        return edited

    def unedit(self, edited: Edited) -> ArticleInfo:
        """Take an edit back, so that its article is known as before, and read anew as before.

        Raises:
            UnknownArticle: it is gone.
            ArticleError: it has changed since; then it stays as it is.
        """
        before = edited.before
        with self._changing("unedit") as change:
            change.of([before.id])
            article = self.catalog.article(self.full_id(before.id))
            if article.info != edited.after:
                raise ArticleError(
                    f"{article.title}: it has changed since, so that edit cannot be taken back; "
                    "edit it once more",
                    "edit overtaken",
                    title=article.title,
                )
            facts = {name: getattr(before, name) for name in EDITABLE}
            by_hand = {name: facts[name] for name in before.by_hand}
            if article.title == before.title:
                self.catalog.describe(before.id, facts, by_hand)
                self._tell_vectors()
            else:
                record = {"added": self.catalog.added(before.id), "edited": by_hand}
                self._put(replace(article, **facts, by_hand=before.by_hand), **record)
                self.bring_up_to_date()
        return self.catalog.infos([before.id])[before.id]

    def _edited(self, info: ArticleInfo, said: Mapping[str, Any]) -> ArticleInfo:
        new = {name: fact for name, fact in said.items() if fact != getattr(info, name)}
        if "title" in new:
            article = replace(self.catalog.article(info.id), **new)
            record = {
                "added": self.catalog.added(info.id),
                "edited": self.catalog.edited(info.id) | new,
            }
            self._put(article, **record)
        elif new:
            self.catalog.describe(info.id, new)
        return self.catalog.infos([info.id])[info.id]

    def collections(self) -> list[str]:
        """The names of all collections."""
        return [one.name for one in self.catalog.collections()]

    def collect(self, name: str, article_ids: Iterable[str]) -> list[ArticleInfo]:
        """Put articles into a collection, made if there is none; those that are new in it.

        Raises:
            UnknownArticle: there is none of an id; then none is put there.
        """
        with self._changing("collect", name) as change:
            new = self.catalog.collect(name, [self.full_id(one) for one in article_ids])
            change.of(new)
            self._tell_vectors()
        return list(self.catalog.infos(new).values())

    def uncollect(self, name: str, article_ids: Iterable[str]) -> list[ArticleInfo]:
        """Take articles out of a collection; those that were in it.

        Raises:
            UnknownArticle: there is none of an id; then none is taken out.
            UnknownCollection: there is none of that name.
        """
        with self._changing("uncollect", name) as change:
            gone = self.catalog.uncollect(name, [self.full_id(one) for one in article_ids])
            change.of(gone)
            self._tell_vectors()
        return list(self.catalog.infos(gone).values())

    def create_collection(self, name: str) -> bool:
        """Make a collection; False where there was one of that name."""
        with self._changing("create collection", name):
            return self.catalog.create_collection(name)

    def rename_collection(self, name: str, new: str) -> None:
        """Give a collection another name. Raises LibraryError: it is taken, or nobody's."""
        with self._changing("rename collection", name, new):
            self.catalog.rename_collection(name, new)

    def delete_collection(self, name: str) -> int:
        """Forget a collection, and no article; how many were in it. Raises UnknownCollection."""
        with self._changing("delete collection", name):
            count = self.catalog.delete_collection(name)
            self._tell_vectors()
        return count

    def _tell_vectors(self) -> None:
        if self._vectors is not None or self.is_shared:
            self.bring_up_to_date()

    # What a library has

    def full_id(self, prefix: str) -> str:
        """The one article id that begins with ``prefix``."""
        raise NotImplementedError

    def bring_up_to_date(self) -> None:
        """Index what the catalog holds and the vector index does not yet."""
        raise NotImplementedError

    def _changing(
        self, act: str = "", collection: str = "", new: str = ""
    ) -> AbstractContextManager[Change]:
        raise NotImplementedError

    def _put(self, article: Any, **record: Any) -> None:
        raise NotImplementedError
