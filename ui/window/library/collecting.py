"""Collections, as the page of the library shows, makes, fills, renames and forgets them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rag.errors import UnknownArticle
from rag.index.library import Library
from rag.language.visible import plain
from rag.schema import Filter
from ui import strings
from ui.window.library.undoing import Undoing
from ui.window.page.events import words_of

Json = dict[str, Any]
Forgotten = tuple[str, tuple[str, ...]]
"""A collection that was deleted: its name, and the ids that were in it."""


class CollectionService:
    """What every window does to the collections of the one library.

    Each method takes and gives what JSON can say; what goes wrong is raised as an `IbidError`.
    ``changed`` is called after each change. Ids come checked, by ``ids_of``.
    """

    def __init__(
        self,
        library: Callable[[], Library | None],
        changed: Callable[[], None],
        ids_of: Callable[[Json, str], list[str]],
    ) -> None:
        self._library = library
        self._changed = changed
        self._ids_of = ids_of
        self._forgotten: Undoing[Forgotten] = Undoing()

    def collections(self, given: Json) -> Json:
        """All of them by name: how many articles are ``inside``, and how many of the ``ids``."""
        own = self._library()
        if own is None:
            return {"problem": strings.STILL_LOADING}
        ids = tuple(self._ids_of(given, "ids"))
        found = []
        for one in own.catalog.collections():
            held = (
                own.catalog.matching(Filter(collections=(one.name,), articles=ids)) if ids else ()
            )
            found.append({"name": one.name, "inside": one.articles, "held": len(held)})
        return {"collections": found, "of": len(ids)}

    def collect(self, given: Json) -> Json:
        """Put articles into a collection, made if there is none; or, not ``into``, out of it."""
        own, name, ids = self._library(), words_of(given, "name"), self._ids_of(given, "ids")
        if own is None:
            return {"problem": strings.STILL_LOADING}
        try:
            if given.get("into"):
                own.create_collection(name)  # of no article, if all are gone
                own.collect(name, ids)
            else:
                own.uncollect(name, ids)
        except UnknownArticle:
            return {"problem": strings.UNKNOWN_ARTICLE}
        self._changed()
        return {}

    def rename_collection(self, given: Json) -> Json:
        """Give a collection a ``new`` name."""
        own = self._library()
        if own is None:
            return {"problem": strings.STILL_LOADING}
        own.rename_collection(words_of(given, "name"), words_of(given, "new"))
        self._changed()
        return {}

    def delete_collection(self, given: Json) -> Json:
        """Forget a collection, and none of its articles; the word that makes it again."""
        own, name = self._library(), words_of(given, "name")
        if own is None:
            return {"problem": strings.STILL_LOADING}
        held = tuple(own.catalog.matching(Filter(collections=(name,))))
        own.delete_collection(name)
        self._changed()
        return {"token": self._forgotten.keep((name, held)), "name": plain(name)}

    def remake_collection(self, given: Json) -> Json:
        """Undo a deletion; articles that are gone by now are left out."""
        own, token = self._library(), words_of(given, "token")
        if own is None:
            return {"problem": strings.STILL_LOADING}
        forgotten = self._forgotten.take(token)
        if forgotten is None:
            return {"problem": strings.NO_COLLECTION_BACK}
        name, held = forgotten
        own.create_collection(name)
        own.collect(name, list(own.catalog.infos(held)))
        self._changed()
        return {}
