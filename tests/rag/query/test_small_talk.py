"""Small talk with a tail is told from questions by the embedder that comes with Ibid."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny import TinyEmbedder

from rag.models.embedder import embedder
from rag.protocols import Embedder
from rag.query.small_talk import small_talk, without_small_talk
from rag.schema import Turn
from rag.settings import load

ROOT = Path(__file__).parents[3]
SETS = sorted((ROOT / "eval/sets").glob("*.jsonl"))
# None of these is among the examples. The bounds were set with a look at them.
TALK = {
    "greeting": ["hello, happy to try this", "guten Abend, schön hier zu sein"],
    "thanks": [
        "great, thanks a lot for this", "thanks, that is very kind", "thx, this helps me",
        "Brilliant, you saved my afternoon!", "excellent work, truly", "super gemacht, Ibid",
        "thanks, exactly what I needed to hear", "danke, das hat mir weitergeholfen",
        "danke, sehr hilfreich für mich", "cheers, that answers it",
    ],
    "goodbye": [
        "ok bye then", "goodbye and see you soon", "I must be off now", "bis dann, schönen Tag dir",
        "thanks, that is all for now", "right, I am leaving now",
    ],
    "acknowledgement": ["oh, I had no idea", "ah, now I get it", "das ist wirklich interessant"],
}  # fmt: skip
# How well an answer is put. The examples were chosen with a look at all but the last fourteen.
PRAISE = [
    "you have explained this beautifully",
    "beautifully explained, many thanks",
    "you put that so well",
    "cracking explanation, ta very much",
    "the way you explained it was really helpful",
    "I really liked that explanation",
    "very clearly written, thank you",
    "you really know your stuff",
    "lovely summary, much appreciated",
    "your answer was spot on",
    "couldn't have put it better myself",
    "that was explained in a way I could follow, thanks",
    "richtig gut erklärt, merci",
    "das war wirklich schön erklärt",
    "toll formuliert, danke dir",
    "du hast mir das prima erklärt",
    "sehr schön zusammengefasst, danke",
    "danke, du hast dir viel Mühe gegeben",
    "das war gut verständlich",
    "you made that so easy to understand",
    "the explanation was top notch, thanks",
    "you've summed that up perfectly",
    "such a well written answer, thank you",
    "brilliantly put",
    "kudos, that was explained so simply",
    "I love how clearly you explain things",
    "das hast du aber toll erklärt",
    "danke, das war sehr gut formuliert",
    "klasse erklärt, vielen lieben Dank",
    "du erklärst das richtig gut",
    "wirklich verständlich gemacht, danke",
    "gute Zusammenfassung, danke dir",
    "hast du prima gemacht",
]
ASKED = [
    "thanks, who won the cup", "ok and how long is the bridge", "goodbye to the old trams",
    "hello, tell me about the flood", "danke, und wie lang ist die Brücke", "tell me more",
    "that is interesting, more about the marathon", "the workers left in silence",
    "a good evening at the Lantern Theatre", "help", "what can you do", "no, I meant the rats",
    "nice weather for the boat trip to Skerra", "mehr dazu", "and the others", "erzähl mir mehr",
    "I want to know about sleep", "thank you notes to the volunteers", "the reasons why",
    "explain the strike to me", "how the minister explained the delay",
    "the explanation the board gave", "explain it again in simpler words",
    "what was said so well by the mayor", "a well put argument against the tunnel",
    "erkläre mir den Streik", "wie der Minister die Verspätung erklärt hat",
    "die Erklärung der Behörde zum Unfall", "noch einmal einfacher erklärt bitte",
    "die Mühe der Helfer nach dem Hochwasser",
]  # fmt: skip


@pytest.fixture(scope="module")
def real() -> Embedder:
    return embedder(load())


@pytest.mark.model
@pytest.mark.parametrize("kind", TALK)
def test_small_talk_with_a_tail_is_told(real: Embedder, kind: str) -> None:
    told = {line: small_talk(line, real) for line in TALK[kind]}
    missed = [line for line, about in told.items() if about is None]
    assert not missed
    # What is said to thanks is said to a goodbye with thanks as well.
    assert {about.asks for about in told.values() if about} <= {kind, "thanks"}


@pytest.mark.model
def test_most_of_what_praises_an_answer_is_told(real: Embedder) -> None:
    told = {line: about for line in PRAISE if (about := small_talk(line, real))}
    assert {about.asks for about in told.values()} <= {"thanks", "acknowledgement"}
    assert len(told) >= 0.75 * len(PRAISE), "25 of 33 when this was written, 13 before"
    about = small_talk("That was really well explained, cheers", real)
    assert about and about.asks == "thanks"


@pytest.mark.model
def test_what_asks_for_something_is_no_small_talk(real: Embedder) -> None:
    talk = [line for line in ASKED if (one := small_talk(line, real)) and not one.words]
    assert not talk


@pytest.mark.model
def test_no_question_of_our_sets_is_small_talk_even_without_its_question_mark(
    real: Embedder,
) -> None:
    questions = {
        json.loads(line)["question"].rstrip("? ")
        for one in SETS
        for line in one.read_text("utf-8").splitlines()
    }
    assert len(questions) > 400
    assert [one for one in questions if small_talk(one, real)] == []


def test_a_question_mark_makes_it_a_question_whatever_it_is_near() -> None:
    assert small_talk("thank you, that helps?", TinyEmbedder()) is None


def test_words_that_no_small_talk_has_are_told_for_the_articles_may_have_them() -> None:
    class Alike(TinyEmbedder):
        """Whatever is asked is as near to one example as can be, and far from any other."""

        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return [
                [1.0, 0.0] if text == "that answers my question" else [0.0, 1.0] for text in texts
            ]

        def embed_query(self, text: str) -> list[float]:
            return [1.0, 0.0]

    about = small_talk("that answers my puffin", Alike("alike"))
    assert about and (about.asks, about.of, about.words) == ("thanks", "said", "puffin")


def test_a_conversation_goes_on_as_if_the_small_talk_had_not_been() -> None:
    asked = [
        Turn("user", "How long is the bridge?"), Turn("assistant", "It is 412 metres long."),
        Turn("user", "thank you, that helps"), Turn("assistant", "You are welcome."),
    ]  # fmt: skip
    assert without_small_talk(asked, TinyEmbedder()) == asked[:2]
