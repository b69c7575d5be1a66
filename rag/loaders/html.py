"""Web pages: the article in them, without what stands around it. Extraction is trafilatura's."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from rag.errors import ArticleError
from rag.language.addresses import web_address
from rag.loaders.text import build
from rag.schema import Article

# What htmldate reads out of running text is a guess, and a citation must not guess.
_DATES = {"original_date": True, "extensive_search": False}


def read_html(data: bytes, file: Path, source: str) -> Article:
    """The main text of a page, with the title, author, date, site and link that it names.

    Raises:
        ArticleError: the bytes are no page, or there is no article on it.
    """
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # It tells of what we tell of.
    logging.getLogger("htmldate").setLevel(logging.CRITICAL)
    try:
        tree = trafilatura.load_html(data)
        if tree is None:
            raise ArticleError(f"{file}: this is no web page; save it as HTML", "no page")
        language = tree.get("lang", "")
        page: Any = trafilatura.bare_extraction(
            tree,
            include_comments=False,
            with_metadata=True,
            date_extraction_params=_DATES,
        )
    except ArticleError:
        raise
    except Exception as error:  # A page may be made to break a parser.
        raise ArticleError(
            f"{file}: the page cannot be read ({type(error).__name__}); save it anew, or as text",
            "page unreadable",
        ) from None
    if page is None or not (page.text or "").strip():
        raise ArticleError(
            f"{file}: no article was found on this page; a page that a script fills in must be "
            "saved from the browser, or copied into a text file",
            "no article",
        )
    # Blocks come on a line each; a blank line between them keeps a heading from the sentence
    # that follows it.
    text = "\n\n".join(line.strip() for line in page.text.splitlines() if line.strip())
    facts = {
        "source": source,
        "title": page.title,
        "author": page.author,
        "publisher": page.sitename or page.hostname,
        "published": page.date,
        "language": language.split("-")[0].lower(),
        "link": web_address(page.url),
        "claimed_source": web_address(page.url),
    }
    return build(text, facts, file)
