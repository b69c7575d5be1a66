from __future__ import annotations

from itertools import pairwise

from doubles import WordScorer
from tiny import make_article

from rag.evidence import choose
from rag.questions import understood
from rag.schema import Article, Passage

FLOOD = make_article(
    "The river rose by two metres. Forty people left by boat. The mayor thanked the crews.",
    "flood",
    title="Flood in Aunehead",
)


def passage(article: Article, start: int, end: int, score: float = 0.9) -> Passage:
    return Passage(article.info, start, end, article.text[start:end], score)


def test_each_sentence_is_the_articles_own_words_at_its_offsets() -> None:
    for citation in choose(
        understood("Who left by boat?"), [passage(FLOOD, 30, 85)], WordScorer(), 6
    ):
        assert FLOOD.text[citation.start : citation.end] == citation.quote


def test_the_sentence_that_answers_is_number_one() -> None:
    whole = passage(FLOOD, 0, len(FLOOD.text))
    chosen = choose(understood("How many people left by boat?"), [whole], WordScorer(), 6)
    assert [citation.number for citation in chosen] == [1, 2, 3]
    assert chosen[0].quote == "Forty people left by boat."


def test_a_sentence_that_passages_share_is_taken_once() -> None:
    shared = [passage(FLOOD, 0, 56), passage(FLOOD, 30, len(FLOOD.text))]
    quotes = [
        citation.quote for citation in choose(understood("Who left?"), shared, WordScorer(), 6)
    ]
    assert len(quotes) == len(set(quotes)) == 3


def test_no_more_sentences_than_asked_for() -> None:
    assert (
        len(choose(understood("river"), [passage(FLOOD, 0, len(FLOOD.text))], WordScorer(), 2)) == 2
    )


def test_without_passages_there_is_no_evidence() -> None:
    assert choose(understood("river"), [], WordScorer(), 6) == ()


LED = make_article(
    "Ines Roth leads the crews. She has done so since 2019. The town pays them.",
    "led",
    title="Crews",
)


def test_a_sentence_that_begins_with_a_pronoun_comes_with_the_one_before_it() -> None:
    whole = passage(LED, 0, len(LED.text))
    first = choose(understood("Since when: done since 2019?"), [whole], WordScorer(), 6)[0]
    assert first.quote == "Ines Roth leads the crews. She has done so since 2019."
    assert LED.text[first.start : first.end] == first.quote


def test_no_words_are_given_twice() -> None:
    whole = passage(LED, 0, len(LED.text))
    for question in ("Who leads the crews since 2019?", "done since", "Who leads the crews?"):
        chosen = choose(understood(question), [whole], WordScorer(), 6)
        spans = sorted((citation.start, citation.end) for citation in chosen)
        assert all(one[1] <= next_[0] for one, next_ in pairwise(spans))


def test_the_quotations_keep_to_their_room_but_are_never_none() -> None:
    whole = passage(FLOOD, 0, len(FLOOD.text))
    assert len(choose(understood("river"), [whole], WordScorer(), 6, room=1)) == 1
    roomy = choose(understood("river"), [whole], WordScorer(), 6, room=15)
    assert sum(len(citation.quote) for citation in roomy) <= 15 * 4
