from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval import metrics

TEXTS = st.text("ab ,.-'", max_size=30)


# Each by hand from the definition in the script of SQuAD 1.1: lower case, punctuation out, a, an
# and the out, white space made single; then equal or not, and 2PR / (P + R) of the shared tokens.
@pytest.mark.parametrize(
    ("answer", "golds", "exact", "f1"),
    [
        ("Denver Broncos", ["Denver Broncos"], 1, 1),
        ("the Denver Broncos", ["Denver Broncos", "The Broncos"], 1, 1),
        ("Broncos", ["Denver Broncos"], 0, 2 / 3),
        ("Denver, Colorado", ["Denver Broncos"], 0, 1 / 2),
        ("Santa Clara, California.", ["Santa Clara California"], 1, 1),
        ("Levi's Stadium", ["Levis Stadium"], 1, 1),
        ("twenty-four", ["twenty four"], 0, 0),
        ("24–10", ["24-10"], 0, 0),  # an en dash is no ASCII punctuation
        ("$1,200", ["1200"], 1, 1),
        ("a", ["the"], 1, 0),  # nothing against nothing is equal and shares no token
        ("An apple a day", ["apple day"], 1, 1),
        ("gold gold gold", ["gold"], 0, 1 / 2),
        ("the game of games", ["games"], 0, 2 / 4),
        ("café", ["cafe"], 0, 0),
        ("It was held on February 7, 2016", ["February 7, 2016"], 0, 2 * 3 / (7 + 3)),
        ("no", ["yes", "maybe", "No!"], 1, 1),
    ],
)
def test_exact_match_and_token_f1_are_those_of_the_squad_script(
    answer: str, golds: list[str], exact: float, f1: float
) -> None:
    assert metrics.exact_match(answer, golds) == exact
    assert metrics.token_f1(answer, golds) == pytest.approx(f1)


@given(TEXTS, st.lists(TEXTS, min_size=1, max_size=3))
def test_the_measures_of_an_answer_keep_their_order(answer: str, golds: list[str]) -> None:
    exact, contained = metrics.exact_match(answer, golds), metrics.containment(answer, golds)
    f1 = metrics.token_f1(answer, golds)
    assert exact is not None and f1 is not None and contained is not None
    assert 0 <= f1 <= 1
    if metrics.normalise(answer):
        assert f1 >= exact and contained >= exact


def test_rouge_l_equals_googles_own_on_random_sentences() -> None:
    rouge: Any = pytest.importorskip("rouge_score.rouge_scorer")
    scorer = rouge.RougeScorer(["rougeL"])
    chance = random.Random(7)
    words = ["the", "Tower", "opened", "in", "1889", "it's", "state-of-the-art", "(old)", "_", "!"]
    seen = set()
    for _ in range(300):
        answer, gold = (" ".join(chance.choices(words, k=chance.randint(0, 12))) for _ in range(2))
        theirs = scorer.score(gold, answer)["rougeL"].fmeasure
        assert metrics.rouge_l(answer, [gold]) == pytest.approx(theirs)
        seen.add(theirs)
    assert len(seen) > 50


def test_rouge_l_minds_the_order_of_the_words_and_takes_the_best_gold_answer() -> None:
    assert metrics.rouge_l("in Paris it opened", ["it opened in Paris"]) == 0.5
    assert metrics.rouge_l("Paris", ["London", "Paris, France"]) == pytest.approx(2 / 3)
    assert metrics.rouge_l("у Києві", ["Києві"]) == pytest.approx(2 / 3)
    assert metrics.rouge_l("", ["Paris"]) == 0
    assert metrics.rouge_l("Paris", []) is None


def test_similarity_is_the_cosine_of_the_nearest_gold_answer() -> None:
    assert metrics.similarity([3, 4], [[4, 3], [0, 1]]) == pytest.approx(24 / 25)
    assert metrics.similarity([1, 0], [[-2, 0]]) == pytest.approx(-1)
    assert metrics.similarity([0, 0], [[1, 0]]) == 0
    assert metrics.similarity([1, 0], []) is None
