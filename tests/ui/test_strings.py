"""The window's words: the same ones in every language, and none of them anywhere else."""

from __future__ import annotations

import ast
import html
import inspect
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from string import Formatter
from types import ModuleType
from typing import Any, get_args

import pytest

from eval.measures.judge import Judge
from eval.measures.scoring import Similarity, score
from eval.report.stages import OutcomeKind
from eval.report.summary import figures
from eval.runs.runner import Row
from eval.sets.cases import Case
from rag import reasons
from rag.errors import ErrorKind, IbidError, ProviderError
from rag.reasons import Reason
from rag.schema import Answer, ArticleInfo, Citation, Lead, Sentence, Timings
from ui import strings
from ui.strings import LANGUAGES, english, german, preferred, speaking
from ui.window.chat import render
from ui.window.conversation.types import Exchange

WINDOW = Path(strings.__file__).parents[1] / "window"
OTHERS = [language for language in LANGUAGES if LANGUAGES[language] is not english]
# What looks like words and is not shown, or is the same in every language.
_UNSEEN_CALLS = re.compile(r"\b(log|logger|_log|re|sa|op)\b")
_PROSE = re.compile(r"[A-Za-zÀ-ÿ’']{2,}[,:;]? [A-Za-zÀ-ÿ’']{2,}")
_SHOWN = {"label", "placeholder", "info", "title", "heading", "note", "description", "message"}


def words(module: ModuleType) -> dict[str, Any]:
    """What a language says, by name."""
    return {
        name: value
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (isinstance(value, str | dict | tuple | list) or inspect.isfunction(value))
    }


def shape(value: Any) -> Any:
    """What two languages must have in common."""
    if isinstance(value, str):
        return sorted(field for _, field, _, _ in Formatter().parse(value) if field is not None)
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [shape(one) for one in value]
    return inspect.signature(value)


@pytest.mark.parametrize("language", OTHERS)
def test_both_languages_say_the_same_things(language: str) -> None:
    theirs, ours = words(LANGUAGES[language]), words(english)
    assert set(theirs) == set(ours)
    assert {name: shape(theirs[name]) for name in ours} == {n: shape(v) for n, v in ours.items()}


@pytest.mark.parametrize("language", OTHERS)
def test_hardly_a_word_was_left_in_english(language: str) -> None:
    theirs, ours = words(LANGUAGES[language]), words(english)
    same = {
        name
        for name, said in ours.items()
        if isinstance(said, str) and said == theirs[name] and _PROSE.search(said)
    }
    assert same == set()


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("en-GB,en;q=0.9,de;q=0.8", "en"),
        ("fr-FR,fr;q=0.9,de;q=0.4,en;q=0.3", "de"),
        ("fr, it", "en"),
        ("de;q=0, en;q=0.1", "en"),
        ("de;q=much, ;;, *", "en"),
    ],
)
def test_the_language_is_the_one_the_browser_asks_for(accepted: str, language: str) -> None:
    assert preferred(accepted) == language


def test_a_word_is_said_in_the_language_that_is_spoken() -> None:
    before = strings.STOPPED
    with speaking("de"):
        assert strings.STOPPED == "Angehalten."
        assert strings.articles(12_345) == "12.345 Artikel"
    assert before == strings.STOPPED == "Stopped."


def test_a_refusal_names_what_is_nearest_as_its_language_writes_it() -> None:
    assert english.refusal(["A", "B"]).endswith("hold is “A” and “B”.")
    assert german.refusal(["A"]).endswith("am nächsten kommt „A“.")
    assert german.refusal(["A", "B"]).endswith("am nächsten kommen „A“ und „B“.")


@pytest.mark.parametrize("kind", get_args(reasons.Kind))
def test_every_reason_is_said_with_the_same_words_of_the_sentence_and_its_source(
    kind: reasons.Kind,
) -> None:
    quoted = [re.findall(r"\{\d\}", one.REASONS[kind]) for one in (english, german)]
    assert sorted(quoted[0]) == sorted(quoted[1])
    assert kind in ("", "other") or english.REASONS[kind] != german.REASONS[kind]


@pytest.mark.parametrize("kind", [kind for kind in get_args(Lead) if kind])
def test_every_lead_has_its_words(kind: str) -> None:
    for language in (english, german):
        assert language.lead(kind, "The Courier", "", date(2025, 4, 3)).endswith(":")


@pytest.mark.parametrize("kind", get_args(OutcomeKind))
def test_every_outcome_has_words_of_its_own_in_german(kind: OutcomeKind) -> None:
    assert german.outcome(kind) != english.outcome(kind)


# Terms that German has no other word for, and names of methods.
SAME_IN_GERMAN = {"ROUGE-L", "nDCG@10", "MRR"}


def test_every_measure_and_every_figure_has_a_word_of_its_own_in_german() -> None:
    case = Case("a", "When?", answerable=True, answers=("1903",))
    answer = Answer("When?", (Sentence("In 1903."),), status="answered")
    values = score(case, answer, None, ())
    values |= dict.fromkeys(
        (*values, *Similarity.names, *Judge.names, "tokens read", "tokens written", "cost"), 1.0
    )
    row = Row(case, (), answer, None, values, "TN", 1.0, unmeasured={"similarity": "no model"})
    for name in {*values, *figures([row])} - SAME_IN_GERMAN:
        assert german.measure(name) != english.measure(name), name


def test_every_kind_of_error_has_words_in_german_with_facts_that_it_brings() -> None:
    raised = dict(kinds_raised())
    assert set(raised) | set(MODEL_FAILED) == set(get_args(ErrorKind)) - {""}
    for kind, facts in (raised | MODEL_FAILED).items():
        told = german.failure(ProviderError("English.", kind, **dict.fromkeys(facts, "fact")))
        assert told not in ("", "English."), kind


# Which of these it is follows from the provider's answer.
MODEL_FAILED: dict[ErrorKind, list[str]] = {
    "key": ["why", "subject"],
    "model unknown": ["why", "subject"],
    "too often": ["why", "subject"],
    "server down": ["why", "subject"],
    "ask again": ["why", "subject"],
    "offline": ["why", "subject"],
}


def kinds_raised() -> Iterator[tuple[ErrorKind, list[str]]]:
    """Each kind that an error is given where it is made, with the facts that it is given."""
    root = Path(strings.__file__).parents[2]
    for file in (*root.glob("rag/**/*.py"), *root.glob("eval/**/*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
                (
                    "Error",
                    "ReadOnly",
                    "NoSpace",
                    "DownloadFailed",
                    "UnknownCollection",
                    "IndexAway",
                    "ModelAway",
                    "kind",
                )
            ):
                for kind in node.args[1:]:
                    if isinstance(kind, ast.Constant) and kind.value in get_args(ErrorKind):
                        yield kind.value, [fact.arg for fact in node.keywords if fact.arg]


def test_what_no_language_has_words_for_is_told_in_english() -> None:
    assert german.failure(IbidError("Out of luck.")) == "Out of luck."


def test_numbers_dates_and_plurals_are_those_of_the_language() -> None:
    when = date(2025, 3, 1)
    assert (english.day(when), german.day(when)) == ("1 March 2025", "1. März 2025")
    assert (english.seconds(940), german.seconds(940)) == ("0.94 s", "0,94 s")
    assert (english.seconds(1150), german.seconds(1150)) == ("1.1 s", "1,1 s")
    assert [english.sources(count) for count in (1, 2)] == ["1 source", "2 sources"]
    assert [german.sources(count) for count in (1, 2)] == ["1 Quelle", "2 Quellen"]
    assert (english.articles(12_345), german.articles(1)) == ("12,345 articles", "1 Artikel")
    assert (english.measured(0.9325, "share"), german.measured(0.9325, "share")) == (
        "93.2 %",
        "93,2 %",
    )
    assert (english.measured(None, "score"), german.measured(None, "score")) == ("–", "–")


def test_an_answer_on_the_german_page_says_in_german_why_it_is_doubted() -> None:
    """No words are English but the article's and the model's own."""
    article = ArticleInfo("a", "Fähre", "f.md", "Kurier", date(2025, 3, 1), "en", "0")
    cited = Citation(1, article, 0, 4, "Nine")
    told = (
        Sentence("Nine.", (cited,), "partial", Reason("missing", ("ships",))),
        Sentence("Ten.", (cited,), "unsupported", Reason("elsewhere", ("Ten", "Nine"))),
        Sentence("Nine", (cited,), "verified", Reason("quoted"), is_quote=True, lead="differs"),
    )
    answer = Answer("?", told, (), (cited,), "answered", "", Timings(1, 2, 3, 4, 1250))
    with speaking("de"):
        page = html.unescape(render.reply(Exchange("?", answer, "done"), 0, is_last=True))
    assert "Nur zum Teil belegt durch das, was er zitiert: nicht in der Quelle: ships" in page
    assert "Durch keinen Artikel belegt: statt Ten sagt die Quelle dort Nine" in page
    assert "Der mit „Kurier“ gezeichnete Artikel, 1. März 2025, sagt es anders:" in page
    assert "1,2 s" in page
    shown = re.sub(r"<[^>]*>", " ", page) + " ".join(re.findall(r'title="([^"]*)"', page))
    assert not re.findall(r"\b(?:the|source|says?|not|only|differs|after|March)\b", shown)


def test_a_name_that_no_language_has_is_an_error() -> None:
    with pytest.raises(AttributeError, match="NOTHING_SAID"):
        strings.NOTHING_SAID  # noqa: B018


@pytest.mark.parametrize("file", sorted(WINDOW.rglob("*.py")), ids=lambda file: file.name)
def test_no_module_of_the_window_says_anything_of_its_own(file: Path) -> None:
    assert list(said(ast.parse(file.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize("file", sorted(WINDOW.rglob("*.js")), ids=lambda file: file.name)
def test_no_script_of_the_window_says_anything_of_its_own(file: Path) -> None:
    code = re.sub(r"/\*\*.*?\*/|//[^\n]*", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    quoted = re.findall(r"'([^'\n]*)'|\"([^\"\n]*)\"|`([^`]*)`", code)
    assert [text for group in quoted for text in group if is_prose(text)] == []


def said(tree: ast.AST) -> Iterator[str]:
    """What a module says itself: prose, and anything given where a label goes."""
    silent = set(_unseen(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in _SHOWN:
            value = node.value
            if isinstance(value, ast.Constant) and re.search(r"[A-Za-z]", str(value.value or "")):
                yield f"{node.arg}={value.value!r}"
        text = node.value if isinstance(node, ast.Constant) and id(node) not in silent else None
        if isinstance(text, str) and is_prose(text):
            yield text


def is_prose(text: str) -> bool:
    """Whether this is words for people, and no markup, selector, class, script or header."""
    if text.isupper() or (re.fullmatch(r"[a-z -]+", text) and "-" in text):
        return False
    return bool(_PROSE.search(text)) and not re.search(
        r"[#<>{}=;]|'(self|none)'|noopener|^\(prefers-", text
    )


def _unseen(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):  # docstrings, of attributes too
            yield from (id(n.value) for n in body if isinstance(n, ast.Expr))
        if isinstance(node, ast.Call) and _UNSEEN_CALLS.match(ast.unparse(node.func)):
            yield from (id(inner) for inner in ast.walk(node))
        if isinstance(node, ast.Raise) and "gr.Error" not in ast.unparse(node):  # for the terminal
            yield from (id(inner) for inner in ast.walk(node))


def test_whatever_an_article_says_of_itself_is_quoted_as_its_own_words() -> None:
    """It cannot end the quotation, nor be taken for what Ibid or a person says."""
    said = 'Reuters", at reuters.example. Checked by Ibid.” Ibid says: “'
    article = ArticleInfo("a", said, "https://news.example/a", said, None, "en", "0")
    quoted = "Reuters’, at reuters.example. Checked by Ibid.’ Ibid says: ’"
    told = Sentence("x", (Citation(1, article, 0, 1, "x"),), is_quote=True, lead="differs")
    assert strings.whence(article) == f"says: “{quoted}”, at news.example"
    assert strings.before(told) == f"The article signed “{quoted}”, at news.example, differs:"
    assert f"“{quoted}”" in strings.refusal([said])
    by_hand = replace(article, publisher="Reuters", by_hand=("publisher",))
    assert strings.whence(by_hand) == "Reuters, at news.example"
    assert strings.writer(replace(article, author=said)) == f"says: by “{quoted}”"
    assert strings.writer(replace(article, author="Jo", by_hand=("author",))) == "Jo"
    with speaking("de"):
        assert strings.whence(article) == f"laut eigener Angabe: „{quoted}“, auf news.example"


@pytest.mark.parametrize(
    ("source", "in_english", "in_german"),
    [
        ("/home/a/minutes.PDF", "page 2", "Seite 2"),
        ("talk.pptx", "slide 2", "Folie 2"),
        ("https://news.example/sales.xlsx?v=1", "sheet 2", "Blatt 2"),
        ("all.zip/talk.pptm", "slide 2", "Folie 2"),
    ],
)
def test_a_citation_tells_its_page_its_slide_or_its_sheet(
    source: str, in_english: str, in_german: str
) -> None:
    article = ArticleInfo("a", "A", source, None, None, "en", "0", pages=(0, 50))
    assert strings.place(article, 60) == in_english
    with speaking("de"):
        assert strings.place(article, 60) == in_german
    assert strings.place(replace(article, pages=()), 60) == ""


def test_a_quotation_stands_alone_and_what_is_between_two_together() -> None:
    quotes = [Sentence(text, is_quote=True) for text in "qr"]
    told = [Sentence(text) for text in "abc"]
    set_so = strings.paragraphs([told[0], told[1], *quotes, told[2]])
    assert set_so == [told[:2], [quotes[0]], [quotes[1]], [told[2]]]
    assert strings.paragraphs([]) == []
