from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from tiny import make_article

from rag.answer.composition import Composed, compose
from rag.answer.quoting import quotation
from rag.decision import Decision
from rag.query.classification import classify
from rag.schema import Article, Citation, Passage, Sentence
from rag.settings import load
from rag.tuning import VerificationTuning
from rag.verify.answer_type import mismatch
from rag.verify.attribution import checked, without_idle
from rag.verify.claims import RuleVerifier

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
MANY = classify("How many people had to leave their homes in Port Ellery?")
MAYOR = classify("Who is the mayor of Port Ellery?")


def cited(article: Article, quote: str, number: int = 1, score: float = 0.9) -> Citation:
    start = article.text.index(quote)
    return Citation(number, article.info, start, start + len(quote), quote, score)


def whole(article: Article) -> Passage:
    return Passage(article.info, 0, len(article.text), article.text, 0.9, probability=0.9)


LEFT = cited(COURIER, "About 1,200 people had to leave their homes in Port Ellery.")
KILLED = cited(COURIER, "Nobody was killed.", 2, 0.6)
FINCH = cited(COURIER, "The mayor, Adela Finch, promised an inquiry.", 3, 0.3)
RIVAL = cited(
    GAZETTE, "In all, 1,450 people had to leave their homes in Port Ellery that night.", 2
)
PASSAGES = [whole(COURIER), whole(GAZETTE)]
WEIGHTS = Decision(
    text={"intercept": 0.0, "relevance": 1.0, "answers": 1.0, "margin": 0.0},
    vote={
        "intercept": 0.0, "reader": 1.0, "not_found": -0.7, "is_supported": 0.0, "agrees": 1.0
    },
)  # fmt: skip
VERIFIER = RuleVerifier()


def composed(
    question: Any, draft: list[Sentence], evidence: list[Citation], **settings: Any
) -> Composed:
    not_found = 0.0 if draft else None
    return compose(
        question,
        draft,
        evidence,
        PASSAGES[:1],
        load(**settings),
        WEIGHTS,
        VERIFIER,
        not_found=not_found,
    )


def attributed(sentence: Sentence, evidence: list[Citation], passages: list[Passage]) -> Sentence:
    return checked(sentence, evidence, passages, VERIFIER, VerificationTuning())


def texts(answer: Composed) -> list[str]:
    return [sentence.text for sentence in answer.sentences]


def test_a_sentence_that_its_citation_carries_is_said_as_it_is() -> None:
    said = Sentence("About 1,200 people had to leave their homes.", (LEFT,))
    answer = composed(MANY, [said], [LEFT, KILLED])
    assert texts(answer) == [said.text]
    assert answer.status == "answered"
    assert answer.sentences[0].support == "verified"
    assert not answer.sentences[0].is_repaired


def test_a_wrong_citation_is_repaired_from_the_evidence_and_counted() -> None:
    said = Sentence("About 1,200 people had to leave their homes.", (KILLED,))
    mended = attributed(said, [LEFT, KILLED], PASSAGES[:1])
    assert mended.citations == (LEFT,)
    assert (mended.support, mended.is_repaired) == ("verified", True)


def test_a_missing_citation_is_found() -> None:
    mended = attributed(Sentence("The mayor promised an inquiry."), [LEFT, KILLED], PASSAGES[:1])
    assert mended.citations[0].quote == FINCH.quote
    assert COURIER.text[mended.citations[0].start : mended.citations[0].end] == FINCH.quote


def test_evidence_that_had_no_number_gets_the_next_and_the_others_keep_theirs() -> None:
    said = Sentence("Adela Finch is the mayor, and she promised an inquiry.", (KILLED,))
    evidence = [
        replace(FINCH, number=1, score=0.9, quote="The mayor, Adela Finch", end=FINCH.start + 22),
        KILLED,
    ]
    answer = composed(MAYOR, [said], evidence)
    assert answer.evidence[:2] == tuple(evidence)
    assert [one.number for one in answer.evidence] == [1, 2, 3]
    assert answer.sentences[0].citations[0] == answer.evidence[2]


def test_of_two_citations_the_one_that_suffices_is_kept() -> None:
    said = Sentence("About 1,200 people had to leave their homes.", (KILLED, LEFT))
    assert attributed(said, [LEFT, KILLED], PASSAGES).citations == (LEFT,)


def test_a_citation_with_nothing_of_what_is_told_but_words_of_the_question_is_dropped() -> None:
    flood = make_article(
        "1,450 people were evacuated in the night. It telephoned every household in the flooded "
        "streets. The reason was a gate that did not close.",
        "flood",
    )
    counted = cited(flood, "1,450 people were evacuated in the night.")
    telephoned = cited(flood, "It telephoned every household in the flooded streets.", 2)
    gate = cited(flood, "The reason was a gate that did not close.", 3)
    asked = classify("How many people were evacuated in the flood?").analysis.content
    told = Sentence("1,450 people were evacuated in the flood.", (counted, telephoned), "verified")
    assert without_idle(told, asked).citations == (counted,)
    # One that has a part of what is told stays, whatever its place.
    both = replace(
        told, text="1,450 people were evacuated because of a gate.", citations=(gate, counted)
    )
    assert without_idle(both, asked).citations == (gate, counted)


def test_one_quotation_is_the_answer_and_no_other_fills_a_place_beside_it() -> None:
    assert texts(composed(MANY, [], [LEFT, KILLED])) == [LEFT.quote]


def test_what_nothing_supports_is_not_said_and_the_evidence_is_quoted() -> None:
    said = Sentence("About 9,999 people had to leave their homes.", (LEFT,))
    answer = composed(MANY, [said], [LEFT, KILLED])
    assert texts(answer) == [LEFT.quote]
    assert answer.status == "quoted"
    assert all(one.is_quote for one in answer.sentences)


def test_lenient_shows_it_with_its_verdict() -> None:
    said = Sentence("About 9,999 people had to leave their homes.", (LEFT,))
    answer = composed(MANY, [said], [LEFT, KILLED], answers="lenient")
    assert [(s.text, s.support) for s in answer.sentences] == [
        (said.text, "unsupported"),
        (LEFT.quote, "verified"),
    ]
    assert "9,999" in answer.sentences[0].reason


def test_a_sentence_that_only_repeats_the_question_is_no_answer() -> None:
    said = Sentence("People had to leave their homes in Port Ellery.", (LEFT,))
    assert texts(composed(MANY, [said], [LEFT])) == [LEFT.quote]


def test_of_a_draft_that_is_supported_in_part_only_nothing_is_told() -> None:
    draft = [
        Sentence("About 1,200 people had to leave their homes.", (LEFT,)),
        Sentence("It cost 9,999 crowns."),
    ]
    assert texts(composed(MANY, draft, [LEFT])) == [LEFT.quote]


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
        ("How tall is the tower?", "Rising 90 metres above the river, it is 40 metres long.", ""),
        ("How high was the rate?", "The rate reached 11.1 per cent.", ""),
        ("At what temperature does it melt?", "It melts at about 30 degrees.", ""),
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
    found = mismatch(classify(question), text)
    assert (reason in found) if reason else found == ""


def test_a_true_sentence_about_something_else_gives_way_to_what_the_reader_found() -> None:
    said = Sentence(
        "Nobody was killed in the storm surge.", (cited(COURIER, KILLED.quote, 2, 0.1),)
    )
    strong = [cited(COURIER, FINCH.quote, 1, 0.95), cited(COURIER, KILLED.quote, 2, 0.1)]
    assert texts(composed(MAYOR, [said], strong)) == [FINCH.quote]


def test_the_model_may_settle_on_evidence_that_is_nearly_as_likely() -> None:
    said = Sentence("The mayor is Adela Finch.", (FINCH,))
    near = [cited(COURIER, KILLED.quote, 1, 0.9), replace(FINCH, score=0.8)]
    assert texts(composed(MAYOR, [said], near)) == [said.text]


def test_a_draft_that_says_the_words_that_answer_agrees_with_the_reader() -> None:
    start = FINCH.start + FINCH.quote.index("Adela")
    found = replace(FINCH, score=0.9, answer=(start, start + len("Adela Finch")))
    said = Sentence("The mayor is Adela Finch.", (KILLED,))
    answer = composed(MAYOR, [said], [found, KILLED])
    assert texts(answer) == [said.text]


RACE = make_article(
    "The lap record of 4:51 was set by Ines Roth. She beat the old record by 17 seconds. "
    "Her co-driver, a woman of twenty, was Mara Quill.",
    "race",
    title="A record",
)


SHORTENED = make_article(
    "The course is cut to 3,800 metres because the bank has slumped. It was 5,000 metres long.",
    "course",
    title="A shorter race",
)


def read_out(quote: str, answer: str, number: int = 1, score: float = 0.9) -> Citation:
    at = SHORTENED.text.index(answer)
    return replace(cited(SHORTENED, quote, number, score), answer=(at, at + len(answer)))


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        ("The course is cut to 3,800 metres.", False),  # true, and not why
        ("The course is cut because the bank has slumped.", True),
        ("The bank has slumped.", False),  # its quotation says as much, and more
    ],
)
def test_the_models_sentence_stands_where_it_says_what_the_reader_found(
    text: str, is_told: bool
) -> None:
    quote = SHORTENED.text[: SHORTENED.text.index(" It was")]
    found = read_out(quote, "the bank has slumped")
    answer = compose(
        classify("Why is the course shorter?"),
        [Sentence(text, (found,))],
        [found],
        [whole(SHORTENED)],
        load(),
        WEIGHTS,
        VERIFIER,
        not_found=0.0,
    )
    assert texts(answer) == [text if is_told else quote]


GLASS = make_article(
    "Workers left the meeting in silence. Gas has become four times as dear, which no furnace "
    "can bear.",
    "glass",
    title="A glassworks closes",
)


@pytest.mark.parametrize(
    ("question", "draft", "status", "first"),
    [
        ("Why did it close?", "It closed since gas was too dear to burn.", "hedged", "Gas"),
        ("Why did it close?", "Because of the war.", "hedged", "Workers"),
        ("Why did it close?", "It closed after workers left in silence.", "answered", "It"),
        ("Who left the meeting?", "Gas was too dear to burn.", "quoted", "Workers"),
    ],
)
def test_a_reason_is_told_only_where_model_and_reader_settle_on_one_sentence(
    question: str, draft: str, status: str, first: str
) -> None:
    silence = cited(GLASS, "Workers left the meeting in silence.", 1, 0.95)
    gas = cited(GLASS, "Gas has become four times as dear, which no furnace can bear.", 2, 0.3)
    answer = compose(
        classify(question),
        [Sentence(draft, ())],
        [silence, gas],
        [whole(GLASS)],
        load(),
        WEIGHTS,
        VERIFIER,
        not_found=0.0,
    )
    assert (answer.status, answer.sentences[0].text.split()[0]) == (status, first)


def test_a_hedge_quotes_what_the_model_rests_on_first() -> None:
    first = read_out(SHORTENED.text[: SHORTENED.text.index(" It was")], "the bank", 1, 0.2)
    second = read_out("It was 5,000 metres long.", "5,000", 2, 0.1)
    answer = compose(
        classify("How long was the course?"),
        [Sentence("The course was 5,000 metres long.", (second,))],
        [first, second],
        [whole(SHORTENED)],
        load(strictness=0.9),
        WEIGHTS,
        VERIFIER,
        not_found=0.5,
    )
    assert answer.sentences[0].lead == "nearest"
    assert texts(answer) == [second.quote, first.quote]


def test_a_number_from_the_neighbouring_sentence_is_not_said() -> None:
    question = classify("By how many seconds did Ines Roth beat the old record?")
    record = cited(RACE, "The lap record of 4:51 was set by Ines Roth.", 2, 0.4)
    beat = cited(RACE, "She beat the old record by 17 seconds.", 1, 0.9)
    said = Sentence("Ines Roth beat the old record by 4:51 seconds.", (record,))
    answer = compose(
        question, [said], [beat, record], [whole(RACE)], load(), WEIGHTS, VERIFIER, not_found=0.0
    )
    assert texts(answer)[0] == beat.quote


def test_a_related_name_does_not_stand_for_the_thing_asked_for() -> None:
    question = classify("Was the co-driver a man or a woman?")
    driver = cited(RACE, "Her co-driver, a woman of twenty, was Mara Quill.", 1, 0.9)
    record = cited(RACE, "The lap record of 4:51 was set by Ines Roth.", 2, 0.1)
    said = Sentence("The lap record was set by Ines Roth.", (record,))
    answer = compose(
        question, [said], [driver, record], [whole(RACE)], load(), WEIGHTS, VERIFIER, not_found=0.0
    )
    assert texts(answer) == [driver.quote]


@pytest.mark.parametrize(
    ("score", "not_found", "expected"),
    [
        (0.9, None, "told"), (0.4, None, "hedged"), (0.03, None, "refused"),
        (0.99, 1.0, "told"), (0.9, 1.0, "hedged"), (0.4, 1.0, "refused"), (0.6, 0.1, "told"),
    ],
)  # fmt: skip
def test_one_decision_weighs_the_reader_and_the_models_vote(
    score: float, not_found: float | None, expected: str
) -> None:
    evidence = [cited(COURIER, FINCH.quote, 1, score)]
    settings = load(strictness=0.5)
    answer = compose(
        MAYOR, [], evidence, PASSAGES, settings, WEIGHTS, VERIFIER, not_found=not_found
    )
    if expected == "refused":
        assert (answer.status, answer.sentences) == ("refused", ())
    else:
        assert texts(answer) == [FINCH.quote]
        assert answer.sentences[0].lead == ("nearest" if expected == "hedged" else "")


@pytest.mark.parametrize("strictness", [0.0, 0.3, 0.6, 0.9])
def test_the_strictness_moves_what_is_told(strictness: float) -> None:
    evidence = [cited(COURIER, FINCH.quote, 1, 0.5)]
    answer = composed(MAYOR, [], evidence, strictness=strictness)
    leads = [one.lead for one in answer.sentences]
    assert leads == ([""] if strictness <= 0.5 else ["nearest"])


@pytest.mark.parametrize("is_drafted", [True, False])
def test_of_two_articles_that_differ_the_newer_is_told_first(is_drafted: bool) -> None:
    said = Sentence("About 1,200 people had to leave their homes.", (LEFT,))
    answer = composed(MANY, [said] if is_drafted else [], [LEFT, RIVAL])
    assert [one.citations[0].article.publisher for one in answer.sentences] == [
        "The Gazette",
        "The Courier",
    ]
    assert all(one.is_quote for one in answer.sentences)
    assert [one.lead for one in answer.sentences] == ["", "differs"]


def test_a_newer_article_that_gives_the_old_date_without_its_year_is_told_before_it() -> None:
    before = make_article(
        "The tram opens in Aunehead on 16 March 2024.", "before", title="A tram for Aunehead",
        published="2023-10-05",
    )  # fmt: skip
    after = make_article(
        "It was to have opened on 16 March, and will now start on 7 September 2024.", "after",
        title="Aunehead waits for its tram", published="2024-02-20",
    )  # fmt: skip
    question = classify("When does the tram in Aunehead open?")
    old, new = cited(before, before.text), cited(after, after.text, 2, 0.6)
    assert texts(composed(question, [], [old, new])) == [new.quote, old.quote]


def test_how_many_are_still_gone_is_not_told_as_how_many_went() -> None:
    later = make_article(
        "About 300 people could not go to their homes in Port Ellery. There were 1,450 people who "
        "had to leave.",
        "later",
        title="Port Ellery counts the cost",
        published="2024-01-20",
    )
    still, left = (cited(later, one.quote, 2) for one in whole(later).sentences)
    answer = composed(MANY, [], [LEFT, replace(still, score=0.8), replace(left, score=0.7)])
    assert texts(answer) == [left.quote, LEFT.quote]


def test_two_articles_that_agree_are_not_set_against_each_other() -> None:
    same = make_article(LEFT.quote, "other", title="Port Ellery")
    said = Sentence("About 1,200 people had to leave their homes.", (LEFT,))
    assert len(texts(composed(MANY, [said], [LEFT, cited(same, LEFT.quote, 2)]))) == 1


def test_two_articles_that_count_the_same_differ_though_their_sentences_share_few_words() -> None:
    question = classify("How many people were evacuated in the Port Ellery flood?")
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
    assert told.sentences[-1].text == LEFT.quote
    assert told.sentences[-1].lead == "differs"
    left = Sentence("About 1,200 people had to leave.", (LEFT,))
    silent = composed(question, [left], [LEFT, boats])
    assert not any("differs" in one.lead for one in silent.sentences)


def test_an_overview_cites_each_article() -> None:
    question = classify("What does the library say about Port Ellery?")
    said = Sentence("About 1,200 people had to leave their homes.", (LEFT,))
    answer = composed(question, [said], [LEFT, RIVAL])
    articles = {c.article.id for one in answer.sentences for c in one.citations}
    assert articles == {COURIER.id, GAZETTE.id}


def test_a_bare_yes_begins_the_next_sentence() -> None:
    question = classify("Had people to leave their homes?")
    draft = [Sentence("Yes."), Sentence("About 1,200 people had to leave their homes.", (LEFT,))]
    assert texts(composed(question, draft, [LEFT]))[0] == (
        "Yes. About 1,200 people had to leave their homes."
    )


def test_a_long_quotation_keeps_the_sentence_that_answers() -> None:
    filler = "The mayor of Port Ellery spoke of the sea all day and the sea was high there. " * 4
    article = make_article(f"{filler.strip()} Adela Finch promised it.", "long")
    at = article.text.index("Adela Finch")
    citation = Citation(
        1, article.info, 0, len(article.text), article.text, 0.9, (at, at + len("Adela Finch"))
    )
    quote = quotation(MAYOR, citation, load().answering).citations[0]
    assert quote.quote == "Adela Finch promised it."
    assert quote.answer_text == "Adela Finch"


def test_a_long_quotation_keeps_the_sentence_nearest_to_the_question() -> None:
    filler = "The wind blew from the west all day and the sea was high along the whole coast. " * 4
    article = make_article(f"{filler.strip()} The mayor, Adela Finch, promised an inquiry.", "long")
    citation = Citation(1, article.info, 0, len(article.text), article.text, 0.9)
    quote = quotation(MAYOR, citation, load().answering).citations[0]
    assert quote.quote == FINCH.quote
    assert article.text[quote.start : quote.end] == quote.quote


def test_the_date_of_an_article_is_no_date_of_what_it_tells() -> None:
    said = Sentence("On 19 January 2024 nobody was killed.", (KILLED,))
    assert attributed(said, [KILLED], PASSAGES).support == "unsupported"
    assert COURIER.published == date(2024, 1, 19)


def test_where_the_newest_is_asked_for_a_draft_that_tells_the_older_gives_way_to_it() -> None:
    question = classify("What is the latest estimate of the damage?")
    newer = make_article("Insurers now expect 23 million.", "new", published="2024-01-20")
    older = make_article("The damage is put at 18 million.", "old", published="2024-01-19")
    evidence = [
        cited(newer, "Insurers now expect 23 million.", 1, 0.4),
        cited(older, "The damage is put at 18 million.", 2, 0.41),
    ]
    said = Sentence("The damage is put at 18 million.", (evidence[1],))
    assert texts(composed(question, [said], evidence))[0] == evidence[0].quote


def test_of_the_numbers_of_another_article_the_one_of_the_same_order_is_told() -> None:
    question = classify("How many people were evacuated in the Port Ellery flood?")
    first = make_article(
        "The ferry took in about 200 people for the night. "
        "About 1,200 people had to leave their homes in Port Ellery.",
        "first",
        title="Flood in Port Ellery",
    )
    ferry = cited(first, "The ferry took in about 200 people for the night.", 2, 0.9)
    homes = cited(first, "About 1,200 people had to leave their homes in Port Ellery.", 3, 0.8)
    said = Sentence("1,450 people were evacuated in the Port Ellery flood.", (RIVAL,))
    answer = composed(question, [said], [RIVAL, ferry, homes])
    assert texts(answer)[1:] == [homes.quote]


def test_a_newer_article_that_gives_the_old_number_and_another_is_told_before_it() -> None:
    before = make_article(
        "All 340 workers lose their jobs.", "before", title="Glassworks to close",
        published="2024-05-14",
    )  # fmt: skip
    after = make_article(
        "The jobs lost are 210, and not 340 as was said.", "after",
        title="Part of the glassworks is saved", published="2024-07-02",
    )  # fmt: skip
    question = classify("How many jobs are lost at the glassworks?")
    old, new = cited(before, before.text), cited(after, after.text, 2, 0.8)
    for order, told in (([old, new], [new.quote, old.quote]), ([new, old], [new.quote])):
        evidence = [replace(one, score=score) for one, score in zip(order, (0.9, 0.8), strict=True)]
        assert texts(composed(question, [], evidence)) == told


def test_a_word_of_the_question_that_no_article_has_is_not_told_in_the_models_words() -> None:
    theatre = make_article(
        "The theatre was damaged when a spotlight set fire to the curtain. It opens in May.",
        "theatre",
        title="The Lantern Theatre shines again",
    )
    quote = theatre.text[: theatre.text.index(" It opens")]
    fire = replace(
        cited(theatre, quote), answer=(theatre.text.index("a spotlight"), len(quote) - 1)
    )
    for asked, text, is_told in (
        ("torn down", "The theatre was torn down when a spotlight set fire to the curtain.", False),
        ("damaged", "The theatre was damaged, as a spotlight set fire to the curtain.", True),
    ):
        answer = compose(
            classify(f"Why was the theatre {asked}?"),
            [Sentence(text, (fire,))],
            [fire],
            [whole(theatre)],
            load(),
            WEIGHTS,
            VERIFIER,
            not_found=0.0,
        )
        assert texts(answer) == [text if is_told else quote]


def test_of_a_question_in_two_parts_each_is_quoted_with_its_own_doubt() -> None:
    asked = classify("How many people left Port Ellery, and who is the mayor of the town?")
    assert asked.kind == "parts"
    answer = composed(asked, [], [LEFT, replace(FINCH, number=2, score=0.3)])
    assert [(one.text, one.lead) for one in answer.sentences] == [
        (LEFT.quote, ""),
        (FINCH.quote, "nearest"),
    ]


SURE = replace(WEIGHTS, vote={**WEIGHTS.vote, "intercept": 9.0})


def test_of_a_question_in_two_parts_nothing_is_told_outright_that_the_decision_hedges() -> None:
    asked = classify("How many people left Port Ellery, and who is the mayor of the town?")
    said = Sentence("About 1,200 people had to leave their homes.", (LEFT,))
    evidence = [replace(LEFT, score=0.6), replace(FINCH, number=2, score=0.55)]
    doubted = compose(asked, [said], evidence, PASSAGES, load(), WEIGHTS, VERIFIER, not_found=0.99)
    assert doubted.sentences[0].lead == "nearest"
    unlikely = [replace(one, score=0.01) for one in evidence]
    draft = [said, Sentence("It cost 9,999 crowns.")]  # so that it is quoted
    told = compose(asked, draft, unlikely, PASSAGES, load(), SURE, VERIFIER, not_found=0.0)
    assert texts(told) == [LEFT.quote]


def test_a_comparison_has_its_other_side_though_that_is_less_likely_to_answer() -> None:
    asked = classify("Did more people leave Port Ellery than Sallow Point?")
    other = cited(GAZETTE, "A beam had become wedged in its track.", 2, 0.2)
    assert texts(composed(asked, [], [LEFT, other])) == [LEFT.quote, other.quote]
    unlikely = replace(other, score=0.01)
    assert texts(composed(asked, [], [LEFT, unlikely])) == [LEFT.quote]
