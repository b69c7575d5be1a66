"""What a library holds, at one look: its subjects, who published it, from which years, in what."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import regex

from rag.language.detection import language_of
from rag.language.terms import content_words, stem, words_of
from rag.stores import Beginning, Catalog

if TYPE_CHECKING:
    import numpy as np

_READ = 1_200  # characters of each article: what it is about, it says at its beginning
_TITLE = 3  # as often is each word of a title counted
_MOST_SUBJECTS = 14
_MOST_TERMS = 3
_ROUNDS = 30
_FEWEST_LETTERS = 3
_CASED = regex.compile(r"[\p{L}\p{M}\p{N}]+")

Term = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """What some articles have in common: the ``terms`` that tell them from the rest, best first.

    ``articles`` are their ids, the most typical first.
    """

    terms: tuple[str, ...]
    articles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """How many articles there are of each publisher and year (as "2024"), which of each language.

    A language is its ISO 639-1 code. The most come first; under "" are those of which it is not
    known. ``subjects``: the largest first, and each article in one at most.
    """

    subjects: tuple[Subject, ...]
    publishers: Mapping[str, int]
    years: Mapping[str, int]
    languages: Mapping[str, tuple[str, ...]]


def overview(catalog: Catalog) -> Overview:
    """What a catalog holds."""
    articles = [_with_language(one) for one in catalog.beginnings(_READ)]
    languages: dict[str, tuple[str, ...]] = {}
    for one in articles:
        code = one.language or ""
        languages[code] = (*languages.get(code, ()), one.id)
    return Overview(
        subjects(articles, catalog.centres()),
        catalog.counted("publisher"),
        catalog.counted("year"),
        dict(sorted(languages.items(), key=lambda known: (-len(known[1]), known[0]))),
    )


def _with_language(article: Beginning) -> Beginning:
    """What an article does not say, its words do."""
    return article if article.language else replace(article, language=language_of(article.text))


def subjects(
    articles: Sequence[Beginning], centres: Mapping[str, np.ndarray]
) -> tuple[Subject, ...]:
    """The subjects of articles, of each of which ``centres`` has the mean vector.

    As BERTopic does (Grootendorst, arXiv:2203.05794): articles that are near each other by their
    vectors are of one subject, which is named by class-based TF-IDF: by the words that are frequent
    in it and rare in the others.
    """
    placed = [one for one in articles if one.id in centres]
    if not placed:
        return ()
    import numpy as np

    shape = centres[placed[0].id].shape
    placed = [one for one in placed if centres[one.id].shape == shape]
    vectors = np.stack([centres[one.id] for one in placed]).astype(np.float32)
    vectors -= vectors.mean(0) if len(placed) > 2 else 0  # what all have in common tells nothing
    vectors /= np.maximum(1e-9, np.linalg.norm(vectors, axis=1, keepdims=True))
    groups, closeness = _parted(vectors)
    members = [
        sorted(np.flatnonzero(groups == group).tolist(), key=lambda place: -closeness[place])
        for group in range(int(groups.max()) + 1)
    ]
    members = sorted(filter(None, members), key=len, reverse=True)
    named = _named([[placed[place] for place in one] for one in members])
    return tuple(
        Subject(terms, tuple(placed[place].id for place in one))
        for one, terms in zip(members, named, strict=True)
        if terms
    )


def _parted(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same as `_grouped`, in as many groups as suit the vectors.

    That is by the simplified silhouette (Hruschka, de Castro and Campello, 2004): how much nearer
    each is to the middle of its own group than to the nearest other, where it is not alone.
    """
    import numpy as np

    count = len(vectors)
    most = min(_MOST_SUBJECTS, count, math.ceil(1.5 * math.sqrt(count)))
    best, found = -1.0, (np.zeros(count, int), np.ones(count))
    for wanted in range(2, most + 1):
        groups, middles = _grouped(vectors, wanted)
        away = 1 - vectors @ middles.T
        own = away[np.arange(count), groups]
        away[np.arange(count), groups] = np.inf
        other = away.min(1)
        sizes = np.bincount(groups, minlength=wanted)
        width = np.where(
            sizes[groups] > 1, (other - own) / np.maximum(1e-9, np.maximum(own, other)), 0
        )
        if (mean := float(width.mean())) > best:
            best, found = mean, (groups, 1 - own)
    return found


def _grouped(vectors: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Of each vector its group, and the middle of each group: spherical k-means.

    (Dhillon and Modha, Machine Learning 42, 2001.) It begins with vectors far from each other, so
    that the same library always has the same subjects.
    """
    import numpy as np

    first = int(np.argmax(vectors @ vectors.mean(0)))
    chosen = [first]
    nearest = vectors @ vectors[first]
    while len(chosen) < count:
        chosen.append(int(np.argmin(nearest)))
        nearest = np.maximum(nearest, vectors @ vectors[chosen[-1]])
    middles = vectors[chosen]
    groups = np.zeros(len(vectors), int)
    for turn in range(_ROUNDS):
        before, groups = groups, np.argmax(vectors @ middles.T, axis=1)
        if turn and (before == groups).all():
            break
        for group in range(count):
            own = vectors[groups == group]
            if len(own):
                middle = own.sum(0)
                middles[group] = middle / max(1e-9, float(np.linalg.norm(middle)))
    return groups, middles


def _named(groups: Sequence[Sequence[Beginning]]) -> Iterator[tuple[str, ...]]:
    """Of each group, the terms that tell it from the others."""
    spelling: dict[Term, Counter[str]] = defaultdict(Counter)
    counts: list[Counter[Term]] = []
    holders: list[Counter[Term]] = []
    for group in groups:
        count: Counter[Term] = Counter()
        holder: Counter[Term] = Counter()
        for article in group:
            own = _terms(article, spelling)
            count.update(own)
            holder.update(own.keys())
        counts.append(count)
        holders.append(holder)
    total: Counter[Term] = Counter()
    for count in counts:
        total.update(count)
    average = total.total() / max(1, len(groups))
    for group, count, holder in zip(groups, counts, holders, strict=True):
        # A word of one article alone is no subject of many.
        fewest = 1 if len(group) < 3 else 2
        weights = {
            term: frequency * math.log(1 + average / total[term])
            for term, frequency in count.items()
            if holder[term] >= fewest
        }
        ordered = sorted(weights, key=lambda term: (-weights[term], term))
        yield tuple(spelling[term].most_common(1)[0][0] for term in _apart(ordered))


def _apart(ordered: Iterable[Term]) -> list[Term]:
    """The first terms that do not say again what one before them says."""
    chosen: list[Term] = []
    for term in ordered:
        if not any(set(term) & set(other) for other in chosen):
            chosen.append(term)
        if len(chosen) == _MOST_TERMS:
            break
    return chosen


def _terms(article: Beginning, spelling: dict[Term, Counter[str]]) -> Counter[Term]:
    """How often an article has each word and each pair of words, by their stems."""
    language = article.language or "en"
    found: Counter[Term] = Counter()
    for text, weight in ((article.title, _TITLE), (article.text, 1)):
        words = list(words_of(text))
        cased = {word.lower(): word for word in reversed(_CASED.findall(text))}
        for said, count in Counter([*((word,) for word in words), *pairwise(words)]).items():
            if all(_tells(word, language) for word in said) and len(set(said)) == len(said):
                term = tuple(stem(word, language) for word in said)
                found[term] += weight * count
                spelling[term][" ".join(cased.get(word, word) for word in said)] += weight * count
    return found


@lru_cache(maxsize=50_000)
def _tells(word: str, language: str) -> bool:
    """Whether a word can name a subject."""
    is_long = len(word) >= _FEWEST_LETTERS or not word.isascii()
    return is_long and not any(map(str.isdigit, word)) and bool(content_words(word, language))
