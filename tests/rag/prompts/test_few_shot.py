from __future__ import annotations

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from eval import prompts as of_eval
from rag.prompts import FewShot, few_shot


def test_the_system_comes_first_then_each_example_with_its_reply_then_what_is_asked() -> None:
    examples = (
        {"place": "Aldwick", "year": 2021, "reply": "yes"},
        {"year": 1984, "place": "Leith", "reply": "no"},
    )
    prompt = FewShot("Say yes or no.", examples, "3")
    assert prompt.messages(lambda place, year: f"{place} {year}?", "Mill Lane?") == [
        SystemMessage("Say yes or no."),
        HumanMessage("Aldwick 2021?"),
        AIMessage("yes"),
        HumanMessage("Leith 1984?"),
        AIMessage("no"),
        HumanMessage("Mill Lane?"),
    ]


@pytest.mark.parametrize(
    ("prompt", "fields"),
    [
        (few_shot("rag.prompts", "rewrite"), {"history", "question"}),
        (of_eval.few_shot("judge"), {"question", "answers", "answer"}),
        (of_eval.few_shot("question"), {"title", "date", "text"}),
        (of_eval.few_shot("rephrase"), {"question"}),
    ],
)
def test_every_prompt_that_is_shipped_has_examples_of_one_shape(
    prompt: FewShot, fields: set[str]
) -> None:
    assert prompt.system.strip() and prompt.examples
    assert all(example.keys() == {*fields, "reply"} for example in prompt.examples)
    assert all(example["reply"] == example["reply"].strip() for example in prompt.examples)


def test_what_the_evaluation_keeps_figures_of_has_a_version() -> None:
    assert all(of_eval.version(name) for name in ("judge", "question", "rephrase"))
