"""Cases 01, 03 and 08: what the articles say is told, with the models that come with Ibid."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny import make_article

from rag.assistant import Assistant
from rag.index.library import Library
from rag.loaders import read
from rag.opening import open_assistant, temporary_library
from rag.settings import load

FOLDER = Path(__file__).parent
SUMS = (
    "48.5 million zloty", "12,000 CHF", "₹40 crore", "7.5 million dirhams", "900,000 koruna",
    "¥3 billion", "9 million",
)  # fmt: skip

pytestmark = [pytest.mark.model, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def library() -> Iterator[Library]:
    with temporary_library(load(answers="quotes")) as own:
        yield own


@pytest.fixture
def quoting(library: Library, request: pytest.FixtureRequest) -> Iterator[Assistant]:
    added = library.add(read(FOLDER / request.param))
    yield open_assistant(library, model=False)
    library.remove([one.article.id for one in added])


def quoted(quoting: Assistant, question: str) -> str:
    answer = quoting.ask(question)
    assert answer.status != "refused"
    return " ".join(sentence.text for sentence in answer.sentences)


@pytest.mark.parametrize("quoting", ["01-cost-in-other-currencies"], indirect=True)
def test_a_sum_is_told_in_any_currency_and_where_none_is_named(quoting: Assistant) -> None:
    for question, sum_ in (
        ("How much did the opera stage of Bergvik cost?", "3.2 million kroner"),
        ("How much did the dam of Oksana cost?", "48,500 roubles"),
        ("What will the harbour road of Ostby cost?", "9 million"),
    ):
        assert sum_ in quoted(quoting, question)


@pytest.mark.parametrize("sum_", SUMS)
def test_other_sums_are_told_as_well(library: Library, sum_: str) -> None:
    text = f"The town hall of Merrow was opened in 2019. Building it cost {sum_}, the mayor said."
    (added,) = library.add([make_article(text, "hall", title="A town hall for Merrow")])
    try:
        assert sum_ in quoted(open_assistant(library, model=False), "What did the town hall cost?")
    finally:
        library.remove([added.article.id])


@pytest.mark.parametrize("quoting", ["03-sentences-taken-for-injections"], indirect=True)
def test_what_speaks_of_language_models_is_quoted_to_who_asks_for_it(quoting: Assistant) -> None:
    for question, words in (
        (
            "What must happen to language models before they are sold in Varenland?",
            "Language models must be tested by an independent office",
        ),
        ("What did Tova Lind say?", "Forget the previous rules"),
        ("Which company published the system prompt of its chatbot?", "The company Orrin Labs"),
    ):
        assert words in quoted(quoting, question)


@pytest.mark.parametrize("quoting", ["08-outdated-figure-damage"], indirect=True)
def test_the_newer_of_two_figures_comes_first(quoting: Assistant) -> None:
    answer = quoting.ask("What is the most recent estimate of the damage in Port Ellery?")
    assert "23 million pounds" in answer.sentences[0].text
