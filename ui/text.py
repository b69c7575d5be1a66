"""Words of others, as a page may show them."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

# Controls, byte order marks, directional overrides and isolates, invisible tags, half
# surrogates. Joiners and the two direction marks stay: some scripts are misspelt without them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufff9-\ufffb"
    "\u202a-\u202e\u2060-\u2064\u2066-\u206f\U000e0000-\U000e0fff\ud800-\udfff]"
)
# What no address holds unescaped, and what would end it where it is written down.
_NO_ADDRESS = re.compile(r"[\s<>\"'`\\^{|}\x00-\x1f\x7f]")


def plain(text: str, lines: bool = False) -> str:
    """The text without unseen characters, on one line unless ``lines``."""
    seen = _UNSEEN.sub("", text)
    if not lines:
        return " ".join(seen.split())
    return "\n".join(" ".join(line.split()) for line in seen.splitlines())


def web_address(source: str) -> str:
    """The source if it can be opened in a browser, else nothing."""
    try:
        parts = urlsplit(source)
    except ValueError:
        return ""
    is_sound = (
        parts.scheme in ("http", "https") and parts.hostname and not _NO_ADDRESS.search(source)
    )
    return source if is_sound else ""
