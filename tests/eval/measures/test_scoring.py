from __future__ import annotations

from dataclasses import replace

import pytest
from rows import row
from tiny import TinyEmbedder

from eval.measures.scoring import Similarity, entails, score
from eval.sets.cases import Case
from rag.schema import Answer, ArticleInfo, Citation, Passage, Sentence, Timings

FERRY = ArticleInfo("f", "The Halvard", "ferry.md", None, None, None, "d")
CASE = Case("c", "How many seats?", True, ("240 seats",))
SEATS = Citation(1, FERRY, 0, 30, "It carries 240 seats in all.")
CREW = Citation(2, FERRY, 40, 60, "Nine people sail her.")
REFUSED = Answer("q", (Sentence("The articles do not say.", (), "verified"),), status="refused")


def answered(*sentences: Sentence) -> Answer:
    return Answer("q", sentences, status="answered")


def test_the_checker_is_the_judge_of_what_citations_entail() -> None:
    assert entails([SEATS], "It has 240 seats.")
    assert entails([SEATS], "Yes. It carries 240 seats.")
    assert entails([SEATS], "The Halvard carries 240 seats.")  # which its title names
    assert not entails([SEATS], "It carries 250 seats.")
    assert not entails([CREW], "It carries 240 seats.")


def test_alce_is_measured_on_the_sentences_with_their_citations() -> None:
    said = answered(
        Sentence("It carries 240 seats.", (SEATS, CREW), "verified"),
        Sentence("It is the fastest of all boats.", (), "unsupported"),
    )
    values = score(CASE, said, None, ())
    assert values["ALCE recall"] == 0.5
    assert values["ALCE precision"] == 0.5
    assert values["sentences verified"] == values["sentences cited"] == 0.5


def test_of_a_refusal_nothing_that_is_cited_can_be_measured() -> None:
    values = score(CASE, REFUSED, None, ())
    names = ("sentences verified", "ALCE recall", "ALCE precision", "citation recall")
    assert [values[name] for name in names] == [None] * 4
    assert values["ROUGE-L"] == values["containment"] == 0


@pytest.mark.parametrize(
    ("answer", "claimed"),
    [
        (REFUSED, 0),
        (replace(answered(Sentence("Nine people sail her.", (CREW,))), status="hedged"), 0),
        (answered(Sentence("Nine people sail her.", (CREW,))), 1),
        (answered(Sentence("Nine people sail her.", (CREW,), lead="differs")), 1),
    ],
)
def test_without_an_answer_a_refusal_and_the_nearest_words_claim_nothing(
    answer: Answer, claimed: float
) -> None:
    none = Case("n", "How old is she?", False)
    assert score(none, answer, None, ())["claimed"] == claimed
    assert score(CASE, answer, None, ())["claimed"] is None


def test_the_best_passage_is_the_most_likely_and_need_not_be_the_first() -> None:
    passages = tuple(
        Passage(FERRY, 0, 5, "words", 1.0, probability=score) for score in (0.3, 0.7, 0.1)
    )
    assert score(CASE, replace(REFUSED, passages=passages), None, ())["probability"] == 0.7
    assert score(CASE, REFUSED, None, ())["probability"] is None


def test_times_are_seconds_and_a_point_that_was_not_reached_has_none() -> None:
    said = replace(REFUSED, timings=Timings(sources_ms=250, total_ms=300))
    values = score(CASE, said, None, ())
    assert values["seconds to sources"] == 0.25
    assert values["seconds to first token"] is None


def test_every_measure_has_a_name_also_where_nothing_came() -> None:
    nothing = score(CASE, None, None, ())
    assert set(nothing.values()) == {None}
    assert set(nothing) == set(row("1", "answered").values)


def test_similarity_is_to_the_nearest_gold_answer_and_0_for_a_wrong_refusal() -> None:
    measure = Similarity(TinyEmbedder())
    case = replace(CASE, answers=("nine people", "240 seats"))
    (near,) = measure(case, answered(Sentence("240 seats"))).values()
    (far,) = measure(case, answered(Sentence("A red hull"))).values()
    assert near == pytest.approx(1)
    assert far is not None and near is not None and far < near
    assert measure(case, REFUSED) == {"similarity": 0}
    assert measure(Case("n", "Who?", False), REFUSED) == {"similarity": None}
