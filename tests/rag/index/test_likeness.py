"""Promises of likeness: a reprint is near, a table of the same shape is not, in any number."""

from __future__ import annotations

import random

import alike as made
import numpy as np
import pytest

from rag.index.likeness import alike, grouped, signed
from rag.settings import Settings

LEAST = Settings().duplicates.alike


def share(one: str, other: str) -> float:
    return float(alike(signed(one)[1], [signed(other)[1]])[0])


def test_two_texts_are_as_alike_as_the_runs_of_words_that_they_share() -> None:
    """Within 0.13, three standard deviations and more, of what counting them says."""
    for one, other in made.pairs(made.NEAR["shortened"], 5, 20):
        runs = [set(zip(*(text.lower().split()[i:] for i in range(3)), strict=False))
                for text in (one, other)]  # fmt: skip
        exact = len(runs[0] & runs[1]) / len(runs[0] | runs[1])
        assert abs(share(one, other) - exact) < 0.13
    assert share(one, one) == share(one, one.upper()) == 1


@pytest.mark.parametrize("kind", made.NEAR)
def test_what_was_reprinted_shortened_or_led_otherwise_is_nearly_the_same(kind: str) -> None:
    found = [share(*pair) >= LEAST for pair in made.pairs(made.NEAR[kind], 1, 100)]
    assert sum(found) >= 97


@pytest.mark.parametrize("kind", made.APART)
def test_what_shares_a_frame_a_shape_or_a_wording_is_not(kind: str) -> None:
    found = [share(*pair) >= LEAST for pair in made.pairs(made.APART[kind], 1, 100)]
    assert sum(found) <= 3


def test_words_without_spaces_between_them_are_compared_too() -> None:
    text = "東京の新しい図書館は来年の春に開館する予定で、市は三百万冊の本を集めると発表した。" * 3
    words, _ = signed(text)
    assert words > 40
    assert share(text, text.replace("三百万冊", "五百万冊")) > 0.5 > share(text, "別の話です。" * 9)


def test_groups_are_found_among_thousands_and_whoever_is_alone_is_in_none() -> None:
    rng = random.Random(3)
    texts = [" ".join(made.text(rng, 6)) for _ in range(1_000)]
    near = [made.pairs(made.NEAR["reprint"], seed, 1)[0] for seed in range(20)]
    texts += [one for pair in near for one in pair]
    groups = grouped([signed(text)[1] for text in texts], LEAST)
    assert sorted(groups) == [[1_000 + 2 * i, 1_001 + 2 * i] for i in range(20)]


def test_a_thousand_copies_are_one_group_and_not_half_a_million_pairs() -> None:
    signature = signed(" ".join(made.text(random.Random(1), 20)))[1]
    nearly = np.frombuffer(signature, np.uint32).copy()
    nearly[0] += 1
    assert grouped([signature] * 999 + [nearly.tobytes()], LEAST) == [list(range(1_000))]
    assert grouped([], LEAST) == [] == grouped([signature], LEAST)
