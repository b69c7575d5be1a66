"""The packaged reader, which is in every installation: no test of it needs the models folder."""

from __future__ import annotations

import itertools
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

import rag
from rag.decision import Signals, Vote, decision, doubt, outcome
from rag.language.letters import plain_letters
from rag.models.reader import OnnxReader, reader
from rag.settings import load

TEXT = (
    "The Kestrel Bridge was opened in 1931 by the engineer Ada Finch. It is 640 metres long. "
    "Ferries had crossed the river before."
)


@pytest.fixture(scope="module")
def own() -> OnnxReader:
    return reader()


def answer(own: OnnxReader, question: str, text: str = TEXT) -> str:
    (reading,) = own.read(question, ["Kestrel Bridge"], [text])
    best = reading.spans[0]
    return text[best.start : best.end]


def test_it_finds_the_words_that_answer(own: OnnxReader) -> None:
    assert "1931" in answer(own, "When was the Kestrel Bridge opened?")
    assert "640 metres" in answer(own, "How long is the Kestrel Bridge?")
    assert "Ada Finch" in answer(own, "Who opened the Kestrel Bridge?")


def test_ligatures_and_soft_hyphens_are_read_and_offsets_are_those_of_the_text(
    own: OnnxReader,
) -> None:
    plain = "The first office of the ferry has five floors, and forty inflatables."
    set_in_type = plain.replace("fi", "ﬁ").replace("ffice", "ﬃce").replace("fl", "ﬂ")
    set_in_type = set_in_type.replace("atables", "at\u00adables")
    for question in ("How many floors has the first office?", "How many inflatables has it?"):
        [one], [other] = (own.read(question, ["Ferry"], [text]) for text in (plain, set_in_type))
        assert one.answers == pytest.approx(other.answers)
        first, same = one.spans[0], other.spans[0]
        assert plain_letters(set_in_type[same.start : same.end]) == plain[first.start : first.end]


def test_a_text_that_answers_is_told_from_a_near_miss(own: OnnxReader) -> None:
    there = own.read("How long is the Kestrel Bridge?", ["Kestrel Bridge"], [TEXT])[0]
    for question in ("How wide is the Kestrel Bridge?", "What did the Kestrel Bridge cost?"):
        near = own.read(question, ["Kestrel Bridge"], [TEXT])[0]
        assert near.answers < there.answers
        assert near.margin < there.margin


def test_the_title_is_read_and_is_never_the_answer(own: OnnxReader) -> None:
    title = "The Kestrel Bridge of 1931"
    (reading,) = own.read("When was it opened?", [title], ["It was opened long ago, in spring."])
    assert all(0 <= span.start < span.end <= 34 for span in reading.spans)


def test_no_text_is_too_long_too_short_or_too_strange(own: OnnxReader) -> None:
    strange = ["", " ", "\x00", "🍞" * 3000, "word " * 5000, "é" * 10, "\u200b"]
    readings = own.read("?" * 5000 + "\ud800", ["title"] * len(strange), strange)
    assert len(readings) == len(strange)
    for text, reading in zip(strange, readings, strict=True):
        assert all(0 <= span.start < span.end <= len(text) for span in reading.spans)
    assert own.read("anything", [], []) == []


def test_spans_do_not_overlap_and_the_best_comes_first(own: OnnxReader) -> None:
    (reading,) = own.read("When was the Kestrel Bridge opened?", ["x"], [TEXT])
    logits = [span.logit for span in reading.spans]
    assert logits == sorted(logits, reverse=True)
    places = sorted((span.start, span.end) for span in reading.spans)
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(places))


def test_the_package_holds_it_with_its_card_and_stays_small() -> None:
    weights = Path(rag.__file__ or "").parent / "models" / "weights"
    assert (weights / "reader.onnx").stat().st_size <= 40_000_000
    assert len(tomllib.loads((weights / "reader.toml").read_text("utf-8"))["sha256"]) == 64
    card = (weights / "CARD.md").read_text("utf-8")
    for source in ("SQuAD", "SelQA", "CondaQA", "CC BY-SA 4.0", "Apache-2.0"):
        assert source in card


def test_the_decision_rises_with_every_signal_that_speaks_for_an_answer() -> None:
    own = decision()
    base = Signals(answers=0.0, shortfall=-2.0, sentence=0.0)
    assert own.of_text(replace(base, answers=3.0)) > own.of_text(base)
    assert own.of_text(replace(base, shortfall=0.0)) > own.of_text(base)
    assert own.of_text(replace(base, sentence=3.0)) > own.of_text(base)
    silent = own.of_vote(Vote(0.0, doubt(1.0), is_supported=False, agrees=False))
    sure = own.of_vote(Vote(0.0, doubt(0.0), is_supported=True, agrees=True))
    assert sure == own.at_best(0.0)
    assert 0 < silent < sure < 1
    assert own.of_text(Signals(-1e9, -1e9, -1e9)) >= 0


@pytest.mark.parametrize(
    ("chance", "expected"), [(0.5, "told"), (0.49, "hedged"), (0.04, "hedged"), (0.039, "refused")]
)
def test_an_outcome_follows_from_probability_and_strictness(chance: float, expected: str) -> None:
    assert outcome(chance, load(strictness=0.5)) == expected
