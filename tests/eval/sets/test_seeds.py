"""Promises about the seed articles and the questions asked over them."""

import datetime
import json
import pathlib
from collections import Counter

import pytest

from eval.sets.cases import load
from rag.language.terms import spoken

ROOT = pathlib.Path(__file__).resolve().parents[3]
SEEDS = sorted((ROOT / "seeds").glob("*.md"))
CASES = [
    json.loads(line)
    for line in (ROOT / "eval/sets/seeds.jsonl").read_text(encoding="utf-8").splitlines()
    if line.strip()
]
TAGS = {
    "fact",
    "why",
    "how",
    "comparison",
    "conflict",
    "update",
    "follow-up",
    "yes-no",
    "when",
    "who",
    "how-many",
    "unanswerable",
}
FIELDS = {"id", "question", "answerable", "answers", "evidence", "history", "tags"}


def split(path):
    """Front matter as a dict of raw strings, and the body below it."""
    before, matter, body = path.read_text(encoding="utf-8").split("---\n", 2)
    assert before == "", f"{path.name} does not begin with front matter"
    keys = dict(line.split(": ", 1) for line in matter.splitlines())
    return {k: v.strip().strip('"') for k, v in keys.items()}, body


BODIES = {f"seeds/{p.name}": split(p)[1] for p in SEEDS}


def articles(case):
    return {e["article"] for e in case["evidence"]}


def test_there_are_at_least_sixteen_seeds():
    assert len(SEEDS) >= 16


@pytest.mark.parametrize("path", SEEDS, ids=lambda p: p.stem)
def test_every_seed_has_its_front_matter(path):
    matter, _ = split(path)
    assert set(matter) == {"title", "source", "publisher", "published", "note"}
    assert all(matter.values())
    assert matter["source"] == f"ibid:seeds/{path.name}"
    assert matter["note"].startswith("Written for Ibid")
    datetime.date.fromisoformat(matter["published"])


@pytest.mark.parametrize("path", SEEDS, ids=lambda p: p.stem)
def test_every_seed_has_300_to_900_words(path):
    assert 300 <= len(split(path)[1].split()) <= 900


@pytest.mark.parametrize("path", SEEDS, ids=lambda p: p.stem)
def test_every_paragraph_is_one_line(path):
    paragraphs = split(path)[1].strip().split("\n\n")
    assert len(paragraphs) >= 4
    assert all(p.strip() and "\n" not in p for p in paragraphs)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["id"])
def test_every_quote_stands_exactly_once_in_its_article(case):
    for evidence in case["evidence"]:
        assert set(evidence) == {"article", "quote"}
        assert "\n" not in evidence["quote"]
        assert len(evidence["quote"].split()) >= 4
        assert BODIES[evidence["article"]].count(evidence["quote"]) == 1


def test_every_article_is_asked_about_at_least_three_times():
    asked = Counter(a for c in CASES for a in articles(c))
    assert {a: asked[a] for a in BODIES if asked[a] < 3} == {}


def test_there_are_enough_cases_of_each_kind():
    assert len(CASES) >= 70
    assert sum(not c["answerable"] for c in CASES) >= 18
    assert sum(bool(c["history"]) for c in CASES) >= 8


def test_every_tag_is_in_use():
    assert {t for c in CASES for t in c["tags"]} == TAGS


def test_ids_and_questions_are_not_repeated():
    assert len({c["id"] for c in CASES}) == len(CASES)
    asked = [(c["question"], json.dumps(c["history"])) for c in CASES]
    assert len(set(asked)) == len(asked)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["id"])
def test_answerable_cases_have_answers_and_evidence_and_others_have_none(case):
    assert set(case) == FIELDS
    assert case["question"].strip().endswith("?")
    assert bool(case["answers"]) is case["answerable"]
    assert bool(case["evidence"]) is case["answerable"]
    assert all(a.strip() for a in case["answers"])


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["id"])
def test_tags_come_from_the_list_and_agree_with_the_case(case):
    assert case["tags"] and set(case["tags"]) <= TAGS
    assert ("unanswerable" in case["tags"]) is (not case["answerable"])
    assert ("follow-up" in case["tags"]) is bool(case["history"])


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["id"])
def test_history_takes_turns_and_ends_with_the_assistant(case):
    roles = [turn["role"] for turn in case["history"]]
    assert roles == ["user", "assistant"] * (len(roles) // 2)
    assert all(turn["text"].strip() for turn in case["history"])


def test_every_conflict_quotes_two_articles():
    conflicts = [c for c in CASES if "conflict" in c["tags"]]
    assert conflicts and all(len(articles(c)) == 2 for c in conflicts)


KINDS = {"how-many", "when", "who", "where", "why", "how", "fact", "yes-no"}
NEAR = load(ROOT / "eval/sets/near.jsonl")
NEAR_MISSES = [case for case in NEAR if not case.answerable]
NEAR_HITS = [case for case in NEAR if case.answerable]


def words(question):
    return " ".join(question.lower().strip("?. ").split())


def test_no_near_miss_has_an_answer_and_each_says_what_kind_of_detail_is_missing():
    assert len(NEAR_MISSES) == 60
    for case in NEAR_MISSES:
        kind, other = case.tags
        assert not case.answerable
        assert kind in KINDS and other == "unanswerable"


def test_every_near_hit_has_an_answer_that_stands_in_a_quote_of_its_article():
    assert len(NEAR_HITS) == 40
    for case in NEAR_HITS:
        (kind,) = case.tags
        assert case.answerable and kind in KINDS
        assert all(BODIES[e.article].count(e.quote) == 1 for e in case.evidence)
        assert any(a in e.quote for a in case.answers for e in case.evidence)


def test_every_article_has_a_near_hit():
    assert {e.article for case in NEAR_HITS for e in case.evidence} == set(BODIES)


def test_the_near_set_shares_no_id_and_no_question_with_the_seeds():
    ids = [c["id"] for c in CASES] + [c.id for c in NEAR]
    assert len(set(ids)) == len(ids)
    asked = [words(case.question) for case in NEAR]
    assert len(set(asked)) == len(asked)
    assert not set(asked) & {words(c["question"]) for c in CASES}


GERMAN = load(ROOT / "eval/sets/seeds-de.jsonl")


def test_the_german_set_is_of_the_seeds_own_questions_and_asks_no_two_alike():
    assert len(GERMAN) == 44 and sum(case.answerable for case in GERMAN) == 32
    assert len({case.question for case in GERMAN}) == len(GERMAN)


@pytest.mark.parametrize("case", GERMAN, ids=lambda c: c.id)
def test_a_german_case_asks_in_german_for_what_its_english_one_does(case):
    (seed,) = [one for one in CASES if one["id"] == case.id.replace("-de", "")]
    assert [(e.article, e.quote) for e in case.evidence] == [
        (e["article"], e["quote"]) for e in seed["evidence"]
    ]
    assert list(case.answers) == seed["answers"] and case.answerable == seed["answerable"]
    assert spoken(case.question) == "de"
