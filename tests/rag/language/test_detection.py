from __future__ import annotations

import pytest

from rag.language.detection import language_of
from rag.language.terms import spoken


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The bridge was opened in 1931."),
        ("de", "Die Brücke wurde 1931 eröffnet."),
        ("fr", "Le pont a été ouvert en 1931."),
        ("es", "El puente se abrió en 1931."),
        ("it", "Il ponte fu aperto nel 1931."),
        ("pt", "A ponte foi inaugurada em 1931."),
        ("nl", "De brug werd in 1931 geopend."),
        ("pl", "Most otwarto w 1931 roku."),
        ("ru", "Мост был открыт в 1931 году."),
        ("zh", "这座桥于1931年开通，是全国最长的桥。"),
    ],
)
def test_the_language_of_a_sentence_is_told(language: str, text: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize("text", ["", "42", "!?", "Oslo, 1931.", "Guernica", "Beatrix Omari"])
def test_of_names_and_numbers_no_language_is_told(text: str) -> None:
    assert language_of(text) == ""


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Wo ist Ines Halloran geboren?", "de"),
        ("Wer hat Guernica gemalt?", "de"),
        ("Wer war Ines Halloran?", "de"),
        ("Où est né Picasso?", "fr"),
        ("Qui a peint Guernica?", "fr"),
        ("¿Dónde nació Picasso?", "es"),
        ("Chi ha dipinto Guernica?", "it"),
    ],
)
def test_a_short_question_is_known_by_its_little_words(question: str, language: str) -> None:
    assert spoken(question) == language


@pytest.mark.parametrize(
    "question",
    ["Was Picasso born in Malaga?", "Who won?", "Is Skerra an island?", "Kestrel Bridge length",
     "hello there", "ok thanks", "Guernica Picasso", "What did Le Corbusier do in Paris?"],
)  # fmt: skip
def test_names_and_english_are_taken_for_no_other_language(question: str) -> None:
    assert spoken(question) in ("", "en")
