from __future__ import annotations

import pytest

from rag.language.detection import language_of


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
