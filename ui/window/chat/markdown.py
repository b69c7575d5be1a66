"""Articles in Markdown, and quotations of them, for the script that makes a page of them.

An element is a list: its kind, its facts (None without any), and what is in it. Words in it are a
list of their first and last offset in the article's text and, where that is not what is shown, of
what is; in a quotation they are text alone. Every word is set as text, never as markup.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rag.language import markdown
from rag.language.markdown import Element, Words
from rag.language.visible import plain_lines
from rag.schema import Article, Citation
from ui.window.conversation.quotations import quoted


def page(article: Article) -> list[Any] | None:
    """The blocks of an article in Markdown; None if it is none, or too much for a page."""
    blocks = markdown.parsed(article.text) if article.is_markdown else None
    if blocks is None:
        return None
    text = article.text

    def told(words: Words) -> list[Any]:
        place = [words.start, words.end]
        return place if text[words.start : words.end] == words.text else [*place, words.text]

    return [_listed(block, told) for block in blocks]


def quotation(citation: Citation) -> list[Any] | None:
    """The blocks of what is quoted of an article in Markdown; None where it looks like its text."""
    blocks = quoted(citation)
    if blocks is None:
        return None
    return [_listed(block, lambda words: _shown(words.text)) for block in blocks]


def _listed(element: Element, told: Callable[[Words], Any]) -> list[Any]:
    inside = [
        told(one) if isinstance(one, Words) else _listed(one, told) for one in element.children
    ]
    return [element.kind, dict(element.facts) or None, *inside]


def _shown(words: str) -> str:
    """Words without what nobody sees; the spaces at their edges part them from others."""
    before, after = words[: len(words) - len(words.lstrip())], words[len(words.rstrip()) :]
    return before + plain_lines(words) + after if words.strip() else words
