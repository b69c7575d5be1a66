from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from rows import rows_of

from eval.metrics import Span
from eval.runs.runner import Row, asked
from eval.sets.cases import Case, Evidence
from eval.sets.evidence import articles_named, resolve
from rag import loaders
from rag.errors import CaseError, ProviderError
from rag.schema import Answer, Article, ArticleInfo, Citation, Filter, Passage, Sentence, Turn

TOWER = "The tower stands in Paris. It opened in 1889. It is 330 metres tall."
BRIDGE = "The bridge is red. It opened in 1937."
OPENED = "It opened in 1889."


@dataclass
class Shelf:
    """A library of what it is given."""

    held: list[Article]

    def articles(self) -> list[ArticleInfo]:
        return [article.info for article in self.held]

    def article(self, article_id: str) -> Article:
        return next(article for article in self.held if article.id == article_id)


@dataclass
class Script:
    """An assistant that says what it is told to, and remembers what it was asked."""

    reply: Callable[[str], Answer]
    found: list[Passage] = field(default_factory=list)
    asked: list[tuple[str, tuple[Turn, ...]]] = field(default_factory=list)
    searched: list[tuple[str, int]] = field(default_factory=list)

    def ask(
        self, question: str, history: Sequence[Turn] = (), only: Filter | None = None
    ) -> Answer:
        self.asked.append((question, tuple(history)))
        return self.reply(question)

    def search(self, question: str, k: int = 10, only: Filter | None = None) -> list[Passage]:
        self.searched.append((question, k))
        return self.found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "tower.txt").write_text(TOWER, encoding="utf-8")
    (tmp_path / "texts" / "bridge.txt").write_text(BRIDGE, encoding="utf-8")
    return tmp_path


@pytest.fixture
def shelf(folder: Path) -> Shelf:
    return Shelf(loaders.read(folder / "texts"))


def case(name: str = "a", quote: str = OPENED, article: str = "texts/tower.txt") -> Case:
    return Case(name, "When did it open?", True, ("1889",), (Evidence(article, quote),))


def tower(shelf: Shelf) -> Article:
    return next(article for article in shelf.held if article.text == TOWER)


def passage(article: Article, start: int, end: int) -> Passage:
    return Passage(article.info, start, end, article.text[start:end], 1.0)


def citing(article: Article, quote: str, text: str) -> Sentence:
    start = article.text.index(quote)
    citation = Citation(1, article.info, start, start + len(quote), quote)
    return Sentence(text, (citation,), "verified")


def answered(*sentences: Sentence, passages: tuple[Passage, ...] = ()) -> Answer:
    return Answer("q", sentences, passages, status="answered")


REFUSED = Answer("q", (Sentence("Your articles do not say."),), status="refused")


def test_a_right_and_cited_answer_scores_in_every_measure(folder: Path, shelf: Shelf) -> None:
    article = tower(shelf)
    said = answered(citing(article, OPENED, "It opened in 1889."), Sentence("It is famous."))
    script = Script(lambda _: said, [passage(article, 0, 26), passage(article, 20, 50)])
    (row,) = rows_of([case()], script, shelf, root=folder)
    assert row.answer is said
    assert row.relevance == (False, True)
    assert row.error is None
    assert row.verdict == "TN"
    assert row.seconds >= 0
    assert row.ranks == (2,)
    expected = {
        "containment": 1,
        "token F1": pytest.approx(2 / 8),  # of "it opened in 1889 it is famous" the year: 1/7, 1/1
        "exact match": 0,
        "sentences cited": 0.5,
        "citation hit": 1,
        "citation precision": 1,
        "hit@1": 0,
        "hit@3": 1,
        "hit@5": 1,
        "MRR": 0.5,
    }
    assert {name: row.values[name] for name in expected} == expected


def test_a_failing_question_is_a_row_not_the_end(folder: Path, shelf: Shelf) -> None:
    def reply(question: str) -> Answer:
        if question == "one":
            raise ProviderError("the model is\nnot there")
        if question == "two":
            raise ZeroDivisionError
        return REFUSED

    cases = [replace(case(name), question=name) for name in ("one", "two", "three")]
    rows = rows_of(cases, Script(reply), shelf, root=folder)
    assert [row.case.id for row in rows] == ["one", "two", "three"]
    assert [row.error for row in rows] == [
        "ProviderError: the model is not there",
        "ZeroDivisionError",
        None,
    ]
    assert rows[0].answer is None
    assert rows[0].verdict is None
    assert rows[0].relevance is None
    assert set(rows[0].values.values()) == {None}
    assert rows[2].answer is REFUSED


def test_a_failing_search_leaves_the_answer_its_scores(folder: Path, shelf: Shelf) -> None:
    class Lost(Script):
        def search(self, question: str, k: int = 10, only: Filter | None = None) -> list[Passage]:
            raise OSError("gone")

    (row,) = rows_of([case()], Lost(lambda _: answered(Sentence("1889"))), shelf, root=folder)
    assert row.error == "OSError: gone"
    assert row.values["containment"] == 1
    assert row.values["MRR"] is None


def test_an_interrupt_ends_the_run_and_the_rows_so_far_are_kept(folder: Path, shelf: Shelf) -> None:
    def reply(question: str) -> Answer:
        if question == "stop":
            raise KeyboardInterrupt
        return REFUSED

    kept: list[tuple[int, Row]] = []
    cases = [replace(case(name), question=name) for name in ("one", "two", "stop", "four")]
    with pytest.raises(KeyboardInterrupt):
        for number, row in asked(cases, Script(reply), shelf, root=folder):
            kept.append((number, row))
    assert [(number, row.case.id) for number, row in kept] == [(1, "one"), (2, "two")]


@pytest.mark.parametrize("workers", [1, 3])
def test_cases_to_skip_are_not_asked_and_the_others_keep_their_numbers(
    folder: Path, shelf: Shelf, workers: int
) -> None:
    script = Script(lambda _: REFUSED)
    cases = [replace(case(str(number)), question=str(number)) for number in range(1, 8)]
    rows = dict(asked(cases, script, shelf, root=folder, workers=workers, skip={1, 4}))
    assert sorted(rows) == [2, 3, 5, 6, 7]
    assert all(row.case.id == str(number) for number, row in rows.items())
    assert sorted(question for question, _ in script.asked) == ["2", "3", "5", "6", "7"]


def test_workers_ask_at_the_same_time_and_no_more_than_were_allowed(
    folder: Path, shelf: Shelf
) -> None:
    together = threading.Barrier(3, timeout=20)
    busy, most = [0], [0]

    def reply(_: str) -> Answer:
        busy[0] += 1
        most[0] = max(most[0], busy[0])
        together.wait()
        busy[0] -= 1
        return REFUSED

    cases = [case(str(number)) for number in range(6)]
    rows = rows_of(cases, Script(reply), shelf, root=folder, workers=3)
    assert [row.error for row in rows] == [None] * 6
    assert [row.case.id for row in rows] == [one.id for one in cases]
    assert most == [3]


def test_interrupted_workers_finish_what_is_in_hand_and_ask_no_more(
    folder: Path, shelf: Shelf
) -> None:
    both = threading.Barrier(2, timeout=20)

    def reply(_: str) -> Answer:
        if both.wait() == 0:
            os.kill(os.getpid(), signal.SIGINT)
        time.sleep(1.0)  # the main thread has to come by before the next is asked
        return REFUSED

    cases = [case(str(number)) for number in range(10)]
    kept = []
    with pytest.raises(KeyboardInterrupt):
        for number, _ in asked(cases, Script(reply), shelf, root=folder, workers=2):
            kept.append(number)
    assert sorted(kept) == [1, 2]


def test_the_passages_that_were_searched_stay_with_the_row(folder: Path, shelf: Shelf) -> None:
    passages = [passage(tower(shelf), 0, 26)]
    (row,) = rows_of([case()], Script(lambda _: REFUSED, passages), shelf, root=folder)
    assert row.found == tuple(passages)


def test_a_case_asked_without_an_article_is_asked_of_the_others(folder: Path, shelf: Shelf) -> None:
    seen: list[Filter | None] = []

    class Filtered(Script):
        def ask(
            self, question: str, history: Sequence[Turn] = (), only: Filter | None = None
        ) -> Answer:
            seen.append(only)
            return REFUSED

    bridge = next(article for article in shelf.held if article.text == BRIDGE)
    removed = Case("b", "When?", False, without=("texts/tower.txt",))
    rows_of([case(), removed], Filtered(lambda _: REFUSED), shelf, root=folder)
    assert seen == [None, Filter(articles=(bridge.id,))]


def test_a_question_is_searched_ten_deep(folder: Path, shelf: Shelf) -> None:
    script = Script(lambda _: REFUSED)
    rows_of([case()], script, shelf, root=folder)
    assert script.searched == [("When did it open?", 10)]


def test_a_measure_that_fails_is_told_and_the_case_stands(folder: Path, shelf: Shelf) -> None:
    class Failing:
        names = ("judged correct",)

        def __call__(self, case: Case, answer: Answer) -> dict[str, float | None]:
            raise TimeoutError("the judge\nsleeps")

    script = Script(lambda _: answered())
    ((_, row),) = asked([Case("a", "Who?", False)], script, shelf, measures=[Failing()])
    assert row.error is None and row.answer
    assert row.unmeasured == {"judged correct": "TimeoutError: the judge sleeps"}


def test_a_follow_up_is_measured_on_the_passages_of_its_answer(folder: Path, shelf: Shelf) -> None:
    article = tower(shelf)
    said = answered(passages=(passage(article, 30, 40), passage(article, 0, 5)))
    script = Script(lambda _: said)
    history = (Turn("user", "Which tower?"), Turn("assistant", "The one in Paris."))
    (row,) = rows_of([replace(case(), history=history)], script, shelf, root=folder)
    assert script.asked == [("When did it open?", history)]
    assert script.searched == []
    assert row.relevance == (True, False)


def test_without_evidence_retrieval_and_citations_are_undefined(shelf: Shelf) -> None:
    script = Script(lambda _: answered(citing(tower(shelf), OPENED, "In 1889.")))
    (row,) = rows_of([Case("a", "When?", True, ("1889",))], script, shelf)
    assert script.searched == []
    assert row.relevance is None
    assert row.values["hit@1"] is row.values["citation hit"] is None
    assert row.values["containment"] == 1


def test_a_wrong_refusal_scores_zero_and_has_no_citations_to_judge(
    folder: Path, shelf: Shelf
) -> None:
    # Words of a refusal that happen to hold the gold answer are no answer.
    refused = replace(REFUSED, sentences=(Sentence("Nothing of 1889."),))
    (row,) = rows_of([case()], Script(lambda _: refused), shelf, root=folder)
    assert row.verdict == "FP"
    assert row.values["containment"] == row.values["token F1"] == 0
    assert row.values["citation hit"] is row.values["sentences cited"] is None


def test_an_unanswerable_question_has_a_verdict_and_nothing_to_contain(shelf: Shelf) -> None:
    script = Script(lambda _: REFUSED)
    (row,) = rows_of([Case("a", "Who?", False)], script, shelf)
    assert row.verdict == "TP"
    assert {n for n, value in row.values.items() if value is not None} == {"claimed"}


def test_evidence_that_is_missing_stops_the_run_before_the_first_question(
    folder: Path, shelf: Shelf
) -> None:
    script = Script(lambda _: REFUSED)
    with pytest.raises(CaseError):
        rows_of([case("a"), case("b", quote="It fell down.")], script, shelf, root=folder)
    assert script.asked == []


def test_a_quote_is_found_at_its_offsets(folder: Path, shelf: Shelf) -> None:
    gold = resolve([case(), Case("none", "Who?", False)], shelf, folder)
    article = tower(shelf)
    start = TOWER.index(OPENED)
    assert gold == {"a": (Span(article.id, start, start + len(OPENED)),), "none": ()}
    assert article.text[gold["a"][0].start : gold["a"][0].end] == OPENED


def test_every_occurrence_of_a_quote_is_gold(folder: Path, shelf: Shelf) -> None:
    spans = resolve([case(quote="It ")], shelf, folder)["a"]
    assert [span.start for span in spans] == [27, 46]


def test_only_the_named_article_holds_the_evidence(folder: Path, shelf: Shelf) -> None:
    spans = resolve([case(quote="It opened in ")], shelf, folder)["a"]
    assert {span.article_id for span in spans} == {tower(shelf).id}


def test_a_folder_as_evidence_means_all_its_articles(folder: Path, shelf: Shelf) -> None:
    spans = resolve([case(quote="It opened in ", article="texts")], shelf, folder)["a"]
    assert {span.article_id for span in spans} == {article.id for article in shelf.held}


def test_a_copy_added_from_elsewhere_counts_by_its_digest(folder: Path, shelf: Shelf) -> None:
    copy = replace(tower(shelf), id="copy", source="/elsewhere/tower.txt")
    spans = resolve([case()], Shelf([copy]), folder)["a"]
    assert [span.article_id for span in spans] == ["copy"]


def test_an_article_edited_since_counts_while_it_holds_the_quote(
    folder: Path, shelf: Shelf
) -> None:
    edited = replace(tower(shelf), text=f"New. {TOWER}", digest="new")
    (span,) = resolve([case()], Shelf([edited]), folder)["a"]
    assert edited.text[span.start : span.end] == OPENED


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (case(article="texts/none.txt"), "case a: texts/none.txt is neither in .*; correct"),
        (case(quote="It fell down."), "tower.txt does not say “It fell down.”; copy the quote"),
        (case(article="texts/tower.pdf"), "case a: .*tower.pdf: .*; "),
    ],
)
def test_evidence_that_is_nowhere_is_told_with_its_remedy(
    folder: Path, shelf: Shelf, changed: Case, message: str
) -> None:
    (folder / "texts" / "tower.pdf").write_bytes(b"%PDF")
    with pytest.raises(CaseError, match=message) as caught:
        resolve([changed], shelf, folder)
    assert "\n" not in str(caught.value)


def test_an_article_that_the_library_lacks_is_to_be_added(folder: Path) -> None:
    with pytest.raises(CaseError, match=r"case a: the library does not hold .*; add .* to it"):
        resolve([case()], Shelf([]), folder)


def test_an_old_version_in_the_library_is_to_be_added_again(folder: Path, shelf: Shelf) -> None:
    old = replace(tower(shelf), text="The tower stands in Paris.", digest="old")
    with pytest.raises(CaseError, match=r"another version of .*; add .* again"):
        resolve([case()], Shelf([old]), folder)


def test_two_cases_of_one_id_are_not_mixed_up(folder: Path, shelf: Shelf) -> None:
    with pytest.raises(CaseError, match="two cases have this id"):
        resolve([case(), case()], shelf, folder)


def test_the_path_of_evidence_is_sought_from_the_set_file_upward(folder: Path) -> None:
    below = folder / "eval" / "sets"
    below.mkdir(parents=True)
    assert articles_named([case()], below / "seeds.jsonl") == [folder / "texts" / "tower.txt"]
    assert articles_named([case()], below) == [folder / "texts" / "tower.txt"]


def test_each_named_article_comes_once_and_in_order(folder: Path) -> None:
    cases = [case("a", article="texts/tower.txt"), case("b", article="texts"), case("c")]
    assert articles_named(cases, folder) == [folder / "texts" / "tower.txt", folder / "texts"]
