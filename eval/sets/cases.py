"""Q&A sets: questions with their gold answers and the words that support them.

A set is a UTF-8 file of JSON lines, one case a line::

    {"id": "seeds-001", "question": "...", "answerable": true, "answers": ["..."],
     "evidence": [{"article": "seeds/x.md", "quote": "exact words"}],
     "history": [{"role": "user", "text": "..."}], "tags": ["fact"], "without": []}

Only ``id``, ``question`` and ``answerable`` are always needed, and of an answerable case
``answers`` or ``evidence``. Any one of ``answers`` is right, and any one of ``evidence`` supports
it. A case with ``history`` is a follow-up question. A case is asked as if the articles of
``without`` were not in the library: so a question that one article alone answers becomes one that
none does. `schema` says the same for other programs; ``python -m eval.sets.cases`` writes it.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from eval.sets.contents import unpacked
from rag.disk import write_whole
from rag.errors import CaseError
from rag.schema import Turn

Words = Annotated[str, Field(pattern=r"\S")]

# Strict, so that "yes" does not pass for true; forbidding, so that a typo does not pass for a tag.
# `Turn` has no such line of its own and is held to the one of the `Case` around it.
_STRICT = ConfigDict(extra="forbid", strict=True)


_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def _id_in_words(value: object) -> object:
    """An id; many sets count their cases, and so write a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words that support the answer: where they stand, and the words exactly as they stand there.

    ``article`` is the path of a file or folder, relative to the working folder or to the folder
    of the set or any folder above it; or the id or source of an article in the library.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    article: Words
    quote: Words


@dataclass(frozen=True, slots=True)
class Case:
    """A question, what a right answer says, and where the articles say it."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    id: Annotated[
        Words, BeforeValidator(_id_in_words), Field(description="unlike any other of the set")
    ]
    question: Words
    answerable: Annotated[bool, Field(description="whether the articles hold the answer")]
    answers: Annotated[tuple[Words, ...], Field(description="any one of them is right")] = ()
    evidence: Annotated[
        tuple[Evidence, ...], Field(description="any one of them supports the answer")
    ] = ()
    history: Annotated[
        tuple[Turn, ...], Field(description="the conversation before a follow-up question")
    ] = ()
    tags: Annotated[tuple[Words, ...], Field(description="what reports are sliced by")] = ()
    without: Annotated[
        tuple[Words, ...], Field(description="articles, named as in evidence, that are left out")
    ] = ()


SETS = "sets"
"""The folder of a library that holds the sets which were brought to it, or made from it."""
SCHEMA = Path(__file__).with_name("schema.json")
_CASE = TypeAdapter(Case)


@dataclass(frozen=True, slots=True)
class Reading:
    """All that a file holds: its good cases by line, counted from 1, and what is wrong in it."""

    cases: dict[int, Case]
    faults: tuple[CaseError, ...]


def load(path: Path) -> list[Case]:
    """Read a set, in the order of its lines; blank lines and a byte order mark are ignored,
    and what is packed by gzip is unpacked.

    Raises:
        CaseError: the file cannot be read or holds no case, a line is not a case, an id comes
            twice, or ``answerable`` contradicts ``answers`` or ``evidence``.
    """
    reading = read(path)
    if reading.faults:
        raise reading.faults[0]
    return list(reading.cases.values())


def read(path: Path) -> Reading:
    """Read a set with all that is wrong in it, one line a fault.

    Raises:
        CaseError: the file cannot be read, or holds nothing.
    """
    data = unpacked(path)
    try:
        text = data.decode("utf-16" if data.startswith(_UTF_16) else "utf-8-sig")
    except UnicodeDecodeError as error:
        at = error.object.count(b"\n", 0, error.start) + 1
        raise CaseError(
            f"{path}, line {at}: not UTF-8; save the set as UTF-8", "set encoding", line=at
        ) from error

    cases: dict[int, Case] = {}
    faults: list[CaseError] = []
    seen: dict[str, int] = {}
    # Not splitlines(): JSON allows U+2028 and its like inside a string.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            case = _CASE.validate_json(line)
        except ValidationError as error:
            faults += [_wrong(path, number, *told(one)) for one in error.errors()]
            continue
        if contradiction := _contradiction(case):
            faults.append(_wrong(path, number, *contradiction))
        elif case.id in seen:
            taken = f"{case.id!r} is taken by line {seen[case.id]}; give it another"
            faults.append(_wrong(path, number, "id", taken))
        else:
            seen[case.id] = number
            cases[number] = case
    if not cases and not faults:
        raise CaseError(f"{path}: holds no case; write one JSON object a line", "set empty")
    return Reading(cases, tuple(faults))


def line_of(case: Case) -> str:
    """A case as one line of a set, without its empty fields and without the line's end."""
    document = _CASE.dump_python(case, mode="json")
    full = {name: value for name, value in document.items() if value not in ([], ())}
    return json.dumps(full, ensure_ascii=False)


def save(path: Path, cases: Iterable[Case]) -> None:
    """Write a new set.

    Raises:
        CaseError: there is such a file already, or it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() or path.is_symlink():
            raise CaseError(f"{path}: is there already; name another file")
        write_whole(path, "".join(f"{line_of(case)}\n" for case in cases).encode())
    except OSError as error:
        raise CaseError(f"{path}: cannot be written ({error.strerror}); name another") from error


def append(path: Path, cases: Iterable[Case]) -> None:
    """Add cases to a set, which is made if there is none.

    Raises:
        CaseError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_bytes() if path.exists() else b""
        end = b"\n" if before and not before.endswith(b"\n") else b""
        added = "".join(f"{line_of(case)}\n" for case in cases)
        write_whole(path, before + end + added.encode())
    except OSError as error:
        raise CaseError(f"{path}: cannot be written ({error.strerror}); name another") from error


def examples() -> list[Case]:
    """One case of each sort, in words that say what belongs where."""
    return [
        Case(
            id="set-001",
            question="What does one of your articles answer, in the words of a reader?",
            answerable=True,
            answers=("the answer, short", "the same answer in other words"),
            evidence=(
                Evidence(
                    "path/of/the/article.md",
                    "The sentence that answers, copied exactly as it stands in the article.",
                ),
            ),
            tags=("fact",),
        ),
        Case(
            id="set-002",
            question="And what does a reader ask next?",
            answerable=True,
            answers=("the answer to the follow-up",),
            evidence=(Evidence("path/of/the/article.md", "The sentence that answers it."),),
            history=(
                Turn("user", "What did the reader ask before?"),
                Turn("assistant", "What was answered."),
            ),
            tags=("follow-up",),
        ),
        Case(
            id="set-003",
            question="What do the articles treat but not tell, such as a detail that is missing?",
            answerable=False,
            tags=("unanswerable",),
        ),
    ]


def schema() -> dict[str, Any]:
    """The JSON Schema of a line, with the rules that bind its fields together."""
    empty = {"maxItems": 0}
    some = {"minItems": 1}
    answered = [{"required": [name], "properties": {name: some}} for name in _OF_ANSWERS]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_CASE.json_schema(),
        "title": "A line of an Ibid Q&A set",
        "if": {"properties": {"answerable": {"const": True}}},
        "then": {"anyOf": answered},
        "else": {"properties": dict.fromkeys(_OF_ANSWERS, empty)},
    }


_OF_ANSWERS = ("answers", "evidence")


def _wrong(path: Path, line: int, field: str, fault: str) -> CaseError:
    place = f"field {field}: " if field else ""
    return CaseError(f"{path}, line {line}, {place}{fault}", "set case", line=line)


def _contradiction(case: Case) -> tuple[str, str] | None:
    if case.answerable and not case.answers and not case.evidence:
        return "answers", "missing; add one, or evidence, or set answerable to false"
    for field in _OF_ANSWERS:
        if not case.answerable and getattr(case, field):
            return field, "an unanswerable case has none; empty it, or set answerable to true"
    return None


def told(error: ErrorDetails) -> tuple[str, str]:
    """The field as one would write it, ``evidence[0].quote``, and what to do about it."""
    field = "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"]
    ).lstrip(".")
    match error["type"]:
        case "missing" | "missing_argument":
            return field, "missing; add it"
        case "unexpected_keyword_argument":
            return field, "unknown; correct its name or remove it"
        case "string_pattern_mismatch":
            return field, "empty; fill it in"
        case "json_invalid":
            return field, f"{error['msg'].lower()}; write one JSON object a line"
        case _:
            return field, f"{error['msg'].lower()}; correct it"


if __name__ == "__main__":
    SCHEMA.write_text(json.dumps(schema(), ensure_ascii=False, indent=2) + "\n", "utf-8")
