"""Which library is asked: the one that has what a set is about, or one that is made of that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from eval.observer import Observer
from eval.sets.cases import Case
from eval.sets.evidence import Articles, folders, resolve
from rag.errors import CaseError
from rag.index import catalogs
from rag.index.library import Library
from rag.loaders import read
from rag.opening import open_library, temporary_library
from rag.schema import Article
from rag.settings import Settings

_PURPOSE = "ibid eval"


@contextmanager
def library_for(
    settings: Settings,
    cases: Sequence[Case],
    file: Path,
    observer: Observer,
    own: Library | None = None,
    *,
    build: bool = False,
) -> Iterator[tuple[Library, bool]]:
    """The library if it holds the set's evidence, else a throw-away one of the set's articles.

    ``own``: it, if it is open already. ``build``: a throw-away one even where it does. Yields it,
    and whether it was made for this run.
    """
    if own is not None and not build and has_evidence(cases, own, file):
        yield own, False
        return
    if own is None and not build and holds(settings, cases, file):
        with open_library(settings, _PURPOSE) as opened_library:
            yield opened_library, False
        return
    places = folders(cases, file)
    names = ", ".join(str(place) for place in places)
    why = "" if build else "The library does not hold this set's articles. "
    observer.tell(f"{why}Asking a library made of {names}")
    articles = [article for place in places for article in read(place)]
    embedder = own.embedder if own is not None else None
    with temporary_library(settings, embedder, purpose=_PURPOSE) as built:
        add(built, articles, observer)
        yield built, True


def add(library: Library, articles: Sequence[Article], observer: Observer) -> None:
    """Add articles to a library, one part of the work each."""
    observer.begin("adding", len(articles))
    library.add(articles, lambda _: observer.advance())


def holds(settings: Settings, cases: Sequence[Case], file: Path) -> bool:
    """Whether the library of the settings has all that the cases name."""
    with catalogs.reading(settings) as catalog:
        return catalog is not None and has_evidence(cases, catalog, file)


def has_evidence(cases: Sequence[Case], articles: Articles, file: Path) -> bool:
    """Whether these articles have all that the cases name."""
    try:
        resolve(cases, articles, file)
    except CaseError:
        # A set with unknown evidence is told from one with wrong evidence by reading it.
        return False
    return True
