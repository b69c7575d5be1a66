"""PDF: the text of its pages, and where each page begins. Extraction is pypdf's."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from rag.errors import ArticleError
from rag.loaders.text import build
from rag.schema import Article

MOST_PAGES = 2_000
_BROKEN_WORD = re.compile(r"\b(\w++)[-\u00ad]\n(?!and\b|or\b)([a-zß-ÿ]\w*+)")
_ENDS = re.compile(r"[.!?…:;][\"'”’»)\]]*\Z")


def read_pdf(data: bytes, file: Path, source: str) -> Article:
    """The text of a PDF, its lines joined to paragraphs, with the offset of every page.

    Its date stays unknown: that of its making need not be that of its publication.

    Raises:
        ArticleError: it is encrypted, damaged, too long, or holds no text.
    """
    pages, facts = _read(data, file)
    text, begins = _joined(pages)
    if not text:
        raise ArticleError(
            f"{file}: there is no text in this PDF, only pictures of it; let a program for text "
            "recognition (OCR) add the text, and add it again",
            "scanned",
        )
    article = build(text, {**facts, "source": source}, file)
    return replace(article, pages=begins)


def _read(data: bytes, file: Path) -> tuple[list[str], dict[str, str]]:
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        document = pypdf.PdfReader(io.BytesIO(data))
        if document.is_encrypted and not _opens(document):
            raise ArticleError(
                f"{file}: this PDF is encrypted; save it without a password and add it again",
                "encrypted",
            )
        if len(document.pages) > MOST_PAGES:
            raise ArticleError(
                f"{file}: more than {MOST_PAGES:,} pages; split the file", "pages", most=MOST_PAGES
            )
        pages = [_paragraphs(page.extract_text()) for page in document.pages]
        told = document.metadata
        facts = {"title": told.title or "", "author": told.author or ""} if told else {}
    except ArticleError:
        raise
    except Exception as error:  # Damage shows as any error there is.
        raise ArticleError(
            f"{file}: this PDF is damaged or is none ({type(error).__name__}); open it in a "
            "reader, save it anew, and add it again",
            "pdf damaged",
        ) from None
    return pages, facts


def _opens(document: object) -> bool:
    """Whether an encrypted document, as many are, asks nobody for a password to be read."""
    try:
        return bool(document.decrypt(""))  # type: ignore[attr-defined]
    except Exception:  # The cipher needs a library that Ibid does without.
        return False


def _joined(pages: Iterable[str]) -> tuple[str, tuple[int, ...]]:
    """One text, and where each page begins in it; a sentence may go on over the edge."""
    text, begins = "", []
    for page in pages:
        if text and page:
            text += "\n\n" if _ENDS.search(text) else "\n"
        begins.append(len(text))
        text += page
    return text, tuple(begins)


def _paragraphs(page: str) -> str:
    """A page with its lines joined: a paragraph ends where a line stops short of the others.

    A heading is such a line, too, unless what follows goes on with it in small letters.
    """
    page = page.replace("\0", "").encode(errors="replace").decode()
    lines = [" ".join(line.split()) for line in page.splitlines()]
    longest = max(map(len, lines), default=0)
    text = ""
    for line, following in pairwise([*lines, ""]):
        is_whole = len(line) < 0.8 * longest and _ENDS.search(line)
        is_heading = len(line) < 0.5 * longest and not following[:1].islower()
        text += line + ("\n\n" if is_whole or is_heading else "\n")
    paragraphs = (_unbroken(lines).replace("\n", " ") for lines in re.split(r"\n{2,}", text))
    return "\n\n".join(paragraph.strip() for paragraph in paragraphs if paragraph.strip())


def _unbroken(lines: str) -> str:
    """The lines with words that were broken at a line's end whole again.

    A word that stands with its hyphen elsewhere in them keeps it.
    """

    def joined(match: re.Match[str]) -> str:
        before, after = match.groups()
        return f"{before}-{after}" if f"{before}-{after}" in lines else before + after

    return _BROKEN_WORD.sub(joined, lines)
