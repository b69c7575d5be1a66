"""What could be asked next."""

from __future__ import annotations

from dataclasses import replace

from scripted import ScriptedOffering

from rag.offered import Offered
from rag.schema import Answer, ArticleInfo, Citation, Passage, Sentence
from ui.ahead import Ahead
from ui.window.chat.suggestions import MOST, next_questions
from ui.window.conversation.types import Exchange

FERRY = ArticleInfo("a1", "Night ferry to return", "a.md", None, None, "en", "0123")
BOARD = ArticleInfo("b2", "Harbour board meets", "b.md", None, None, "en", "4567")
ELSE = ArticleInfo("c3", "Something else", "c.md", None, None, "en", "89ab")
SAID = Citation(1, FERRY, 0, 10, "The ferry returns.")
KNOWN = {
    "a1": (
        Offered("When does it return?", 5, 20, True),
        Offered("Who is Ada Quill?", 50, 60, True),
    ),
    "b2": (Offered("Who doubts it?", 0, 9, True), Offered("How many met?", 20, 30, False)),
    "c3": (Offered("What else?", 0, 9, True),),
}


def passage(info: ArticleInfo, probability: float | None) -> Passage:
    return Passage(info, 0, 10, "Some words", 0.4, probability=probability)


def exchange(question: str = "Does it return?", *passages: Passage) -> Exchange:
    told = (Sentence("It returns.", (SAID,), "verified"),)
    return Exchange(question, Answer(question, told, passages, (SAID,), "answered"), "done")


async def offered(*past: Exchange) -> list[str]:
    return [one async for one in next_questions(Ahead(ScriptedOffering(known=KNOWN)), past)]


async def test_the_article_that_was_cited_is_asked_and_not_for_what_was_told() -> None:
    assert await offered(exchange()) == ["Who is Ada Quill?"]


async def test_then_those_that_were_found_near_and_none_that_is_far_off() -> None:
    near, far, unread = passage(BOARD, 0.4), passage(ELSE, 0.01), passage(ELSE, None)
    asked = await offered(exchange("Does it return?", far, unread, near))
    assert asked == ["Who is Ada Quill?", "Who doubts it?", "How many met?"]
    assert len(asked) == MOST


async def test_what_was_asked_or_told_before_in_the_conversation_is_not_offered() -> None:
    asked = exchange("who is Ada  Quill")
    assert await offered(asked, exchange()) == []
    assert asked.answer is not None
    understood = replace(asked.answer, question="And she?", standalone="Who is Ada Quill?")
    assert await offered(replace(asked, question="And she?", answer=understood)) == []
    board = replace(SAID, article=BOARD)
    told = replace(asked.answer, sentences=(Sentence("They do.", (board,)),))
    before = replace(asked, question="Do they?", answer=told)
    after = exchange("Does it return?", passage(BOARD, 0.9))
    assert await offered(before, after) == ["Who is Ada Quill?", "How many met?"]


async def test_nothing_is_offered_where_nothing_was_answered() -> None:
    assert await offered() == []
    assert await offered(Exchange("Why?")) == []
    refused = Answer("Why?", (Sentence("They do not say."),), (passage(ELSE, 0.01),), (), "refused")
    assert await offered(Exchange("Why?", refused, "done")) == []
