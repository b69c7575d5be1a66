from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from eval import metrics
from eval.metrics import Confusion, Span


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Eiffel Tower.", "eiffel tower"),
        ("  an\tapple,\n a day ", "apple day"),
        ("Another theatre", "another theatre"),
        # Punctuation goes before articles, so that inner words are glued and kept.
        ("state-of-the-art", "stateoftheart"),
        ("The U.S.", "us"),
        ("“the” end", "“ ” end"),
        ("the", ""),
    ],
)
def test_normalise_does_as_the_squad_script(text: str, expected: str) -> None:
    assert metrics.normalise(text) == expected


@pytest.mark.parametrize(
    ("answer", "golds", "exact", "f1"),
    [
        ("The Eiffel Tower.", ["eiffel tower"], 1, 1),
        ("in 1889", ["1889"], 0, 2 / 3),
        ("a cat sat", ["the cat"], 0, 2 / 3),
        ("Paris", ["London", "Paris, France"], 0, 2 / 3),
        ("Paris", ["Paris, France", "paris"], 1, 1),
        # Two of four tokens are shared, each as often as both sides have it; 1/2 and 2/3.
        ("to be to be", ["to be or"], 0, 4 / 7),
        ("London", ["Paris"], 0, 0),
        ("", ["Paris"], 0, 0),
        # The script of version 1.1 has no clause for nothing against nothing.
        ("the", ["a"], 1, 0),
    ],
)
def test_exact_match_and_token_f1_equal_the_squad_script_by_hand(
    answer: str, golds: list[str], exact: float, f1: float
) -> None:
    assert metrics.exact_match(answer, golds) == exact
    assert metrics.token_f1(answer, golds) == pytest.approx(f1)


@pytest.mark.parametrize(
    ("answer", "golds", "expected"),
    [
        ("It opened in 1889, in Paris.", ["1889"], 1),
        ("It opened in 1889, in Paris.", ["1890", "Paris"], 1),
        ("It opened in 1889, in Paris.", ["opened Paris"], 0),
        ("It was the year 1995.", ["5"], 0),
        ("Anything", ["the"], 0),
        ("", ["1889"], 0),
    ],
)
def test_containment_wants_a_run_of_whole_tokens(
    answer: str, golds: list[str], expected: float
) -> None:
    assert metrics.containment(answer, golds) == expected


def test_without_gold_answers_the_answer_measures_are_undefined() -> None:
    assert metrics.exact_match("x", []) is None
    assert metrics.token_f1("x", []) is None
    assert metrics.containment("x", []) is None


def test_hits_and_reciprocal_rank_equal_ranx_on_random_runs() -> None:
    # Its measures alone: compiling its Qrels and Run takes half a minute.
    ranx: Any = pytest.importorskip("ranx.metrics")
    chance = random.Random(7)
    relevance = [[chance.random() < 0.15 for _ in range(chance.randint(1, 10))] for _ in range(200)]
    # Rows of (document, relevance) and of (document, score). A query needs a relevant document,
    # so each has one, 99, that no run returns.
    padded = [hits + [False] * (10 - len(hits)) for hits in relevance]
    qrels = np.array([[*enumerate(map(float, hits)), (99, 1.0)] for hits in padded])
    runs = np.array([[(document, 10.0 - document) for document in range(10)] for _ in padded])
    for k in (1, 3, 5):
        ours = [metrics.hit_at_k(hits, k) for hits in relevance]
        assert ours == ranx.hit_rate(qrels, runs, k).tolist()
    ranks = [metrics.reciprocal_rank(hits) for hits in relevance]
    assert ranks == pytest.approx(ranx.reciprocal_rank(qrels, runs).tolist())
    assert 0 < sum(metrics.defined(ranks)) < len(ranks)


def test_recall_and_ndcg_equal_ranx_on_random_rankings_of_gold_spans() -> None:
    ranx: Any = pytest.importorskip("ranx.metrics")
    chance = random.Random(7)
    ours_recall, ours_ndcg, theirs_recall, theirs_ndcg = [], [], [], []
    for _ in range(200):
        places = chance.sample(range(1, 31), chance.randint(1, 6))
        ranks = tuple(rank if rank <= 10 else None for rank in places)
        # Documents 1 to 30 in this order, of which the run returns ten.
        qrels = np.array([sorted((float(place), 1.0) for place in places)])
        run = np.array([[(float(document), 31.0 - document) for document in range(1, 11)]])
        for k in (1, 5, 10):
            ours_recall.append(metrics.recall_at_k(ranks, k))
            theirs_recall += ranx.recall(qrels, run, k).tolist()
            ours_ndcg.append(metrics.ndcg_at_k(ranks, k))
            theirs_ndcg += ranx.ndcg(qrels, run, k).tolist()
    assert ours_recall == pytest.approx(theirs_recall)
    assert ours_ndcg == pytest.approx(theirs_ndcg)
    assert 0 < metrics.mean(ours_ndcg) < 1


def test_gold_spans_of_one_passage_are_one_gain() -> None:
    assert metrics.ndcg_at_k((1, 1, 1), 10) == 1
    assert metrics.recall_at_k((1, 1, None), 10) == pytest.approx(2 / 3)
    # Of two passages that would do, the first is found at rank 2 and the other not at all.
    first, second = 1.0, 1 / np.log2(3)
    assert metrics.ndcg_at_k((2, 2, None), 10) == pytest.approx(second / (first + second))


def test_a_gold_span_is_found_at_the_first_passage_that_meets_it() -> None:
    passages = [Span("a", 0, 10), Span("b", 0, 10), Span("b", 5, 20)]
    gold = [Span("b", 8, 9), Span("b", 12, 14), Span("c", 0, 5), Span("a", 9, 30)]
    assert metrics.first_ranks(passages, gold) == (2, 3, None, 1)


def test_nothing_found_is_zero_and_nothing_to_find_is_undefined() -> None:
    assert metrics.hit_at_k([], 5) == metrics.reciprocal_rank([]) == 0
    assert metrics.hit_at_k(None, 5) is metrics.reciprocal_rank(None) is None
    assert metrics.recall_at_k((None,), 5) == metrics.ndcg_at_k((None,), 5) == 0
    assert metrics.recall_at_k(None, 5) is metrics.ndcg_at_k(None, 5) is None
    assert metrics.recall_at_k((), 5) is metrics.ndcg_at_k((), 5) is None


def test_a_rank_below_one_is_no_rank() -> None:
    with pytest.raises(ValueError, match="from 1"):
        metrics.hit_at_k([True], 0)
    with pytest.raises(ValueError, match="from 1"):
        metrics.ndcg_at_k([1], 0)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (Span("a", 0, 11), True),
        (Span("a", 19, 30), True),
        (Span("a", 12, 13), True),
        (Span("a", 0, 10), False),
        (Span("a", 20, 30), False),
        (Span("b", 10, 20), False),
        (Span("a", 15, 15), False),
    ],
)
def test_spans_overlap_where_they_share_a_character_of_one_article(
    other: Span, expected: bool
) -> None:
    assert Span("a", 10, 20).overlaps(other) is expected
    assert other.overlaps(Span("a", 10, 20)) is expected


def test_one_citation_in_the_evidence_is_a_hit_and_the_share_is_the_precision() -> None:
    gold = [Span("a", 10, 20)]
    citations = [Span("a", 0, 5), Span("a", 15, 30), Span("b", 10, 20), Span("a", 10, 12)]
    assert metrics.citation_hit(citations, gold) == 1
    assert metrics.citation_precision(citations, gold) == 0.5


def test_no_citation_is_no_hit_and_has_no_precision() -> None:
    assert metrics.citation_hit([], [Span("a", 0, 1)]) == 0
    assert metrics.citation_precision([], [Span("a", 0, 1)]) is None


def test_without_gold_evidence_citations_are_undefined() -> None:
    assert metrics.citation_hit([Span("a", 0, 1)], []) is None
    assert metrics.citation_precision([Span("a", 0, 1)], []) is None


@pytest.mark.parametrize(
    ("refused", "answerable", "verdict"),
    [(True, False, "TP"), (True, True, "FP"), (False, False, "FN"), (False, True, "TN")],
)
def test_to_refuse_the_unanswerable_is_the_true_positive(
    refused: bool, answerable: bool, verdict: str
) -> None:
    assert metrics.refusal(refused=refused, answerable=answerable) == verdict


def test_refusal_scores_equal_scikit_learn_on_random_verdicts() -> None:
    from sklearn.metrics import precision_recall_fscore_support

    chance = random.Random(7)
    pairs = [(chance.random() < 0.4, chance.random() < 0.6) for _ in range(100)]
    found = Confusion.of(metrics.refusal(refused=r, answerable=a) for r, a in pairs)
    precision, recall, f1, _ = precision_recall_fscore_support(
        [not answerable for _, answerable in pairs],
        [refused for refused, _ in pairs],
        average="binary",
    )
    assert (found.precision, found.recall, found.f1) == pytest.approx((precision, recall, f1))


def test_refusal_scores_are_undefined_where_nothing_is_to_be_refused() -> None:
    found = Confusion.of(["TN", "TN"])
    assert found.precision is found.recall is found.f1 is None


def test_the_mean_is_over_the_defined_values() -> None:
    assert metrics.mean([1.0, None, 0.0]) == 0.5
    assert metrics.mean([None]) is metrics.mean([]) is None


def test_a_quantile_lies_between_the_two_values_around_its_place() -> None:
    values = [4.0, 1.0, 2.0, 8.0]
    assert [metrics.quantile(values, share) for share in (0, 0.5, 0.75, 1)] == [1, 3, 5, 8]
    assert metrics.quantile([], 0.5) is None


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        # With z = 1.96, z² = 3.8415: 10 of 10 is 1 / (1 + z²/10); 5 of 10 is 1/2 -+ z/2 / √(10+z²).
        (10, 10, 0.7225, 1.0),
        (0, 10, 0.0, 0.2775),
        (5, 10, 0.2366, 0.7634),
    ],
)
def test_the_wilson_interval_by_hand(successes: int, n: int, low: float, high: float) -> None:
    assert metrics.wilson(successes, n) == pytest.approx((low, high), abs=5e-5)


def test_a_proportion_of_nothing_has_no_interval() -> None:
    assert metrics.wilson(0, 0) is None


def test_the_bootstrap_interval_is_that_of_the_normal_law_for_many_values() -> None:
    chance = random.Random(7)
    values = [chance.random() for _ in range(2000)]
    middle, error = sum(values) / 2000, (1 / 12 / 2000) ** 0.5
    interval = metrics.bootstrap(values)
    assert interval == pytest.approx((middle - 1.96 * error, middle + 1.96 * error), rel=0.01)


def test_the_same_seed_gives_the_same_bootstrap_interval() -> None:
    values = [0.1, 0.5, 0.5, 0.9, 1.0]
    assert metrics.bootstrap(values, seed=1) == metrics.bootstrap(values, seed=1)
    assert metrics.bootstrap(values, seed=1) != metrics.bootstrap(values, seed=2)


def test_fewer_than_two_values_have_no_bootstrap_interval() -> None:
    assert metrics.bootstrap([]) is metrics.bootstrap([0.5]) is None


def test_the_bootstrap_interval_of_refusal_f1_holds_it() -> None:
    found = Confusion(tp=30, fp=5, fn=10, tn=55)
    interval = metrics.bootstrap_f1(found)
    assert interval is not None and found.f1 is not None
    low, high = interval
    assert 0.6 < low < found.f1 < high < 0.95
    assert metrics.bootstrap_f1(Confusion(0, 0, 0, 9)) is None
