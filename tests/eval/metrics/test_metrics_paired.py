from __future__ import annotations

import random
from itertools import product
from math import comb

import numpy as np
import pytest

from eval.metrics import Confusion, Verdict
from eval.metrics.paired import MCNEMAR, RANDOMISATION, paired, paired_f1


def test_the_exact_mcnemar_test_by_hand() -> None:
    # 7 questions were won and 1 was lost: 2 (C(8, 0) + C(8, 1)) / 2⁸.
    first = [0.0] * 7 + [1.0] + [1.0] * 20 + [0.0] * 4
    second = [1.0] * 7 + [0.0] + [1.0] * 20 + [0.0] * 4
    found = paired(first, second)
    assert found is not None
    assert found.test == MCNEMAR
    assert found.p == pytest.approx(2 * (comb(8, 0) + comb(8, 1)) / 2**8)
    assert (found.difference, found.n, found.changed) == (pytest.approx(6 / 32), 32, 8)
    assert found.low < found.difference < found.high


def test_the_exact_mcnemar_test_is_twice_the_tail_of_the_binomial_law() -> None:
    from scipy import stats

    chance = random.Random(7)
    for _ in range(20):
        first = [float(chance.random() < 0.6) for _ in range(60)]
        second = [float(chance.random() < 0.7) for _ in range(60)]
        won = sum(b > a for a, b in zip(first, second, strict=True))
        lost = sum(b < a for a, b in zip(first, second, strict=True))
        found = paired(first, second)
        expected = min(1.0, 2 * stats.binom.cdf(min(won, lost), won + lost, 0.5))
        assert found is not None and found.p == pytest.approx(expected)


def test_the_randomisation_test_of_few_cases_is_exact() -> None:
    first = [0.1, 0.5, 0.2, 0.9, 0.4, 0.3, 0.6]
    second = [0.3, 0.4, 0.6, 1.0, 0.45, 0.7, 0.6]
    gaps = [b - a for a, b in zip(first, second, strict=True)]
    signed = [
        abs(sum(s * g for s, g in zip(signs, gaps, strict=True)))
        for signs in product((1, -1), repeat=7)
    ]
    found = paired(first, second)
    assert found is not None and found.test == RANDOMISATION
    assert found.p == pytest.approx(np.mean([one >= abs(sum(gaps)) - 1e-9 for one in signed]))
    assert found.changed == 6


def test_of_many_cases_it_agrees_with_the_t_test() -> None:
    from scipy import stats

    chance = random.Random(3)
    first = [chance.random() for _ in range(200)]
    second = [value + chance.gauss(0.01, 0.1) for value in first]
    found = paired(first, second)
    assert found is not None
    assert found.p == pytest.approx(stats.ttest_rel(second, first).pvalue, abs=0.02)
    gaps = np.subtract(second, first)
    half = 1.96 * gaps.std() / 200**0.5
    assert (found.low, found.high) == pytest.approx(
        (gaps.mean() - half, gaps.mean() + half), abs=0.002
    )


def test_between_equal_runs_p_is_small_no_oftener_than_it_says() -> None:
    chance = random.Random(5)
    below = 0
    for _ in range(200):
        first = [chance.random() for _ in range(12)]
        second = [chance.random() for _ in range(12)]
        found = paired(first, second)
        below += found is not None and found.p < 0.1
    assert 8 <= below <= 33  # about 20


def test_cases_where_one_is_undefined_are_left_out() -> None:
    found = paired([1.0, None, 0.0, 1.0], [1.0, 1.0, 1.0, None])
    assert found is not None and (found.n, found.difference) == (2, 0.5)
    assert paired([1.0, None], [1.0, 1.0]) is None


def test_runs_of_other_lengths_are_no_pair() -> None:
    with pytest.raises(ValueError, match="shorter"):
        paired([1.0, 0.0], [1.0])


@pytest.mark.parametrize("values", [[1.0, 0.0, 1.0] * 10, [0.3, 0.5, 1.0] * 10])
def test_a_run_does_not_differ_from_itself(values: list[float]) -> None:
    found = paired(values, values)
    assert found is not None
    assert (found.difference, found.p, found.changed) == (0, 1, 0)
    assert found.low <= 0 <= found.high


def test_one_changed_case_is_no_evidence() -> None:
    found = paired([0.5, 0.5, 0.2], [0.5, 0.5, 0.9])
    assert found is not None and (found.p, found.changed) == (1, 1)
    judged = paired_f1(["TP", "TN", "FN"], ["TP", "TN", "TP"])
    assert judged is not None and (judged.p, judged.changed) == (1, 1)


def test_the_same_seed_gives_the_same_difference() -> None:
    chance = random.Random(3)
    first = [chance.random() for _ in range(40)]
    second = [chance.random() for _ in range(40)]
    assert paired(first, second, 1) == paired(first, second, 1)
    assert paired(first, second, 1) != paired(first, second, 2)


def verdicts(chance: random.Random, n: int) -> list[Verdict]:
    return [chance.choice(("TP", "FP", "FN", "TN")) for _ in range(n)]


def test_the_randomisation_test_of_f1_exchanges_the_verdicts_of_a_case() -> None:
    chance = random.Random(1)
    first, second = verdicts(chance, 9), verdicts(chance, 9)

    def gap(one: list[Verdict], other: list[Verdict]) -> float:
        return (Confusion.of(other).f1 or 0) - (Confusion.of(one).f1 or 0)

    exchanged = [
        gap(
            [b if swap else a for a, b, swap in zip(first, second, swaps, strict=True)],
            [a if swap else b for a, b, swap in zip(first, second, swaps, strict=True)],
        )
        for swaps in product((False, True), repeat=9)
    ]
    found = paired_f1(first, second)
    assert found is not None
    assert found.difference == pytest.approx(gap(first, second))
    higher = np.mean([one >= found.difference - 1e-9 for one in exchanged])
    lower = np.mean([one <= found.difference + 1e-9 for one in exchanged])
    assert found.p == pytest.approx(min(1.0, 2 * min(higher, lower)))
    assert found.low <= found.difference <= found.high


def test_f1_of_a_run_and_itself_and_of_runs_that_have_none() -> None:
    chance = random.Random(1)
    same = verdicts(chance, 30)
    found = paired_f1(same, same)
    assert found is not None and (found.difference, found.p, found.changed) == (0, 1, 0)
    assert paired_f1(["TN", "TN"], ["TN", "TN"]) is None
    assert paired_f1(["TP", None], ["TP", "TP"]) is None
