"""The gate of our own pipeline: the seeds, answered by quotation, against the figures we keep.

After a change that is meant to move them::

    ibid eval eval/sets/seeds.jsonl --quotes-only --build --out runs/seeds
    ibid eval compare runs/BEFORE runs/seeds
    ibid eval baseline runs/seeds eval/baselines/seeds-quotes.json
"""

from __future__ import annotations

from pathlib import Path

import pytest

from eval import session as evaluation
from eval.compare import gate
from eval.compare.gate import Bounds, Measured
from eval.observer import Silent
from rag.settings import load

ROOT = Path(__file__).parents[3]
BASELINE = ROOT / "eval" / "baselines" / "seeds-quotes.json"
BOUNDS = Bounds(
    drops={
        "containment": 0.03, "citation hit": 0.03, "sentences verified": 0.01,
        "refusal F1": 0.05, "hit@1": 0.02, "hit@5": 0.01, "MRR": 0.02,
    },
    floors={"containment": 0.6, "hit@5": 0.95},
    ceilings={"failed": 0},
)  # fmt: skip


def measured(out: Path, **changes: object) -> Measured:
    choice = evaluation.Choice(
        ROOT / "eval" / "sets" / "seeds.jsonl", out=out, quotes_only=True, build=True, workers=2
    )
    evaluation.run(load(**changes), choice, Silent())
    return gate.read(out)


@pytest.mark.model
@pytest.mark.timeout(1800)
def test_the_seeds_are_answered_as_well_as_before(tmp_path: Path) -> None:
    assert gate.breaches(measured(tmp_path / "run"), BOUNDS, gate.read(BASELINE)) == []


@pytest.mark.model
@pytest.mark.timeout(1800)
def test_a_reranker_that_is_switched_off_is_caught(tmp_path: Path) -> None:
    worse = measured(tmp_path / "run", rerank=0)
    lines = gate.breaches(worse, BOUNDS, gate.read(BASELINE))
    assert any(line.startswith("hit@1") for line in lines)


def test_the_figures_that_we_keep_are_of_the_set_as_it_is() -> None:
    from eval.runs.provenance import file_digest

    kept = gate.read(BASELINE)
    assert kept.asked.digest == file_digest(ROOT / "eval" / "sets" / "seeds.jsonl")
    assert gate.breaches(kept, BOUNDS, kept) == []
