"""An article in its own best sentences."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tiny import make_article

from rag.index.summary import best_sentences
from rag.schema import Article

LEAD = "The night ferry between Aldwick and Port Hanna returns in May after nine years."
SHIPS = "The ferry company has bought two ships, and each ship carries 412 passengers and bicycles."
FARE = "A berth on the ferry between Aldwick and Port Hanna costs 38 crowns on weekdays."
ASIDE = "The mayor of a distant town once kept a parrot that could whistle three old tunes."
LINES = [
    LEAD,
    "Nobody in the towns had expected that the company would come back to them.",
    SHIPS,
    ASIDE,
    "Port Hanna has repaired the quay where the ferry ships will lie at night.",
    FARE,
    "It rained on the day of the announcement, and umbrellas were few.",
    "Passengers from Aldwick can buy a berth from Monday at the office on the quay.",
]


def ferry(text: str, source: str = "ferry.txt") -> Article:
    return make_article(text, source, title="Night ferry to Port Hanna returns")


def test_the_best_sentences_stand_in_the_article_and_come_in_its_order() -> None:
    article = ferry(" ".join(LINES))
    best = best_sentences(article)
    assert len(best) == 3 and best[0] == LEAD
    places = [article.text.index(one) for one in best]
    assert places == sorted(places)
    assert ASIDE not in best, "it has nothing to do with the rest"


def test_no_sentence_says_again_what_another_says() -> None:
    again = LEAD.replace("after nine years", "after nine long years")
    best = best_sentences(ferry(" ".join([LEAD, again, *LINES[1:]])))
    assert (LEAD in best) + (again in best) == 1


def test_of_markdown_only_sentences_are_taken_and_as_they_are_shown() -> None:
    table = "| Route of the ferry | Fare on the ferry to Port Hanna |\n|---|---|\n| Aldwick | 38 |"
    text = f"""# The night ferry to Port Hanna returns

{LINES[0].replace("night ferry", "**night** [ferry](https://a.example)")}

{table}

```
The night ferry to Port Hanna returns in a block of code that is no sentence.
```

{" ".join(LINES[1:])}
"""
    best = best_sentences(ferry(text, "ferry.md"))
    assert LEAD in best
    assert not any(sign in sentence for sentence in best for sign in "|#*[`")
    assert not any("block of code" in sentence for sentence in best)


def test_a_german_article_has_german_sentences() -> None:
    text = (
        "Der neue Kirchturm in Altdorf wurde am 3. Mai nach langer Zeit eröffnet. "
        "Am Morgen kamen viele Leute mit ihren Kindern auf den Platz. "
        "Der Kirchturm von Altdorf ist 80 Meter hoch und hat vier alte Glocken. "
        "Ein Hund lief über die Straße und bellte laut gegen den Wind. "
        "Für den Kirchturm zahlte die Gemeinde Altdorf rund zwei Millionen Kronen."
    )
    best = best_sentences(make_article(text, "turm.txt", title="Kirchturm in Altdorf eröffnet"))
    assert best[0].endswith("am 3. Mai nach langer Zeit eröffnet.")
    assert not any("Hund" in sentence for sentence in best)


@pytest.mark.parametrize("text", ["Short.", LEAD, f"{LEAD} {SHIPS}", "word " * 3_000, "?!" * 5_000])
def test_a_text_of_few_sentences_or_none_gives_no_more_than_it_has(text: str) -> None:
    assert all(one in text for one in best_sentences(ferry(text)))


def test_an_article_without_words_has_no_best_ones() -> None:
    assert best_sentences(replace(ferry(LEAD), text="", title="")) == []
