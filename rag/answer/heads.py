"""A cited row of a table keeps its head, which says what its numbers are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from rag.errors import UnknownArticle
from rag.language.markdown import head_of
from rag.schema import Article, Citation


def with_heads(
    citations: Iterable[Citation], article_of: Callable[[str], Article]
) -> tuple[Citation, ...]:
    """The same citations; those that are rows of a table in Markdown with the table's head."""
    return tuple(_with_head(citation, article_of) for citation in citations)


def _with_head(citation: Citation, article_of: Callable[[str], Article]) -> Citation:
    if citation.head or "|" not in citation.quote or not citation.article.is_markdown:
        return citation
    try:
        article = article_of(citation.article.id)
    except UnknownArticle:  # It was removed meanwhile.
        return citation
    if article.text[citation.start : citation.end] != citation.quote:
        return citation
    return replace(citation, head=head_of(article.text, citation.start, citation.end))
