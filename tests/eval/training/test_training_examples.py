from __future__ import annotations

import json
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from eval.training.examples import Corpus, Example, mistyped
from eval.training.proposals import tasks
from eval.training.sources import HELD_OUT, held_out_titles, squad

TOWNS = [f"Town_{number}" for number in range(12)]


def paragraph(town: str) -> str:
    return (
        f"{town} lies on the River Ull. Its bridge was built in 18{len(town)}4 by Ada Finch. "
        "Two mills stood beside it. Nobody knows who paid for them."
    )


def lines(rows: Iterable[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The five files, of a few rows each, in the shapes that they have."""
    rows = [
        {"title": town, "question": question, "context": paragraph(town), "answers": golds}
        for town in TOWNS
        for question, golds in (
            (f"Who built the bridge of {town}?", ["Ada Finch"]),
            (f"Who paid for the mills of {town}?", []),
        )
    ]
    other = [{**row, "title": f"Old_{row['title']}"} for row in rows if row["answers"]]
    (tmp_path / "squad2_dev_27_titles.jsonl").write_text(lines(rows))
    (tmp_path / "squad11_dev_13_titles.jsonl").write_text(lines(other))
    sentences = [
        {"question": f"what is {n}?", "sentence": f"it is the number {n}.", "label": int(n % 4 > 0)}
        for n in range(40)
    ]
    (tmp_path / "squad2_train_nearmiss_sentences.jsonl").write_text(lines(sentences))
    section = [
        {
            "qid": f"q{n // 4}",
            "title": TOWNS[n % 12],
            "question": "Where?",
            "sentence": f"Sentence {n}.",
            "idx": n % 4,
            "label": int(n % 4 == 1),
        }
        for n in range(48)
    ]
    (tmp_path / "selqa.jsonl").write_text(lines(section))
    verdicts = ["YES", "NO", "DON'T KNOW", "rarely"]
    edited = [
        {"question": "Is it so?", "context": f"It is so, {n}.", "answer": verdicts[n % 4]}
        for n in range(1600)
    ]
    (tmp_path / "condaqa.jsonl").write_text(lines(edited))
    return tmp_path


@pytest.fixture
def examples(data: Path) -> list[Example]:
    return Corpus(data, seed=3).epoch(0)


def test_no_text_of_a_held_out_title_is_trained_on(data: Path, examples: list[Example]) -> None:
    for name in HELD_OUT:
        held = {row.title for row in squad(data, name, held_out=True, seed=3)}
        kept = {row.title for row in squad(data, name, held_out=False, seed=3)}
        assert len(held) == HELD_OUT[name]
        assert not held & kept
        for example in examples:
            if example.source.startswith(("squad", "answer", "neighbouring paragraph", "section")):
                assert not any(f"{title} lies" in example.text for title in held)


def test_a_span_is_the_gold_answer_wherever_the_window_was_cut(examples: list[Example]) -> None:
    marked = [one for one in examples if one.span and not one.is_within]
    assert marked
    for example in marked:
        assert example.span and example.text[slice(*example.span)] == "Ada Finch"
        assert example.answers == 1


def test_what_does_not_answer_has_no_span(examples: list[Example]) -> None:
    made = [one for one in examples if not one.answers]
    sources = {one.source for one in made}
    assert {"squad near miss", "answer taken out", "sentence near miss"} <= sources
    assert all(one.span is None for one in made)
    assert all("Ada Finch" not in one.text for one in made if one.source == "answer taken out")


def test_only_yes_and_no_are_learnt_of_yes_no_questions(examples: list[Example]) -> None:
    edited = [one for one in examples if one.source == "edited"]
    assert {(one.answers, one.says_yes) for one in edited} == {(1, 1), (1, 0), (0, None)}


def test_an_epoch_can_be_drawn_again_and_the_next_is_another(data: Path) -> None:
    assert Corpus(data, seed=3).epoch(1) == Corpus(data, seed=3).epoch(1)
    assert Corpus(data, seed=3).epoch(1) != Corpus(data, seed=3).epoch(2)


def test_a_typing_error_is_one_in_one_word() -> None:
    question = "Who built the bridge over the river?"
    for seed in range(30):
        wrong = mistyped(question, random.Random(seed))
        changed = [
            pair for pair in zip(question.split(), wrong.split(), strict=True) if len(set(pair)) > 1
        ]
        assert len(changed) <= 1
        assert all(abs(len(one) - len(other)) <= 1 for one, other in changed)
    assert mistyped("Who is it?", random.Random(0)) == "Who is it?"


def proposals(tmp_path: Path) -> Path:
    """A file as `eval.training.proposals` writes it: clear, unclear and copied ones."""
    town = TOWNS[0]
    said = f"{town} lies on the River Ull. Its bridge was built in 1864 by Ada Finch."
    made = [
        ("sentence", paragraph(town).split(" Two")[0], "Who put the bridge up?", 0.9),
        ("sentence", said, "Unclear one?", 0.5),
        ("miss", paragraph(town), "What colour is the bridge?", 0.1),
        ("miss", paragraph(town), "Where is the bridge?", 0.9),
        ("miss", paragraph(town), "Who bought Arlo Mill?", 0.0),
        ("reworded", f"Who built the bridge of {town}?", "Who made the crossing?", 0.6),
    ]
    path = tmp_path / "proposals.jsonl"
    path.write_text(
        lines(
            {"kind": k, "title": town, "text": t, "start": "", "question": q, "confirmed": c}
            for k, t, q, c in made
        )
    )
    return path


def test_of_the_proposals_only_what_was_clear_is_trained_on(data: Path, tmp_path: Path) -> None:
    corpus = Corpus(data, seed=seed_with_first_town(data), proposals=proposals(tmp_path))
    asked = {one.question.lower() for number in range(12) for one in corpus.epoch(number)}
    assert any("crossing" in question for question in asked)
    assert any("put the bridge up" in question for question in asked)
    assert any("colour" in question for question in asked)
    for words in ("unclear", "where is the bridge", "arlo"):
        assert not any(words in question for question in asked)


def test_the_answer_to_a_proposal_is_within_the_sentences_it_was_made_of(
    data: Path, tmp_path: Path
) -> None:
    corpus = Corpus(data, seed=seed_with_first_town(data), proposals=proposals(tmp_path))
    made = [one for number in range(4) for one in corpus.epoch(number) if one.source == "proposed"]
    assert made
    for example in made:
        assert example.is_within
        assert example.span
        assert "Ada Finch." in example.text[slice(*example.span)]


def seed_with_first_town(data: Path) -> int:
    """A seed that does not hold out the town that the proposals are of."""
    return next(
        seed
        for seed in range(99)
        if any(
            row.title == TOWNS[0].replace("_", " ")
            for row in squad(data, "squad2_dev_27_titles", held_out=False, seed=seed)
        )
    )


def test_no_question_is_proposed_on_a_held_out_title(data: Path) -> None:
    made = tasks(data, seed=3)
    held = held_out_titles(data, seed=3)
    assert {task.kind for task in made} == {"reworded", "sentence", "miss"}
    assert held
    assert not held & {task.title for task in made}
