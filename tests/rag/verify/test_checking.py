from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.language.sentences import split
from rag.reasons import Reason
from rag.schema import Verdict
from rag.verify.claims import check

SEEDS = sorted((Path(__file__).parents[3] / "seeds").glob("*.md"))


def sentences(article: str) -> list[str]:
    """The sentences of a seed article."""
    text = next(file for file in SEEDS if file.stem == article).read_text("utf-8")
    body = text.split("---\n", 2)[2]
    return [body[start:end] for start, end in split(body)]


def source(article: str, words: str) -> str:
    """The sentence of a seed article that has these words."""
    (found,) = (sentence for sentence in sentences(article) if words in sentence)
    return found


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        # The same value in another form
        ("It cost 1,200,000 crowns.", "It cost 1.2 million crowns."),
        ("About 6 miles of the road were lost.", "They lost six miles of the road."),
        ("About 6 miles of the road were lost.", "They lost 6.2 miles of the road."),
        ("The bridge was opened in March 2020.", "The bridge was opened on 3 March 2020."),
        ("The firm moved to the US.", "The firm moved to the United States."),
        ("The firm moved to the United States.", "The firm moved to the U.S. in May."),
        ("It has 25 bridges.", "It has twenty-five bridges."),
        ("The town has half a million people.", "The town has 500,000 people."),
        ("He finished third in the race.", "He finished 3rd in the race."),
        ("It is a nineteenth century house.", "It is a 19th-century house."),
        ("The price rose by 5%.", "The price rose by 5 per cent."),
        ("It cost $5 million.", "It cost 5 million dollars."),
        ("It cost five billion pounds.", "It cost £5bn."),
        ("Half of the trees died.", "Of the trees, 50 per cent died."),
        ("The course is 10 km long.", "The course is 10 kilometres, or six miles, long."),
        ("He died in the 1990s.", "He died in 1994."),
        ("The fair was held on 3 May 1990.", "The fair was held between 3 and 5 May 1990."),
        ("They landed on 20 July 1969.", "They left on 16 July 1969. On 20 July they landed."),
        ("It began on 12 March 2020.", "It began on 2020-03-12."),
        ("The war ended in 1918.", "The war of 1914–18 ended slowly."),
        ("1200 people came.", "Some 1,200 people came."),
        ("The child was five years old in the war.", "The child was aged five in the war."),
        ("The ferry crosses 3 km of water.", "The ferry crosses between 3 and 5 km of water."),
        # Names
        (
            "NASA built the rocket.",
            "The National Aeronautics and Space Administration built that rocket.",
        ),
        ("The World Health Organization counted cases.", "The WHO counted the cases."),
        ("Jose Muller's son built it.", "It was built by the son of José Müller."),
        ("Southeast Asia has rain.", "There is rain in South East Asia."),
        ("Mr Okoro scored twice.", "Dela Okoro scored twice."),
        ("The Tarnwick Green Line is new.", "In Tarnwick the Green Line is new."),
        ("The album was broadcast in Italy.", "The album was broadcast in France, Italy and Peru."),
        ("Insulin is a hormone.", "Insulin (from Latin insula) is a hormone."),
        ("Picasso died in 1973.", "He died in 1973 and Franco in 1975. Picasso lived in Paris."),
        # What is denied
        ("They did not open the gate.", "They failed to open the gate."),
        ("They failed to open the gate.", "They did not open the gate."),
        ("It is large and cheap.", "It is not only large but cheap."),
        ("Nobody was killed.", "Nobody was killed."),
        # What points one way
        ("The price fell by a fifth.", "The price dropped by a fifth."),
        ("They sold the house.", "They had to sell the house."),
    ],
)
def test_a_sentence_that_says_the_same_in_other_words_is_verified(claim: str, quote: str) -> None:
    assert check(claim, [quote]).support == "verified"


@pytest.mark.parametrize(
    ("claim", "quote", "named"),
    [
        ("It cost 1.3 million crowns.", "It cost 1.2 million crowns.", "1.3 million"),
        ("About 9 miles of it were lost.", "About six miles of it were lost.", "9"),
        ("It was opened in April 2020.", "It was opened on 3 March 2020.", "April 2020"),
        ("It was opened on 3 March 2020.", "It was opened in March 2020.", "3 March 2020"),
        ("The course is 10 miles long.", "The course is 10 km, or six miles, long.", "10 km"),
        ("The course is 10 miles long.", "Ten runners ran a course of six km.", "Ten"),
        ("It cost 5 million euros.", "It cost $5 million.", "5 million $"),
        ("He died in 1994.", "He died in the 1990s.", "1994"),
        ("It is a 20th century house.", "It is a 19th-century house.", "20"),
        ("He came fourth in the race.", "He came 3rd in the race.", "fourth"),
        ("Two thirds of the trees died.", "Three quarters of the trees died.", "Two thirds"),
        ("The song is 4:51 long.", "The song is 4:52 long.", "4:51"),
        ("They fled to Peru.", "They fled to Chile.", "Peru"),
        ("Hale wrote the song.", "Brooks wrote the song.", "Hale"),
        ("Callum Thorne took it.", "Callum Reyes passed, Marcus Thorne took it.", "Callum Thorne"),
    ],
)
def test_a_fact_that_the_source_does_not_state_is_named(claim: str, quote: str, named: str) -> None:
    verdict = check(claim, [quote])
    assert verdict.support == "unsupported"
    assert named in verdict.reason.english


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Ashby Forge beat Stonemere Rovers.", "Stonemere Rovers beat Ashby Forge."),
        ("The song is 17 seconds long.", "The song is 4:51 long. After 17 seconds a drum begins."),
        (
            "Oslo has 700,000 people and Bergen 290,000.",
            "Oslo has 290,000 people and Bergen 700,000.",
        ),
        ("The bridge was closed in 1931.", "It opened in 1931. The bridge was closed in 1956."),
        ("It was founded in 1,500.", "It was founded in 1874. Each of the 1,500 workers left."),
        ("It carries 1996 cars a day.", "It carries 31,000 cars a day. It was mended in 1996."),
        (
            "The commander was Michael Collins.",
            "Armstrong was the commander. Michael Collins flew.",
        ),
        ("The film was shot in Rome.", "The film was shot in Oslo. Rome is where it is set."),
        ("Latin is a hormone.", "Insulin (from Latin insula, an island) is a hormone."),
        ("He won the second race.", "He won the first race and fell in the second."),
        ("Peru lies to the north of it.", "Chile lies to the north of it and Peru to the south."),
    ],
)
def test_a_fact_that_the_source_states_of_something_else_is_caught(claim: str, quote: str) -> None:
    verdict = check(claim, [quote])
    assert verdict.support == "unsupported"
    assert "the source says" in verdict.reason.english


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("The gate did not close.", "The gate closed."),
        ("The gate closed.", "The gate did not close."),
        ("The gate didn't close.", "The gate closed."),
        ("Somebody was killed.", "Nobody was killed."),
        ("The ferry can carry horses.", "The ferry cannot carry horses."),
        ("They opened the gate.", "They failed to open the gate."),
        ("They never opened the gate.", "They opened the gate."),
        ("The tower is not unknown.", "The tower is unknown."),
        ("It was built with a permit.", "It was built without a permit."),
        # What points the other way
        ("The price rose last year.", "The price fell last year."),
        ("The number of puffins has increased.", "The number of puffins has dropped."),
        ("It opened before the war.", "It opened after the war."),
        ("It has more than 500 members.", "It has fewer than 500 members."),
        ("It lies to the east of the city.", "It lies to the west of the city."),
        ("They won the cup final.", "They lost the cup final."),
        ("It is the oldest bridge.", "It is the newest bridge."),
        ("He bought the house.", "He sold the house."),
    ],
)
def test_what_the_source_denies_or_says_the_other_way_round_is_caught(
    claim: str, quote: str
) -> None:
    assert check(claim, [quote]).support == "unsupported"


def test_a_title_may_name_what_the_quote_speaks_of_but_carries_nothing() -> None:
    quote = "The bridge was opened on 6 June and is 412 metres long."
    title = "Kestrel Bridge\n6 June 1998"
    assert check("The Kestrel Bridge is 412 metres long.", [quote]).support == "unsupported"
    assert check("The Kestrel Bridge is 412 metres long.", [quote], title).support == "verified"
    assert check("It was opened on 6 June 1998.", [quote], title).support == "verified"
    assert check("The Kestrel Bridge is green.", [quote], title).support != "verified"
    assert check("Kestrel Bridge.", ["It rained."], title).support == "unsupported"


def test_without_a_quote_nothing_is_carried() -> None:
    assert check("It was.", []) == Verdict("unsupported", Reason("uncited"), 0)


def test_a_sentence_of_other_words_is_unsupported_and_of_half_of_them_partial() -> None:
    quote = "The boat carries people, cattle and mail."
    assert check("The boat carries cattle.", [quote]).support == "verified"
    assert check("The boat carries horses.", [quote]).support == "partial"
    assert check("The boat carries horses, goats and timber.", [quote]).support == "partial"
    assert check("A bakery burned down near the lane.", [quote]).support == "unsupported"


def test_quotes_count_together() -> None:
    claim = "The boat carries 240 people, and the crossing takes nine minutes."
    first, second = "The boat carries 240 people.", "The crossing takes nine minutes."
    assert check(claim, [first]).support == "unsupported"
    assert check(claim, [first, second]).support == "verified"


@pytest.mark.parametrize("article", [file.stem for file in SEEDS])
def test_every_sentence_of_an_article_is_verified_against_itself(article: str) -> None:
    for sentence in sentences(article):
        assert check(sentence, [sentence]) == Verdict("verified", Reason(), 1.0)


@pytest.mark.parametrize("article", [file.stem for file in SEEDS])
def test_every_sentence_is_verified_among_its_neighbours(article: str) -> None:
    all_ = sentences(article)
    for i, sentence in enumerate(all_):
        around = " ".join(all_[max(0, i - 2) : i + 3])
        assert check(sentence, [around]).support == "verified", sentence


# What a small model writes, right and wrong: article, words of the quoted sentence, sentence.
RIGHT = [
    ("tarnwick-tram-announcement", "first time in 68", "The Green Line opens on 16 March 2024."),
    (
        "tarnwick-tram-announcement",
        "first time in 68",
        "Trams will run for the first time in 68 years.",
    ),
    ("tarnwick-tram-announcement", "8.6 kilometres", "The line is 8.6 km long."),
    ("tarnwick-tram-announcement", "eleven stops", "The line will have 11 stops."),
    ("tarnwick-tram-announcement", "142 million", "The project will cost £142 million in total."),
    ("tarnwick-tram-announcement", "Two thirds", "The national government pays two thirds of it."),
    ("tarnwick-tram-announcement", "two pounds forty", "A single ticket costs £2.40."),
    ("tarnwick-tram-announcement", "Children under", "Children under 11 travel for free."),
    ("tarnwick-tram-delay", "was to have opened", "The Green Line will start on 7 September 2024."),
    ("tarnwick-tram-delay", "37 welds", "Inspectors found cracks in 37 welds during trial runs."),
    ("tarnwick-tram-delay", "29 votes", "The motion was defeated by 29 votes to 17."),
    (
        "tarnwick-tram-delay",
        "157 million",
        "The project is now expected to cost 157 million pounds.",
    ),
    ("kestrel-bridge-anniversary", "6 June 1998", "The Kestrel Bridge opened on 6 June 1998."),
    ("kestrel-bridge-anniversary", "412 metres", "The bridge is 412 metres long."),
    ("kestrel-bridge-anniversary", "designed by", "Ines Halloran designed it."),
    ("kestrel-bridge-anniversary", "No worker died", "No workers died on the site."),
    ("apollo-11-landing", "Buzz Aldrin", "The commander was Neil Armstrong."),
    ("apollo-11-landing", "Buzz Aldrin", "Michael Collins flew the command module."),
    ("apollo-11-landing", "21.5", "They collected about 21.5 kg of rock and soil."),
    ("harbour-flood-courier", "Nobody was killed", "No one was killed."),
    ("harbour-flood-courier", "3.4 metres", "The water reached 3.4 metres above the normal level."),
    (
        "marathon-history",
        "385 yards",
        "The course was 42.195 kilometres, or 26 miles and 385 yards.",
    ),
    ("marathon-history", "Joan Benoit", "Joan Benoit won the first women's title in 1984."),
    ("picasso-guernica", "1992", "In 1992 it was moved to the Reina Sofía."),
    ("how-vaccines-work", "smallpox eradicated", "Smallpox was declared eradicated in 1980."),
    (
        "skerra-puffin-survey",
        "dropped by",
        "The number of puffins on Skerra has dropped by a fifth.",
    ),
    ("stonemere-rovers-cup", "on penalties", "They beat Ashby Forge 4-2 on penalties."),
    ("central-banks-and-inflation", "11.1", "Inflation in Britain reached 11.1% in October 2022."),
    ("deep-sea-vents", "In 2000", "The Lost City was found in 2000 in the middle of the Atlantic."),
    ("why-we-sleep", "90 minutes", "A sleep cycle lasts about 90 minutes."),
]
WRONG = [
    ("tarnwick-tram-announcement", "first time in 68", "The Green Line opens on 16 May 2024."),
    ("tarnwick-tram-announcement", "first time in 68", "Trams last ran in Tarnwick 86 years ago."),
    ("tarnwick-tram-announcement", "8.6 kilometres", "The line is 8.6 miles long."),
    ("tarnwick-tram-announcement", "eleven stops", "The line will have 12 stops."),
    ("tarnwick-tram-announcement", "142 million", "The project will cost £142 billion in total."),
    ("tarnwick-tram-announcement", "Two thirds", "The national government pays a third of it."),
    ("tarnwick-tram-announcement", "two pounds forty", "A single ticket costs £2.60."),
    ("tarnwick-tram-announcement", "Children under", "Children under 11 do not travel for free."),
    ("tarnwick-tram-delay", "was to have opened", "The Green Line will start on 16 March 2024."),
    ("tarnwick-tram-delay", "37 welds", "Inspectors found no cracks in 37 welds."),
    ("tarnwick-tram-delay", "29 votes", "The motion was defeated by 17 votes to 29."),
    ("kestrel-bridge-anniversary", "6 June 1998", "The Kestrel Bridge opened on 9 June 1998."),
    ("kestrel-bridge-anniversary", "designed by", "Rufus Delane designed it."),
    ("kestrel-bridge-anniversary", "No worker died", "A worker died on the site."),
    ("apollo-11-landing", "Buzz Aldrin", "The commander was Michael Collins."),
    ("apollo-11-landing", "Buzz Aldrin", "Neil Armstrong flew the command module."),
    ("apollo-11-landing", "21.5", "They collected about 21.5 tonnes of rock and soil."),
    ("harbour-flood-courier", "Nobody was killed", "Fourteen people were killed."),
    ("marathon-history", "385 yards", "The course was 42.195 miles long."),
    ("marathon-history", "Joan Benoit", "Joan Benoit won the first men's title in 1984."),
    ("picasso-guernica", "1992", "In 1992 it was moved to the Prado."),
    ("how-vaccines-work", "smallpox eradicated", "Measles was declared eradicated in 1980."),
    ("skerra-puffin-survey", "dropped by", "The number of puffins on Skerra has risen by a fifth."),
    ("stonemere-rovers-cup", "on penalties", "They lost to Ashby Forge 4-2 on penalties."),
    ("central-banks-and-inflation", "11.1", "Inflation in Britain reached 11.1% in June 2022."),
    ("deep-sea-vents", "In 2000", "The Lost City was found in 2000 in the middle of the Pacific."),
    ("why-we-sleep", "90 minutes", "A sleep cycle lasts about 60 minutes."),
]


def verdict(article: str, words: str, claim: str) -> Verdict:
    file = next(file for file in SEEDS if file.stem == article)
    (title,) = re.findall(r'^title: "(.*)"$', file.read_text("utf-8"), re.MULTILINE)
    return check(claim, [source(article, words)], title)


@pytest.mark.parametrize(("article", "words", "claim"), RIGHT)
def test_a_short_answer_from_its_sentence_passes(article: str, words: str, claim: str) -> None:
    assert verdict(article, words, claim).support != "unsupported"


@pytest.mark.parametrize(("article", "words", "claim"), WRONG)
def test_a_short_answer_that_is_wrong_does_not(article: str, words: str, claim: str) -> None:
    assert verdict(article, words, claim).support == "unsupported"


@settings(deadline=None)  # the first call loads what tells a language
@given(st.text(), st.lists(st.text(), max_size=3), st.text())
def test_any_texts_get_a_verdict(claim: str, quotes: list[str], context: str) -> None:
    found = check(claim, quotes, context)
    assert found.support in {"verified", "partial", "unchecked", "unsupported"}
    assert 0 <= found.cover <= 1


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("这座桥于1931年开通，全长五公里。", "这座桥于1931年开通，全长五公里。"),
        ("Мост был открыт в 1931 году.", "Мост был открыт в 1931 году, летом."),
        ("De brug werd in 1931 geopend.", "De brug werd in het jaar 1931 geopend."),
        ("A ponte foi inaugurada em 1931.", "A ponte foi inaugurada em 1931, no verão."),
    ],
)
def test_in_a_language_that_is_not_read_nothing_is_verified(claim: str, quote: str) -> None:
    assert check(claim, [quote]).support == "unchecked"


@pytest.mark.parametrize(
    "piece",
    [
        "1 ",
        "not ",
        "Oslo and ",
        "Oslo is up. ",
        "(",
        "May 3 and ",
        "twenty-",
        "rise fall ",
        "ﷺ",
        "a",
    ],
)
def test_no_text_is_slow_however_long(piece: str) -> None:
    long = piece * (100_000 // len(piece))
    ordinary = "The 3 boats of Oslo did not rise in May 1990."
    began = time.process_time()
    for claim, quote in (
        (long, ordinary), (long, long + "x"), (long[:1_999], long), (ordinary, long),
    ):  # fmt: skip
        check(claim, [quote], long)
    assert time.process_time() - began < 10


def test_a_subject_of_one_word_that_the_source_does_not_know_is_foreign() -> None:
    source = ["Billy Flynn currently portrays the role, making his first appearance in 2014."]
    wrong = check("Paris currently portrays the role, making his first appearance in 2014.", source)
    assert (wrong.support, wrong.reason) == ("unsupported", Reason("absent", ("Paris",)))
    assert check("Holders of the role in 2014: Billy Flynn.", source).support != "unsupported"
    kenya = ["Kenya is active in several sports, among them cricket and football."]
    assert check("Kenyans are active in cricket and football.", kenya).support == "verified"
