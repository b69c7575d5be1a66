"""What every format is read into: texts, questions, and where the texts answer them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, NamedTuple, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from eval.sets.cases import told
from eval.sets.contents import contents
from rag.errors import CaseError
from rag.schema import Turn

_Shape = TypeVar("_Shape")
# What others write as words or as a number, an id as well as an answer.
Words = Annotated[str, Field(coerce_numbers_to_str=True)]
# Of one length each, so that offsets stay.
_SAME = str.maketrans(
    {"\r": "\n", "\0": "\ufffd", **dict.fromkeys(map(chr, range(0xD800, 0xE000)), "\ufffd")}
)
_ALIKE = str.maketrans("‘’‛“”„–—\u00a0", "'''\"\"\"-- ")


class Place(NamedTuple):
    """Code points ``start`` to ``end`` of the text of that number, counted from 0."""

    text: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Text:
    """An article to be. ``facts`` are what its front matter says beside the title."""

    title: str
    text: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and where the texts answer it. Without answers and places it has none.

    ``texts`` are the numbers of those that it was asked of, ``history`` what was said before.
    """

    id: str
    text: str
    answers: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    texts: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    history: tuple[Turn, ...] = ()

    @property
    def is_answerable(self) -> bool:
        """Whether the texts hold its answer."""
        return bool(self.answers or self.places)


@dataclass(frozen=True, slots=True)
class Foreign:
    """A whole set of others.

    ``are_answers``: its places are bare answers, such as "640 metres", whose words may stand
    anywhere. ``lost`` says, one line each, what could not be taken over.
    """

    texts: tuple[Text, ...]
    questions: tuple[Question, ...]
    lost: tuple[str, ...] = ()
    are_answers: bool = False


def parsed(shape: TypeAdapter[_Shape], data: bytes | str, where: str) -> _Shape:
    """JSON of a certain shape.

    Raises:
        CaseError: it is of another.
    """
    try:
        return shape.validate_json(data)
    except ValidationError as error:
        name, fault = told(error.errors()[0])
        raise CaseError(f"{where}{', ' if name else ''}{name}: {fault}") from None


def json_lines(shape: TypeAdapter[_Shape], file: Path) -> Iterator[_Shape]:
    """Each line of a file, of a certain shape.

    Raises:
        CaseError: the file cannot be read, or a line is of another shape.
    """
    for number, line in enumerate(contents(file).split(b"\n"), start=1):
        if line.strip():
            yield parsed(shape, line, f"{file}, line {number}")


def packed(folder: Path, name: str) -> Path:
    """The file of that name in a folder, or the one that gzip made of it."""
    file, zipped = folder / name, folder / f"{name}.gz"
    return zipped if zipped.is_file() and not file.is_file() else file


def clean(text: str) -> str:
    """The same text, code point for code point, without what an article cannot hold."""
    return text.replace("\r\n", " \n").translate(_SAME)


def find(quote: str, text: str) -> tuple[int, int] | None:
    """Where a quote stands, whatever its white space, its dashes and its quotation marks."""
    quote = clean(quote).strip()
    start = text.find(quote)
    if quote and start < 0:
        words = map(re.escape, quote.translate(_ALIKE).split())
        match = re.search(r"\s+".join(words), text.translate(_ALIKE))
        return match.span() if match else None
    return (start, start + len(quote)) if quote else None
