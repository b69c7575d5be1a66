"""Quotations of articles in Markdown as what the Markdown means. No Gradio here."""

from __future__ import annotations

from rag.language import markdown
from rag.language.markdown import Element
from rag.schema import Citation


def quoted(citation: Citation) -> list[Element] | None:
    """What is quoted of an article in Markdown as a tree; None where it looks like its text.

    Rows of a table come after its head.
    """
    if not citation.article.is_markdown:
        return None
    blocks = markdown.parsed(before(citation) + citation.quote)
    kinds = {one.kind for one in markdown.walked(blocks or []) if isinstance(one, Element)}
    return blocks if kinds - {"paragraph"} else None


def before(citation: Citation) -> str:
    """What stands before a quotation where it is read as Markdown: the head of its table."""
    return f"{citation.head}\n" if citation.head else ""
