from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from doubles import ScriptedModel, WordReader, WordScorer, tiny_library
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk
from rows import rows_of

from eval.runs.usage import Prices, counted, prices, usage_values
from eval.sets.cases import Case
from rag.assistant import Assistant
from rag.errors import RunError


class Billing(ScriptedModel):
    """Says how many tokens it read and wrote, at the end of its stream, as providers do."""

    def _stream(
        self, messages: list[BaseMessage], *_: Any, **__: Any
    ) -> Iterator[ChatGenerationChunk]:
        yield from super()._stream(messages)
        usage = UsageMetadata(input_tokens=300, output_tokens=20, total_tokens=320)
        facts = {"model_name": "billing"}
        last = AIMessageChunk("", usage_metadata=usage, response_metadata=facts)
        yield ChatGenerationChunk(message=last)


CASE = Case("ferry", "How many seats does the ferry carry?", True, ("240",))


def values(model: ScriptedModel, folder: Path, case: Case = CASE, asks: Any = None) -> Any:
    with tiny_library(folder) as own:
        assistant = Assistant(own, WordScorer(), WordReader(), model, "billing")
        (row,) = rows_of([case], assistant, own, root=folder, prices=asks)
    return row.values


def test_the_tokens_of_a_streamed_answer_are_counted_and_priced(tmp_path: Path) -> None:
    found = values(Billing("The ferry has 240 seats [1]."), tmp_path, asks=Prices(2, 10))
    assert (found["tokens read"], found["tokens written"]) == (300, 20)
    assert found["cost"] == pytest.approx((300 * 2 + 20 * 10) / 1e6)


def test_without_prices_nothing_has_a_cost(tmp_path: Path) -> None:
    found = values(Billing("The ferry has 240 seats [1]."), tmp_path)
    assert found["tokens read"] == 300
    assert "cost" not in found


def test_a_model_that_does_not_tell_its_tokens_has_none_and_not_zero(tmp_path: Path) -> None:
    found = values(ScriptedModel("The ferry has 240 seats [1]."), tmp_path, asks=Prices(2, 10))
    assert found["tokens read"] is found["tokens written"] is found["cost"] is None


def test_calls_before_and_after_are_not_counted() -> None:
    model = Billing("Yes.")
    list(model.stream("before"))
    with counted() as one:
        list(model.stream("here"))
        list(model.stream("and here"))
    list(model.stream("after"))
    assert usage_values(one, None) == {"tokens read": 600, "tokens written": 40}
    with counted() as other:
        pass
    assert usage_values(other, None) == {"tokens read": None, "tokens written": None}


@pytest.mark.parametrize(("text", "found"), [("0.4,1.6", Prices(0.4, 1.6)), ("0, 3", Prices(0, 3))])
def test_prices_are_read_as_they_are_written(text: str, found: Prices) -> None:
    assert prices(text) == found


@pytest.mark.parametrize("text", ["", "3", "1,2,3", "1,x", "-1,2", "nan,2", "1,inf"])
def test_what_is_no_price_is_told_with_its_remedy(text: str) -> None:
    with pytest.raises(RunError, match=r"as in --prices 0\.4,1\.6"):
        prices(text)
