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

    ``twin``: the article, had from elsewhere, that it is already, word for word, or was merged
    into; ``moved_from`` is then the source of it that its file had before. ``left``: the article
    that was had from there till now, word for word as from elsewhere, and keeps its text.
    """

    id: str
    held: ArticleInfo | None = None
    moved_from: str = ""
    namesake: ArticleInfo | None = None
    twin: ArticleInfo | None = None
    left: ArticleInfo | None = None


class Origins:
    """Finds the places of articles in one catalog.

    Two articles are one if they have the same text, and it is of so many words that this is no
    chance, or they say the same of themselves too: "Sold out." may be the text of many. What the
    first says of itself, such as its publisher, is what is known of both.
    """

    def __init__(self, catalog: Catalog, least_words: int) -> None:
        self._catalog = catalog
        self._least_words = least_words
        self._gone: dict[str, str] = {}
        self._looked_until = 0.0

    def place(self, article: Article) -> Place:
        """Where an article belongs, by where it was had and by its text.

        It never is by what it says of itself.
        """
        namesake = self._namesake(article)
        held = self._catalog.with_source(article.source)
        if held and not self._is_left(held, article):
            return Place(held.id, held, namesake=namesake)
        also = None if held else self._catalog.also_had_at(article.source)
        if also and also[1].body == article.body:
            return Place(also[0].id, twin=also[0])
        if not (held or also) and (moved := self._moved(article)):
            if not self._is_left(moved, article):
                return Place(moved.id, moved, moved.source, namesake)
            held = moved
        if twin := self.twin(article):
            moved_from = self._moved_source(twin, article.body)
            return Place(twin.id, moved_from=moved_from, twin=twin, left=held)
        free = article.id
        while self._catalog.digest_of(free) is not None:  # It went to an article that moved away.
            free = identifier(f"{free}\n{article.source}")
        return Place(free, namesake=namesake, left=held)

    def _is_left(self, held: ArticleInfo, article: Article) -> bool:
        """Whether an article has its text from elsewhere too, and so keeps it as this changes."""
        others = self._catalog.other_sources([held.id]).get(held.id, ())
        if not others:
            return False
        body = self._catalog.article(held.id).body
        return article.body != body and any(one.body == body for one in others)

    def twin(self, article: Article) -> ArticleInfo | None:
        """The article that has the same text, and so is the same."""
        if by_digest := self._catalog.with_digest(article.digest):
            return by_digest
        same = self._catalog.with_text(article.body)
        return next((info for info, words in same if words >= self._least_words), None)

    def _moved_source(self, twin: ArticleInfo, body: str) -> str:
        """The file, gone by now, that the article was had from too; mostly empty."""
        others = self._catalog.other_sources([twin.id]).get(twin.id, ())
        same = [Path(one.source) for one in others if one.body == body]
        return next((str(one) for one in same if one.is_absolute() and _is_gone(one)), "")

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
        return self._catalog.infos([id_]).get(id_)  # None: removed just now

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
