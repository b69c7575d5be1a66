"""PDF: the text of its pages, and where each page begins. Extraction is PDFium's.

It runs in a child process, as all reading does: `rag.loaders.worker`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from rag.errors import ArticleError
from rag.loaders import recognition
from rag.loaders.layout import ENDS, Line, blocks, paragraphs, rows, without_heads
from rag.loaders.pdfium import page
from rag.loaders.rows import told
from rag.loaders.text import build
from rag.schema import Article

MOST_PAGES = 2_000
_BROKEN_WORD = re.compile(r"\b(\w++)-\n(?!(?:and|or|und|oder|et|ou|y|o|e)\b)([^\W\d_A-Z]\w*+)")
_HYPHENATED = re.compile(r"\w++-\w++")
_WORD = re.compile(r"\w++(?!-\n)")
_PASSWORD, _SECURITY = 4, 5  # What PDFium's errors are called.

_TO_HAVE_READ = (
    f"to have them read, install the extra ocr ({recognition.COMMAND}) and set reading.ocr "
    "(IBID_READING__OCR=true), or let another program for text recognition (OCR) add the text; "
    "then add the file again"
)

Recognise = Callable[[Any], Iterable[recognition.Recognised]]
# A paragraph, and whether it may go on with the one before it.
Part = tuple[str, bool]


def read_pdf(
    data: bytes,
    file: Path,
    source: str,
    on_page: Callable[[int, int], None] = lambda done, of: None,
    recognise: Recognise | None = None,
) -> Article:
    """The text of a PDF, its lines joined to paragraphs, with the offset of every page.

    Running heads and page numbers are left out, what was filled into a form is added to its page,
    and pages that hold no text are noted. Its date stays unknown: that of its making need
    not be that of its publication. ``on_page`` is told how many pages are read, and of how many.
    ``recognise`` reads the lines in the picture of a page that holds no text.

    Raises:
        ArticleError: it is encrypted, damaged, too long, or holds no text.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise _refusal(file, getattr(error, "err_code", 0)) from None
    with closing(document):
        count = len(document)
        if count > MOST_PAGES:
            raise ArticleError(
                f"{file}: more than {MOST_PAGES:,} pages; split the file", "pages", most=MOST_PAGES
            )
        document.init_forms()
        pages, fields = [], []
        for number in range(count):
            lines, filled = page(document, number)
            if recognise and not lines and not filled:
                lines = _recognised(document, number, recognise)
            pages.append(lines)
            fields.append(filled)
            on_page(number + 1, count)
        facts = {
            name: document.get_metadata_value(name.capitalize()).replace("\0", "")
            for name in ("title", "author")
        }
    bare = [not lines and not filled for lines, filled in zip(pages, fields, strict=True)]
    if not count:
        raise _refusal(file, 0)
    if all(bare):
        raise ArticleError(
            f"{file}: no text was found on its {_counted(count)}, which may be pictures of it; "
            f"{_TO_HAVE_READ}",
            "scanned",
            count=count,
        )
    text, begins = _joined(_parts(without_heads(pages), fields))
    article = build(text, {**facts, "source": source, "notes": _notes(bare)}, file)
    return replace(article, pages=begins)


def _recognised(document: Any, number: int, recognise: Recognise) -> list[Line]:
    with closing(document[number]) as opened:
        return [one.line for one in recognise(opened)]


def _counted(count: int) -> str:
    return "page" if count == 1 else f"{count} pages"


def _refusal(file: Path, code: int) -> ArticleError:
    if code in (_PASSWORD, _SECURITY):
        return ArticleError(
            f"{file}: this PDF is encrypted and asks for a password; save it without one and "
            "add it again",
            "encrypted",
        )
    return ArticleError(
        f"{file}: this PDF is damaged or is none; open it in a reader, save it anew, and add it "
        "again",
        "pdf damaged",
    )


def _notes(bare: list[bool]) -> tuple[ArticleError, ...]:
    if not any(bare):
        return ()
    missing = _ranges([number for number, is_bare in enumerate(bare, start=1) if is_bare])
    return (
        ArticleError(
            f"no text was found on {sum(bare)} of {len(bare)} pages ({missing}), which may be "
            f"pictures of it; {_TO_HAVE_READ}",
            "pages without text",
            count=sum(bare),
            of=len(bare),
            pages=missing,
        ),
    )


def _ranges(numbers: list[int]) -> str:
    """Numbers in order, as 2–4, 7."""
    found: list[list[int]] = []
    for number in numbers:
        if found and found[-1][-1] == number - 1:
            found[-1].append(number)
        else:
            found.append([number])
    runs = [f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in found]
    return ", ".join([*runs[:10], "…"] if len(runs) > 10 else runs)


def _parts(pages: list[list[Line]], fields: list[list[str]]) -> list[list[Part]]:
    """What is told on each page, and whether it may go on with what is before it."""
    pages_told = []
    for lines, filled in zip(pages, fields, strict=True):
        parts: list[Part] = []
        for block in blocks(rows(lines), True):
            said = told(block.table) if block.table else paragraphs(block)
            for at, paragraph in enumerate(said):
                parts.append((paragraph, block.goes_on and not at))
        pages_told.append(parts + [(words, False) for words in filled])
    return pages_told


def _joined(pages: list[list[Part]]) -> tuple[str, tuple[int, ...]]:
    """One text, and where each page begins in it; a sentence may go on over the edge."""
    mend = _mender(words for parts in pages for words, _ in parts)
    text = ""
    begins: list[int] = []
    for parts in pages:
        begin = None
        for words, goes_on in parts:
            between = "\n" if goes_on and not ENDS.search(text[-10:]) else "\n\n"
            edge = text[-60:].rpartition("\n")[2] + "\n" + words[:60].partition("\n")[0]
            if between == "\n" and (cut := _BROKEN_WORD.search(edge)):
                whole = mend(cut)
                text = text[: len(text) - len(cut[1]) - 1] + whole[: len(whole) - len(cut[2])]
                begins = [min(one, len(text)) for one in begins]
                between = ""
            if text:
                text += between
            begin = len(text) if begin is None else begin
            text += _BROKEN_WORD.sub(mend, words).replace("\n", " ")
        begins.append(len(text) if begin is None else begin)
    return text, tuple(begins)


def _mender(texts: Iterable[str]) -> Callable[[re.Match[str]], str]:
    """What makes a word whole that was cut at a line's end, as it stands elsewhere in the texts."""
    hyphenated: set[str] = set()
    words: set[str] = set()
    for text in texts:
        hyphenated.update(word.casefold() for word in _HYPHENATED.findall(text))
        words.update(word.casefold() for word in _WORD.findall(text))

    def mend(cut: re.Match[str]) -> str:
        before, after = cut.groups()
        kept = f"{before}-{after}"
        is_kept = kept.casefold() in hyphenated and (before + after).casefold() not in words
        return kept if is_kept else before + after

    return mend
