"""Words of others without what cannot be seen in them."""

from __future__ import annotations

import re

# The joiners are not printable, but some scripts are misspelt without them. Between two ASCII
# characters they join nothing, and only keep a word from being recognised.
_JOINERS = "\u200c\u200d"
_JOIN_NOTHING = re.compile(rf"(?<=[ -~])[{_JOINERS}]+(?=[ -~])")


def visible(text: str) -> str:
    """The text on one line, without control, hidden or half characters.

    Zero-width and tag characters and directional overrides can carry words that a reader never
    sees and a model does.
    """
    return " ".join(_JOIN_NOTHING.sub("", "".join(map(_seen, text))).split())


def _seen(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    return " " if character.isspace() or character < " " else ""
