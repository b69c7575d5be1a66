"""Addresses in the words of others that a browser may be sent to."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import urlsplit

# What no address holds unescaped, and what would end it where it is written down.
_NO_ADDRESS = re.compile(r"[\s<>\"'`\\^{|}\x00-\x1f\x7f]")

PageKind = Literal["page", "slide", "sheet"]
_PAGES_OF: dict[str, PageKind] = {
    ".pptx": "slide",
    ".pptm": "slide",
    ".xlsx": "sheet",
    ".xlsm": "sheet",
}


def web_address(words: str | None) -> str | None:
    """The words if they are an address that a browser may safely open, else None."""
    try:
        parts = urlsplit(words or "")
        sound = parts.scheme in ("http", "https") and parts.hostname
    except ValueError:
        return None
    return words if sound else None


def link_target(source: str) -> str:
    """The source if it is such an address and stays one where it is written down, else nothing."""
    return "" if _NO_ADDRESS.search(source) else web_address(source) or ""


def host(source: str) -> str:
    """The host of an address of the web; empty of anything else."""
    address = web_address(source)
    return (urlsplit(address).hostname or "") if address else ""


def ending(source: str) -> str:
    """The ending of the name of a file or page, as .md; empty if it has none."""
    path = urlsplit(source).path if web_address(source) else source
    return PurePosixPath(path.lower()).suffix


def page_kind(source: str) -> PageKind:
    """What the pages of an article are, by the name of the file or page that it was had from."""
    return _PAGES_OF.get(ending(source), "page")
