"""The window's words: the same ones in every language, and none of them anywhere else."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from types import ModuleType
from typing import Any

import pytest

from ui import strings
from ui.strings import LANGUAGES, english, german, preferred, speaking

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
    return bool(_PROSE.search(text)) and not re.search(r"[#<>{}=;]|'(self|none)'|noopener", text)


def _unseen(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):  # docstrings, of attributes too
            yield from (id(n.value) for n in body if isinstance(n, ast.Expr))
        if isinstance(node, ast.Call) and _UNSEEN_CALLS.match(ast.unparse(node.func)):
            yield from (id(inner) for inner in ast.walk(node))
        if isinstance(node, ast.Raise) and "gr.Error" not in ast.unparse(node):  # for the terminal
            yield from (id(inner) for inner in ast.walk(node))
