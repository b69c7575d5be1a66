"""The articles of a set, and where in them stands what another system says that it cites."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from eval.importers.foreign import find
from eval.sets.cases import Case
from eval.sets.evidence import folders
from rag.errors import ModelError, UnknownArticle
from rag.language.sentences import split
from rag.language.visible import bounded
from rag.loaders import read
from rag.protocols import Embedder
from rag.schema import Article, ArticleInfo, Citation, Passage
from rag.settings import Settings

_FEWEST_WORDS = 4  # of a quotation that is looked for in articles that were not named
_LONGEST = 20_000  # characters of a quotation that is looked for word by word
_ENOUGH = 0.5  # of a quotation, by letters, that must stand in an article
Place = tuple[str, str, int, int]
"""An article by its id and its source, and offsets in it."""
_ELLIPSIS = re.compile(r"\s*(?:\[?\.\.\.\]?|\[?…\]?)\s*")


@dataclass(frozen=True, slots=True)
class Source:
    """What an answer names as where its words are from, as far as it says.

    ``names`` are titles, names of files, addresses and ids. ``start`` and ``end`` are offsets in
    the article. ``number`` is what the text calls it. ``at`` is where the text of the answer cites
    it, ``sentence`` the sentence that does, ``verdict`` what it is worth to that. ``score`` is
    what the search gave it.
    """

    names: tuple[str, ...] = ()
    quote: str = ""
    start: int | None = None
    end: int | None = None
    number: str = ""
    at: int | None = None
    sentence: str = ""
    verdict: str = ""
    score: float = 0.0


@dataclass(frozen=True)
class SetArticles:
    """The articles that a set is about: what `eval.runs.runner.asked` needs of a library.

    ``settings`` are those under which Ibid's own checker judges the answers.
    """

    held: Sequence[Article]
    settings: Settings
    _by_id: dict[str, Article] = field(init=False, default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        self._by_id.update({article.id: article for article in self.held})

    def articles(self) -> list[ArticleInfo]:
        """All of them, without their text."""
        return [article.info for article in self._by_id.values()]

    def article(self, article_id: str) -> Article:
        """One, with its text.

        Raises:
            UnknownArticle: there is none of this id.
        """
        if article_id not in self._by_id:
            raise UnknownArticle(f"the set has no article {article_id}; name its file")
        return self._by_id[article_id]

    @cached_property
    def embedder(self) -> Embedder | None:
        """The embedder of the settings, for the measure "similarity"; None where none is here."""
        from rag.models.embedder import embedder

        try:
            return embedder(self.settings)
        except ModelError:
            return None

    def cited(self, source: Source, number: int) -> Citation:
        """What a source points to: a quotation's place, or all of an article that it only names.

        Its ``quote`` is empty where no words were quoted. What stands in no article that is known
        is of an article without an id, which is nobody's evidence.
        """
        article, start, end = self._place(source)
        if article is None:
            return Citation(number, _unknown(source), 0, max(len(source.quote), 1), source.quote)
        quote = article.text[start:end] if source.quote or source.start is not None else ""
        return Citation(number, article.info, start, end, quote)

    def passage(self, source: Source) -> Passage:
        """A passage that was found, as `cited`; it has the words that were told."""
        article, start, end = self._place(source)
        info = article.info if article else _unknown(source)
        return Passage(info, start, max(end, start + 1), source.quote, source.score)

    def _place(self, source: Source) -> tuple[Article | None, int, int]:
        named = self._named(source.names)
        quote, start, end = source.quote.strip(), source.start, source.end
        if start is not None and end is not None and 0 <= start < end:
            for article in named:
                if end <= len(article.text) and quote in ("", article.text[start:end].strip()):
                    return article, start, end
        if quote:
            others = self.held if len(quote.split()) >= _FEWEST_WORDS else ()
            for article in (*named, *(one for one in others if one not in named)):
                if place := _found(quote, article.text):
                    return article, *place
        elif named:
            return named[0], 0, len(named[0].text)
        return None, 0, 0

    def _named(self, names: Iterable[str]) -> list[Article]:
        """The articles that go by one of the names, or whose title begins one; the likeliest first.

        A name that several articles go by means none of them.
        """
        found: dict[str, Article] = {}
        for name in names:
            keys = list(_keys(name))
            exact = {one.id: one for key in keys for one in self._names.get(key, ())}
            if len(exact) == 1:
                found |= exact
            elif not exact and keys:
                begun = [title for title in self._titles if _begins(title, keys[0])]
                for article in self._titles[max(begun, key=len)] if begun else ():
                    found[article.id] = article
        return list(found.values())

    @cached_property
    def _names(self) -> dict[str, list[Article]]:
        names: dict[str, list[Article]] = {}
        for article in self._by_id.values():
            own = (article.id, article.title, article.source, article.address, article.link)
            for key in {key for name in (*own, article.stated_source) for key in _keys(name or "")}:
                names.setdefault(key, []).append(article)
        return names

    @cached_property
    def _titles(self) -> dict[str, list[Article]]:
        titles: dict[str, list[Article]] = {}
        for article in self._by_id.values():
            titles.setdefault(_plain(article.title), []).append(article)
        return {title: of for title, of in titles.items() if len(of) == 1}


def articles_of(
    cases: Sequence[Case], file: Path, folder: Path | None, settings: Settings
) -> SetArticles:
    """The articles of ``folder`` or, without one, of the folders that the cases name.

    Raises:
        CaseError: a case names a file that does not exist.
        ArticleError: an article cannot be read.
    """
    if folder is None and not any(case.evidence for case in cases):
        return SetArticles((), settings)
    places = [folder] if folder else folders(cases, file)
    return SetArticles([article for place in places for article in read(place)], settings)


def numbered(
    sources: Iterable[Source],
    articles: SetArticles,
    numbers: dict[Place, int],
) -> tuple[Citation, ...]:
    """What sources point to, each place once; one place has one number in the whole answer."""
    found: dict[Place, Citation] = {}
    for source in sources:
        one = articles.cited(source, 0)
        place = (one.article.id, one.article.source, one.start, one.end)
        found.setdefault(place, replace(one, number=numbers.setdefault(place, len(numbers) + 1)))
    return tuple(found.values())


def _found(quote: str, text: str) -> tuple[int, int] | None:
    """Where a quotation stands: all of it, or enough of its sentences and of what dots join."""
    if whole := find(quote, text) or _by_words(quote, text):
        return whole
    pieces = [
        piece[span.start : span.end] for piece in _ELLIPSIS.split(quote) for span in split(piece)
    ]
    if len(pieces) < 2:
        return None
    places = {
        piece: place for piece in pieces if (place := find(piece, text) or _by_words(piece, text))
    }
    if sum(map(len, places)) < _ENOUGH * sum(map(len, pieces)):
        return None
    return min(start for start, _ in places.values()), max(end for _, end in places.values())


def _by_words(quote: str, text: str) -> tuple[int, int] | None:
    """Where the words of a quotation stand, whatever its marks: others quote without markup."""
    words = re.findall(r"\w+", quote[:_LONGEST])
    if not words:
        return None
    match = re.search(r"\b" + r"\W+".join(words) + r"\b", text, re.IGNORECASE)
    return match.span() if match else None


def _keys(name: str) -> Iterator[str]:
    """What a name is known by: its words, and of a path or an address the last part."""
    plain = _plain(name)
    if not plain:
        return
    yield plain
    path = unquote(urlsplit(name).path) if "://" in name else name
    if "://" in name:
        yield _plain(f"{urlsplit(name).netloc.removeprefix('www.')}{path.rstrip('/')}")
    last = PurePosixPath(path.replace("\\", "/")).name
    if last and " " not in last and (last != name or "." in last):
        yield _plain(last)


def _plain(name: str) -> str:
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", name).casefold()))


def _begins(title: str, name: str) -> bool:
    return bool(title) and f"{name} ".startswith(f"{title} ")


def _unknown(source: Source) -> ArticleInfo:
    name = bounded(next((name for name in source.names if name), "")) or "?"
    return ArticleInfo("", name, name, None, None, None, "")
