"""Letters in the form that words are searched in: "ﬁve" is "five", and a soft hyphen is nothing.

Typesetting and old encodings leave ligatures, forms of position and full-width letters, which no
index and no model knows. Unicode's compatibility form (NFKC) undoes them; only letters and digits
are put into it, since it takes "10²" for "102". Texts stay as they are stored.
"""

from __future__ import annotations

import re
import unicodedata

# Where letters and digits have forms that mean nothing: Latin digraphs, CJK compatibility
# ideographs, ligatures, Arabic presentation forms, full and half width.
_PLACES = ((0x132, 0x149), (0x1C4, 0x1F3), (0xF900, 0xFDFF), (0xFE70, 0xFFDC))
_FORMS = {
    ord(letter): plain
    for first, last in _PLACES
    for letter in map(chr, range(first, last + 1))
    if (letter.isalpha() or letter.isdigit())
    and (plain := unicodedata.normalize("NFKC", letter)) != letter
}
_FORMS[0xAD] = ""  # The soft hyphen, at which a word may be broken.
_ANY = re.compile(f"[{''.join(map(chr, _FORMS))}]")


def has_forms(text: str) -> bool:
    """Whether the words of a text cannot be found as they stand."""
    return _ANY.search(text) is not None


def plain_letters(text: str) -> str:
    """The text in plain letters. Offsets into it are none into the text."""
    return text.translate(_FORMS) if has_forms(text) else text


def whole(text: str) -> str:
    """The text without half of a surrogate pair, which JSON can bring; as long as before.

    It is more than a tokenizer or a database can bear, and no JSON in UTF-8 can carry it.
    """
    return text.encode("utf-8", "replace").decode()
