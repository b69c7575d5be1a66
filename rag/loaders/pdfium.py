"""What PDFium tells of a page: its lines with their places, and what is filled into its form."""

from __future__ import annotations

import ctypes
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from typing import Any

from rag.loaders.layout import WIDE_GAP, Line
from rag.loaders.sight import Sight

# How PDFium writes the hyphen of a word that a line's end cuts, and the end of another line.
_CUT = "\x02\ufffe\u00ad"
_BREAKS = f"{_CUT}\r\n\x0b\x0c\u2028\u2029"
_PIECE = re.compile(rf"[{_BREAKS}]|[^\s{_BREAKS}]+")
_NO_LETTER = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffd\uffff\ud800-\udfff]")
# One character for several letters, which a search for the letters would not find. The rest of
# NFKC would make 102 of 10².
_LIGATURE = re.compile("[\ufb00-\ufb4f]")


def page(document: Any, number: int) -> tuple[list[Line], list[str]]:
    """The lines of a page in the order of the file, and its form; none if it is damaged."""
    import pypdfium2

    try:
        with closing(document[number]) as opened, closing(opened.get_textpage()) as text:
            return list(_lines(opened, text)), list(_filled(document.formenv, opened))
    except pypdfium2.PdfiumError:
        return [], []


def _lines(page: Any, text: Any) -> Iterator[Line]:
    """The lines of a page, parted where the gap between two words is wide."""
    for words in placed(page, text):
        yield Line(
            spelt(" ".join(word.text for word in words)),
            min(word.left for word in words),
            max(word.right for word in words),
            min(word.bottom for word in words),
            max(word.top for word in words),
        )


def placed(page: Any, text: Any) -> Iterator[list[Line]]:
    """The words of each line of a page with their boxes; one that the line's end cuts has a "-".

    Words that the page does not show are left out.
    """
    from pypdfium2 import raw

    handle, char_box = text.raw, raw.FPDFText_GetCharBox
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    edges = [ctypes.byref(edge) for edge in (left, right, bottom, top)]
    sight = Sight(page, text)
    words: list[Line] = []
    for found in _PIECE.finditer(_letters(text)):
        word = found[0]
        if word[0] in _BREAKS:
            if words:
                if word in _CUT:
                    words[-1] = words[-1]._replace(text=words[-1].text + "-")
                yield words
                words = []
            continue
        char_box(handle, found.start(), *edges)
        begin, end, low, high = left.value, right.value, bottom.value, top.value
        char_box(handle, found.end() - 1, *edges)
        box = Line(
            word,
            min(begin, left.value),  # The last letter of a word from right to left is at its left.
            max(end, right.value),
            min(low, bottom.value),
            max(high, top.value),
        )
        if not sight.sees(found.start(), box):
            continue
        if words and _gap(words[-1], box) > WIDE_GAP * max(_height(words), high - low):
            yield words
            words = []
        words.append(box)
    if words:
        yield words


def _gap(before: Line, after: Line) -> float:
    """How far two words stand apart, whichever is read first."""
    return max(after.left - before.right, before.left - after.right)


def _height(words: list[Line]) -> float:
    return max(word.top for word in words) - min(word.bottom for word in words)


def _letters(text: Any) -> str:
    """The characters of a page, each at its own place."""
    from pypdfium2 import raw

    count = text.count_chars()
    room = ctypes.create_string_buffer(2 * count + 2)
    written = raw.FPDFText_GetText(
        text, 0, count, ctypes.cast(room, ctypes.POINTER(ctypes.c_ushort))
    )
    letters = room.raw[: 2 * count].decode("utf-16-le", "replace")
    if written == count + 1 == len(letters) + 1:
        return letters
    # Some are of two halves, or left out: one by one.
    return "".join([chr(raw.FPDFText_GetUnicode(text, at)) for at in range(count)])


def spelt(letters: str) -> str:
    """The letters of a word without what is none, a ligature as the letters that it joins."""
    if letters.isascii() and letters.isprintable():
        return letters
    letters = _LIGATURE.sub(lambda found: unicodedata.normalize("NFKC", found[0]), letters)
    return _NO_LETTER.sub("", letters)


def _filled(form: Any, page: Any) -> Iterator[str]:
    """The fields of a page's form that have a value, each with its label, and typed remarks."""
    from pypdfium2 import raw

    told: set[str] = set()
    for at in range(raw.FPDFPage_GetAnnotCount(page)):
        note = raw.FPDFPage_GetAnnot(page, at)
        if not note:
            continue
        kind = raw.FPDFAnnot_GetSubtype(note)
        words = ""
        if kind == raw.FPDF_ANNOT_WIDGET and form is not None:
            words = _field(form, note)
        elif kind == raw.FPDF_ANNOT_FREETEXT:
            words = _string(partial(raw.FPDFAnnot_GetStringValue, note, b"Contents"))
        raw.FPDFPage_CloseAnnot(note)
        if words and words not in told:
            told.add(words)
            yield words


def _field(form: Any, note: Any) -> str:
    from pypdfium2 import raw

    def said(ask: Callable[..., int]) -> str:
        return _string(partial(ask, form, note))

    kind = raw.FPDFAnnot_GetFormFieldType(form, note)
    boxes = (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON)
    written = (
        raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX
    )  # fmt: skip
    if kind not in (*boxes, *written):
        return ""
    if kind in boxes and not raw.FPDFAnnot_IsChecked(form, note):
        return ""
    value = said(raw.FPDFAnnot_GetFormFieldValue)
    if not value:
        return ""
    # The label that is shown, else the last part of a name such as form1[0].page[2].city[0].
    name = said(raw.FPDFAnnot_GetFormFieldName)
    label = said(raw.FPDFAnnot_GetFormFieldAlternateName) or re.sub(r"\[\d+\]", "", name)
    return f"{label.rpartition('.')[2].strip(' :') or name}: {value}"


def _string(ask: Callable[..., int]) -> str:
    """A string that PDFium writes into the room that it is given, on one line."""
    from pypdfium2 import raw

    size = ask(None, 0)
    room = ctypes.create_string_buffer(max(size, 2))
    ask(ctypes.cast(room, ctypes.POINTER(raw.FPDF_WCHAR)), size)
    words = room.raw[: max(size - 2, 0)].decode("utf-16-le", "ignore")
    return " ".join(_NO_LETTER.sub(" ", words).split())
