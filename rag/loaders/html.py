"""Web pages: the article in them, without what stands around it. Extraction is trafilatura's."""

from __future__ import annotations

import logging
import re
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import ArticleError
from rag.language.addresses import web_address
from rag.loaders.blocks import keep_blocks, lines_of
from rag.loaders.encoding import decode, stated_encoding
from rag.loaders.hidden import TooManyStyles, remove_hidden
from rag.loaders.large import is_large, lighten, plain_lines, stating
from rag.loaders.text import build
from rag.loaders.walls import Wall, declared, wall_of
from rag.schema import Article

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# What htmldate reads out of running text is a guess, and a citation must not guess.
_DATES = {"original_date": True, "extensive_search": False}
_DECLARATION = re.compile(r"(?i)\A\ufeff?\s*<\?xml[^>]*>")
_SAVED = "open it in a browser{}, save the whole page, and add that file"
_WALLS: dict[Wall, ArticleError] = {
    "script": ArticleError(
        f"this page shows its text only by a script; {_SAVED.format('')}", "page script"
    ),
    "consent": ArticleError(
        "this page asks for consent to cookies in the place of its article; "
        + _SAVED.format(", choose"),
        "page consent",
    ),
    "login": ArticleError(f"this page asks to sign in; {_SAVED.format(', sign in')}", "page login"),
    "paywall": ArticleError(
        "this page shows only the beginning of its article, and the rest to those who pay; "
        + _SAVED.format(" where you are signed in"),
        "page paywall",
    ),
    "error": ArticleError(
        "this page says that nothing is there, or not for a program; check the link, or "
        + _SAVED.format(""),
        "page error",
    ),
    "onward": ArticleError(
        "this page only sends on to another; add the link where it ends", "page onward"
    ),
}


def read_html(data: bytes, file: Path, source: str) -> Article:
    """The main text of a page, with the title, author, date, site and link that it names.

    Raises:
        ArticleError: the bytes are no page, or there is no article on it.
    """
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # It tells of what we tell of.
    logging.getLogger("htmldate").setLevel(logging.CRITICAL)
    try:
        markup, notes = decode(data, file, stated_encoding(data))
        tree = parsed(markup)
        if tree is None:
            raise ArticleError(f"{file}: this is no web page; save it as HTML", "no page")
        language = tree.get("lang", "")
        page = trafilatura.extract_metadata(stating(tree), date_config=_DATES)
        text, wall = _shown(tree)
    except ArticleError:
        raise
    except TooManyStyles:
        raise ArticleError(
            f"{file}: its style sheets are too large to tell what they hide; save it as text",
            "page styles",
        ) from None
    except Exception as error:  # A page may be made to break a parser.
        raise ArticleError(
            f"{file}: the page cannot be read ({type(error).__name__}); save it anew, or as text",
            "page unreadable",
        ) from None
    if wall:
        raise ArticleError(f"{file}: {_WALLS[wall]}", _WALLS[wall].kind)
    if not text:
        raise ArticleError(
            f"{file}: no article was found on this page, nothing that it shows; a page that a "
            "script fills in must be saved from the browser, or copied into a text file",
            "no article",
        )
    facts = {
        "source": source,
        "title": page.title,
        "author": page.author,
        "publisher": page.sitename or page.hostname,
        "published": page.date,
        "language": language.split("-")[0].lower(),
        "link": web_address(page.url),
        "stated_source": web_address(page.url),
        "notes": notes,
    }
    return build(text, facts, file)


def parsed(markup: str) -> HtmlElement | None:
    """The page as a tree; None: there is no element in it."""
    from lxml import etree, html

    # A declaration of the encoding that it was in would be believed still.
    data = _DECLARATION.sub("", markup).encode(errors="replace")
    parser = html.HTMLParser(encoding="utf-8", remove_pis=True)
    try:
        tree: HtmlElement = html.document_fromstring(data, parser=parser)
    except etree.ParserError:
        return None
    return tree if len(tree) else None


def _shown(tree: HtmlElement) -> tuple[str, Wall | None]:
    """The article in what a page shows, a blank line between its blocks, and what it is instead.

    A blank line keeps a heading from the sentence that follows it.
    """
    import trafilatura

    said = declared(tree)
    remove_hidden(tree)
    keep_blocks(tree)
    lighten(tree)
    seen = deepcopy(tree)  # Extraction takes the tree apart.
    if is_large(tree):
        lines = plain_lines(tree)
    else:
        page: Any = trafilatura.bare_extraction(tree, include_comments=False)
        lines = page.text.splitlines() if page is not None else []
    if not any(lines):  # Too little for what looks for an article among other things.
        lines = [" ".join(one.text_content().split()) for one in seen.xpath("//p[not(.//p)]")]
    lines = _parted([line.strip() for line in lines if line.strip()], seen)
    text = "\n\n".join(lines).replace("\u00ad", "")  # It is seen only where a line is broken.
    return text, None if is_large(seen) else wall_of(seen, said, text)


def _parted(lines: list[str], tree: HtmlElement) -> list[str]:
    """The lines; of a short page, which extraction gives in one, as they stand on the page."""
    if len(lines) != 1:
        return lines
    whole = "".join(lines[0].split())
    parts: list[str] = []
    at = 0
    for block in lines_of(tree):  # Some of these were left out.
        if whole.startswith(squeezed := "".join(block.split()), at):
            parts.append(block)
            at += len(squeezed)
    return parts if at == len(whole) else lines
