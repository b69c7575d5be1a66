"""Bytes to text: by their mark, by what is stated of them, as UTF-8, or by a guess that is told.

The guess is chardet's, which is right on short texts too (tests/rag/loaders/test_encoding.py).
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from pathlib import Path
from typing import NamedTuple

from rag.errors import ArticleError

_MARKS = (  # The order counts: UTF-32's mark begins with that of UTF-16.
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Those in which people have kept texts; others fit a short text as well and are never right.
_USED = [
    *(f"windows-125{number}" for number in range(8)),
    "iso-8859-2", "iso-8859-5", "iso-8859-7", "iso-8859-9", "koi8-r", "koi8-u", "cp852", "cp866",
    "mac-cyrillic", "gb18030", "big5", "cp932", "shift_jis", "euc-jp", "iso-2022-jp", "cp949",
    "euc-kr", "cp874", "tis-620",
]  # fmt: skip
_WESTERN = "windows-1252"
_SURE = 0.15  # chardet's confidence; of 122 texts of 2 to 200 bytes, none above was wrong.
_LITTLE = 0.05  # As good as none: a few bytes that a dozen encodings fit.
_WORD = re.compile(r"[^\W\d_]+")
_CONTROLS = re.compile(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]")
_SHIFTED = re.compile(rb"\x1b(?:\$[@B(]|\([BJI])")
_CHARSET = re.compile(rb"(?i)<meta[^>]{0,500}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})")
_DECLARED = re.compile(rb"(?i)\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})")


class Decoded(NamedTuple):
    """A text with ``\\n`` line ends. ``notes``: what of it may be wrong, for whoever adds it."""

    text: str
    notes: tuple[ArticleError, ...] = ()


def decode(data: bytes, file: Path, stated: str = "") -> Decoded:
    """Bytes to text. ``stated`` is the encoding that a page says it is in, if it says so.

    Bytes that are no character are shown as U+FFFD, and all others kept.

    Raises:
        ArticleError: the bytes are no text.
    """
    text, notes = _marked(data) or _wide(data) or _strict(data, stated) or _guessed(data)
    if "\0" in text or text.count("\ufffd") > max(10, len(text) // 3):
        raise ArticleError(
            f"{file}: this is not text but a binary file; save it as UTF-8 text", "binary"
        )
    return Decoded(text.replace("\r\n", "\n").replace("\r", "\n"), notes)


def stated_encoding(page: bytes) -> str:
    """The encoding that an HTML page states near its beginning; empty if it states none."""
    found = _DECLARED.search(page[:1024]) or _CHARSET.search(page[:4096])
    return found.group(1).decode("ascii") if found else ""


def transcoded(data: bytes, stated: str) -> bytes:
    """The bytes as marked UTF-8, if they are in the encoding that their server states."""
    name = _codec(stated)
    if name is None or any(data.startswith(mark) for mark, _ in _MARKS):
        return data
    try:
        return codecs.BOM_UTF8 + data.decode(name).encode()
    except UnicodeError:
        return data


def _marked(data: bytes) -> Decoded | None:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _kept(data, name)
    return None


def _wide(data: bytes) -> Decoded | None:
    """UTF-16 or UTF-32 without a mark: text in any other encoding holds no such controls."""
    if not _CONTROLS.search(data) or _is_narrow(data):
        return None
    fits: list[tuple[tuple[int, int, int], str]] = []
    for name, width in (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2)):
        if len(data) % width:
            continue
        try:
            text = data.decode(name)
        except UnicodeError:
            continue
        if (rank := _plausible(text)) is not None:
            fits.append((rank, text))
    return Decoded(min(fits)[1]) if fits else None


def _is_narrow(data: bytes) -> bool:
    """Whether it is UTF-8 with a few stray controls: by twos, letters read as ideographs."""
    try:
        data.decode()
    except UnicodeError:
        return False
    return len(_CONTROLS.findall(data)) < len(data) / 5


def _plausible(text: str) -> tuple[int, int, int] | None:
    """A rank, the best least: few scripts, many common signs and letters; None: it is no text."""
    sample = text[:5_000]
    if any(unicodedata.category(char) in ("Cn", "Co", "Cs") for char in sample) or any(
        char < " " and char not in "\t\n\r\f" for char in sample
    ):
        return None
    letters = [char for char in sample if char.isalpha()]
    scripts = {unicodedata.name(char, "?").split()[0] for char in letters}
    common = sum(char < "\x7f" or "\u3000" <= char <= "\u30ff" for char in sample)
    return len(scripts), -common, -len(letters)


def _strict(data: bytes, stated: str) -> Decoded | None:
    """What holds of every byte: UTF-8, JIS with its shifts, or what is stated."""
    if _SHIFTED.search(data):
        try:
            return Decoded(data.decode("iso2022_jp"))
        except UnicodeError:
            pass
    for name in ("utf-8", _codec(stated)):
        try:
            if name is not None:
                return Decoded(data.decode(name))
        except UnicodeError:
            continue
    kept = data.decode(errors="replace")
    lost = kept.count("\ufffd")
    if sum(char > "\x7f" for char in kept) - lost >= lost or _codec(stated) == "utf-8":
        return _kept(data, "utf-8")
    return _kept(data, name) if (name := _codec(stated)) else None


def _kept(data: bytes, encoding: str) -> Decoded:
    """All but the bytes that are no character."""
    text = data.decode(encoding, errors="replace")
    try:
        data.decode(encoding)
    except UnicodeError:
        return Decoded(text, (_lost(text.count("\ufffd"), encoding.removesuffix("-sig")),))
    return Decoded(text)


def _lost(count: int, encoding: str) -> ArticleError:
    return ArticleError(
        f"{count} byte{'s' * (count != 1)} of no character in {encoding}, shown as \ufffd; if that "
        "matters, mend the file",
        "bytes lost",
        count=count,
        encoding=encoding,
    )


def _guessed(data: bytes) -> Decoded:
    """Text in some older encoding; a NUL if it is none."""
    import chardet

    if _CONTROLS.search(data):
        return Decoded("\0")
    likely: list[tuple[float, str, str]] = []
    for guess in chardet.detect_all(data, ignore_threshold=True, include_encodings=_USED):
        name = guess["encoding"]
        if name is None:
            continue
        text = data.decode(name, errors="replace")
        if not _mixes_scripts(text):
            likely.append((guess["confidence"], name, text))
    if not likely:
        return Decoded(data.decode("cp1252", errors="replace"), (_unsure(_WESTERN),))
    sure, name, text = likely[0]
    # Western Europe's encoding fits a few bytes no better than others do, but is likelier.
    western = next((one for one in likely if one[1].lower() == _WESTERN), likely[0])
    if sure < _LITTLE and western[0] >= sure / 2:
        _, name, text = western
    return Decoded(text, () if sure >= _SURE else (_unsure(name.lower()),))


def _unsure(encoding: str) -> ArticleError:
    return ArticleError(
        f"the encoding is not stated and was taken to be {encoding}; if letters are wrong, save "
        "the file as UTF-8 and add it again",
        "encoding unsure",
        encoding=encoding,
    )


def _mixes_scripts(text: str) -> bool:
    """Whether a word has letters of the Latin and of another script, as a wrong guess makes."""
    for word in _WORD.findall(text[:20_000]):
        if not word.isascii():
            scripts = {unicodedata.name(char, "?").split()[0] for char in word if char != "µ"}
            if "LATIN" in scripts and len(scripts - {"FEMININE", "MASCULINE", "MODIFIER"}) > 1:
                return True
    return False


def _codec(label: str) -> str | None:
    """Python's name of an encoding that a page states, as browsers understand the label."""
    from webencodings import lookup

    found = lookup(label)
    if found is None or found.name in ("x-user-defined", "replacement"):
        return None
    return "utf-8" if found.name.startswith("utf-16") else str(found.codec_info.name)
