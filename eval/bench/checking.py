"""``make bench-checking``: what the check of a sentence catches, what it lets pass, what it costs.

The sentences of ClapNQ's gold answers, with the source sentences that were selected for them, are
supported. Each is then made wrong: a number, ordinal, date or name is exchanged for another of
its kind, from the same evidence ("near") or from another question's ("far"); what it says is
denied; or it is held against another question's evidence. Only what `rag.language.facts` reads can
be exchanged, so a fact that it overlooks is not among these figures.

The rules were made on the even lines of each file ("develop"). What is claimed of the check is
read from the odd ones ("report"). The claims of `eval.bench.claims`, in five languages, are
measured beside them, and alone where no folder is named.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from rich.console import Console
from rich.table import Table

from eval.bench import claims
from eval.bench.claims import row_of
from eval.metrics import quantile
from rag.errors import CaseError
from rag.language.facts import analyse
from rag.language.sentences import split
from rag.language.tokenizing import Fact, Kind, normal
from rag.verify.claims import check

KINDS: tuple[Kind, ...] = get_args(Kind)
HALVES = ("develop", "report")
_AUXILIARY = re.compile(
    r"\b(?:is|are|was|were|has|have|had|can|could|will|would|does|did|do)\b(?! not\b|n.t\b)"
)
Report = dict[str, dict[str, Any]]
_TITLES = {"rows": "sentences of ClapNQ", "claims": "claims, called rightly"}


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence of a gold answer, and the source sentences that were selected for that answer.

    ``others`` are the rest of the same passage, the wrong evidence that is nearest.
    """

    question: str
    claim: str
    evidence: tuple[str, ...]
    others: tuple[str, ...]
    title: str


def load(folder: Path) -> dict[str, list[Pair]]:
    """The pairs of every ClapNQ file with answers, by the half that they belong to.

    Raises:
        CaseError: no file of the folder has any.
    """
    halves: dict[str, list[Pair]] = {half: [] for half in HALVES}
    for file in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(file.read_text("utf-8").splitlines()):
            halves[HALVES[number % 2]] += _pairs(f"{file.name}:{number}", json.loads(line))
    if not all(halves.values()):
        raise CaseError(f"{folder}: no ClapNQ file with answers in it")
    return halves


def _pairs(question: str, line: dict[str, Any]) -> Iterator[Pair]:
    if "output" not in line or "passages" not in line:
        return
    output, passage = line["output"][0], line["passages"][0]
    selected = tuple(output.get("selected_sentences") or ())
    if selected and (answer := output["answer"]):
        others = tuple(s for s in passage["sentences"] if s not in selected)
        for start, end in split(answer):
            yield Pair(question, answer[start:end], selected, others, passage["title"])


# Making a sentence wrong -----------------------------------------------------------------------


def attacks(pairs: Sequence[Pair], seed: int) -> Iterator[tuple[str, str, Pair]]:
    """Each sentence made wrong in every way that it can be: the way, the new sentence, its pair.

    The pair that is yielded holds the evidence that the sentence is to be checked against.
    """
    rng = random.Random(seed)
    for pair in pairs:
        strangers = [other for other in pairs if other.question != pair.question]
        for kind in KINDS:
            near = [fact for fact in _facts(pair) if fact.kind == kind]
            # Few passages have an ordinal or a date: strangers are asked until one has.
            rng.shuffle(strangers)
            far = ([fact for fact in _facts(other) if fact.kind == kind] for other in strangers)
            for name, pools in ((f"{kind} near", iter([near])), (f"{kind} far", far)):
                if (wrong := _exchanged(pair.claim, kind, pools, rng)) is not None:
                    yield name, wrong, pair
        if (negated := denied(pair.claim)) is not None:
            yield "negation", negated, pair
        yield "other passage", pair.claim, rng.choice(strangers)


def _facts(pair: Pair) -> tuple[Fact, ...]:
    return analyse(" ".join(pair.evidence)).facts


def _exchanged(
    claim: str, kind: Kind, pools: Iterator[list[Fact]], rng: random.Random
) -> str | None:
    mine = [fact for fact in analyse(claim).facts if fact.kind == kind]
    if not mine:
        return None
    old = rng.choice(mine)
    for pool in pools:
        if new := [fact for fact in pool if is_other(fact, old)]:
            return exchanged(claim, old, rng.choice(new))
    return None


def is_other(one: Fact, old: Fact) -> bool:
    """Whether the one in the place of the old makes a sentence say something else."""
    if old.kind == "name":
        assert isinstance(one.value, tuple) and isinstance(old.value, tuple)
        return bool(one.value) and not set(one.value) & set(old.value)
    return one.value != old.value and one.text.lower() != old.text.lower()


def exchanged(claim: str, old: Fact, new: Fact) -> str:
    """The sentence with one of its facts in the words of another."""
    tokens = analyse(claim).tokens
    text = normal(claim)
    last = tokens[old.last - 1]
    return text[: tokens[old.first].at] + new.text + text[last.at + len(last.text) :]


def denied(claim: str) -> str | None:
    """The sentence with "not" after its first auxiliary, or None where it has none."""
    if (found := _AUXILIARY.search(claim)) is None:
        return None
    return f"{claim[: found.end()]} not{claim[found.end() :]}"


# Measuring -------------------------------------------------------------------------------------


def bench(halves: dict[str, list[Pair]], seed: int) -> Report:
    """Both halves' figures, in the shape that ``make bench-checking`` writes."""
    return {half: _half(pairs, seed) for half, pairs in halves.items()}


def _half(pairs: Sequence[Pair], seed: int) -> dict[str, Any]:
    times: list[float] = []

    def support(claim: str, pair: Pair) -> str:
        analyse.cache_clear()  # nothing was read before, as when the model has just written it
        began = time.perf_counter()
        verdict = check(claim, pair.evidence, pair.title)
        times.append(1000 * (time.perf_counter() - began))
        return verdict.support

    check(pairs[0].claim, pairs[0].evidence)  # what is loaded on first use is not timed
    supported = [support(pair.claim, pair) for pair in pairs]
    caught: dict[str, list[bool]] = defaultdict(list)
    for name, claim, pair in attacks(pairs, seed):
        caught[name].append(support(claim, pair) == "unsupported")
    swaps = [one for name, ones in caught.items() if name.split()[0] in KINDS for one in ones]
    return {
        "rows": [
            row_of("supported, passed", [one != "unsupported" for one in supported]),
            row_of("supported, verified", [one == "verified" for one in supported]),
            *(row_of(f"{name}, caught", caught[name]) for name in sorted(caught)),
            row_of("all swaps, caught", swaps),
            row_of("all unsupported, caught", [one for ones in caught.values() for one in ones]),
        ],
        "median_ms": round(quantile(times, 0.5) or 0.0, 2),
        "p95_ms": round(quantile(times, 0.95) or 0.0, 2),
    }


# Softer signals ---------------------------------------------------------------------------------


def signals(halves: dict[str, list[Pair]], seed: int) -> Report:
    """How well a score tells the right evidence from the wrong, without any rule: its AUROC.

    The words found there, as the check counts them; the cosine of the embeddings; the
    cross-encoder's logit. Wrong evidence is another question's ("other passage"), or what was not
    selected of the same passage ("same passage").
    """
    from rag.models.embedder import embedder
    from rag.models.reranker import reranker
    from rag.settings import load as load_settings

    settings = load_settings()
    vectors, scorer = embedder(settings), reranker(settings)

    def cosine(claim: str, evidence: Sequence[str]) -> float:
        one, other = vectors.embed_documents([claim, " ".join(evidence)])
        return sum(a * b for a, b in zip(one, other, strict=True))

    measures: dict[str, Callable[[str, Sequence[str]], float]] = {
        "cover": lambda claim, evidence: check(claim, evidence).cover,
        "cosine": cosine,
        "logit": lambda claim, evidence: scorer.scores(claim, [" ".join(evidence)])[0],
    }
    return {half: _signals(pairs, measures, seed) for half, pairs in halves.items()}


def _signals(
    pairs: Sequence[Pair],
    measures: dict[str, Callable[[str, Sequence[str]], float]],
    seed: int,
) -> dict[str, Any]:
    from sklearn.metrics import roc_auc_score

    rng = random.Random(seed)
    wrong: dict[str, list[tuple[str, Sequence[str]]]] = {
        "other passage": [
            (p.claim, rng.choice([o for o in pairs if o.question != p.question]).evidence)
            for p in pairs
        ],
        "same passage": [(p.claim, p.others) for p in pairs if p.others],
    }
    figures: dict[str, Any] = {}
    for name, measure in measures.items():
        measure(pairs[0].claim, pairs[0].evidence)  # loads what it needs, untimed
        began = time.perf_counter()
        right = [measure(pair.claim, pair.evidence) for pair in pairs]
        elapsed = 1000 * (time.perf_counter() - began) / len(pairs)
        figures[name] = {"mean_ms": round(elapsed, 2)}
        for case, held in wrong.items():
            scores = [measure(claim, evidence) for claim, evidence in held]
            labels = [1] * len(right) + [0] * len(scores)
            figures[name][case] = round(float(roc_auc_score(labels, [*right, *scores])), 4)
    return figures


def show(report: Report, console: Console) -> None:
    """The report as tables."""
    for half, figures in report.items():
        for rows, title in _TITLES.items():
            if rows in figures:
                console.print(_table(figures[rows], f"{half}: {title}"))
        if "median_ms" in figures:
            console.print(
                f"a sentence takes {figures['median_ms']} ms, at the 95th percentile "
                f"{figures['p95_ms']} ms\n"
            )
        if "signals" in figures:
            table = Table("signal", "other passage", "same passage", "ms", title=f"{half}: AUROC")
            for name, one in figures["signals"].items():
                table.add_row(
                    name, str(one["other passage"]), str(one["same passage"]), str(one["mean_ms"])
                )
            console.print(table)


def _table(rows: Sequence[dict[str, Any]], title: str) -> Table:
    table = Table("", "n", "share", "95 % interval", title=title)
    for row in rows:
        low, high = row["interval"] or (0.0, 1.0)
        table.add_row(row["row"], str(row["n"]), f"{row['share']:.3f}", f"{low:.3f} to {high:.3f}")
    return table


def main() -> None:
    """Read the arguments, run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of ClapNQ files")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--signals", action="store_true", help="also compare softer signals")
    arguments = parser.parse_args()
    halves = load(arguments.data) if arguments.data else {}
    report = bench(halves, arguments.seed)
    for half, rows in claims.figures(claims.load()).items():
        report.setdefault(half, {})["claims"] = rows
    if arguments.signals:
        for half, figures in signals(halves, arguments.seed).items():
            report[half]["signals"] = figures
    show(report, Console())
    if arguments.out:
        arguments.out.write_text(json.dumps(report, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
