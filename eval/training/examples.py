"""Public question sets to training examples: a question, a window of text, and whether it answers.

What people wrote is taken as it is; more is made of it by rules that can be trusted: the answer's
sentence taken out of its window, a name or number of the question exchanged for another of its
article, a neighbouring paragraph that lacks the answer, courtesies and typing errors. The windows
are drawn anew each epoch. Where `eval.training.proposals` has made questions, they join in.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from eval.training.sources import HELD_OUT, Row, held_out_titles, paragraphs, rows, sections, squad
from rag.index.chunking import in_context
from rag.language.sentences import Span, split

_WORD = re.compile(r"\w+")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)*")
_NUMBER = re.compile(r"\b\d[\d,.]*\d\b|\b\d\b")
_SPELT = re.compile(r"\b[a-z]{5,}\b")
EXAMPLE_NAMES = ("Arlo", "Halden")
"""Of the examples that the proposing model is given, and that it may repeat."""
# From, and up to, what probability a proposal counts, by the model that proposed it.
_SURE, _SURE_SAME, _SURE_NOT = 0.8, 0.35, 0.2
_BEFORE = (
    "Could you please tell me: {}",
    "Can you tell me {}",
    "hi, i was wondering, {}",
    "Hello! I have a question. {} Thanks!",
    "ok so {}",
    "Sorry to bother you, but {}",
    "Do you know {}",
    "I'd like to know {}",
    "Quick one: {} please",
)


@dataclass(frozen=True, slots=True)
class Example:
    """One reading: ``text`` is what the model sees beside the question.

    ``answers``: 1 if the text answers, 0 if not. ``span``: code points of the answer in ``text``;
    None where there is none, or where nobody marked it. ``is_within``: the span is a sentence, and
    the answer some words of it. ``says_yes``: of a yes/no question.
    """

    question: str
    text: str
    answers: int
    span: tuple[int, int] | None
    source: str
    says_yes: int | None = None
    is_within: bool = False


class Corpus:
    """All training rows, from which each epoch draws its windows."""

    def __init__(self, folder: Path, seed: int, proposals: Path | None = None) -> None:
        """``proposals``: a file of `eval.training.proposals`."""
        self._seed = seed
        proposed = [row for row in rows(proposals) if _is_clear(row)] if proposals else []
        self._reworded = {r["text"]: r["question"] for r in proposed if r["kind"] == "reworded"}
        self._proposed = [row for row in proposed if row["kind"] != "reworded"]
        self._squad = [
            row for name in HELD_OUT for row in squad(folder, name, held_out=False, seed=seed)
        ]
        self._by_title: dict[str, list[str]] = {}
        for row in self._squad:
            contexts = self._by_title.setdefault(row.title, [])
            if row.context not in contexts:
                contexts.append(row.context)
        self._library = paragraphs(folder, seed)
        held_out = held_out_titles(folder, seed)
        self._sentences = rows(folder / "squad2_train_nearmiss_sentences.jsonl")
        self._sections = sections(rows(folder / "selqa.jsonl"), held_out)
        self._edited = [row for row in rows(folder / "condaqa.jsonl") if row["answer"] in _VERDICTS]

    def epoch(self, number: int) -> list[Example]:
        """The examples of one pass, in the order of their files; the same for the same number."""
        rng = random.Random(f"{self._seed}:{number}")
        made = [one for row in self._squad for one in self._of_squad(row, rng)]
        made += self._of_sentences(rng)
        made += [one for row in self._proposed for one in self._of_proposed(row, rng)]
        for section in self._sections:
            made += _of_section(section, rng)
        unknown = [row for row in self._edited if row["answer"] == "DON'T KNOW"]
        told = [row for row in self._edited if row["answer"] != "DON'T KNOW"]
        made += [_of_edited(row) for row in (*unknown, *rng.sample(told, 400))]
        return [replace(one, question=_as_typed(_veiled(one, rng), rng)) for one in made]

    def _of_squad(self, row: Row, rng: random.Random) -> Iterator[Example]:
        if (words := self._reworded.get(row.question)) and rng.random() < 0.5:
            row = replace(row, question=words)
        title = row.title if rng.random() < 0.7 else ""
        span = _gold_span(row)
        if span is None:
            yield _example(row.question, title, row.context, None, 0, "squad near miss")
            if rng.random() < 0.5:
                window = _nearest_window(row.question, row.context, rng)
                yield _example(row.question, "", window, None, 0, "squad near miss")
            return
        start, end = (0, len(row.context)) if rng.random() < 0.5 else _window(row, span, rng)
        inside = (span[0] - start, span[1] - start)
        yield _example(row.question, title, row.context[start:end], inside, 1, "squad")
        if rng.random() < 0.35 and (rest := _without_answer(row, rng)):
            yield _example(row.question, title, rest, None, 0, "answer taken out")
        if rng.random() < 0.2 and (other := self._neighbour(row, rng)):
            yield _example(row.question, title, other, None, 0, "neighbouring paragraph")
        if rng.random() < 0.25 and (asked := self._exchanged(row, rng)):
            yield _example(asked, title, row.context[start:end], None, 0, "exchanged")
        if rng.random() < 0.4:
            yield from self._elsewhere(row.question, row.title, row.golds, rng)

    def _elsewhere(
        self, question: str, title: str, golds: Sequence[str], rng: random.Random
    ) -> Iterator[Example]:
        """The question beside a window of another article, of 40 texts the one that shares most."""
        asked = _words(question)
        drawn = [
            (name, text)
            for name, text in rng.sample(self._library, min(40, len(self._library)))
            if name != title and not _holds_any(text, golds)
        ]
        if drawn:
            name, text = max(drawn, key=lambda one: len(asked & _words(one[1])))
            window = _nearest_window(question, text, rng) if rng.random() < 0.7 else text
            yield _example(question, name, window, None, 0, "another article")

    def _of_proposed(self, row: Any, rng: random.Random) -> Iterator[Example]:
        """A proposed question beside windows with the sentence that answers it, and without."""
        title = row["title"] if rng.random() < 0.7 else ""
        if row["kind"] == "miss":
            yield _example(row["question"], title, row["text"], None, 0, "proposed miss")
            return
        sentence = row["text"]
        whole = next(
            (t for name, t in self._library if name == row["title"] and sentence in t), sentence
        )
        sentences = _sentences(whole)
        end = whole.index(sentence) + len(sentence)
        at = next((i for i, span in enumerate(sentences) if span.end >= end), len(sentences) - 1)
        first, last = (
            max(0, at - rng.randint(1, 4)),
            min(at + rng.randint(0, 4), len(sentences) - 1),
        )
        start = sentences[first].start
        text = whole[start : sentences[last].end]
        inside = (max(0, end - len(sentence) - start), end - start)
        yield _example(row["question"], title, text, inside, 1, "proposed", is_within=True)
        rest = [whole[s:e] for i, (s, e) in enumerate(sentences) if not at - 1 <= i <= at]
        if rest and rng.random() < 0.5:
            begin = rng.randrange(max(1, len(rest) - 3))
            less = " ".join(rest[begin : begin + rng.randint(2, 5)])
            yield _example(row["question"], title, less, None, 0, "proposed, answer taken out")
        if rng.random() < 0.4:
            yield from self._elsewhere(row["question"], row["title"], (), rng)

    def _neighbour(self, row: Row, rng: random.Random) -> str:
        """Of eight other paragraphs of the article the one that shares the most words."""
        paragraphs = self._by_title[row.title]
        drawn = [
            other
            for other in rng.sample(paragraphs, min(8, len(paragraphs)))
            if other != row.context and not _holds_any(other, row.golds)
        ]
        asked = _words(row.question)
        return max(drawn, key=lambda text: len(asked & _words(text)), default="")

    def _exchanged(self, row: Row, rng: random.Random) -> str:
        """The question about another name or number of its article."""
        elsewhere = " ".join(rng.sample(self._by_title[row.title], 1))
        for pattern in rng.sample((_NAME, _NUMBER), 2):
            matches = list(pattern.finditer(row.question))
            others: list[str] = [
                other
                for other in pattern.findall(elsewhere)
                if other.lower() not in row.question.lower() and other not in row.golds
            ]
            if matches and others:
                place = rng.choice(matches)
                return (
                    row.question[: place.start()] + rng.choice(others) + row.question[place.end() :]
                )
        return ""

    def _of_sentences(self, rng: random.Random) -> Iterator[Example]:
        """The file keeps the order of the articles, so rows nearby are of one paragraph or two."""
        for i, row in enumerate(self._sentences):
            if row["label"] == 0:
                yield _example(row["question"], "", row["sentence"], None, 0, "sentence near miss")
                continue
            chance = rng.random()
            if chance < 0.6:
                around = self._sentences[max(0, i - 8) : i + 9]
                near = list(dict.fromkeys(one["sentence"] for one in around if one["label"]))
                at = near.index(row["sentence"])
                if chance < 0.4:
                    first = max(0, at - rng.randint(0, 2))
                    text, inside = _joined(near[first : at + 1 + rng.randint(0, 2)], at - first)
                    yield _example(row["question"], "", text, inside, 1, "sentence", is_within=True)
                elif len(near) > 1:
                    asked = _words(row["question"])
                    rest = near[:at] + near[at + 1 :]
                    best = max(range(len(rest)), key=lambda j: len(asked & _words(rest[j])))
                    first = max(0, best - rng.randint(0, 1))
                    text = " ".join(rest[first : best + 1 + rng.randint(0, 1)])
                    yield _example(row["question"], "", text, None, 0, "neighbouring sentences")


def _example(
    question: str,
    title: str,
    text: str,
    span: tuple[int, int] | None,
    answers: int,
    source: str,
    *,
    is_within: bool = False,
) -> Example:
    shift = len(in_context(title, "")) if title else 0
    moved = (span[0] + shift, span[1] + shift) if span else None
    text = in_context(title, text) if title else text
    return Example(question, text, answers, moved, source, is_within=is_within)


def _joined(texts: Sequence[str], at: int) -> tuple[str, tuple[int, int]]:
    """The texts as one, and where the one at a place stands in it."""
    start = sum(len(text) + 1 for text in texts[:at])
    return " ".join(texts), (start, start + len(texts[at]))


# Windows ------------------------------------------------------------------------------------------


def _gold_span(row: Row) -> tuple[int, int] | None:
    """Where the first gold answer stands, in the sentence that shares most with the question."""
    if not row.golds:
        return None
    asked = _words(row.question)
    gold = row.golds[0]
    places = [match.start() for match in re.finditer(re.escape(gold), row.context)]
    sentences = _sentences(row.context)

    def shared(place: int) -> int:
        around = [row.context[s:e] for s, e in sentences if s <= place < e]
        return len(asked & _words(around[0])) if around else 0

    best = max(places, key=shared)
    return best, best + len(gold)


def _window(row: Row, span: tuple[int, int], rng: random.Random) -> tuple[int, int]:
    """One to four sentences around the answer."""
    sentences = _sentences(row.context)
    first = next((i for i, (_, end) in enumerate(sentences) if end > span[0]), 0)
    last = next((i for i, (_, end) in enumerate(sentences) if end >= span[1]), len(sentences) - 1)
    before, after = rng.choice(((0, 0), (1, 0), (0, 1), (1, 1), (2, 0), (1, 2), (2, 1)))
    return (
        sentences[max(0, first - before)].start,
        sentences[min(len(sentences) - 1, last + after)].end,
    )


def _nearest_window(question: str, text: str, rng: random.Random) -> str:
    """The two to four sentences of a text that share the most words with the question."""
    sentences = _sentences(text)
    asked, size = _words(question), rng.randint(2, 4)
    windows = [
        text[sentences[i].start : sentences[min(i + size, len(sentences)) - 1].end]
        for i in range(max(1, len(sentences) - size + 1))
    ]
    return max(windows, key=lambda text: len(asked & _words(text)))


def _without_answer(row: Row, rng: random.Random) -> str:
    """The paragraph, or a piece of it, without any sentence that holds a gold answer."""
    rest = [
        row.context[start:end]
        for start, end in _sentences(row.context)
        if not _holds_any(row.context[start:end], row.golds)
    ]
    if len(rest) > 3 and rng.random() < 0.5:
        first = rng.randrange(len(rest) - 2)
        rest = rest[first : first + 3]
    return " ".join(rest)


def _holds_any(text: str, golds: Sequence[str]) -> bool:
    return any(gold.lower() in text.lower() for gold in golds)


@cache
def _sentences(text: str) -> list[Span]:
    return split(text)


@cache
def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower()))


def _is_clear(row: Any) -> bool:
    """Whether a proposal is one to train on: its model was sure of it when it read it again."""
    if any(name in row["question"] for name in EXAMPLE_NAMES) or "the text" in row["question"]:
        return False
    if row["kind"] == "miss":
        return bool(row["confirmed"] <= _SURE_NOT)
    least = _SURE_SAME if row["kind"] == "reworded" else _SURE
    return bool(row["confirmed"] >= least and row["question"].endswith("?"))


# Other sets ---------------------------------------------------------------------------------------

_VERDICTS = {"YES": 1, "NO": 0, "DON'T KNOW": None}


def _of_section(section: Sequence[Any], rng: random.Random) -> Iterator[Example]:
    """A window of a section with a sentence that answers, and one without."""
    question, title = section[0]["question"], section[0]["title"]
    answering = [i for i, row in enumerate(section) if row["label"]]
    if answering:
        at = rng.choice(answering)
        first = max(0, at - rng.randint(0, 2))
        window = [row["sentence"] for row in section[first : at + 1 + rng.randint(0, 2)]]
        text, inside = _joined(window, at - first)
        yield _example(question, title, text, inside, 1, "section", is_within=True)
    rest = [row["sentence"] for row in section if not row["label"]]
    if rest:
        first = rng.randrange(max(1, len(rest) - 2))
        text = " ".join(rest[first : first + rng.randint(1, 4)])
        yield _example(question, title, text, None, 0, "rest of a section")


def _of_edited(row: Any) -> Example:
    verdict = _VERDICTS[row["answer"]]
    answers = int(verdict is not None)
    return Example(row["question"], row["context"], answers, None, "edited", verdict)


# Questions as people type them --------------------------------------------------------------------


def _veiled(example: Example, rng: random.Random) -> str:
    """The question; of one in five, half of the longer words that the text has too are masked.

    Who asks does not know the article's words, while the questions of these sets often have them.
    """
    if rng.random() >= 0.2:
        return example.question
    there = _words(example.text)

    def veil(word: re.Match[str]) -> str:
        return "[MASK]" if word.group() in there and rng.random() < 0.5 else word.group()

    return _SPELT.sub(veil, example.question)


def _as_typed(question: str, rng: random.Random) -> str:
    chance = rng.random()
    if chance < 0.08:
        asked = question[0].lower() + question[1:]
        return rng.choice(_BEFORE).format(asked)
    if chance < 0.2:
        return mistyped(question, rng)
    if chance < 0.3:
        return question.rstrip("?. ").lower()
    return question


def mistyped(question: str, rng: random.Random) -> str:
    """The question with two letters of one longer word exchanged, or one left out or doubled."""
    places = list(_SPELT.finditer(question))
    if not places:
        return question
    word = rng.choice(places)
    at = rng.randint(word.start() + 1, word.end() - 2)
    one, other = question[at], question[at + 1]
    put = rng.choice((other + one, other, one + one + other))
    return question[:at] + put + question[at + 2 :]
