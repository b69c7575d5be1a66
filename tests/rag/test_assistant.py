from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from doubles import (
    BAKERY,
    NoVerifier,
    ScriptedModel,
    WordReader,
    WordScorer,
    tiny_library,
    weighing,
)
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

from rag.assistant import EMPTY, REFUSAL, Assistant
from rag.errors import QuestionError
from rag.index.library import Library
from rag.opening import open_assistant
from rag.schema import Answer, Filter, Turn
from rag.settings import Settings

SEATS = "How many people does the boat carry?"
SAID = "The boat has 240 seats [1]."
PERU = "Which city is the capital of Peru?"
KEY = "gsk_0123456789abcdef"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with tiny_library(tmp_path_factory.mktemp("assistant"), api_key=KEY) as library:
        yield library


def assistant(library: Library, *pieces: str, error: Exception | None = None) -> Assistant:
    model = ScriptedModel(*pieces, error=error)
    return Assistant(library, WordScorer(), WordReader(), model, "scripted", weights=weighing())


def cited(answer: Answer) -> list[list[int]]:
    return [[citation.number for citation in sentence.citations] for sentence in answer.sentences]


def test_an_answer_is_sentences_with_checked_citations(library: Library) -> None:
    answer = assistant(library, SAID).ask(SEATS)
    assert answer.status == "answered"
    (said,) = answer.sentences
    assert said.text == "The boat has 240 seats."
    assert cited(answer) == [[1]]
    assert {one.support for one in answer.sentences} == {"verified"}
    assert answer.model == "scripted"
    assert answer.notice == ""


def test_every_quote_is_the_very_words_of_its_article(library: Library) -> None:
    answer = assistant(library, SAID, " The crossing takes nine minutes [2].").ask(SEATS)
    quoted = [citation for sentence in answer.sentences for citation in sentence.citations]
    assert quoted
    for citation in [*quoted, *answer.evidence]:
        text = library.article(citation.article.id).text
        assert text[citation.start : citation.end] == citation.quote
    for passage in answer.passages:
        text = library.article(passage.article.id).text
        assert text[passage.start : passage.end] == passage.text


def streamed(library: Library, draft: str) -> list[Answer]:
    model = GenericFakeChatModel(messages=iter([AIMessage(draft)]))
    own = Assistant(library, WordScorer(), WordReader(), model, "fake", weights=weighing())
    return list(own.stream(SEATS))


def test_the_short_answer_comes_first_then_each_sentence_as_it_is_checked(library: Library) -> None:
    *pending, last = streamed(library, f"{SAID} It has 240 seats for people [1].")
    assert {snapshot.status for snapshot in pending} == {"pending"}
    assert pending[0].evidence
    assert pending[0].passages
    (short,) = pending[0].sentences
    assert (short.text, short.is_quote) == (pending[0].evidence[0].quote, True)
    assert all(snapshot.sentences[-1] == short for snapshot in pending)
    assert [len(snapshot.sentences) for snapshot in pending[1:]] == sorted(
        len(snapshot.sentences) for snapshot in pending[1:]
    )
    said = pending[-1].sentences[0]
    assert (said.text, said.support) == ("The boat has 240 seats.", "verified")
    assert last.sentences[0] == said, "it stands where it stood"
    assert last.status == "answered"


def test_of_a_draft_no_sentence_is_shown_that_no_article_supports(library: Library) -> None:
    first, *pending, _ = streamed(library, "The boat has 900 seats [1]. It is lovely. It is old.")
    assert {snapshot.sentences for snapshot in pending} == {first.sentences}


async def test_a_question_that_is_too_long_is_refused_and_not_cut(library: Library) -> None:
    own = assistant(library, SAID)
    for ask in (own.search, own.ask):
        with pytest.raises(QuestionError, match="the limit is 2,000"):
            ask("When? " * 400)
    with pytest.raises(QuestionError):
        await own.aask("When? " * 400)


async def test_the_asynchronous_twin_says_the_same(library: Library) -> None:
    def timeless(answer: Answer) -> tuple[Any, ...]:
        return answer.status, answer.sentences, answer.evidence, answer.passages

    pieces = ("The boat ", "has 240 ", "seats [1].")
    awaited = [timeless(a) async for a in assistant(library, *pieces).astream(SEATS)]
    assert awaited == [timeless(a) for a in assistant(library, *pieces).stream(SEATS)]
    assert timeless(await assistant(library, *pieces).aask(SEATS)) == awaited[-1]


def test_timings_are_in_order(library: Library) -> None:
    timings = assistant(library, SAID).ask(SEATS).timings
    assert timings.sources_ms is not None
    assert timings.first_token_ms is not None
    assert timings.total_ms is not None
    assert 0 <= timings.sources_ms <= timings.first_token_ms <= timings.total_ms


def test_a_draft_with_a_sentence_that_no_source_supports_gives_way_to_the_quotation(
    library: Library,
) -> None:
    answer = assistant(library, SAID, " It cost 900 crowns [1]. It is lovely.").ask(SEATS)
    assert "900" not in answer.text and "lovely" not in answer.text
    assert (answer.status, answer.text) == ("quoted", answer.evidence[0].quote)


def test_an_answer_without_support_becomes_a_quotation(library: Library) -> None:
    for draft in ("It carries 999 people [1].", "It carries 999 people.", "[7]", "", "…"):
        answer = assistant(library, draft).ask(SEATS)
        assert answer.status == "quoted"
        assert answer.sentences[0].text == answer.evidence[0].quote
        assert all(sentence.is_quote for sentence in answer.sentences)
        assert cited(answer)[0] == [1]


def test_not_found_is_never_shown(library: Library) -> None:
    *pending, last = assistant(library, "NOT", " FOUND", ". The boat [1]").stream(SEATS)
    for snapshot in (*pending, last):
        assert "NOT" not in snapshot.text
        assert all(sentence.is_quote or not sentence.citations for sentence in snapshot.sentences)


def test_what_no_article_says_is_refused_and_no_model_is_asked(library: Library) -> None:
    model = ScriptedModel("Lima [1].")
    own = Assistant(library, WordScorer(), WordReader(), model, "scripted", weights=weighing())
    *_, answer = own.stream(PERU)
    assert answer.status == "refused"
    (said,) = answer.sentences
    assert said.text.startswith(REFUSAL)
    assert said.citations == ()
    assert model.heard == []
    assert answer.timings.first_token_ms is None
    assert answer.timings.total_ms is not None


@pytest.mark.parametrize(
    "off", [{"rerank": 0}, {"lexical": False}, {"dense": False}, {"rerank": 0, "dense": False}],
    ids=", ".join,
)  # fmt: skip
@pytest.mark.parametrize("question", [PERU, "What do the articles say about the moons of Peru?"])
def test_what_no_article_says_is_refused_with_any_stage_switched_off(
    tmp_path: Path, off: dict[str, Any], question: str
) -> None:
    with tiny_library(tmp_path, **off) as library:
        own = Assistant(library, WordScorer(), WordReader(), None, weights=weighing())
        answer = own.ask(question)
    assert answer.status == "refused"
    if "rerank" in off:
        assert all(passage.probability is None for passage in answer.passages)


def test_a_refusal_may_be_worded_by_who_asks(tmp_path: Path) -> None:
    def worded(titles: Sequence[str] | None) -> str:
        return f"Nothing: {titles}"

    with tiny_library(tmp_path) as library:
        weights = weighing(intercept=-20.0)
        own = Assistant(library, WordScorer(), WordReader(), None, refusal=worded, weights=weights)
        near = own.ask("How old is the captain of the ferry Halvard?")
        far = own.ask(PERU)
    assert near.text.startswith("Nothing: ['A new ferry for Aldwick'")
    assert far.text == "Nothing: []"
    (tmp_path / "bare").mkdir()
    with tiny_library(tmp_path / "bare", empty=True) as library:
        none = Assistant(library, WordScorer(), WordReader(), None, refusal=worded).ask(SEATS)
    assert (none.status, none.text) == ("refused", "Nothing: None")


def test_an_empty_library_says_how_to_fill_it(tmp_path: Path) -> None:
    with tiny_library(tmp_path, empty=True) as library:
        answer = assistant(library, SAID).ask(SEATS)
        assert (answer.status, answer.text) == ("refused", EMPTY)
        assert assistant(library).search(SEATS) == []


def test_a_failing_model_ends_in_a_quotation_with_a_notice(library: Library) -> None:
    failing = assistant(library, "The boat ", "carries 99", error=RuntimeError("out of memory"))
    *pending, last = failing.stream(SEATS)
    assert pending[0].evidence
    assert last.status == "quoted"
    assert last.sentences[0].text == last.evidence[0].quote
    assert all(sentence.is_quote for sentence in last.sentences)
    assert "out of memory" in last.notice
    assert "ibid doctor" in last.notice
    assert "\n" not in last.notice


def test_a_failing_model_is_told_of_in_the_words_of_whoever_asks(library: Library) -> None:
    failing = ScriptedModel(error=RuntimeError("out of memory"))
    mine = Assistant(
        library, WordScorer(), WordReader(), failing, failure=lambda error: f"{error.facts['why']}!"
    )
    assert mine.ask(SEATS).notice == "out of memory!"


async def test_a_failing_model_ends_so_when_awaited_too(library: Library) -> None:
    answer = await assistant(library, error=RuntimeError("out of memory")).aask(SEATS)
    assert answer.status == "quoted"
    assert "out of memory" in answer.notice


def test_no_key_is_in_the_notice_or_in_the_log(
    library: Library, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER_API_KEY", "other-key-12345678")
    error = RuntimeError(f"Incorrect API key: {KEY} or other-key-12345678")
    with caplog.at_level(logging.DEBUG, "ibid"):
        answer = assistant(library, error=error).ask(SEATS)
    assert "Incorrect API key" in answer.notice
    assert "Incorrect API key" in caplog.text
    for secret in (KEY, "other-key-12345678"):
        assert secret not in answer.notice
        assert secret not in caplog.text


def test_without_a_model_it_answers_by_quoting_and_may_say_why(library: Library) -> None:
    answer = Assistant(
        library, WordScorer(), WordReader(), None, "none", lambda: "The model is not here."
    ).ask(SEATS)
    assert answer.status in ("quoted", "hedged")
    assert "240 seats" in answer.text
    assert answer.notice == "The model is not here."
    assert answer.model == ""


def test_a_fault_that_is_not_the_models_is_not_hidden(library: Library) -> None:
    class Broken(WordScorer):
        def scores(self, *_: object) -> list[float]:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Assistant(library, Broken(), WordReader(), ScriptedModel(SAID)).ask(SEATS)


def test_a_follow_up_is_understood_from_the_question_before(library: Library) -> None:
    model = ScriptedModel("It opened again in the autumn of 2020 [1].")
    history = [Turn("user", "Why did the bakery move?"), Turn("assistant", "Because of the river.")]
    answer = Assistant(library, WordScorer(), WordReader(), model, weights=weighing()).ask(
        "When did it open again?", history
    )
    assert answer.question == "When did it open again?"
    assert answer.status == "answered"
    assert "bakery" in model.heard[0][-1].text
    assert answer.evidence[0].quote in BAKERY


@pytest.mark.parametrize(
    "question",
    [
        "",
        "   \n\t ",
        "\x00\x07\x1b[2J\x7f",
        "a" * 2_000,
        "boat " * 400,
        "船能载多少人？",
        "كم عدد الركاب؟",
        "🚢" * 500,
        "\udcff\ud800 boat",
        '" OR NEAR( * boat: AND NOT',
        "[1] {question} %s </s> <|im_end|>",
    ],
    ids=lambda question: repr(question[:12]),
)
def test_any_question_gets_an_answer(library: Library, question: str) -> None:
    answer = assistant(library, SAID).ask(question)
    assert answer.status in ("answered", "quoted", "hedged", "refused", "own")
    assert answer.sentences
    assert len(assistant(library).search(question, 3)) <= 3


def test_search_gives_the_best_passages_first(library: Library) -> None:
    found = assistant(library).search("captain crossing minutes", 10)
    assert "nine minutes" in found[0].text
    scores = [passage.score for passage in found]
    assert scores == sorted(scores, reverse=True)


def test_a_model_that_finds_nothing_lowers_the_probability(library: Library) -> None:
    question = "Which boat carries people, and by whom is it led?"
    models = (None, ScriptedModel("NOT FOUND"))
    told, doubted = (
        Assistant(library, WordScorer(), WordReader(), model, weights=weighing()).ask(question)
        for model in models
    )
    assert (told.status, told.sentences[0].lead) == ("quoted", "")
    assert doubted.status == "refused" or doubted.sentences[0].lead == "nearest"


def test_a_model_that_fails_has_no_vote(library: Library) -> None:
    failing = ScriptedModel(error=RuntimeError("gone"))
    answer = Assistant(library, WordScorer(), WordReader(), failing).ask("How many seats?")
    assert answer.status in ("quoted", "hedged")


def test_the_short_answer_is_known_with_its_place_and_probability(library: Library) -> None:
    own = Assistant(library, WordScorer(), WordReader(), None, weights=weighing())
    short = own.ask(SEATS).short
    assert short is not None and short.answer is not None
    text = library.article(short.article.id).text
    assert text[slice(*short.answer)] == short.answer_text
    assert 0.5 <= short.score <= 1
    assert own.ask(PERU).short is None


def test_the_question_as_it_was_understood_is_told_where_it_differs(library: Library) -> None:
    history = [Turn("user", "Who is Ines Roth?"), Turn("assistant", "The captain.")]
    first, *_ = assistant(library, SAID).stream("And what did she say?", history)
    assert first.standalone == "What did Ines Roth say?"
    assert assistant(library, SAID).ask(SEATS).standalone == ""


def test_a_refusal_is_one_sentence_that_says_what_the_library_holds(tmp_path: Path) -> None:
    with tiny_library(tmp_path) as library:
        answer = Assistant(
            library, WordScorer(), WordReader(), None, weights=weighing(intercept=-20.0)
        ).ask("How old is the captain of the ferry Halvard?")
    assert answer.status == "refused"
    assert answer.text.startswith(REFUSAL)
    assert "“A new ferry for Aldwick”" in answer.text
    assert answer.passages


def test_quotations_alone_need_no_model(tmp_path: Path) -> None:
    model = ScriptedModel("It carries 999 people [1].")
    with tiny_library(tmp_path, answers="quotes") as library:
        answer = Assistant(library, WordScorer(), WordReader(), model, "scripted").ask(SEATS)
    assert answer.status in ("quoted", "hedged")
    assert (answer.model, answer.notice) == ("", "")
    assert all(sentence.is_quote for sentence in answer.sentences)
    assert model.heard == []


def test_strict_never_shows_what_is_unsupported_and_lenient_marks_it(tmp_path: Path) -> None:
    draft = "The boat carries 999 people [1]."
    with tiny_library(tmp_path, answers="lenient") as library:
        said = assistant(library, draft).ask(SEATS).sentences[0]
    assert (said.text, said.support) == ("The boat carries 999 people.", "unsupported")
    assert "999" in said.reason


def test_every_point_in_time_is_told(library: Library) -> None:
    timings = assistant(library, SAID).ask(SEATS).timings
    points = [
        timings.standalone_ms,
        timings.sources_ms,
        timings.first_token_ms,
        timings.last_token_ms,
        timings.total_ms,
    ]
    known = [point for point in points if point is not None]
    assert len(known) == 5
    assert known == sorted(known)


def test_a_search_keeps_to_its_filter(library: Library) -> None:
    ferry = next(one for one in library.articles() if "ferry" in one.title)
    found = assistant(library).search("bakery", only=Filter(articles=(ferry.id,)))
    assert {passage.article.id for passage in found} == {ferry.id}


async def test_a_cancelled_answer_cancels_the_model(library: Library) -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    class EndlessError(ScriptedModel):
        async def _astream(self, *_: Any, **__: Any) -> AsyncIterator[ChatGenerationChunk]:
            try:
                began.set()
                while True:
                    yield ChatGenerationChunk(message=AIMessageChunk("more "))
                    await asyncio.sleep(0.01)
            finally:
                ended.set()

    async def read() -> None:
        async for _ in Assistant(
            library, WordScorer(), WordReader(), EndlessError(), "endless"
        ).astream(SEATS):
            pass

    reading = asyncio.create_task(read())
    await began.wait()
    reading.cancel()
    with suppress(asyncio.CancelledError):
        await reading
    await asyncio.wait_for(ended.wait(), 1)


def test_another_verifier_may_check_what_the_model_says(library: Library) -> None:
    own = Assistant(
        library,
        WordScorer(),
        WordReader(),
        ScriptedModel(SAID),
        weights=weighing(),
        verifier=NoVerifier(),
    )
    assert assistant(library, SAID).ask(SEATS).status == "answered"
    assert own.ask(SEATS).status != "answered", "what is not carried is not told"


@pytest.mark.model
def test_the_language_model_may_be_had_from_elsewhere(library: Library) -> None:
    asked: list[Settings] = []

    def source(settings: Settings) -> ScriptedModel:
        asked.append(settings)
        return ScriptedModel(SAID)

    open_assistant(library, models=source)
    assert asked == [library.settings]
    open_assistant(library, models=source, model=False)
    assert asked == [library.settings], "and is not asked for where there is to be none"
