from __future__ import annotations

import math
import os
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from doubles import ScriptedModel, WordReader, WordScorer, tiny_library, weighing
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

from rag import prompts
from rag.answer import chain
from rag.answer.asked import Asked
from rag.answer.stages import Stages, context_of, passages_for
from rag.index.library import Library
from rag.query.classification import classify
from rag.retrieve.retriever import Retriever
from rag.schema import Turn, holds
from rag.settings import load

SEATS = "How many people does the boat carry?"
SAID = "The boat carries 240 people [1]."


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with tiny_library(tmp_path_factory.mktemp("chain")) as library:
        yield library


def built(library: Library, model: BaseChatModel | None) -> chain.Runnable:
    retriever = Retriever(library=library, reranker=WordScorer(), settings=library.settings)
    return chain.build(Stages(retriever, WordReader(), weighing(), model))


def asked(question: str, *history: str) -> Asked:
    return {"question": question, "history": [Turn("user", text) for text in history]}


def test_invoke_goes_from_the_question_to_a_draft(library: Library) -> None:
    done = built(library, ScriptedModel(SAID)).invoke(asked(SEATS))
    assert done["question"] == done["query"].text == SEATS
    assert done["passages"]
    assert "240 seats" in done["evidence"][0].quote
    assert done["draft"] == SAID


async def test_ainvoke_comes_to_the_same(library: Library) -> None:
    done = await built(library, ScriptedModel(SAID)).ainvoke(asked(SEATS))
    assert done == built(library, ScriptedModel(SAID)).invoke(asked(SEATS))


def test_a_stream_yields_each_stage_and_then_the_draft_in_pieces(library: Library) -> None:
    model = ScriptedModel("The boat ", "carries 240 ", "people [1].")
    pieces = list(built(library, model).stream(asked(SEATS)))
    order = [name for piece in pieces for name in piece if name not in ("question", "history")]
    assert list(dict.fromkeys(order)) == ["query", "passages", "evidence", "draft"]
    assert [piece["draft"] for piece in pieces if piece.get("draft")] == model.pieces


async def test_astream_yields_the_same_pieces(library: Library) -> None:
    model = ScriptedModel("The boat ", "carries 240 ", "people [1].")
    pieces = [piece async for piece in built(library, model).astream(asked(SEATS))]
    assert [piece["draft"] for piece in pieces if piece.get("draft")] == model.pieces


def test_any_langchain_chat_model_will_do(library: Library) -> None:
    model = FakeListChatModel(responses=[SAID])
    assert built(library, model).invoke(asked(SEATS))["draft"] == SAID
    assert "".join(p.get("draft", "") for p in built(library, model).stream(asked(SEATS))) == SAID


def test_the_model_hears_the_passages_of_the_best_evidence_whole(library: Library) -> None:
    model = ScriptedModel(SAID)
    done = built(library, model).invoke(asked(SEATS))
    (heard,) = model.heard
    given = passages_for(classify(SEATS), done["passages"], done["evidence"], load())
    assert heard == prompts.answer(SEATS, given)
    assert 1 <= len(given) <= 2
    assert holds(given[0], done["evidence"][0])
    assert " ".join(given[0].text.split()) in heard[-1].text


def test_evidence_are_exact_words_of_their_articles(library: Library) -> None:
    done = built(library, None).invoke(asked(SEATS))
    assert [citation.number for citation in done["evidence"]] == list(
        range(1, len(done["evidence"]) + 1)
    )
    for citation in done["evidence"]:
        text = library.article(citation.article.id).text
        assert text[citation.start : citation.end] == citation.quote


def test_no_model_is_called_where_none_could_save_the_evidence(library: Library) -> None:
    model = ScriptedModel("Lima [1].")
    done = built(library, model).invoke(asked("Which city is the capital of Peru?"))
    assert done["draft"] == ""
    assert model.heard == []


def test_no_model_is_called_for_an_overview_of_what_is_not_there(library: Library) -> None:
    model = ScriptedModel("Peru is far away.")
    done = built(library, model).invoke(asked("What do the articles say about Peru?"))
    assert (done["draft"], model.heard) == ("", [])


def test_ctrl_c_ends_the_wait_for_a_model_that_says_nothing(library: Library) -> None:
    let_go = threading.Event()

    class Mute(ScriptedModel):
        def _stream(self, *_: Any, **__: Any) -> Iterator[ChatGenerationChunk]:
            os.kill(os.getpid(), signal.SIGINT)
            let_go.wait(60)
            yield from ()

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        list(built(library, Mute()).stream(asked(SEATS)))
    assert time.monotonic() - began < 30
    let_go.set()


def test_without_a_model_the_draft_is_empty(library: Library) -> None:
    assert built(library, None).invoke(asked(SEATS))["draft"] == ""


def test_how_likely_the_model_was_to_find_nothing_is_told_with_its_first_words(
    library: Library,
) -> None:
    likely = [{"token": "NOT", "logprob": math.log(0.3)}, {"token": "The", "logprob": -0.4}]
    first = {"content": [{**likely[1], "top_logprobs": likely}]}

    class Telling(ScriptedModel):
        def _stream(self, *_: Any, **__: Any) -> Iterator[ChatGenerationChunk]:
            for words in ("The boat ", "carries 240 people."):
                told = AIMessageChunk(words, response_metadata={"logprobs": first})
                yield ChatGenerationChunk(message=told)

    pieces = list(built(library, Telling()).stream(asked(SEATS)))
    assert [p["not_found"] for p in pieces if "not_found" in p] == [pytest.approx(0.3)]


def test_a_question_that_stands_alone_costs_no_model_call(library: Library) -> None:
    model = ScriptedModel(SAID)
    history = [Turn("user", "Why did the bakery move?"), Turn("assistant", "The river.")]
    done = built(library, model).invoke({"question": SEATS, "history": history})
    assert done["query"].text == SEATS
    assert len(model.heard) == 1


def test_a_follow_up_is_rewritten_by_the_model_where_no_rule_can(library: Library) -> None:
    model = ScriptedModel("Why did the bakery leave Mill Lane?")
    history = [
        Turn("user", "Where was the bakery?"),
        Turn("assistant", "The bakery of Mill Lane moved to the hill."),
    ]
    done = built(library, model).invoke({"question": "Why did it leave?", "history": history})
    assert done["query"].text == "Why did the bakery leave Mill Lane?"
    assert "Last question: Why did it leave?" in model.heard[0][-1].text


async def test_the_rewriting_can_be_awaited(library: Library) -> None:
    model = ScriptedModel("Why did the bakery leave Mill Lane?")
    history = [Turn("user", "Where was the bakery of Mill Lane?")]
    done = await built(library, model).ainvoke(
        {"question": "Why did it leave?", "history": history}
    )
    assert done["query"].text == "Why did the bakery leave Mill Lane?"


def test_a_rewriting_that_fails_or_invents_is_replaced_by_both_questions(library: Library) -> None:
    history = [Turn("user", "Where was the bakery?")]
    both = "Where was the bakery? Which river flooded it?"
    for model in (
        None,
        ScriptedModel("Why did Napoleon leave Moscow?"),
        ScriptedModel("I cannot help with that."),
    ):
        asked_now: Asked = {"question": "Which river flooded it?", "history": history}
        assert built(library, model).invoke(asked_now)["query"].text == both
    failing = ScriptedModel(error=RuntimeError("gone"))
    pieces = []
    with pytest.raises(RuntimeError):  # told when the answer is asked for, not before
        for piece in built(library, failing).stream(asked_now):
            pieces.append(piece)
    assert {"query": classify(both)} in pieces


def test_a_models_own_context_counts_where_it_is_known() -> None:
    model = ScriptedModel()
    model.profile = {"max_input_tokens": 8000}
    assert context_of(model, 4096) == 8000
    assert context_of(ScriptedModel(), 4096) == 4096


def test_without_a_model_the_stages_alone_find_what_the_chain_does(library: Library) -> None:
    def joined(pieces: Iterator[Any]) -> dict[str, Any]:
        return {key: value for piece in pieces for key, value in piece.items()}

    retriever = Retriever(library=library, reranker=WordScorer(), settings=library.settings)
    stages = Stages(retriever, WordReader(), weighing(), None)
    for question in (SEATS, "How many articles do I have?", "And how many cars?", ""):
        whole = asked(question, "When does the boat leave?", "At nine.")
        assert {**whole, **joined(stages.all(whole))} == joined(chain.build(stages).stream(whole))
