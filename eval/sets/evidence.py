"""Where the evidence of a set stands: in the library, in files, or nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from eval.metrics import Span
from eval.sets.cases import Case, Evidence, read
from rag import loaders
from rag.errors import ArticleError, CaseError
from rag.loaders.text import identifier
from rag.schema import Article, ArticleInfo, Filter

HERE: ContextVar[Path | None] = ContextVar("HERE", default=None)
"""The working folder of whoever asks; that of this process where nobody says otherwise."""

ARTICLES = "articles"
"""The folder beside a set that holds its articles, where no case names any."""


class Articles(Protocol):
    """What holds the articles: the two methods of `rag.index.library.Library` that a run needs."""

    def articles(self) -> list[ArticleInfo]:
        """All of them, without their text."""

    def article(self, article_id: str) -> Article:
        """One, with its text."""


def resolve(cases: Sequence[Case], library: Articles, root: Path) -> dict[str, tuple[Span, ...]]:
    """Where the evidence of each case stands in the library, by case id.

    The named file is read and its articles are looked up by id (hence source) or digest, so a
    copy added from elsewhere counts. Every occurrence of a quote is gold, since the same words
    support as well wherever they stand.

    Args:
        root: the set file, or a folder. The path of an article is relative to the working
            folder, else to ``root`` or any folder above it.

    Raises:
        CaseError: two cases share an id, a file is missing or cannot be read, the library lacks
            its article, or the article lacks the quote.
    """
    sought = _Evidence(library, root)
    gold: dict[str, tuple[Span, ...]] = {}
    for case in cases:
        if case.id in gold:
            raise CaseError(f"case {case.id}: two cases have this id; give one another")
        spans = [span for evidence in case.evidence for span in sought.spans(case, evidence)]
        gold[case.id] = tuple(dict.fromkeys(spans))
        sought.held_out(case)
    return gold


def filters(cases: Sequence[Case], library: Articles, root: Path) -> dict[str, Filter]:
    """Which articles may answer each case that is asked ``without`` some, by case id.

    Raises:
        CaseError: one of them is not in the library.
    """
    sought = _Evidence(library, root)
    return {case.id: sought.filter(case) for case in cases if case.without}


def folders(cases: Sequence[Case], file: Path) -> list[Path]:
    """The folders of a set's own articles: all articles of these make its library.

    They are those of the files that its cases name or, where none does, ``articles`` beside it.

    Raises:
        CaseError: a file does not exist, or there are none.
    """
    paths = articles_named(cases, file)
    chosen = list(dict.fromkeys(path if path.is_dir() else path.parent for path in paths))
    if not chosen and (beside := file.parent / ARTICLES).is_dir():
        chosen = [beside]
    if not chosen:
        raise CaseError(
            f"{file}: no case names an article, and there is no folder {ARTICLES} beside it; "
            "name the evidence of one case at least"
        )
    return chosen


def articles_named(cases: Sequence[Case], root: Path) -> list[Path]:
    """The files and folders that the cases name, each once, in that order.

    They hold the answers and nothing else: a library of these alone is easier to search than
    one with their neighbours.

    Raises:
        CaseError: one of them does not exist.
    """
    return list(dict.fromkeys(_find(case, name, root) for case in cases for name in _names(case)))


def unknown(cases: Sequence[Case], library: Articles) -> list[str]:
    """The articles that the cases name and the library has neither by id nor by source."""
    sought = _Evidence(library, Path())
    return list(dict.fromkeys(n for case in cases for n in _names(case) if not sought.knows(n)))


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found: how many cases and quotes there are, and all that is wrong.

    ``in_library`` of the quotes stand in the library, the others in files alone.
    """

    cases: int
    quotes: int
    in_library: int
    faults: tuple[str, ...]


def check(file: Path, library: Articles | None = None) -> Checked:
    """Prove that every quote of a set stands, word for word, in the library or in its file.

    Raises:
        CaseError: the file cannot be read at all.
    """
    reading = read(file)
    faults = [str(fault) for fault in reading.faults]
    stored = _Evidence(library, file) if library else None
    written = _Evidence(None, file)
    quotes = in_library = 0

    def stands(case: Case, evidence: Evidence) -> bool:
        if stored:
            try:
                return bool(stored.spans(case, evidence))
            except CaseError:
                if stored.knows(evidence.article):
                    raise
        written.spans(case, evidence)
        return False

    for line, case in reading.cases.items():
        for number, evidence in enumerate(case.evidence):
            quotes += 1
            try:
                in_library += stands(case, evidence)
            except CaseError as error:
                faults.append(f"{file}, line {line}, field evidence[{number}]: {error}")
        for number, name in enumerate(case.without):
            try:
                if not (stored and stored.knows(name)):
                    _find(case, name, file)
            except CaseError as error:
                faults.append(f"{file}, line {line}, field without[{number}]: {error}")
    return Checked(len(reading.cases), quotes, in_library, tuple(faults))


class _Evidence:
    """Finds quotes, reading each file and each article once; without a library, in files."""

    def __init__(self, library: Articles | None, root: Path) -> None:
        self._library = library
        self._root = root
        infos = library.articles() if library else []
        self._ids: dict[str, list[str]] = {}  # by id, source and digest
        for info in infos:
            for key in dict.fromkeys((info.id, info.source, info.digest)):
                self._ids.setdefault(key, []).append(info.id)
        # A set of an older Ibid may name what an article says is its source, or the id of that.
        stated: dict[str, list[str]] = {}
        for info in infos:
            if info.stated_source:
                for key in (info.stated_source, identifier(info.stated_source)):
                    stated.setdefault(key, []).append(info.id)
        self._ids = stated | self._ids
        self._read: dict[Path, list[Article]] = {}
        self._texts: dict[str, str] = {}

    def knows(self, name: str) -> bool:
        """Whether the library has an article of this id or source."""
        return name in self._ids

    def spans(self, case: Case, evidence: Evidence) -> list[Span]:
        """Every place of the quote. Raises CaseError where there is none."""
        places = [
            Span(article_id, start, start + len(evidence.quote))
            for article_id in self._stored(case, evidence.article)
            for start in _places(evidence.quote, self._text(article_id))
        ]
        if places:
            return places
        if not self.knows(evidence.article) and any(
            evidence.quote in article.text for article in self._written(case, evidence.article)
        ):
            raise CaseError(
                f"case {case.id}: the library holds another version of {evidence.article}; "
                f"add {_find(case, evidence.article, self._root)} again"
            )
        raise CaseError(
            f"case {case.id}: {evidence.article} does not say {_short(evidence.quote)}; "
            "copy the quote exactly as it stands there"
        )

    def held_out(self, case: Case) -> set[str]:
        """The ids of the articles that the case is asked without."""
        return {id_ for name in case.without for id_ in self._stored(case, name)}

    def filter(self, case: Case) -> Filter:
        """All articles but those."""
        out = self.held_out(case)
        every = dict.fromkeys(id_ for ids in self._ids.values() for id_ in ids)
        return Filter(articles=tuple(id_ for id_ in every if id_ not in out))

    def _stored(self, case: Case, name: str) -> list[str]:
        """The ids of the articles that a name means."""
        if self.knows(name):
            return self._ids[name]
        written = self._written(case, name)
        if self._library is None:
            return [article.id for article in written]
        keys = (key for article in written for key in (article.id, article.digest))
        stored = list(dict.fromkeys(id_ for key in keys for id_ in self._ids.get(key, ())))
        if not stored:
            path = _find(case, name, self._root)
            raise CaseError(f"case {case.id}: the library does not hold {name}; add {path} to it")
        return stored

    def _written(self, case: Case, name: str) -> list[Article]:
        path = _find(case, name, self._root)
        if path not in self._read:
            try:
                self._read[path] = loaders.read(path)
            except ArticleError as error:
                raise CaseError(f"case {case.id}: {error}") from error
            if self._library is None:
                self._texts |= {article.id: article.text for article in self._read[path]}
        return self._read[path]

    def _text(self, article_id: str) -> str:
        if article_id not in self._texts and self._library:
            self._texts[article_id] = self._library.article(article_id).text
        return self._texts[article_id]


def _names(case: Case) -> Iterator[str]:
    yield from (one.article for one in case.evidence)
    yield from case.without


def _find(case: Case, name: str, root: Path) -> Path:
    root = root.absolute()
    here = HERE.get() or Path.cwd()
    for folder in (here, root, *root.parents):
        with suppress(OSError):  # A name may be longer than any file's.
            if (path := folder / name).exists():
                return path
    raise CaseError(
        f"case {case.id}: {name} is neither in {here} nor in {root} or above it, nor "
        "the id or source of an article in the library; correct it"
    )


def _places(quote: str, text: str) -> list[int]:
    places = []
    start = text.find(quote)
    while start >= 0:
        places.append(start)
        start = text.find(quote, start + 1)
    return places


def _short(quote: str, limit: int = 60) -> str:
    words = " ".join(quote.split())
    return f"“{words}”" if len(words) <= limit else f"“{words[: limit - 1]}…”"
