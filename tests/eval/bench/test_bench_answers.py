"""The answers' benchmark on a tiny library, with a scripted model: the same code, no waiting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from doubles import ScriptedModel, WordReader, WordScorer, tiny_library
from langchain_core.embeddings import Embeddings
from tiny import TinyEmbedder

from eval.bench.answers import POINTS, Rows, stock_told, summary, told
from eval.bench.questions import Question
from eval.bench.stock import CHUNKS, Stock, StockChain
from rag.assistant import Assistant
from rag.index.library import Library
from rag.schema import Filter

SEATS = "How many people does the boat carry?"


class Embedder(TinyEmbedder, Embeddings):
    """The tiny embedder as LangChain's."""


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with tiny_library(tmp_path) as own:
        yield own


def question(own: Library) -> Question:
    ferry = next(one for one in own.articles() if "ferry" in one.title)
    text = own.article(ferry.id).text
    at = text.index("240 seats")
    return Question(SEATS, (ferry.id,), ((ferry.id, at, at + 9),), ("240", "240 seats"))


def test_a_right_answer_is_told_as_one(library: Library) -> None:
    asked = question(library)
    model = ScriptedModel("The boat has 240 seats [1].")
    row = told(
        asked, Assistant(library, WordScorer(), WordReader(), model, "m").ask(SEATS), library
    )
    assert (row.status, row.contains, row.cites, row.faults) == ("answered", True, True, ())
    assert row.words == len(row.text.split())
    assert set(row.timings) == set(POINTS)


def test_a_refusal_contains_and_cites_nothing(library: Library) -> None:
    asked = question(library)
    others = tuple(one.id for one in library.articles() if one.id not in asked.article_ids)
    assistant = Assistant(library, WordScorer(), WordReader(), ScriptedModel("240 [1]."), "m")
    row = told(asked, assistant.ask(SEATS, only=Filter(articles=others)), library)
    assert (row.status, row.contains, row.cites, row.f1) == ("refused", False, False, 0.0)
    assert row.faults == ()


def test_a_broken_promise_is_a_fault(library: Library) -> None:
    asked = question(library)
    answer = Assistant(library, WordScorer(), WordReader(), None).ask(SEATS)
    sentence = answer.sentences[0]
    moved = replace(sentence.citations[0], start=sentence.citations[0].start + 1)
    wrong = replace(answer, sentences=(replace(sentence, citations=(moved,)),))
    assert any("wrong offset" in fault for fault in told(asked, wrong, library).faults)
    assert any("points nowhere" in fault for fault in told(asked, wrong, library).faults)
    bare = replace(answer, sentences=(replace(sentence, citations=(), support="unsupported"),))
    assert any("unsupported" in fault for fault in told(asked, bare, library).faults)
    marked = replace(sentence, text="It has 240 seats [1].", is_quote=False)
    shown = replace(answer, sentences=(marked,))
    assert any("marker" in fault for fault in told(asked, shown, library).faults)


def test_the_stock_chain_reads_four_chunks_and_can_do_without_an_article(library: Library) -> None:
    asked = question(library)
    articles = [library.article(one.id) for one in library.articles()]
    model = ScriptedModel("It carries 240 people.")
    chain = StockChain(articles, Embedder(), model)
    said = chain.ask(SEATS)
    assert 0 < len(said.chunks) <= CHUNKS
    row = stock_told(asked, said)
    assert (row.status, row.contains, row.cites) == ("answered", True, True)
    gone = chain.ask(SEATS, asked.article_ids)
    assert not any(chunk.metadata["article"] in asked.article_ids for chunk in gone.chunks)
    assert "240 seats" in model.heard[0][0].text


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("I don't know.", True),
        ("The context does not mention the price.", True),
        ("It is not stated in the context.", True),
        ("The boat has 240 seats.", False),
        ("The boat does not sail on Sundays.", False),
    ],
)
def test_the_stock_chains_refusals_are_recognised(text: str, refused: bool) -> None:
    assert Stock(text, [], 1.0).refused is refused


def test_the_summary_sets_both_side_by_side_and_a_rate_has_its_interval(library: Library) -> None:
    asked = question(library)
    answer = Assistant(library, WordScorer(), WordReader(), None).ask(SEATS)
    row = replace(told(asked, answer, library), seconds=1.0)
    beside = stock_told(asked, Stock("I don't know.", [], 4.0))
    found = summary(Rows([row, row], [row], [beside], [beside]))
    assert found["ibid"]["n"] == 2
    assert found["ibid"]["contains the gold answer"].startswith("100.0% (34.2%")
    assert found["stock"]["refused, answerable"].startswith("100.0%")
    assert found["median seconds, Ibid to stock"] == 0.25
    assert found["faults"] == []
