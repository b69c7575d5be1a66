"""What a library holds at one look, over the vectors that its catalog has."""

from __future__ import annotations

import time

import numpy as np
import pytest
from tiny import make_article

from rag.index.library import Library
from rag.index.overview import overview, subjects
from rag.schema import Article
from rag.stores import Beginning

FERRY = "The night ferry sails from the harbour. The ferry has cabins, and the crossing is long. "
GLASS = "The glassworks blow glass in a furnace. Glass cools slowly, and the furnace never rests. "
TURM = "Der Kirchturm wurde gebaut. Der Turm ist hoch, und die Glocken im Kirchturm sind alt. "


def articles() -> list[Article]:
    made = []
    for name, text, publisher, year in (
        ("Ferry", FERRY, "The Courier", 2024),
        ("Glass", GLASS, "The Gazette", 2023),
        ("Turm", TURM, "Der Bote", 2024),
    ):
        made += [
            make_article(f"{text} Number {n}.", f"{name}{n}.md", title=f"{name} {n}",
                         publisher=publisher, published=f"{year}-05-0{n}")
            for n in (1, 2, 3)
        ]  # fmt: skip
    return [*made, make_article("A note on the ferry and its cabins.", "note.md", title="A note")]


def test_articles_that_are_alike_are_one_subject_named_by_their_own_words(library: Library) -> None:
    library.add(articles())
    seen = overview(library.catalog).subjects
    named = {info.id: info.title for info in library.articles()}
    of = {named[name]: one for one in seen for name in one.articles}
    assert set(of) == set(named.values()), "each article is in one"
    assert sum(len(one.articles) for one in seen) == len(named)
    for group, word in (("Ferry", "ferry"), ("Glass", "glass"), ("Turm", "turm")):
        own = [of[f"{group} {n}"] for n in (1, 2, 3)]
        assert own[0] is own[1] is own[2]
        assert any(word in term.lower() for term in own[0].terms), own[0].terms
        assert not any(word in term for one in seen if one is not own[0] for term in one.terms), (
            "what names one subject names no other"
        )
    assert len(seen[0].articles) >= len(seen[-1].articles), "the largest comes first"


def test_the_same_library_has_the_same_subjects(library: Library) -> None:
    library.add(articles())
    assert overview(library.catalog) == overview(library.catalog)


def test_stop_words_and_numbers_name_no_subject(library: Library) -> None:
    library.add(articles())
    terms = {term.lower() for one in overview(library.catalog).subjects for term in one.terms}
    words = {word for term in terms for word in term.split()}
    assert words.isdisjoint({"the", "from", "der", "die", "und", "ist", "1", "2", "3", ""})


def test_publishers_and_years_are_counted_the_most_first(library: Library) -> None:
    library.add(articles())
    seen = overview(library.catalog)
    assert seen.publishers == {"Der Bote": 3, "The Courier": 3, "The Gazette": 3, "": 1}
    assert list(seen.years.items()) == [("2024", 6), ("2023", 3), ("", 1)]


def test_a_language_is_what_an_article_says_or_else_what_it_is_written_in(library: Library) -> None:
    library.add([*articles(), make_article(GLASS, "said.md", language="fr")])
    languages = overview(library.catalog).languages
    assert list(languages) == ["en", "de", "fr"]
    assert {code: len(ids) for code, ids in languages.items()} == {"en": 7, "de": 3, "fr": 1}


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_articles_have_subjects_too(library: Library, count: int) -> None:
    library.add(articles()[:count])
    assert len(overview(library.catalog).subjects) <= count
    assert bool(overview(library.catalog).subjects) == bool(count)


def test_an_article_without_words_or_without_a_sound_vector_breaks_nothing() -> None:
    begun = [Beginning(str(n), "", None, "") for n in range(3)]
    centres = {"0": np.ones(4), "1": np.zeros(4), "2": np.ones(3)}
    assert subjects(begun, centres) == ()
    assert subjects([], {}) == ()


def test_a_thousand_articles_are_looked_over_in_little_more_than_it_takes_to_read_them() -> None:
    """As a ratio in one run: cutting the same beginnings into their stems is the measure."""
    from rag.language.terms import terms

    random = np.random.default_rng(1)
    vocabulary = [
        f"{word}{end}" for word in (FERRY + GLASS).split() for end in ("", "ly", "s", "x")
    ]
    begun = [
        Beginning(str(n), "A title", "en", " ".join(random.choice(vocabulary, 200)))
        for n in range(1_000)
    ]
    centres = {one.id: random.normal(size=384) for one in begun}
    start = time.process_time()
    for one in begun:
        terms(one.text, "en")
    measure = time.process_time() - start
    start = time.process_time()
    assert len(subjects(begun, centres)) > 1
    assert time.process_time() - start < 12 * measure
