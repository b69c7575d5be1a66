from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from tiny import make_article

from rag.answering import Composed, compose, quotation
from rag.questions import understood
from rag.relevance import shortcoming
from rag.schema import Article, Citation, Passage, Sentence
from rag.settings import load
from rag.support import checked

COURIER = make_article(
    "About 1,200 people had to leave their homes in Port Ellery. Nobody was killed. "
    "The mayor, Adela Finch, promised an inquiry.",
    "courier",
    title="Storm surge in Port Ellery",
    publisher="The Courier",
    published="2024-01-19",
)
GAZETTE = make_article(
    "In all, 1,450 people had to leave their homes in Port Ellery that night. "
    "The gate did not close. A beam had become wedged in its track.",
    "gazette",
    title="Port Ellery counts the cost",
    publisher="The Gazette",
    published="2024-01-20",
)
MANY = understood("How many people had to leave their homes in Port Ellery?")
MAYOR = understood("Who is the mayor of Port Ellery?")


def cited(article: Article, quote: str, number: int = 1, score: float = 0.9) -> Citation:
    start = article.text.index(quote)
    return Citation(number, article.info, start, start + len(quote), quote, score)


def whole(article: Article) -> Passage:
    return Passage(article.info, 0, len(article.text), article.text, 0.9)


LEFT = cited(COURIER, "About 1,200 people had to leave their homes in Port Ellery.")
KILLED = cited(COURIER, "Nobody was killed.", 2, 0.6)
FINCH = cited(COURIER, "The mayor, Adela Finch, promised an inquiry.", 3, 0.3)
RIVAL = cited(
    GAZETTE, "In all, 1,450 people had to leave their homes in Port Ellery that night.", 2
)
PASSAGES = [whole(COURIER), whole(GAZETTE)]


def composed(
    question: Any, draft: list[Sentence], evidence: list[Citation], **settings: Any
) -> Composed | None:
    return compose(
        question, draft, evidence, PASSAGES[:1], load(**settings), has_model_read=bool(draft)
    )


def texts(answer: Composed | None) -> list[str]:
    return [sentence.text for sentence in answer.sentences] if answer else []


def test_a_sentence_that_its_citation_carries_is_said_as_it_is() -> None:
    said = Sentence("About 1,200 people had to leave their homes.", (LEFT,))
    answer = composed(MANY, [said], [LEFT, KILLED])
    assert answer is not None
    assert texts(answer) == [said.text]
    assert answer.status == "answered"
    assert answer.sentences[0].support == "verified"
    assert not answer.sentences[0].is_repaired


def test_a_wrong_citation_is_repaired_from_the_evidence_and_counted() -> None:
    said = Sentence("About 1,200 people had to leave their homes.", (KILLED,))
    mended = checked(said, [LEFT, KILLED], PASSAGES[:1])
    assert mended.citations == (LEFT,)
    assert (mended.support, mended.is_repaired) == ("verified", True)


def test_a_missing_citation_is_found() -> None:
    mended = checked(Sentence("The mayor promised an inquiry."), [LEFT, KILLED], PASSAGES[:1])
    assert mended.citations[0].quote == FINCH.quote
    assert COURIER.text[mended.citations[0].start : mended.citations[0].end] == FINCH.quote


def test_evidence_that_had_no_number_gets_the_next_and_the_others_keep_theirs() -> None:
    said = Sentence("Adela Finch is the mayor.", (KILLED,))
    evidence = [cited(COURIER, LEFT.quote, 1, 0.9), KILLED]
    answer = composed(MAYOR, [said], evidence, quote_threshold=1.0)
    assert answer is not None
    assert answer.evidence[:2] == tuple(evidence)
    assert [one.number for one in answer.evidence] == [1, 2, 3]
    assert answer.sentences[0].citations[0] == answer.evidence[2]


def test_of_two_citations_the_one_that_suffices_is_kept() -> None:
    said = Sentence("About 1,200 people had to leave their homes.", (KILLED, LEFT))
    assert checked(said, [LEFT, KILLED], PASSAGES).citations == (LEFT,)


def test_a_second_quotation_follows_only_if_it_is_nearly_as_likely_to_answer() -> None:
    near, far = composed(MANY, [], [LEFT, KILLED]), composed(MANY, [], [LEFT, FINCH])
    assert near is not None and texts(near) == [LEFT.quote, KILLED.quote]
    assert far is not None and texts(far) == [LEFT.quote]


def test_what_nothing_supports_is_not_said_and_the_evidence_is_quoted() -> None:
    said = Sentence("About 9,999 people had to leave their homes.", (LEFT,))
    answer = composed(MANY, [said], [LEFT, KILLED])
    assert answer is not None
    assert texts(answer) == [LEFT.quote, KILLED.quote]
    assert answer.status == "quoted"
    assert all(one.is_quote for one in answer.sentences)


def test_lenient_shows_it_with_its_verdict() -> None:
    said = Sentence("About 9,999 people had to leave their homes.", (LEFT,))
    answer = composed(MANY, [said], [LEFT, KILLED], answers="lenient")
    assert answer is not None
    assert [(s.text, s.support) for s in answer.sentences] == [
        (said.text, "unsupported"),
        (LEFT.quote, "verified"),
    ]
    assert "9,999" in answer.sentences[0].reason


def test_a_sentence_that_only_repeats_the_question_is_no_answer() -> None:
    said = Sentence("People had to leave their homes in Port Ellery.", (LEFT,))
    assert texts(composed(MANY, [said], [LEFT])) == [LEFT.quote]


def test_a_fragment_is_told_by_its_source() -> None:
    assert texts(composed(MANY, [Sentence("1,200.", (LEFT,))], [LEFT, KILLED])) == [LEFT.quote]


@pytest.mark.parametrize(
    ("question", "text", "reason"),
    [
        ("How many people left?", "Several of the people left.", ""),
        ("How many people left?", "Forty people left the town.", ""),
        ("How many people left?", "People of the harbour town left.", "number"),
        ("How long did it last?", "It lasted until the evening.", ""),
        ("When did the gate open?", "The gate opened in May 1984.", ""),
        ("When did the gate open?", "The gate was opened by the mayor.", "time"),
        ("When did the gate open?", "It was opened after the flood.", ""),
        ("How many people left in 1978?", "People left in 1978 by boat.", "number"),
        ("How many people left?", "People left in 2020 and 2021.", "number"),
        ("How many runners left?", "They ran about 40 kilometres.", "number"),
        ("How many kilometres did they run?", "They ran 40 kilometres.", ""),
        ("How many people left?", "In all, 1450 people left.", ""),
        (
            "How tall is the tower?",
            "The tower of the bridge is 412 metres long.",
            "another measure",
        ),
        ("How tall is the tower?", "Rising 90 metres above the river, it is 40 metres long.", ""),
        ("How high was the rate?", "The rate reached 11.1 per cent.", ""),
        ("How deep is it?", "It was dug by 400 men.", "measure"),
        ("At what temperature does it melt?", "It melts at about 30 degrees.", ""),
        ("At what temperature does it melt?", "It took 30 days to melt.", "temperature"),
        ("What was the price of the fare?", "The fare rose in 1984.", "money"),
        ("What did it cost?", "It cost a fortune.", "number"),
        ("How deep is it? And how many dug it?", "Men dug it, 400 in all.", ""),
        ("When does it melt?", "It melts when it is warm.", ""),
        ("What is it called when it melts?", "The melt is called a thaw.", ""),
        ("Who is X?", "X supported the efforts.", ""),
        ("Did X support the efforts?", "Yes, X supported the efforts.", ""),
        ("What was X supporting?", "X was supporting.", "repeats"),
    ],
)
def test_an_answer_has_what_is_asked_for(question: str, text: str, reason: str) -> None:
    found = shortcoming(understood(question), text)
    assert (reason in found) if reason else found == ""


def test_a_true_sentence_from_elsewhere_is_told_with_the_best_evidence() -> None:
    said = Sentence(
        "Nobody was killed in the storm surge.", (cited(COURIER, KILLED.quote, 2, 0.1),)
    )
    strong = [cited(COURIER, FINCH.quote, 1, 0.95), cited(COURIER, KILLED.quote, 2, 0.1)]
    assert texts(composed(MAYOR, [said], strong)) == [said.text, FINCH.quote]


RACE = make_article(
    "The lap record of 4:51 was set by Ines Roth. She beat the old record by 17 seconds. "
    "Her co-driver, a woman of twenty, was Mara Quill.",
    "race",
    title="A record",
)


def test_a_number_from_the_neighbouring_sentence_is_not_said() -> None:
    question = understood("By how many seconds did Ines Roth beat the old record?")
    record = cited(RACE, "The lap record of 4:51 was set by Ines Roth.", 2, 0.4)
    beat = cited(RACE, "She beat the old record by 17 seconds.", 1, 0.9)
    said = Sentence("Ines Roth beat the old record by 4:51 seconds.", (record,))
    answer = compose(question, [said], [beat, record], [whole(RACE)], load(), has_model_read=True)
    assert texts(answer)[0] == beat.quote


def test_a_related_name_does_not_stand_for_the_thing_asked_for() -> None:
    question = understood("Was the co-driver a man or a woman?")
    driver = cited(RACE, "Her co-driver, a woman of twenty, was Mara Quill.", 1, 0.9)
    record = cited(RACE, "The lap record of 4:51 was set by Ines Roth.", 2, 0.1)
    said = Sentence("The lap record was set by Ines Roth.", (record,))
    answer = compose(question, [said], [driver, record], [whole(RACE)], load(), has_model_read=True)
    assert driver.quote in texts(answer)


def test_a_model_that_finds_nothing_is_outvoted_by_a_strong_sentence_only() -> None:
    question = MAYOR
    for score, expected in ((0.9, [FINCH.quote]), (0.3, [])):
        evidence = [cited(COURIER, FINCH.quote, 1, score)]
        answer = compose(question, [], evidence, PASSAGES, load(), has_model_read=True)
        assert texts(answer) == expected


def test_a_quotation_that_lacks_what_is_asked_for_gives_way_or_is_not_told() -> None:
    question = understood("How old is Adela Finch?")
    assert composed(question, [], [FINCH]) is None
    mayor = replace(FINCH, score=0.6)
    assert texts(composed(MANY, [], [mayor, replace(LEFT, score=0.5)])) == [LEFT.quote]
    # What is far less likely is no answer for having a number.
    assert composed(question, [], [mayor, replace(LEFT, score=0.1)]) is None


def test_without_a_model_the_best_sentence_is_quoted() -> None:
    evidence = [cited(COURIER, FINCH.quote, 1, 0.3)]
    answer = compose(MAYOR, [], evidence, PASSAGES, load(), has_model_read=False)
    assert texts(answer) == [FINCH.quote]


def test_two_articles_that_differ_are_both_told_with_who_and_when() -> None:
    said = Sentence("About 1,200 people had to leave their homes.", (LEFT,))
    answer = composed(MANY, [said], [LEFT, RIVAL])
    assert answer is not None
    assert [one.citations[0].article.publisher for one in answer.sentences] == [
        "The Courier",
        "The Gazette",
    ]
    assert answer.sentences[1].is_quote
    assert answer.sentences[1].lead == "The Gazette, 20 January 2024, differs:"


def test_two_articles_that_agree_are_not_set_against_each_other() -> None:
    same = make_article(LEFT.quote, "other", title="Port Ellery")
    said = Sentence("About 1,200 people had to leave their homes.", (LEFT,))
    assert len(texts(composed(MANY, [said], [LEFT, cited(same, LEFT.quote, 2)]))) == 1


def test_a_short_sentence_is_followed_by_the_words_that_tell_more() -> None:
    said = Sentence("The mayor is Adela Finch.", (FINCH,))
    answer = composed(MAYOR, [said], [FINCH, LEFT])
    assert answer is not None
    assert texts(answer) == [said.text, FINCH.quote]
    assert [one.is_quote for one in answer.sentences] == [False, True]
    assert answer.status == "answered"


def test_a_sentence_is_not_followed_by_words_that_it_said_already() -> None:
    said = Sentence("The mayor, Adela Finch, has promised an inquiry.", (FINCH,))
    assert texts(composed(MAYOR, [said], [FINCH, LEFT])) == [said.text]


def test_two_articles_that_count_the_same_differ_though_their_sentences_share_few_words() -> None:
    question = understood("How many people were evacuated in the Port Ellery flood?")
    evacuated = make_article(
        "By morning 1,450 people were evacuated. Of the boats, 37 sank.",
        "evacuated",
        title="Port Ellery counts the cost",
        publisher="The Gazette",
    )
    first, boats = (
        cited(evacuated, "By morning 1,450 people were evacuated."),
        cited(evacuated, "Of the boats, 37 sank.", 2),
    )
    said = Sentence("In all, 1,450 people were evacuated by morning.", (first,))
    told = composed(question, [said], [first, cited(COURIER, LEFT.quote, 2)])
    assert told is not None
    assert told.sentences[-1].text == LEFT.quote
    assert told.sentences[-1].lead == "The Courier, 19 January 2024, differs:"
    left = Sentence("About 1,200 people had to leave.", (LEFT,))
    silent = composed(question, [left], [LEFT, boats])
    assert silent is not None
    assert not any("differs" in one.lead for one in silent.sentences)


def test_an_overview_cites_each_article() -> None:
    question = understood("What does the library say about Port Ellery?")
    said = Sentence("About 1,200 people had to leave their homes.", (LEFT,))
    answer = composed(question, [said], [LEFT, RIVAL])
    assert answer is not None
    articles = {c.article.id for one in answer.sentences for c in one.citations}
    assert articles == {COURIER.id, GAZETTE.id}


def test_a_bare_yes_begins_the_next_sentence() -> None:
    question = understood("Had people to leave their homes?")
    draft = [Sentence("Yes."), Sentence("About 1,200 people had to leave their homes.", (LEFT,))]
    assert texts(composed(question, draft, [LEFT]))[0] == (
        "Yes. About 1,200 people had to leave their homes."
    )


def test_a_long_quotation_keeps_the_sentence_nearest_to_the_question() -> None:
    filler = "The wind blew from the west all day and the sea was high along the whole coast. " * 4
    article = make_article(f"{filler.strip()} The mayor, Adela Finch, promised an inquiry.", "long")
    citation = Citation(1, article.info, 0, len(article.text), article.text, 0.9)
    quote = quotation(MAYOR, citation).citations[0]
    assert quote.quote == FINCH.quote
    assert article.text[quote.start : quote.end] == quote.quote


def test_the_date_of_an_article_may_be_said() -> None:
    said = Sentence("On 19 January 2024 nobody was killed.", (KILLED,))
    assert checked(said, [KILLED], PASSAGES).support == "verified"
    assert COURIER.published == date(2024, 1, 19)
