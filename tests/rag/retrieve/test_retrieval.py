from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from doubles import WordScorer
from langchain_core.runnables import RunnableLambda
from tiny import TinyEmbedder, make_article

from rag.index.chunking import in_context
from rag.index.library import Library, opened
from rag.retrieve.documents import DocumentRetriever
from rag.retrieve.retriever import Retriever, fuse
from rag.schema import Filter
from rag.settings import Settings

WIRE = (
    "The river Aune rose by two metres in one night. Rescue crews carried forty people out of "
    "their homes by boat. The mayor asked everyone to stay indoors until Friday."
)
ARTICLES = [
    make_article(WIRE, "a", title="Flood in Aunehead", publisher="Courier", published="2024-01-10"),
    make_article(
        WIRE + " Schools stay closed.",
        "b",
        title="Flood in Aunehead",
        publisher="Gazette",
        published="2024-01-11",
    ),
    make_article(
        "Bread prices rose by a tenth. Bakers blame the price of flour.",
        "c",
        title="Bread gets dearer",
        publisher="Gazette",
        published="2024-03-01",
        language="en",
    ),
    make_article(
        "Er wurde in einer Nacht gebacken. Das Brot ist gut.", "d/e", title="Brot", language="de"
    ),
]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    settings = Settings(library=tmp_path / "library")
    with opened(settings, TinyEmbedder()) as own:
        own.add(ARTICLES)
        yield own


def retriever(library: Library, **switches: object) -> Retriever:
    settings = library.settings.model_copy(update=switches)
    return Retriever(library=library, reranker=WordScorer(), settings=settings)


def sources(library: Library, question: str, only: Filter | None = None) -> list[str]:
    return [passage.article.source for passage in retriever(library).passages(question, 4, only)]


def test_a_passage_is_the_articles_own_words_at_its_offsets(library: Library) -> None:
    passages = retriever(library).passages("How many people were carried out by boat?", 4)
    assert passages
    for passage in passages:
        text = library.article(passage.article.id).text
        assert text[passage.start : passage.end] == passage.text


def test_the_best_passage_comes_first_with_a_probability(library: Library) -> None:
    first, *others = retriever(library).passages("Why are bakers to blame for bread?", 4)
    assert first.article.source == "c" and others
    assert all(0 <= passage.score <= first.score <= 1 for passage in others)


def test_a_title_ranks_a_passage_first_but_half_of_its_probability_is_its_own_words(
    library: Library,
) -> None:
    asked = "Bread gets dearer in Aunehead?"
    scorer = WordScorer()
    first = retriever(library).passages(asked, 1)[0]
    with_title, bare = scorer.scores(
        asked, [in_context(first.article.title, first.text), first.text]
    )
    assert bare < with_title
    assert first.probability == pytest.approx(scorer.probability((with_title + bare) / 2))


def test_only_passages_near_the_most_likely_are_read_without_their_title(library: Library) -> None:
    read: list[list[str]] = []

    class Listening(WordScorer):
        def scores(self, question: str, texts: Sequence[str]) -> list[float]:
            read.append(list(texts))
            return super().scores(question, texts)

    asked = Retriever(library=library, reranker=Listening(), settings=library.settings)
    found = asked.passages("How far did the river Aune rise?", 4)
    with_titles, bare = read
    # One passage is in a language that the reranker does not read.
    assert len(with_titles) == sum(one.probability is not None for one in found) > 1
    assert bare == [found[0].text]


def test_a_chunk_is_found_by_its_articles_title(library: Library) -> None:
    lexical_only = retriever(library, dense=False, rerank=0)
    assert lexical_only.passages("dearer", 1)[0].article.source == "c"


def test_the_same_wire_copy_in_two_articles_is_listed_once_with_the_other_as_also_in(
    library: Library,
) -> None:
    first, *rest = retriever(library).passages("How far did the river Aune rise?", 4)
    assert {first.article.source, *(also.source for also in first.also_in)} == {"a", "b"}
    assert not {passage.article.source for passage in rest} & {"a", "b"}


@pytest.mark.parametrize("stage", ["lexical", "dense", "rerank"])
def test_every_stage_can_be_switched_off(library: Library, stage: str) -> None:
    without = retriever(library, **{stage: 0 if stage == "rerank" else False})
    found = without.passages("Why did bread prices rise?", 4)
    assert found
    if stage != "rerank":
        assert all(stage not in passage.ranks for passage in found)


def test_with_both_legs_off_nothing_is_found(library: Library) -> None:
    assert retriever(library, lexical=False, dense=False).passages("bread", 4) == []


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        (Filter(publishers=("gazette",)), {"b", "c"}),
        (Filter(publishers=("Gazette",), since=date(2024, 2, 1)), {"c"}),
        (Filter(until=date(2024, 1, 10)), {"a"}),
        (Filter(languages=("DE",)), {"d/e"}),
        (Filter(sources=("d/",)), {"d/e"}),
        (Filter(articles=(ARTICLES[2].id,)), {"c"}),
        (Filter(publishers=("nobody",)), set()),
        (Filter(sources=("%",)), set()),
    ],
)
def test_a_filter_admits_only_what_it_names(
    library: Library, only: Filter, expected: set[str]
) -> None:
    assert set(sources(library, "What rose in one night: the river, or bread prices?", only)) == (
        expected
    )


def test_neighbouring_chunks_that_are_both_chosen_are_one_passage(tmp_path: Path) -> None:
    text = " ".join(f"Sentence {number} speaks of the old bridge at length." for number in range(9))
    settings = Settings(library=tmp_path / "library", chunk_chars=150, chunk_overlap=0)
    with opened(settings, TinyEmbedder()) as own:
        article = make_article(text, "bridge", title="Bridge")
        own.add([article])
        passages = retriever(own).passages("What does sentence 3 say of the old bridge?", 10)
        for passage in passages:
            assert article.text[passage.start : passage.end] == passage.text
        spans = sorted((passage.start, passage.end) for passage in passages)
        assert all(len(passage.text) <= 300 for passage in passages)
        assert len(spans) < own.catalog.count()[1]
        assert all(one[1] <= next_[0] for one, next_ in pairwise(spans))


@pytest.mark.parametrize(
    "question",
    ['"', "NEAR(", "*", "-", "a AND", "^title:", "?" * 50, "bread " * 2000, "\x00", "🍞", "\ud83c"],
)
def test_whatever_is_asked_passages_are_found_by_meaning(library: Library, question: str) -> None:
    for passage in (found := retriever(library).passages(question, 3)):
        assert passage.text in library.article(passage.article.id).text
    assert found


def test_it_is_a_langchain_retriever_sync_and_async_alone_in_a_chain(library: Library) -> None:
    alone = DocumentRetriever(retriever=retriever(library))
    chain = alone | RunnableLambda(lambda documents: documents[0])
    document = chain.invoke("Why did bread prices rise?")
    assert document.metadata["title"] == "Bread gets dearer"
    assert document.metadata["source"] == "c"
    assert document.metadata["published"] == date(2024, 3, 1)
    start, end = document.metadata["start"], document.metadata["end"]
    article = library.article(document.metadata["article_id"])
    assert article.text[start:end] == document.page_content
    awaited = asyncio.run(chain.ainvoke("Why did bread prices rise?"))
    assert awaited == document


def test_a_filter_can_be_an_argument_of_the_retriever(library: Library) -> None:
    alone = DocumentRetriever(retriever=retriever(library))
    documents = alone.invoke("What rose?", only=Filter(publishers=("Courier",)))
    assert {document.metadata["publisher"] for document in documents} == {"Courier"}


def test_chunks_can_be_passed_over(library: Library) -> None:
    alone = retriever(library)
    first = alone.ranked("Why did bread prices rise?", 4)[0]
    rest = alone.ranked("Why did bread prices rise?", 4, without=first.chunk_ids)
    assert first.chunk_ids not in {passage.chunk_ids for passage in rest}


def test_fusion_scales_each_leg_by_its_best_and_weighs_them() -> None:
    legs = {"lexical": [("x", 8.0), ("y", 4.0)], "dense": [("y", 0.5), ("z", 0.25)]}
    assert dict(fuse(legs, 0.25)) == {"x": 0.75, "y": 0.75 * 0.5 + 0.25, "z": 0.125}


def test_fusion_of_one_leg_keeps_its_order() -> None:
    assert [id_ for id_, _ in fuse({"dense": [("y", 0.5), ("z", -0.2)]}, 0.3)] == ["y", "z"]


def test_a_passage_in_the_midst_of_a_table_knows_the_names_of_its_columns(library: Library) -> None:
    rows = "\n".join(f"| Ferry {n} | {100 + n} |" for n in range(200))
    text = f"The fleet in numbers.\n\n| Ship | Berths |\n|---|---|\n{rows}\n\nThat is the fleet."
    library.add([make_article(text, "fleet", title="The fleet")])
    found = retriever(library).passages("How many berths has ferry 150?", 8)
    rest = [p for p in found if p.article.source == "fleet" and p.text.startswith("| Ferry")]
    assert rest
    assert {passage.head for passage in rest} == {"| Ship | Berths |\n|---|---|"}
    assert "Ship: Ferry 150; Berths: 250" in {s.said for p in rest for s in p.sentences}


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("lexical", [True, False])
def test_a_question_without_a_sound_vector_is_searched_for_by_its_words_and_that_is_said(
    library: Library, value: float, lexical: bool, caplog: pytest.LogCaptureFixture
) -> None:
    class Damaged(TinyEmbedder):
        def embed_query(self, text: str) -> list[float]:
            return [value] * self.dimensions

    library.embedder = Damaged()
    found = retriever(library, lexical=lexical).passages("What do bread prices do?")
    assert found[0].article.source == "c"
    assert "dense" not in found[0].ranks
    (told,) = caplog.messages
    assert "by its words alone" in told and "\n" not in told
