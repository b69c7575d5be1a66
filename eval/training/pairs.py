"""Public sets to pairs of a claim and its evidence, and whether the evidence carries the claim.

What people wrote and judged is taken as it is. More is made of it: a question of SQuAD and its
answer become a claim about the answer's sentence, in the asker's own words; an edited summary is
held against the summary it was edited from; and a claim that is true is made false by another
number or name of its evidence, or by "not". Rows are held out by group, never one by one: by
article, by scene, by document.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval.bench.checking import denied, exchanged, is_other
from eval.training.sources import HELD_OUT, Row, rows, squad
from rag.index.chunking import in_context
from rag.language.facts import analyse
from rag.language.sentences import split
from rag.language.tokenizing import normal

_HELD_OUT_OF_100 = 12
_SENTENCES = 3  # of a long document, those that share most words with the claim
_LONGEST = 420  # characters of evidence
_WORD = re.compile(r"\w+")
# Questions whose answer stands where the question word stands: "Who led …?", "What team won …?"
_PAST = (
    r"(?:[a-z]+ed|led|won|made|wrote|built|became|began|held|took|gave|sold|bought|said|found|lost)"
)
_SUBJECT = re.compile(rf"(?:Who|(?:What|Which)(?: [a-z]+)?) ({_PAST} .+)\?")
_SUBJECT_IS = re.compile(r"(?:Who|What) ((?:is|are|was|were|has|had) (?:the|a|an|one) .+)\?")
_PLACED = re.compile(r"(When|Where) did (.+?) ([a-z]+)( .+)?\?")
_ENDS_OPEN = re.compile(r"\b(?:of|in|at|by|to|for|with|from|on|as|about|called|named|like|be)$")
_PREPOSITION = re.compile(
    r"(?:in|on|at|from|during|after|before|around|near|by|since|between)\b", re.I
)


@dataclass(frozen=True, slots=True)
class Pair:
    """A claim, its evidence as a model reads it, and whether that carries it (1) or not (0).

    ``group`` tells what it is about: pairs of one group are all trained on, or all held out.
    """

    claim: str
    evidence: str
    carried: int
    source: str
    group: str

    @property
    def is_held_out(self) -> bool:
        """Whether it is for calibrating and measuring alone."""
        digest = hashlib.sha256(f"{self.source.split(',')[0]}:{self.group}".encode()).digest()
        return int.from_bytes(digest[:4], "big") % 100 < _HELD_OUT_OF_100


def pairs(data: Path, seed: int) -> list[Pair]:
    """All pairs of the sets under a folder with ``entailment/`` and ``answerability/``."""
    rng = random.Random(seed)
    folder = data / "entailment"
    made = [
        *_counterfactual(rows(folder / "cad_nli.jsonl")),
        *_attributed(rows(folder / "begin.jsonl")),
        *_tricky(rows(folder / "fm2.jsonl"), rng),
        *_edited(rows(folder / "summedits.jsonl")),
        *_cited(rows(folder / "wice_oracle_chunks.jsonl")),
        *_asked(data / "answerability", seed, rng),
    ]
    return [*made, *_falsified(made, rng)]


def _counterfactual(found: Sequence[Any]) -> Iterator[Pair]:
    """SNLI with its revisions: all pairs that share a premise or a hypothesis are one group."""
    first: dict[str, str] = {}

    def root(text: str) -> str:
        while first.setdefault(text, text) != text:
            text = first[text]
        return text

    for row in found:
        first[root("h " + row["hypothesis"])] = root("p " + row["premise"])
    for row in found:
        carried = int(row["label"] == "entailment")
        group = root("p " + row["premise"])
        yield Pair(row["hypothesis"], row["premise"], carried, "cad", group)


def _attributed(found: Sequence[Any]) -> Iterator[Pair]:
    for row in found:
        if row["label"] != "Generic":
            carried = int(row["label"] == "Fully attributable")
            evidence = _nearest(row["claim"], _sentences(row["evidence"]))
            yield Pair(row["claim"], evidence, carried, "begin", row["evidence"])


def _tricky(found: Sequence[Any], rng: random.Random) -> Iterator[Pair]:
    for row in found:
        evidence = " ".join(row["evidence"])[:_LONGEST]
        if rng.random() < 0.7:
            evidence = in_context(row["title"], evidence)
        carried = int(row["label"] == "entailment")
        yield Pair(row["claim"], evidence, carried, "fm2", row["title"])


def _edited(found: Sequence[Any]) -> Iterator[Pair]:
    """Each edited summary against the one that it was made of; only the sentences that differ."""
    begun = {
        row["id"].removesuffix("_og"): row["claim"]
        for row in found
        if row["id"].endswith("_og") and row["label"] == "consistent"
    }
    for row in found:
        document, _, number = row["id"].rpartition("_")
        whole = begun.get(document)
        if whole is None or number == "og" or len(whole) > _LONGEST:
            continue
        mine = [sentence for sentence in _sentences(row["claim"]) if sentence not in whole]
        if mine:
            claim = " ".join(mine)
            yield Pair(claim, whole, int(row["label"] == "consistent"), "summedits", document)


def _cited(found: Sequence[Any]) -> Iterator[Pair]:
    for row in found:
        evidence = _nearest(row["claim"], row["evidence"])
        yield Pair(row["claim"], evidence, int(row["label"] == "supported"), "wice", row["claim"])


def _asked(folder: Path, seed: int, rng: random.Random) -> Iterator[Pair]:
    """SQuAD's questions with their answer, or with another answer of their paragraph, as claims."""
    for held_out in (False, True):
        for name in HELD_OUT:
            by_context: dict[str, list[Row]] = {}
            for row in squad(folder, name, held_out=held_out, seed=seed):
                if row.golds:
                    by_context.setdefault(row.context, []).append(row)
            for context, asked in by_context.items():
                sentences = _sentences(context)
                yield from _copied(sentences, asked[0].title, rng)
                for row in rng.sample(asked, min(3, len(asked))):
                    yield from _of_question(row, sentences, asked, rng)


def _copied(sentences: Sequence[str], title: str, rng: random.Random) -> Iterator[Pair]:
    """A sentence of a paragraph against itself and its neighbours, or against these alone."""
    at = rng.randrange(len(sentences))
    near = [*sentences[max(0, at - 1) : at], *sentences[at + 1 : at + 2]]
    if near and len(sentences[at]) < _LONGEST / 2:
        is_there = rng.random() < 0.7
        shown = sentences[max(0, at - 1) : at + 2] if is_there else near
        evidence = in_context(title, " ".join(shown)[:_LONGEST])
        if not is_there or sentences[at] in evidence:
            yield Pair(sentences[at], evidence, int(is_there), "squad, copied", title)


def _of_question(
    row: Row, sentences: Sequence[str], asked: Sequence[Row], rng: random.Random
) -> Iterator[Pair]:
    gold = max(row.golds, key=len).strip(" .,")
    holding = [sentence for sentence in sentences if gold in sentence]
    if not holding or (claim := declared(row.question, gold)) is None:
        return
    best = max(holding, key=lambda sentence: _shared(row.question, sentence))
    at = sentences.index(best)
    near = sentences[max(0, at - 1) : at + 1] if rng.random() < 0.3 else [best]
    evidence = in_context(row.title, " ".join(near)[:_LONGEST])
    yield Pair(claim, evidence, 1, "squad", row.title)
    kind = row.question.split()[0]
    others = [
        answer
        for other in asked
        if other.question.split()[0] == kind
        for answer in other.golds[:1]
        if not _shared(answer, gold)
    ]
    if others and (false := declared(row.question, rng.choice(others).strip(" .,"))):
        yield Pair(false, evidence, 0, "squad, other answer", row.title)
    elsewhere = [s for s in sentences if s != best and gold not in s]
    if elsewhere and rng.random() < 0.3:
        other = max(elsewhere, key=lambda sentence: _shared(claim, sentence))
        yield Pair(
            claim, in_context(row.title, other[:_LONGEST]), 0, "squad, other sentence", row.title
        )


def declared(question: str, answer: str) -> str | None:
    """The question as a sentence that has the answer in it; None where that takes a grammar."""
    asked = " ".join(question.split())
    if _ENDS_OPEN.search(asked.rstrip("? ")):
        return None
    for form in (_SUBJECT, _SUBJECT_IS):
        if found := form.fullmatch(asked):
            return f"{answer[:1].upper()}{answer[1:]} {found[1].strip()}."
    if found := _PLACED.fullmatch(asked):
        _, subject, verb, rest = found.groups()
        place = answer if _PREPOSITION.match(answer) else f"in {answer}"
        return f"{subject[:1].upper()}{subject[1:]} did {verb}{rest or ''} {place}."
    return None


def _falsified(made: Sequence[Pair], rng: random.Random) -> Iterator[Pair]:
    """Some that are true made false by rule: another fact of their evidence, or "not"."""
    true = [pair for pair in made if pair.carried and pair.source not in {"cad", "summedits"}]
    for pair in true:
        draw = rng.random()
        if draw < 0.15 and (wrong := denied(pair.claim)):
            yield replace(pair, claim=wrong, carried=0, source=f"{pair.source}, denied")
        elif draw < 0.6 and (wrong := _another_fact(pair, rng)):
            yield replace(pair, claim=wrong, carried=0, source=f"{pair.source}, other fact")


def _another_fact(pair: Pair, rng: random.Random) -> str | None:
    mine = [
        fact for fact in analyse(pair.claim).facts if fact.last <= len(analyse(pair.claim).tokens)
    ]
    rng.shuffle(mine)
    there = analyse(pair.evidence).facts
    for old in mine:
        if new := [fact for fact in there if fact.kind == old.kind and is_other(fact, old)]:
            wrong = exchanged(pair.claim, old, rng.choice(new))
            return wrong if wrong != normal(pair.claim) else None
    return None


def _sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split(text)]


def _nearest(claim: str, sentences: Sequence[str]) -> str:
    """The few sentences that share most words with the claim, in their order."""
    ranked = sorted(range(len(sentences)), key=lambda i: -_shared(claim, sentences[i]))
    return " ".join(sentences[i] for i in sorted(ranked[:_SENTENCES]))[:_LONGEST]


def _shared(one: str, other: str) -> int:
    return len(_words(one) & _words(other))


def _words(text: str) -> set[str]:
    return {word for word in _WORD.findall(text.lower()) if len(word) > 2}
