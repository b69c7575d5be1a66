"""What Markdown holds and does not show: comments, and elements of HTML that hide their words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import accumulate

from rag.loaders.hidden import hides

_CODE = re.compile(
    r"^(?P<fence>`{3,}+|~{3,}+)[^\n]*+\n.*?(?:^(?P=fence)|\Z)"
    r"|(?<!`)(?P<ticks>`++)[^`\n]++(?P=ticks)(?!`)",
    re.DOTALL | re.MULTILINE,
)
# A link that leads nowhere and is never named: how Markdown itself is commented.
_COMMENT = re.compile(r"^ {0,3}\[(?://|comment|_)\d*\]:[^\n]*\n?", re.IGNORECASE | re.MULTILINE)
_MAY_HIDE = re.compile(r"(?i)<!--|<[a-z]+[\s>]|^ {0,3}\[(?://|comment|_)", re.MULTILINE)
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())


def shown_markdown(text: str) -> str:
    """The text without what a page made of it would not show; code stays as it is."""
    if not _MAY_HIDE.search(text):
        return text
    code = [match.span() for match in _CODE.finditer(text)]
    # Code is blanked, so that no tag in it is taken for one, and offsets stay.
    blanked = _CODE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)
    finder = _Finder(blanked)
    hidden = sorted([*finder.ranges(), *(match.span() for match in _COMMENT.finditer(blanked))])
    shown, at = [], 0
    for start, end in hidden:
        if end > at and not any(first <= start < last for first, last in code):
            shown.append(text[at : max(start, at)])
            at = end
    return "".join([*shown, text[at:]])


class _Finder(HTMLParser):
    """Finds where hidden elements and comments begin and end. One that never ends hides nothing."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=False)
        self._text = text
        self._lines = [0, *accumulate(len(line) for line in text.splitlines(keepends=True))]
        self._open: list[tuple[str, int, bool]] = []
        self._names: Counter[str] = Counter()
        self._found: list[tuple[int, int]] = []

    def ranges(self) -> Iterator[tuple[int, int]]:
        self.feed(self._text)
        yield from self._found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self._names[tag] += 1
            self._open.append((tag, self._offset(), hides(tag, dict(attrs))))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element without words."""

    def handle_endtag(self, tag: str) -> None:
        if not self._names[tag]:
            return
        name = ""
        while name != tag:  # What was not ended itself ends with it.
            name, start, is_hidden = self._open.pop()
            self._names[name] -= 1
        if is_hidden:
            self._found.append((start, self._text.find(">", self._offset()) + 1 or len(self._text)))

    def handle_comment(self, data: str) -> None:
        start = self._offset()
        end = self._text.find("-->", start + 4)
        if self._text.startswith("<!--", start) and end >= 0:
            self._found.append((start, end + 3))

    def _offset(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column
