"""Each kind of falsehood that was once called verified, and the true sentence beside it."""

from __future__ import annotations

import pytest

from rag.verify.claims import check

TRAM = (
    "Beatrix Omari, the director of the project, apologised to the city. “I would much sooner "
    "explain a late tram than an unsafe one,” she told a meeting of the council."
)


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        # Roles that nobody has, or another has
        ("The mayor said she would much sooner explain a late tram than an unsafe one.", TRAM),
        (
            "The shepherd Tomas Vey doubts it.",
            "A shepherd said so; the ranger Tomas Vey doubts it.",
        ),
        ("Die Ministerin Grete Holm sagte das.", "Das sagte die Bürgermeisterin Grete Holm."),
        ("La maire, Hilda Marche, a démissionné.", "La directrice, Hilda Marche, a démissionné."),
        # What is feared, denied, claimed, planned or only possible
        ("The road will flood.", "The council denied that the road would flood."),
        ("The wall broke.", "They had feared that the wall would break."),
        ("The dam overflowed.", "If it rains on, the dam might overflow."),
        ("The army moved 300 families.", "The army plans to move 300 families."),
        ("Der See wird verschmutzt.", "Ein Verein befürchtet, dass der See verschmutzt wird."),
        ("Le musée a vendu deux tableaux.", "Le musée dément avoir vendu deux tableaux."),
        ("El puente abrió en mayo.", "El puente podría abrir en mayo."),
        ("Il lago è inquinato.", "Un'associazione teme che il lago sia inquinato."),
        # What is still to come
        ("The hall opened in 2026.", "The hall is to open in 2026."),
        ("La piscine a fermé en janvier.", "La piscine fermera en janvier."),
        # What is denied
        ("Die Brücke stürzte ein.", "Die Brücke stürzte nicht ein."),
        ("Le pont a été endommagé.", "Le pont n'a pas été endommagé."),
        ("Un puente sufrió daños.", "Ningún puente sufrió daños."),
        ("I due orsi sono stati liberati.", "I due orsi non sono stati liberati."),
        # Parts and wholes, bounds, only
        ("All of the rooms were closed.", "Some of the rooms were closed."),
        ("All of the passengers were saved.", "Almost all of the passengers were saved."),
        ("The trees will be felled.", "Half of the trees will be felled."),
        ("It is the only house of the street.", "It is a house of the street."),
        ("At most 14 people died.", "At least 14 people died."),
        ("Alle Häuser wurden abgerissen.", "Einige Häuser wurden abgerissen."),
        ("They may close nine schools.", "They may close three of the nine schools."),
        # Who and whom, more and less
        ("Hask bought the firm Calder.", "The firm Calder bought its rival Hask."),
        ("Rovers were beaten by Forge.", "Rovers beat Forge."),
        ("Le Kehr a battu le Forge.", "Le Forge a battu le Kehr."),
        ("Oslo is larger than Bergen.", "Bergen is larger than Oslo."),
        ("They voted by 19 to 23.", "They voted by 23 to 19."),
        ("Die Preise sanken um acht Prozent.", "Die Preise stiegen um acht Prozent."),
        # Numbers, units, money
        ("It costs 5 million euros.", "It costs 3,5 million euros."),
        ("Der Bau dauert zwei Monate.", "Der Bau dauert zwei Jahre."),
        ("Las obras costarán 5 millones de euros.", "Las obras costarán 3,5 millones de euros."),
    ],
)
def test_a_falsehood_of_a_known_kind_is_not_verified(claim: str, quote: str) -> None:
    assert check(claim, [quote]).support != "verified"


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("It has 1.200 seats.", "It has 1,200 seats."),
        ("It has 1 200 seats.", "It has 1,200 seats."),
        ("Hask cost £64m.", "Hask cost 64 million pounds."),
        ("It opened on 03/11/2023.", "It opened on 3 November 2023."),
        ("It opened on 3.11.2023.", "It opened on 3 November 2023."),
        ("Hilda Marsh is the CEO.", "Hilda Marsh is the C.E.O. of the trust."),
        ("About 50 % of the trees died.", "About half of the trees died."),
        ("Up to a dozen boats tied up.", "Up to twelve boats tied up."),
        ("The pool will shut in January.", "The pool will close in January."),
        ("Die Bahn kostet 3.500.000 Euro.", "Die Bahn kostet 3,5 Millionen Euro."),
        ("Es fährt seit dem 12.05.1931.", "Es fährt seit dem 12. Mai 1931."),
        ("Une douzaine de bateaux sont arrivés.", "Douze bateaux sont arrivés."),
        ("El precio subió un 8 %.", "El precio subió un ocho por ciento."),
        ("Il 25 % dei posti è libero.", "Un quarto dei posti è libero."),
        ("Rovers Kehr wurde von Forge Asby geschlagen.", "Forge Asby schlug Rovers Kehr."),
        ("Linwood City beat the Harrow Reds.", "The Harrow Reds were beaten by Linwood City."),
        ("The dam might overflow.", "If it rains on, the dam might overflow."),
    ],
)
def test_a_truth_in_another_form_is_verified(claim: str, quote: str) -> None:
    assert check(claim, [quote]).support == "verified"


def test_the_day_of_an_article_is_the_day_of_nothing_that_it_tells() -> None:
    quote, context = "The bridge was built by hand.", "The bridge\n03 November 2023"
    assert check("The bridge was built on 3 November 2023.", [quote], context).support != "verified"


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("The vote was on 2 November 2023.", "The vote was on Thursday."),
        ("The vote was on 2 November 2023.", "The vote was yesterday."),
        ("The vote was in June 2023.", "The vote was in June."),
        ("The vote was in 2022.", "The vote was last year."),
    ],
)
def test_a_day_that_the_articles_day_tells_is_known(claim: str, quote: str) -> None:
    assert check(claim, [quote], "The vote\n03 November 2023").support == "verified"


@pytest.mark.parametrize(
    ("claim", "is_true"),
    [
        ("The mayor is Adela Finch.", True),
        ("Adela Finch is the mayor.", True),
        ("The director is Jon Berg.", True),
        ("An inquiry was held.", False),
    ],
)
def test_what_a_name_between_commas_is_called_is_said_outright(claim: str, is_true: bool) -> None:
    quote = "The mayor, Adela Finch, and the director, Jon Berg, promised an inquiry."
    assert (check(claim, [quote]).support == "verified") is is_true


FERRY = "The Corin, laid up since a fire in her engine room in October, sailed on Monday."
PRIZE = (
    "Ada Lind left school. Last year she was given a prize by the town, where her son Piet lives."
)


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        # The time of another verb
        ("The Corin sailed in October.", FERRY),
        ("The hall burned on Monday.", "The hall, which burned in May, reopened on Monday."),
        # Another noun between the same words
        ("The price of labour has risen by 9 %.", "The price of energy has risen by 9 %."),
        # A part of which, and what was only tried
        ("The county paid £8 million.", "It cost £8 million, a third of which the county paid."),
        ("The crews saved the hall.", "The crews fought for nine hours to save the hall."),
        # Of two sides of one doing, the wrong one
        ("Forge lost to Rovers.", "Forge beat Rovers."),
        ("Ada Lind gave the town a prize.", PRIZE),
        # Who is told of later is not "she", nor the subject of what came before
        ("Piet was given a prize by the town.", PRIZE),
        ("The otter was recorded by Ada Lind.", "Ada Lind said that a trap recorded an otter."),
        (
            "Jon Berg, the port's director, resigned.",
            "Jon Berg resigned; the director, Ek, won.",
        ),
        (
            "Ek denied that the old crews were right.",
            "Without doubt Ek conceded that the old crews were right.",
        ),
    ],
)
def test_a_near_copy_that_says_something_else_is_not_verified(claim: str, quote: str) -> None:
    assert check(claim, [quote]).support != "verified"


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("The Corin was laid up in October.", FERRY),
        ("The Corin sailed on Monday.", FERRY),
        # A day is nobody's rival
        ("Olga Prynne is the minister.", "It was opened on Tuesday by the minister, Olga Prynne."),
        # Fractions told indirectly
        ("Half of the engines were replaced.", "Two of the four engines were replaced."),
        ("Two engines were replaced.", "Two of the four engines were replaced."),
        ("Ten of the 20 patients will be women.", "20 patients, half of them women, will come."),
        ("Three out of four houses lost power.", "Three quarters of the houses lost power."),
        # Synonyms, nominalisations, ages
        ("The closure of the mill in Lund ends 9 jobs.", "They close the mill in Lund, which ends "
         "9 jobs."),
        ("A 34-year-old man was arrested.", "Police arrested a man of 34."),
        ("Nobody was injured.", "No one was hurt."),
        # From the other side, and with who says it after it
        ("Rovers lost to Forge.", "Forge beat Rovers."),
        ("The road will be rebuilt, promised Lea Sommer.", "Lea Sommer promised that the road "
         "would be rebuilt."),
        ("The governor is Lea Sommer.", "We will rebuild it, the governor, Lea Sommer, promised."),
        # What is denied of one verb is not denied of the next
        ("The members would strike.", "The members had been told nothing and would strike."),
        ("A trap below Aske weir recorded an otter.", "Rangers said that a trap recorded an otter "
         "below Aske weir."),
    ],
)  # fmt: skip
def test_what_is_told_again_in_other_words_is_verified(claim: str, quote: str) -> None:
    assert check(claim, [quote]).support == "verified"
