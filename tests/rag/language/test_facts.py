from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.language.facts import analyse
from rag.language.forms import stem
from rag.language.tokenizing import Kind, Value


def values(text: str, kind: Kind) -> list[Value]:
    """The facts of one kind in a text, as their values."""
    return [fact.value for fact in analyse(text).facts if fact.kind == kind]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("It cost 1,200,000 crowns.", 1_200_000),
        ("It cost 1.2 million crowns.", 1_200_000),
        ("It cost 1\u202f200\u202f000 crowns.", 1_200_000),
        ("It cost half a million crowns.", 500_000),
        ("There were half a dozen.", 6),
        ("There were twenty-five.", 25),
        ("There were a hundred and four.", 104),
        ("There were three thousand two hundred.", 3_200),
        ("It lies two and a half kilometres down.", 2.5),
        ("It took one and a half million years.", 1_500_000),
        ("It sold a million copies.", 1_000_000),
        ("It cost £5bn.", 5_000_000_000),
        ("It cost $1.2m.", 1_200_000),
        ("It lasted one hour.", 1),
        ("It lasted half an hour.", 0.5),
        ("A ticket is two pounds forty.", 2.4),
        ("Half of them left.", 50),
        ("The song is 4:51 long.", "4:51"),
    ],
)
def test_a_number_has_one_value_however_it_is_written(text: str, value: Value) -> None:
    assert values(text, "number") == [value]


@pytest.mark.parametrize(
    "text", ["One of them left.", "No one came.", "The one at the door is new."]
)
def test_a_pronoun_counts_nothing(text: str) -> None:
    assert values(text, "number") == []


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("5 per cent", "%"),
        ("5%", "%"),
        ("5 percent", "%"),
        ("$5 million", "$"),
        ("5 million dollars", "$"),
        ("£2.40", "£"),
        ("two pounds forty", "£"),
        ("10 km", "km"),
        ("ten kilometres", "km"),
        ("10 miles", "mile"),
        ("11,000 people", ""),
        ("two thirds of them", "%"),
    ],
)
def test_a_number_has_the_unit_that_it_is_of(text: str, unit: str) -> None:
    (fact,) = analyse(text).facts
    assert fact.unit == unit


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("It came third.", 3),
        ("It came 3rd.", 3),
        ("the nineteenth century", 19),
        ("the 19th century", 19),
        ("the twenty-fifth birthday", 25),
        ("the 63rd minute", 63),
        ("the ninetieth minute", 90),
    ],
)
def test_an_ordinal_has_one_value_in_words_and_in_digits(text: str, value: Value) -> None:
    assert values(text, "ordinal") == [value]
    assert values(text, "number") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("on 12 March 2020", [(2020, 3, 12)]),
        ("on 12th March 2020", [(2020, 3, 12)]),
        ("on the 12th of March 2020", [(2020, 3, 12)]),
        ("on March 12, 2020", [(2020, 3, 12)]),
        ("on March 12th, 2020", [(2020, 3, 12)]),
        ("on 2020-03-12", [(2020, 3, 12)]),
        ("on Mar 12, 2020", [(2020, 3, 12)]),
        ("in March 2020", [(2020, 3, None)]),
        ("on 12 March", [(None, 3, 12)]),
        ("on the eighth of January", [(None, 1, 8)]),
        ("in May", [(None, 5, None)]),
        ("It may rain.", []),
        ("Theresa May resigned.", []),
        ("in 2020", [(2020, None, None)]),
        ("in the 1990s", [("1990s", None, None)]),
        ("in the 1990's", [("1990s", None, None)]),
        ("between 3 and 5 May 1990", [(1990, 5, 3), (1990, 5, 5)]),
        ("on May 3–5, 1990", [(1990, 5, 3), (1990, 5, 5)]),
        ("from January to March 2020", [(2020, 1, None), (2020, 3, None)]),
        ("the war of 1914–18", [(1914, None, None), (1918, None, None)]),
        ("the war of 1914-1918", [(1914, None, None), (1918, None, None)]),
        ("about 1500 metres", []),
    ],
)
def test_a_date_is_year_month_and_day_as_far_as_they_are_told(
    text: str, found: list[Value]
) -> None:
    assert values(text, "date") == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("They live in the U.S. and in Peru.", [("united", "states"), ("peru",)]),
        ("They live in the US.", [("united", "states")]),
        ("They live in the United States.", [("united", "states")]),
        ("It tells us nothing.", []),
        ("We met Zoë Müller's son.", [("zoe", "muller")]),
        ("We met General Robert E. Lee there.", [("general", "robert", "e", "lee")]),
        ("We met Dr. Okoro.", [("okoro",)]),
        ("We saw the Museum of Modern Art.", [("museum", "modern", "art")]),
        ("We crossed France, Italy and Spain.", [("france",), ("italy",), ("spain",)]),
        ("Newton was born.", [("newton",)]),
        ("Halloran studied mud.", [("halloran",)]),
        ("Several ships sank.", []),
        ("Although Newton was born, we slept.", [("newton",)]),
        ("Puffins bite. We like Puffins.", [("puffins",), ("puffins",)]),
    ],
)
def test_a_name_is_its_plain_words_and_a_capital_alone_makes_none(
    text: str, found: list[Value]
) -> None:
    assert values(text, "name") == found


def test_a_word_that_is_known_as_a_name_is_one_where_it_begins_a_sentence() -> None:
    assert values("Puffins bite.", "name") == []
    assert analyse("Puffins bite.", frozenset({"puffins"})).facts[0].kind == "name"


def test_forms_of_one_word_have_one_stem() -> None:
    assert stem("sold") == stem("sells") == stem("sell")
    assert {token.stem for token in analyse("mile miles").tokens} == {"mile"}


def test_what_stands_in_parentheses_is_marked() -> None:
    assert [t.depth for t in analyse("Insulin (from Latin) is (so").tokens] == [0, 1, 1, 0, 1]
    assert analyse("It is (so\nWe go").tokens[-1].depth == 0


@given(st.text())
def test_any_text_is_read_and_its_facts_lie_in_order_without_overlap(text: str) -> None:
    reading = analyse(text)
    ends = [0]
    for fact in reading.facts:
        assert ends[-1] <= fact.first < fact.last <= len(reading.tokens)
        ends.append(fact.last)


@pytest.mark.parametrize("digits", ["٣", "፩", "²", "①", "9" * 5_000, "1" + ",000" * 200])
def test_digits_of_every_kind_are_read_without_error(digits: str) -> None:
    reading = analyse(f"On {digits} March there were {digits}th and {digits} million.")
    words = [token.text for token in reading.tokens]
    assert words[:1] + words[-1:] == ["On", "million"]


def test_reading_loads_nothing_but_the_standard_library_until_it_is_asked_for() -> None:
    code = "import sys, rag.language.facts; print(*{m.partition('.')[0] for m in sys.modules})"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    foreign = set(loaded) - sys.stdlib_module_names - {"rag", "__main__"}
    assert not {"snowballstemmer", "numpy", "torch", "langchain_core"} & foreign


def test_words_are_stemmed_alike_however_many_ask_at_once() -> None:
    words = ["organisations", "running", "makers", "seeing", "nationally", "happily"] * 200
    alone = [stem(word) for word in words]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(4) as pool:
            rounds = list(pool.map(lambda _: [stem(word) for word in words], range(8)))
    finally:
        sys.setswitchinterval(interval)
    assert all(found == alone for found in rounds)
