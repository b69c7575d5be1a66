"""How much of a model's context a text takes, without the model's tokenizer."""

from __future__ import annotations

import re

_PIECE = re.compile(r"[A-Za-z]+|[^\S\n]+|\S|\n")


def tokens(text: str) -> int:
    """About how many tokens a text is, rather too many than too few.

    English words are one or two, every digit and sign is one, as is a letter of another script;
    what is rarer, such as an emoji, may be three.
    """
    count = 0
    for piece in _PIECE.findall(text):
        if piece.isascii():
            count += 0 if piece.isspace() and piece != "\n" else 1 + len(piece) // 7
        else:
            count += 1 if piece.isalpha() else 3
    return count


def most_tokens(text: str) -> int:
    """More tokens than a text can be: of other scripts a small model may read byte by byte."""
    return tokens(text) + sum(len(c.encode("utf-8", "replace")) for c in text if not c.isascii())
