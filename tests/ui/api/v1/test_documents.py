"""What the API answers with, made of what the engine found."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from rag.language import markdown
from rag.language.markdown import Element
from rag.reasons import Reason
from rag.schema import Answer, ArticleInfo, Citation, Passage, Sentence, Timings
from ui import strings
from ui.api.v1 import documents, footnotes
from ui.api.v1.documents import AnswerDocument

TEXT = "The ferry to Skerra takes two hours. 🚢 A berth costs 38 crowns."
ARTICLE = ArticleInfo(
    "a/1 ä",
    "The Skerra line",
    "https://news.example/skerra?x=1",
    "Harbour Gazette",
    date(2025, 5, 3),
    "en",
    "0123",
    pages=(0, 37),
    author="Ada Quill",
    link="javascript:alert(1)",
    tags=("ferries",),
)
HOURS = Citation(1, ARTICLE, 0, 36, TEXT[:36], 0.9, answer=(26, 35))
FARE = Citation(2, ARTICLE, 39, len(TEXT), TEXT[39:], 0.4)
ANSWER = Answer(
    "How long?",
    (
        Sentence("It takes two hours, and a berth costs 38 crowns.", (HOURS, FARE), "verified"),
        Sentence("It sails at noon.", (FARE,), "partial", Reason("absent", ("noon",))),
        Sentence("", (), "verified", Reason("unanswered", ("Is it safe?",))),
    ),
    (Passage(ARTICLE, 0, len(TEXT), TEXT, 0.5, probability=0.8),),
    (HOURS, FARE),
    "answered",
    "tiny",
    Timings(1, 2, 3, 4, 5),
    "A notice.",
    "How long does the ferry take?",
    0.87,
)
HOSTILE = (
    "[go](javascript:alert(1)) ![x](http://attacker.example/b.png) <script>alert(1)</script> "
    "<http://attacker.example> `code` **bold** [1]: http://attacker.example | a | # heading\n"
    "# heading\n- item \u202e"
)


def test_each_citation_says_all_of_itself_its_sentence_and_its_verdict() -> None:
    told = documents.citation_documents(ANSWER)
    assert [(one.number, one.verdict) for one in told] == [
        (1, "verified"), (2, "verified"), (2, "partial")
    ]  # fmt: skip
    last = told[-1]
    assert (last.sentence, last.reason) == ("It sails at noon.", "noon is not in the source")
    assert TEXT[last.start : last.end] == last.quote == "A berth costs 38 crowns."
    assert (last.page, told[0].page) == (2, 1)
    assert last.link == f"/v1/articles/a%2F1%20%C3%A4?start=39&end={len(TEXT)}"
    assert last.article == documents.article_document(ARTICLE)


def test_an_article_is_told_without_an_address_that_no_browser_should_open() -> None:
    told = documents.article_document(ARTICLE)
    assert told.link is None
    assert told.address == "https://news.example/skerra?x=1"
    assert (told.title, told.publisher, told.pages) == (ARTICLE.title, ARTICLE.publisher, 2)


def test_an_answer_is_the_same_after_it_went_as_json() -> None:
    told = documents.answer_document(ANSWER, "ans_1", with_passages=True)
    assert AnswerDocument.model_validate_json(told.model_dump_json()) == told
    assert told.text == (
        "It takes two hours, and a berth costs 38 crowns. It sails at noon. "
        "The articles in the library do not say: “Is it safe?”"
    )
    assert told.short and (told.short.text, told.short.number) == ("two hours", 1)
    assert TEXT[told.short.start : told.short.end] == told.short.text
    assert [one.citations for one in told.sentences] == [[1, 2], [2], []]
    assert [one.is_own for one in told.sentences] == [False, False, True]
    assert told.passages and told.passages[0].text == TEXT
    assert (told.standalone, told.notice, told.probability) == (
        ANSWER.standalone, ANSWER.notice, ANSWER.probability
    )  # fmt: skip
    assert told.timings.total_ms == 5


def test_passages_are_told_only_where_they_are_asked_for() -> None:
    assert documents.answer_document(ANSWER).passages is None


def test_a_program_is_answered_in_english_whatever_its_reader_speaks() -> None:
    with strings.speaking("de"):
        assert "do not say" in documents.answer_document(ANSWER).text
        assert "3 May 2025" in footnotes.with_footnotes(ANSWER)


def test_the_text_with_footnotes_can_be_read_by_people() -> None:
    assert footnotes.with_footnotes(ANSWER) == (
        "It takes two hours, and a berth costs 38 crowns. [1][2] It sails at noon. [2] "
        "*(Only partly supported by what it cites: noon is not in the source)* "
        "The articles in the library do not say: “Is it safe?”\n\n"
        "A notice.\n\n"
        "[1] The Skerra line, Harbour Gazette, 3 May 2025, page 1: "
        "“The ferry to Skerra takes two hours.” <https://news.example/skerra?x=1>\n\n"
        "[2] The Skerra line, Harbour Gazette, 3 May 2025, page 2: "
        "“A berth costs 38 crowns.” <https://news.example/skerra?x=1>"
    )


def test_a_quotation_stands_in_marks_after_what_is_said_of_it() -> None:
    quoted = replace(
        ANSWER,
        sentences=(
            Sentence(HOURS.quote, (HOURS,), "verified", is_quote=True, lead="nearest"),
            Sentence(FARE.quote, (FARE,), "verified", is_quote=True),
        ),
        notice="",
    )
    first, second, *_ = footnotes.with_footnotes(quoted).split("\n\n")
    assert first == (
        "The nearest words, which may not answer it: “The ferry to Skerra takes two hours.” [1]"
    )
    assert second == "“A berth costs 38 crowns.” [2]"


@pytest.mark.parametrize("place", ["title", "publisher", "quote", "sentence", "notice"])
def test_words_of_others_become_no_link_picture_or_tag(place: str) -> None:
    facts = {place: HOSTILE} if place in ("title", "publisher") else {}
    cited = replace(HOURS, article=replace(ARTICLE, **facts))
    if place == "quote":
        cited = replace(cited, quote=HOSTILE)
    text = HOSTILE if place in ("quote", "sentence") else "Two hours."
    answer = replace(
        ANSWER,
        sentences=(Sentence(text, (cited,), "verified", is_quote=place == "quote"),),
        notice=HOSTILE if place == "notice" else "",
    )
    blocks = markdown.parsed(footnotes.with_footnotes(answer))
    assert blocks is not None
    parts = [one for one in markdown.walked(blocks) if isinstance(one, Element)]
    links = [one.facts.get("address") for one in parts if one.kind in ("link", "image")]
    assert links == [ARTICLE.source]
    assert {one.kind for one in parts} == {"paragraph", "link"}


def test_the_pieces_are_the_whole_text_a_sentence_or_a_note_at_a_time() -> None:
    told = footnotes.pieces(ANSWER)
    assert "".join(told) == footnotes.with_footnotes(ANSWER)
    assert len(told) == len(ANSWER.sentences) + 1 + 2
