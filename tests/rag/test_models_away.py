"""Promises of answers while a server that has a model is away: less is claimed, and it is said."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from doubles import Provider, ScriptedModel, WordReader, WordScorer, tiny_library, weighing
from model_servers import ScriptedServer, says
from tiny import TinyEmbedder, make_article

from rag.assistant import Assistant
from rag.errors import ModelAway
from rag.index.library import Library, opened
from rag.models.chat import chat_model
from rag.models.embedder import embedder
from rag.models.reader import reader_of
from rag.models.reranker import reranker
from rag.opening import open_library
from rag.schema import Turn
from rag.settings import Settings, load

QUESTION = "How many seats does the boat have?"
FOLLOW_UP = [Turn("user", "What carried the people over the river in that year?"),
             Turn("assistant", "The boat did.")]  # fmt: skip


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    yield server
    server.stop()


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.close()


def at(server: ScriptedServer, **given: Any) -> dict[str, Any]:
    """The settings of one whose models are all there; each request tries it anew."""
    names = ("embedder_url", "reranker_url", "reader_url")
    return {**dict.fromkeys(names, server.url), "model_servers.pause": 0.0, **given}


@pytest.fixture
def own(tmp_path: Path, server: ScriptedServer) -> Iterator[Library]:
    with tiny_library(tmp_path, **at(server)) as own:
        yield own


def asking(own: Library, model: Any = None, **away: Any) -> Assistant:
    """An assistant with models of its own, but for those that are given."""
    models = {"reranker": WordScorer(), "reader": WordReader(), **away}
    return Assistant(own, model=model, model_name="scripted", weights=weighing(), **models)


def test_without_the_embedder_words_alone_find_and_the_answer_says_so(
    own: Library, server: ScriptedServer
) -> None:
    before = asking(own).ask(QUESTION)
    own.embedder = embedder(own.settings)
    server.stop()
    answer = asking(own).ask(QUESTION)
    assert [one.text for one in answer.sentences] == [one.text for one in before.sentences]
    assert "by their words alone" in answer.notice and "IBID_EMBEDDER_URL" in answer.notice
    assert not any(one.similarity for one in answer.passages)
    server.start()
    again = asking(own).ask(QUESTION)
    assert again.notice == "" and any(one.similarity for one in again.passages)


def test_without_the_embedder_small_talk_is_taken_for_a_question_and_nothing_fails(
    own: Library, server: ScriptedServer
) -> None:
    own.embedder = embedder(own.settings)
    server.stop()
    history = [Turn("user", "wonderful stuff indeed"), Turn("assistant", "Thank you.")]
    assert asking(own).ask("splendid work, mate", history).sentences


def test_what_cannot_be_embedded_is_not_added_and_nothing_of_it_is_there(
    own: Library, server: ScriptedServer
) -> None:
    own.embedder = embedder(own.settings)
    before = [one.id for one in own.articles()], own.catalog.count()
    server.stop()
    with pytest.raises(ModelAway, match="none can be added") as caught:
        own.add([make_article("The lighthouse stands on a cliff.", "light.md")])
    assert "\n" not in str(caught.value)
    assert ([one.id for one in own.articles()], own.catalog.count()) == before
    server.start()
    own.add([make_article("The lighthouse stands on a cliff.", "light.md")])
    assert len(own.articles()) == len(before[0]) + 1


def test_an_article_whose_embedding_breaks_off_is_added_whole_the_next_time(
    own: Library, server: ScriptedServer
) -> None:
    own.embedder = embedder(own.settings)
    text = "\n\n".join(f"Bridge {n} crosses the river at town {n}. " * 12 for n in range(90))
    server.troubles = [None, None, says(b"", 500)]  # type: ignore[list-item]
    before = own.catalog.count()
    with pytest.raises(ModelAway):
        own.add([make_article(text, "bridges.md")])
    assert own.catalog.count() == before
    own.add([make_article(text, "bridges.md")])
    assert own.catalog.count()[0] == before[0] + 1


@pytest.mark.parametrize("role", ["reranker", "reader"])
def test_without_what_reads_no_more_is_claimed_than_words_can_bear(
    own: Library, server: ScriptedServer, role: str
) -> None:
    model = ScriptedModel("It has 240 seats [1].")
    assert asking(own, model).ask(QUESTION).status in ("answered", "quoted")
    asked_before = len(model.heard)
    made = {"reranker": reranker, "reader": reader_of}[role](own.settings)
    server.stop()
    answer = asking(own, model, **{role: made}).ask(QUESTION)
    assert answer.status == "hedged" and "240 seats" in answer.sentences[0].text
    assert answer.probability is not None and answer.probability < own.settings.strictness
    assert f"IBID_{role.upper()}_URL" in answer.notice
    assert len(model.heard) == asked_before  # its vote could not be weighed
    refused = asking(own, model, **{role: made}).ask("Who painted the ceiling of the chapel?")
    assert refused.status == "refused" and role in refused.notice
    server.start()
    again = asking(own, model, **{role: made}).ask(QUESTION)
    assert again.status == asking(own, model).ask(QUESTION).status and again.notice == ""


@pytest.mark.parametrize(
    "question",
    ["What do the articles say about the boat?", "Why did the bakery leave?",
     "How many seats does the boat have and why did the bakery move?",
     "Compare the boat and the bakery.", "What is the latest about the boat?"],
)  # fmt: skip
def test_every_kind_of_question_is_answered_without_what_reads(
    own: Library, server: ScriptedServer, question: str
) -> None:
    server.stop()
    away = {"reranker": reranker(own.settings), "reader": reader_of(own.settings)}
    answer = asking(own, **away).ask(question)
    assert answer.sentences and answer.status != "answered"
    assert "IBID_RERANKER_URL" in answer.notice


async def test_whoever_awaits_an_answer_is_told_too_and_all_that_is_away_is_named(
    own: Library, server: ScriptedServer
) -> None:
    own.embedder = embedder(own.settings)
    away = {"reranker": reranker(own.settings), "reader": reader_of(own.settings)}
    server.stop()
    model = ScriptedModel("It has 240 seats [1].")
    answer = await asking(own, model, **away).aask(QUESTION)
    assert answer.status == "hedged"
    for name in ("IBID_EMBEDDER_URL", "IBID_RERANKER_URL"):
        assert answer.notice.count(name) == 1


def test_what_is_away_for_one_question_is_not_told_of_another(
    own: Library, server: ScriptedServer
) -> None:
    server.troubles = [says(b"", 500)]
    mine = asking(own, reranker=reranker(own.settings))
    told = [mine.ask(QUESTION).notice for _ in range(2)]
    assert "IBID_RERANKER_URL" in told[0] and told[1] == ""


def test_a_search_without_the_reranker_keeps_the_order_in_which_was_found(
    own: Library, server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    fused = asking(own, settings=own.settings.model_copy(update={"rerank": 0})).search(
        "ferry seats"
    )
    server.stop()
    found = asking(own, reranker=reranker(own.settings)).search("ferry seats")
    assert [one.chunk_ids for one in found] == [one.chunk_ids for one in fused]
    assert not any(one.probability for one in found)
    assert any("IBID_RERANKER_URL" in one.message for one in caplog.records if one.levelno >= 40)


def served(folder: Path, server: ScriptedServer, **given: Any) -> Settings:
    return load(library=folder / "library", **at(server, embedder="tiny", **given))


def test_a_library_moves_to_a_server_and_back_and_nothing_is_embedded_again(
    tmp_path: Path, server: ScriptedServer
) -> None:
    mine = served(tmp_path, server)
    local = TinyEmbedder()
    with opened(mine, local) as own:
        own.add([make_article("The lighthouse stands on a cliff.", "light.md")])
    with open_library(mine) as own:
        found = Assistant(own, WordScorer(), WordReader(), None).search("lighthouse cliff")
        assert found and found[0].similarity is not None
        own.add([make_article("The bakery moved to the hill.", "bakery.md")])
    assert sum(len(given["inputs"]) for _, given in server.requests) == 3  # one to compare by
    with opened(mine, local) as own:
        assert len(own.articles()) == 2
    assert local.documents == 1


def test_a_library_of_another_model_is_searched_by_words_and_not_added_to(
    tmp_path: Path, server: ScriptedServer
) -> None:
    mine = served(tmp_path, server)
    with opened(mine, TinyEmbedder()) as own:
        own.add([make_article("The lighthouse stands on a cliff.", "light.md")])
    server.embedder = TinyEmbedder(dimensions=48)
    with open_library(mine) as own:
        answer = Assistant(own, WordScorer(), WordReader(), None).ask("Where is the lighthouse?")
        assert answer.passages and "makes other vectors" in answer.notice
        with pytest.raises(ModelAway, match="ibid rebuild"):
            own.add([make_article("The bakery moved to the hill.", "bakery.md")])
        assert len(own.articles()) == 1
    with open_library(mine, to_rebuild=True) as own:  # by what is there now
        own.rebuild()
    with open_library(mine) as own:
        own.add([make_article("The bakery moved to the hill.", "bakery.md")])


def test_a_library_opens_while_its_embedder_is_away(tmp_path: Path, server: ScriptedServer) -> None:
    mine = served(tmp_path, server)
    with opened(mine, TinyEmbedder()) as own:
        own.add([make_article("The lighthouse stands on a cliff.", "light.md")])
    server.stop()
    with open_library(mine) as own:
        assert Assistant(own, WordScorer(), WordReader(), None).search("lighthouse")


def writing(provider: Provider, folder: Path, **given: Any) -> Any:
    """A library under settings with that language model, and the model."""
    limits = {"model_servers.pause": 1_000.0, "retries": 0, **given}
    return tiny_library(folder, base_url=provider.url, model="m", **limits)


def test_a_language_model_that_is_away_is_asked_once_and_then_left_alone(
    tmp_path: Path, provider: Provider
) -> None:
    provider.status = 500
    with writing(provider, tmp_path) as own:
        mine = asking(own, chat_model(own.settings))
        told = [mine.ask(QUESTION) for _ in range(3)]
    assert len(provider.requests) == 1
    for answer in told:
        assert answer.status == "quoted" and "240" in answer.sentences[0].text
        assert "is quoted without it" in answer.notice
    assert "a moment ago" not in told[0].notice and "a moment ago" in told[2].notice


async def test_whoever_awaits_it_leaves_it_alone_too(tmp_path: Path, provider: Provider) -> None:
    provider.status = 503
    with writing(provider, tmp_path) as own:
        mine = asking(own, chat_model(own.settings))
        told = [await mine.aask(QUESTION) for _ in range(2)]
    assert len(provider.requests) == 1
    assert all("is quoted without it" in answer.notice for answer in told)


def test_a_language_model_that_hangs_holds_up_nobody_but_who_asked_it(
    tmp_path: Path, provider: Provider
) -> None:
    provider.hangs_at = 1
    with writing(provider, tmp_path) as own:
        mine = asking(own, chat_model(own.settings))
        answers: list[Any] = []
        first = threading.Thread(target=lambda: answers.append(mine.ask(QUESTION)))
        first.start()
        assert provider.hanging.wait(30)
        assert mine.search("ferry")  # while it hangs
        assert first.is_alive()
        provider.close()
        first.join(60)
        assert answers[0].status == "quoted" and answers[0].notice
        assert "a moment ago" in mine.ask(QUESTION).notice
    assert len(provider.requests) == 1


def test_a_language_model_that_fell_silent_is_not_waited_for_again(
    tmp_path: Path, provider: Provider
) -> None:
    provider.hangs_at = 1
    with writing(provider, tmp_path, **{"stream.silence": 0.3}) as own:
        mine = asking(own, chat_model(own.settings))
        told = [mine.ask(QUESTION) for _ in range(2)]
    assert len(provider.requests) == 1
    assert "said nothing more" in told[0].notice and "a moment ago" in told[1].notice
    assert all(one.status == "quoted" for one in told)


@pytest.mark.parametrize(("pause", "requests"), [(0.0, 2), (1_000.0, 1)])
def test_a_follow_up_waits_once_for_a_model_that_is_away(
    tmp_path: Path, provider: Provider, pause: float, requests: int
) -> None:
    provider.status = 500
    with writing(provider, tmp_path, **{"model_servers.pause": pause}) as own:
        mine = asking(own, chat_model(own.settings))
        mine.ask("And how many seats did it have then?", FOLLOW_UP)
    assert len(provider.requests) == requests


@pytest.mark.parametrize("status", [400, 401, 404, 429])
def test_a_language_model_that_refuses_answers_and_is_asked_again(
    tmp_path: Path, provider: Provider, status: int
) -> None:
    provider.status = status
    with writing(provider, tmp_path) as own:
        mine = asking(own, chat_model(own.settings))
        for _ in range(2):
            assert "is quoted without it" in mine.ask(QUESTION).notice
        assert len(provider.requests) == 2
        provider.status = 200
        assert mine.ask(QUESTION).notice == ""


def test_once_it_is_back_it_is_asked_again(tmp_path: Path, provider: Provider) -> None:
    provider.status, provider.fails = 500, 1
    with writing(provider, tmp_path, **{"model_servers.pause": 0.001}) as own:
        mine = asking(own, chat_model(own.settings))
        assert "is quoted without it" in mine.ask(QUESTION).notice
        threading.Event().wait(0.01)
        assert mine.ask(QUESTION).notice == ""
