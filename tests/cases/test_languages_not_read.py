"""Cases 05 and 11, and their like: what no model here reads goes by its words, and says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from doubles import WordReader, WordScorer, weighing
from tiny import TinyEmbedder, make_article

from rag.assistant import Assistant
from rag.index.library import opened
from rag.loaders import read
from rag.schema import Answer
from rag.settings import load

FOLDER = Path(__file__).parent
# By language: an article, a question, what its answer quotes, and a question on something else.
OTHERS = {
    "fr": (
        "Le nouveau pont de Valmont a été inauguré le 3 mai 2021. Il a coûté 2,4 Mds. d'euros. "
        "Mme. Claire Petit l'a dessiné. Les cyclistes n'ont pas le droit de l'emprunter.",
        "Combien le pont de Valmont a-t-il coûté ?",
        "Il a coûté 2,4 Mds. d'euros.",
        "Quelle est la capitale de l'Australie ?",
    ),
    "es": (
        "El nuevo puente de Valmora se inauguró el 3 de mayo de 2021. Lo diseñó la Dra. Gómez. "
        "La obra costó 3,5 millones de euros.",
        "¿Quién diseñó el puente de Valmora?",
        "Lo diseñó la Dra. Gómez.",
        "¿Cuántos habitantes tiene Australia?",
    ),
    "it": (
        "Il nuovo ponte di Valmora è stato inaugurato il 3 maggio 2021. Lo ha progettato l'ing. "
        "Neri. Il museo è chiuso.",
        "Quando è stato inaugurato il ponte di Valmora?",
        "Il nuovo ponte di Valmora è stato inaugurato il 3 maggio 2021.",
        "Chi ha dipinto la Gioconda?",
    ),
    "zh": (
        "新桥于2021年5月3日开通。它长1234.5米，耗资4850万元。王建国设计了新桥。",
        "谁设计了新桥？",
        "王建国设计了新桥。",
        "法国的首都是哪里？",
    ),
    "ja": (
        "新しい橋は2021年5月3日に開通した。橋の長さは1234メートルだ。田中氏が設計した。",
        "橋の長さはどのくらいですか？",
        "橋の長さは1234メートルだ。",
        "フランスの首都はどこですか？",
    ),
    "ar": (
        "افتتح الجسر الجديد في 3 مايو 2021. يبلغ طول الجسر 1234 متراً. صممه المهندس أحمد.",
        "متى افتتح الجسر الجديد؟",
        "افتتح الجسر الجديد في 3 مايو 2021.",
        "ما هي عاصمة فرنسا؟",
    ),
    "hi": (
        "नया पुल 3 मई 2021 को खोला गया। डॉ. शर्मा ने पुल का डिज़ाइन बनाया। यात्रा दस मिनट की है।",
        "नया पुल कब खोला गया?",
        "नया पुल 3 मई 2021 को खोला गया।",
        "फ्रांस की राजधानी क्या है?",
    ),
}
TITLES = {
    "fr": "Un nouveau pont à Valmont",
    "es": "Un nuevo puente en Valmora",
    "it": "Un nuovo ponte a Valmora",
    "zh": "新桥开通",
    "ja": "新しい橋",
    "ar": "الجسر الجديد",
    "hi": "नया पुल",
}


class Dazzled(WordScorer):
    """A cross-encoder that finds any two texts alike, as an English one does in other scripts."""

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        return [3.0 for _ in texts]


@pytest.fixture(scope="module")
def quoting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    settings = load(library=tmp_path_factory.mktemp("languages"), answers="quotes")
    with opened(settings, TinyEmbedder()) as library:
        library.add(read(FOLDER / "05-russian-off-topic"))
        library.add(read(FOLDER / "11-german-ordinal-dates"))
        for language, (text, *_) in OTHERS.items():
            library.add([make_article(text, language, title=TITLES[language])])
        yield Assistant(library, Dazzled(), WordReader(), None, weights=weighing())


def assert_hedged(answer: Answer, language: str, quotation: str) -> None:
    assert answer.status == "hedged"
    assert answer.unread == language
    assert " ".join(answer.sentences[0].text.split()) == quotation


@pytest.mark.parametrize(
    ("question", "quotation"),
    [
        (
            "Кто начальник дороги?",
            "По словам начальника дороги Игоря Селезнёва, отремонтировано 14 вагонов.",
        ),
        (
            "Сколько стоит билет в купе?",
            "Билет в купе будет стоить 2 750 руб., в плацкарте — 1 480 руб.",
        ),
    ],
)
def test_a_russian_question_gets_the_sentence_with_its_words(
    quoting: Assistant, question: str, quotation: str
) -> None:
    assert_hedged(quoting.ask(question), "ru", quotation)


@pytest.mark.parametrize(
    ("question", "quotation"),
    [
        (
            "Wann wurde die Fußgängerbrücke in Kaltenfurt eröffnet?",
            "Am 3. Mai 2021 wurde in Kaltenfurt die neue Fußgängerbrücke über die Lohm eröffnet.",
        ),
        (
            "Wann wurde die alte Holzbrücke abgerissen?",
            "Die alte Holzbrücke von 1887 war im 2. Halbjahr 2016 nach einem Brand abgerissen "
            "worden.",
        ),
        (
            "Wie viel hat die Brücke gekostet?",
            "Die Brücke ist 1.234,5 Meter lang und hat rund 48,5 Mio. Euro gekostet.",
        ),
    ],
)
def test_a_german_question_gets_its_sentence_whole(
    quoting: Assistant, question: str, quotation: str
) -> None:
    assert_hedged(quoting.ask(question), "de", quotation)


@pytest.mark.parametrize("language", OTHERS)
def test_a_question_in_another_language_gets_its_sentence_whole(
    quoting: Assistant, language: str
) -> None:
    _, question, quotation, _ = OTHERS[language]
    assert_hedged(quoting.ask(question), language, quotation)


@pytest.mark.parametrize(
    "question",
    [
        "Какая столица Франции?",
        "Wie hoch ist der Eiffelturm?",
        *(off_topic for *_, off_topic in OTHERS.values()),
    ],
)
def test_a_question_on_something_else_is_refused_in_any_language(
    quoting: Assistant, question: str
) -> None:
    answer = quoting.ask(question)
    assert answer.status == "refused"
    assert answer.unread


def test_models_that_read_a_language_are_believed_there(tmp_path: Path) -> None:
    settings = load(library=tmp_path, answers="quotes", languages="en, ru")
    with opened(settings, TinyEmbedder()) as library:
        library.add(read(FOLDER / "05-russian-off-topic"))
        reading = Assistant(library, WordScorer(), WordReader(), None, weights=weighing())
        answer = reading.ask("Кто начальник дороги?")
    assert answer.unread == ""
    assert answer.passages[0].probability is not None
