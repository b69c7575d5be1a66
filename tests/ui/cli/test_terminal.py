"""What `ibid ask` prints for people."""

from __future__ import annotations

import io
from datetime import date

from rich.console import Console

from rag.reasons import Reason
from rag.schema import Answer, ArticleInfo, Citation, Sentence
from ui.cli import terminal

ARTICLE = ArticleInfo(
    "a1f0", "Night ferry returns", "ferry.md", "The Courier", date(2025, 4, 3), "en", "0123456789"
)
BACK = Citation(1, ARTICLE, 0, 18, "The ferry is back.")
FARE = Citation(2, ARTICLE, 20, 42, "A berth costs 38 crowns.")


def printed(*sentences: Sentence, **answer: object) -> str:
    output = io.StringIO()
    given = {"status": "answered", **answer}
    told = Answer("?", sentences, **given)  # type: ignore[arg-type]
    terminal.show(Console(file=output, width=200), iter([told]))
    return output.getvalue()


def test_a_quotation_is_in_quotation_marks_after_its_lead_on_a_line_of_its_own() -> None:
    lines = printed(
        Sentence("It is back.", (BACK,), "verified"),
        Sentence("It costs 38 crowns.", (FARE,), "verified"),
        Sentence("The ferry is back.", (BACK,), "verified", is_quote=True, lead="differs"),
        Sentence("So it is.", (BACK,), "verified"),
    ).splitlines()
    assert lines[0] == "It is back. [1] It costs 38 crowns. [2]"
    assert (
        lines[1]
        == "The article signed “The Courier”, 3 April 2025, differs: “The ferry is back.” [1]"
    )
    assert lines[2] == "So it is. [1]"


def test_a_footnote_repeats_no_words_that_were_quoted_whole() -> None:
    told = printed(
        Sentence("The ferry is back.", (BACK,), "verified", is_quote=True),
        Sentence("It costs 38 crowns.", (FARE,), "verified"),
        status="quoted",
    )
    assert told.count("The ferry is back.") == 1
    assert "    “A berth costs 38 crowns.”" in told
    assert (
        told.count("“Night ferry returns” · says: “The Courier” · 2025-04-03 · ibid show a1f0") == 2
    )


def test_a_sentence_that_is_not_wholly_supported_tells_why() -> None:
    told = printed(
        Sentence("It is back.", (BACK,), "partial", Reason("other", ("the date differs",))),
        Sentence("Dogs are welcome.", (), "unsupported", Reason("uncited")),
    )
    assert "It is back. [1] (partly supported: the date differs)" in told
    assert "Dogs are welcome. (not supported: it cites no source)" in told


def test_the_question_as_understood_comes_first_and_only_if_it_differs() -> None:
    one = Sentence("It is back.", (BACK,), "verified")
    assert printed(one, standalone="Is the ferry back?").splitlines()[0] == (
        "Understood as: Is the ferry back?"
    )
    assert "Understood" not in printed(one)


def test_that_no_model_reads_a_language_is_told() -> None:
    told = printed(Sentence("“…”"), unread="ru")
    assert "Ibid's models do not read Russian" in told
    assert "do not read" not in printed(Sentence("“…”"))


def test_words_of_others_cannot_command_the_terminal() -> None:
    told = printed(
        Sentence(
            "\x1b[2JBack.",
            (BACK,),
            "partial",
            Reason("other", ("\x1b[31mred",)),
            is_quote=True,
            lead="source",
        ),
        standalone="\x1b[5m?",
    )
    assert "\x1b" not in told


def test_an_article_that_ibid_tells_of_is_a_line_with_the_way_to_it() -> None:
    own = Reason("own")
    lines = printed(
        Sentence("There is 1 article.", (), "verified", own),
        Sentence("“Night ferry\x1b[31m returns”", (), "verified", own, article=ARTICLE),
        Sentence("That is all.", (), "verified", own),
        status="own",
    ).splitlines()
    assert lines == [
        "There is 1 article.",
        "“Night ferry[31m returns”  ibid show a1f0",
        "That is all.",
    ]
