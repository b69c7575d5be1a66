from __future__ import annotations

from collections import Counter

from eval.bench.claims import figures, load
from rag.language.forms import READ


def test_there_are_three_hundred_claims_true_and_false_of_every_language_in_both_halves() -> None:
    claims = load()
    assert len(claims) >= 300
    counts = Counter((one.half, one.language, one.is_true) for one in claims)
    assert {language for _, language, _ in counts} == set(READ)
    assert all(
        counts[half, language, is_true] >= 10
        for half in ("develop", "report")
        for language in READ
        for is_true in (True, False)
    )


def test_claims_are_called_rightly_as_often_as_is_said() -> None:
    halves = figures(load())
    blind = {row["row"]: row["share"] for row in halves["blind"]}
    assert blind["en, false"] >= 0.8
    retold = {row["row"]: row["share"] for row in halves["retold, report"]}
    assert retold["en, false"] >= 0.85
    assert retold["en, true"] >= 0.55
    rows = {row["row"]: row["share"] for row in halves["report"]}
    assert rows["en"] >= 0.9
    assert min(rows["de"], rows["fr"], rows["es"], rows["it"]) >= 0.85
