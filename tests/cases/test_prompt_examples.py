"""Nothing of the prompts' examples can be told: "240 seats" was once said of Moon rock."""

from __future__ import annotations

from pathlib import Path

import pytest
from doubles import ScriptedModel, WordReader, WordScorer, weighing
from tiny import TinyEmbedder, make_article

from rag import prompts
from rag.assistant import Assistant
from rag.index.library import opened
from rag.query.followups import is_faithful
from rag.schema import Turn
from rag.settings import load

MOON = (
    "Moon rock was brought back by six crews. The rock of the Moon is older than most rock of the "
    "Earth. Museums lend pieces of it."
)
HISTORY = [Turn("user", "Who brought back Moon rock?"), Turn("assistant", "Six crews did.")]


def test_the_prompt_that_asks_for_an_answer_has_no_example_and_no_number() -> None:
    system, asked = prompts.answer("How much is it?", [])
    assert not any(letter.isdigit() for letter in system.text)
    assert asked.text == "Question: How much is it?"


@pytest.mark.parametrize("example", prompts.few_shot("rag.prompts", "rewrite").examples)
def test_a_follow_up_is_never_rewritten_to_an_example(example: dict[str, str]) -> None:
    assert not is_faithful(example["reply"], "How much of it do they have?", HISTORY)


@pytest.mark.parametrize(
    "draft",
    [
        "The Moon rock has 240 seats [1].",
        "It has 240 seats [1].",
        "Six crews brought back 40 rooms of Moon rock [1].",
        "Moon rock was brought back by Elsa Brandt [1].",
    ],
)
def test_a_draft_that_says_an_example_is_not_told(tmp_path: Path, draft: str) -> None:
    with opened(load(library=tmp_path), TinyEmbedder()) as library:
        library.add([make_article(MOON, "moon", title="Moon rock")])
        models = WordScorer(), WordReader(), ScriptedModel(draft)
        answer = Assistant(library, *models, weights=weighing()).ask("Who brought back Moon rock?")
    assert not any(word in answer.text for word in ("240", "seats", "40 rooms", "Brandt"))
