"""The text of an answer as others write it: sentences, what they cite, and the notes below.

Read are ``[1]``, ``[1, 2]``, ``[^1]``, ``[doc1]``, ``【1†source】`` and links in the text, and
notes in a list at its end, as footnotes of Markdown, or as definitions of links.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from eval.targets.words import is_heading_of_sources
from rag.language.markdown import Element, Words, parsed
from rag.language.sentences import split

# A mark is kept in the text as its number between two letters that no text has.
_OPEN, _CLOSE = "\ue000", "\ue001"
_LITERAL = str.maketrans("[]", "\ue002\ue003")
_BACK = str.maketrans("\ue002\ue003", "[]")
_STRAIGHT = str.maketrans(dict.fromkeys("‘’‚‛", "'") | dict.fromkeys("“”„‟«»", '"'))
_RESERVED = str.maketrans(dict.fromkeys("\ue000\ue001\ue002\ue003", "\ufffd"))
_NUMBERED = re.compile(
    r"\[\^?(?:doc|source|ref)?\s?(\d{1,3}(?:\s?[,;]\s?\^?\d{1,3})*)\]|【(\d{1,3})(?::\d+)?†?[^】\n]{0,80}】",
    re.IGNORECASE,
)
_MARK = re.compile(rf"[^\S\n]*{_OPEN}(\d+){_CLOSE}")
_NEXT_NOTE = re.compile(rf"\n(?=[-*•]?\s*{_OPEN}\d+{_CLOSE})")
_BARE_LABEL = re.compile(r"\^?\[?(\d{1,3})\]?")
_INLINE = {"emphasis", "strong", "deleted", "link", "image", "code", "reference", "break"}


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands in a text for a citation: the label of a note, or an address, or a place.

    ``place`` is the number of one of the places that `read` was given, -1 for none.
    """

    label: str = ""
    address: str = ""
    title: str = ""
    place: int = -1


@dataclass(frozen=True, slots=True)
class Line:
    """Words without marks, and the marks with the offset where each stood."""

    text: str
    marks: tuple[tuple[int, Mark], ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """A text that was read. ``notes`` are by label, those of no label in ``others``."""

    sentences: tuple[Line, ...] = ()
    notes: Mapping[str, Line] = field(default_factory=dict)
    others: tuple[Line, ...] = ()

    @property
    def text(self) -> str:
        """Its sentences in plain words, without notes."""
        return " ".join(one.text for one in self.sentences)

    @property
    def marks(self) -> list[Mark]:
        """All marks in its sentences, in their order."""
        return [mark for one in self.sentences for _, mark in one.marks]


def read(content: str, places: Sequence[int] = ()) -> Written:
    """Read the text of an answer. ``places`` are offsets at which something is cited."""
    content = content.translate(_RESERVED)
    marks = [Mark(place=number) for number in range(len(places))]
    for number, place in sorted(enumerate(places), key=lambda one: -one[1]):
        at = min(max(place, 0), len(content))
        content = f"{content[:at]}{_OPEN}{number}{_CLOSE}{content[at:]}"
    reading = _Reading(content, marks)
    elements = parsed(content)
    if elements is None:
        reading.add("paragraph", content)
    else:
        reading.walk(elements)
    return reading.done()


class _Reading:
    """The blocks of a text, as they are found."""

    def __init__(self, content: str, marks: list[Mark]) -> None:
        self._content = content
        self._marks = marks
        self._blocks: list[tuple[str, str]] = []  # what each is, and its words with marks in them
        self._notes: dict[str, Line] = {}

    def walk(self, elements: Iterable[Element | Words], number: int | None = None) -> None:
        """Take the blocks among some elements, and what stands between them on its own."""
        words = ""
        for one in elements:
            if isinstance(one, Words) or one.kind in _INLINE:
                words += self._inline(one)
                continue
            self.add("words", words, number)
            words = ""
            if one.kind == "note":
                before, self._blocks = self._blocks, []
                self.walk(one.children)
                said = " ".join(text for _, text in self._blocks)
                self._notes[str(one.facts["label"])] = self._line(said)
                self._blocks = before
            elif one.kind == "list":
                first = one.facts.get("first")
                for place, item in enumerate(one.children):
                    inside = item.children if isinstance(item, Element) else [item]
                    self.walk(inside, None if first is None else first + place)
            elif one.kind in ("paragraph", "heading", "cell"):
                said = "".join(self._inline(child) for child in one.children)
                self.add(one.kind, said, number)
            else:
                self.walk(one.children, number)
        self.add("words", words, number)

    def add(self, kind: str, words: str, number: int | None = None) -> None:
        """Take a block; ``number`` is what an item of a list is counted by."""
        marked = _NUMBERED.sub(self._of_numbers, words)
        for piece in _NEXT_NOTE.split(marked):
            if not piece.strip():
                continue
            if number is not None and not _MARK.match(piece.strip()):
                self._blocks.append((f"item {number}", piece.strip()))
            else:
                self._blocks.append((kind, piece.strip()))

    def done(self) -> Written:
        """All of it: below a heading of sources are notes, and so is a list at the end."""
        ends = self._end_of_text()
        others: list[Line] = []
        for kind, words in self._blocks[ends:]:
            self._take_note(kind, words, others)
        sentences = [
            sentence
            for kind, words in self._blocks[:ends]
            if kind != "heading"
            for sentence in _sentences(self._line(words))
        ]
        return Written(tuple(sentences), self._notes, tuple(others))

    def _end_of_text(self) -> int:
        for place, (_, words) in enumerate(self._blocks):
            if is_heading_of_sources(_MARK.sub("", words)):
                return place
        end = len(self._blocks)
        while end and self._is_note(self._blocks[end - 1][1]):
            end -= 1
        # A text that is nothing but lines with marks before them has no notes.
        return end or len(self._blocks)

    def _is_note(self, words: str) -> bool:
        match = _MARK.match(words)
        return bool(match and self._marks[int(match[1])].label and words[match.end() :].strip())

    def _take_note(self, kind: str, words: str, others: list[Line]) -> None:
        match = _MARK.match(words)
        label = self._marks[int(match[1])].label if match else ""
        if match and label:
            self._notes.setdefault(label, self._line(words[match.end() :].lstrip(" :.–-")))
        elif kind.startswith("item "):
            self._notes.setdefault(kind.removeprefix("item "), self._line(words))
        elif not is_heading_of_sources(_MARK.sub("", words)):
            others.append(self._line(words))

    def _inline(self, one: Element | Words) -> str:
        if isinstance(one, Words):
            is_escaped = self._content[max(one.start - 1, 0) : one.start] == "\\"
            return one.text[:1].translate(_LITERAL) + one.text[1:] if is_escaped else one.text
        inside = "".join(self._inline(child) for child in one.children)
        if one.kind == "reference":
            return self._mark(Mark(label=inside))
        if one.kind == "link":
            address = str(one.facts["address"])
            bare = _BARE_LABEL.fullmatch(inside.strip())
            if bare or inside.strip() == address:
                return self._mark(Mark(bare[1] if bare else "", address))
            return inside + self._mark(Mark(address=address, title=_MARK.sub("", inside)))
        if one.kind == "image":
            return ""
        if one.kind == "code":
            return inside.translate(_LITERAL)
        return "\n" if one.kind == "break" else inside

    def _of_numbers(self, match: re.Match[str]) -> str:
        numbers = re.findall(r"\d+", match[1] or match[2])
        return "".join(self._mark(Mark(label=number)) for number in numbers)

    def _mark(self, mark: Mark) -> str:
        self._marks.append(mark)
        return f"{_OPEN}{len(self._marks) - 1}{_CLOSE}"

    def _line(self, words: str) -> Line:
        marks: list[tuple[int, Mark]] = []
        plain, last = "", 0
        words = re.sub(r"\s*\n\s*", " ", words)
        for match in _MARK.finditer(words):
            plain += words[last : match.start()]
            marks.append((len(plain), self._marks[int(match[1])]))
            last = match.end()
        return Line((plain + words[last:]).translate(_BACK), tuple(marks))


def _sentences(line: Line) -> Iterator[Line]:
    """A line in sentences; a mark is of the sentence that it stands in, or behind.

    Their quotation marks are those of ASCII, the only ones that the measures of words leave out.
    """
    spans = split(line.text)
    for place, span in enumerate(spans):
        after = spans[place + 1].start if place + 1 < len(spans) else len(line.text)
        marks = [
            (min(at, span.end) - span.start, mark)
            for at, mark in line.marks
            if span.start < at <= after or (at <= span.start and place == 0)
        ]
        yield Line(line.text[span.start : span.end].translate(_STRAIGHT), tuple(marks))
