"""Which article of a library a newly read one stands for: that had from the same place."""

from __future__ import annotations

import time
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from rag.loaders.text import identifier
from rag.schema import Article, ArticleInfo
from rag.stores import Catalog

# Of all words, how many an edited file keeps in their order.
_NEAR = 0.85
_MOST_WORDS = 3_000
# How many times as long as it took to look for files that are gone, the finding holds.
_WORTH = 10


@dataclass(frozen=True, slots=True)
class Place:
    """Under which id an article belongs.

    ``held`` is what the library has there, ``moved_from`` where it was had before its file moved.
    ``namesake``: the article, had from elsewhere, that it says it is.
    """

    id: str
    held: ArticleInfo | None = None
    moved_from: str = ""
    namesake: ArticleInfo | None = None


class Origins:
    """Finds the places of articles in one catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._gone: dict[str, str] = {}
        self._looked_until = 0.0

    def place(self, article: Article) -> Place:
        """Where an article belongs, by where it was had and never by what it says of itself."""
        if held := self._catalog.with_source(article.source):
            return Place(held.id, held, namesake=self._namesake(article))
        if moved := self._moved(article):
            return Place(moved.id, moved, moved.source, self._namesake(article))
        free = article.id
        while self._catalog.digest_of(free) is not None:  # It went to an article that moved away.
            free = identifier(f"{free}\n{article.source}")
        return Place(free, namesake=self._namesake(article))

    def _namesake(self, article: Article) -> ArticleInfo | None:
        stated = article.stated_source
        return self._catalog.with_source(stated) if stated else None

    def _moved(self, article: Article) -> ArticleInfo | None:
        """The article of a file that is gone, where this one has much the same text.

        It was in the same folder, or bore the same name, or this one says just the same.
        """
        file = Path(article.source)
        if not file.is_absolute():
            return None
        self._look()
        twin = self._catalog.with_digest(article.digest)
        near = [
            id_
            for source, id_ in self._gone.items()
            if (
                Path(source).parent == file.parent
                or Path(source).name == file.name
                or (twin is not None and twin.id == id_)
            )
            and _is_gone(Path(source))
            and (held := self._catalog.with_source(source)) is not None
            and held.id == id_
        ]
        found = [(self._likeness(article, id_), id_) for id_ in near]
        likeness, id_ = max(found, default=(0.0, ""))
        if likeness < _NEAR:
            return None
        return self._catalog.infos([id_])[id_]

    def _look(self) -> None:
        """See which files are gone; not for each file of a folder of thousands that is added."""
        began = time.monotonic()
        if began > self._looked_until:
            paths = self._catalog.paths()
            self._gone = {source: id_ for source, id_ in paths.items() if _is_gone(Path(source))}
            ended = time.monotonic()
            self._looked_until = ended + _WORTH * (ended - began)

    def is_near(self, article: Article, id_: str) -> bool:
        """Whether the article of this id has much the same text as another."""
        return self._likeness(article, id_) >= _NEAR

    def _likeness(self, article: Article, id_: str) -> float:
        held = self._catalog.text(id_, 0, len(article.text) * 2)
        words = [text.split()[:_MOST_WORDS] for text in (held, article.text)]
        matcher = SequenceMatcher(None, words[0], words[1])
        if matcher.real_quick_ratio() < _NEAR or matcher.quick_ratio() < _NEAR:
            return 0.0
        return matcher.ratio()


def _is_gone(file: Path) -> bool:
    """Whether a file is no longer there; not where its folder is away too, as on another disk."""
    try:
        return file.parent.is_dir() and not file.exists()
    except OSError:
        return False
