"""What could be asked next."""

from __future__ import annotations

from dataclasses import replace

from rag.schema import Answer, ArticleInfo, Citation, Filter, Passage, Sentence
from ui import strings
from ui.window.chat.suggestions import MOST, answerable, candidates, names

FERRY = ArticleInfo("a1", "Night ferry to return", "a.md", None, None, "en", "0123")
BOARD = ArticleInfo("b2", "Harbour board meets", "b.md", None, None, "en", "4567")
SAID = Citation(1, FERRY, 0, 10, "The ferry from Port Hanna returns, said Ada Quill.")
LEFT = Citation(2, BOARD, 0, 10, "Tom Harrow of the Harbour Board doubts it.")


def answer(*passages: Passage) -> Answer:
    told = (Sentence("It returns.", (SAID,), "verified"),)
    return Answer("Does it return?", told, passages, (SAID, LEFT), "answered")


def about(topic: str) -> str:
    return strings.ASK_ABOUT.format(topic=topic)


class Knowing:
    """Can answer what has one of these words, and remembers what it was asked."""

    def __init__(self, *words: str) -> None:
        self.words = words
        self.asked: list[tuple[str, Filter | None]] = []

    def can_answer(self, question: str, only: Filter | None = None) -> bool:
        self.asked.append((question, only))
        return any(word in question for word in self.words)


def test_names_of_two_words_and_more_are_found_once() -> None:
    assert names("Ada Quill met Tom Harrow. Ada Quill left London.") == ["Ada Quill", "Tom Harrow"]


def test_what_was_shown_and_not_cited_comes_before_what_was_cited() -> None:
    made = list(candidates(answer(), ["Does it return?"]))
    assert made.index(about("Tom Harrow")) < made.index(about("Ada Quill"))


def test_what_was_asked_before_is_not_suggested() -> None:
    made = list(candidates(answer(), ["Who is Tom Harrow?", "What now?"], ["What now?", "And?"]))
    assert about("Tom Harrow") not in made
    assert "What now?" not in made
    assert made[-1] == "And?"


def test_an_article_that_was_near_and_not_cited_is_suggested_and_one_far_off_is_not() -> None:
    near = Passage(BOARD, 0, 10, "Tom Harrow", 0.4, probability=0.4)
    far = Passage(replace(BOARD, title="Something else"), 0, 10, "Else", 0.01, probability=0.01)
    cited = Passage(FERRY, 0, 10, "The ferry", 0.9, probability=0.9)
    made = list(candidates(answer(cited, near, far), ["Does it return?"]))
    assert about("“Harbour board meets”") in made
    assert about("“Something else”") not in made
    assert about("“Night ferry to return”") not in made


async def test_only_what_the_library_can_answer_is_offered() -> None:
    assistant = Knowing("yes")
    only = Filter(publishers=("The Times",))
    questions = ["yes 1", "no 1", "yes 2"]
    offered = [one async for one in answerable(assistant, questions, only)]  # type: ignore[arg-type]
    assert offered == ["yes 1", "yes 2"]
    assert assistant.asked == [(question, only) for question in questions]


async def test_no_more_is_looked_up_than_is_needed_or_can_be_borne() -> None:
    willing, unwilling = Knowing("q"), Knowing()
    questions = [f"q{number}" for number in range(30)]
    offered = [one async for one in answerable(willing, questions)]  # type: ignore[arg-type]
    assert offered == questions[:MOST]
    assert len(willing.asked) == MOST
    assert [one async for one in answerable(unwilling, questions)] == []  # type: ignore[arg-type]
    assert len(unwilling.asked) < 10
