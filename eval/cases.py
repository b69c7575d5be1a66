"""Q&A sets: questions with their gold answers and the words that support them.

A set is a UTF-8 file of JSON lines, one case a line::

    {"id": "seeds-001", "question": "...", "answerable": true, "answers": ["..."],
     "evidence": [{"article": "seeds/x.md", "quote": "exact words"}],
     "history": [{"role": "user", "text": "..."}], "tags": ["fact"]}

Only ``id``, ``question`` and ``answerable`` are always needed. Any one of ``answers`` is right,
and any one of ``evidence`` supports it. A case with ``history`` is a follow-up question.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from rag.errors import CaseError
from rag.schema import Turn

Words = Annotated[str, Field(pattern=r"\S")]

# Strict, so that 1 does not pass for "1"; forbidding, so that a typo does not pass for a tag.
# `Turn` has no such line of its own and is held to the one of the `Case` around it.
_STRICT = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words that support the answer: where they stand, and the words exactly as they stand there.

    ``article`` is the path of a file or folder, relative to the working folder or to the folder
    of the set or any folder above it.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    article: Words
    quote: Words


@dataclass(frozen=True, slots=True)
class Case:
    """A question, what a right answer says, and where the articles say it."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    id: Words
    question: Words
    answerable: bool
    answers: tuple[Words, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    history: tuple[Turn, ...] = ()
    tags: tuple[Words, ...] = ()


_CASE = TypeAdapter(Case)


def load(path: Path) -> list[Case]:
    """Read a set, in the order of its lines; blank lines and a byte order mark are ignored.

    Raises:
        CaseError: the file cannot be read or holds no case, a line is not a case, an id comes
            twice, or ``answerable`` contradicts ``answers`` or ``evidence``.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CaseError(
            f"{path}: cannot be read ({error.strerror}); give the path of a Q&A set"
        ) from error
    except UnicodeDecodeError as error:
        at = error.object.count(b"\n", 0, error.start) + 1
        raise CaseError(f"{path}, line {at}: not UTF-8; save the set as UTF-8") from error

    cases: list[Case] = []
    seen: dict[str, int] = {}
    # Not splitlines(): JSON allows U+2028 and its like inside a string.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            case = _CASE.validate_json(line)
        except ValidationError as error:
            raise _wrong(path, number, *_told(error.errors()[0])) from None
        if contradiction := _contradiction(case):
            raise _wrong(path, number, *contradiction)
        if case.id in seen:
            raise _wrong(
                path, number, "id", f"{case.id!r} is taken by line {seen[case.id]}; give it another"
            )
        seen[case.id] = number
        cases.append(case)
    if not cases:
        raise CaseError(f"{path}: holds no case; write one JSON object a line")
    return cases


def _wrong(path: Path, line: int, field: str, fault: str) -> CaseError:
    place = f"field {field}: " if field else ""
    return CaseError(f"{path}, line {line}, {place}{fault}")


def _contradiction(case: Case) -> tuple[str, str] | None:
    if case.answerable and not case.answers:
        return "answers", "missing; add one, or set answerable to false"
    for field in ("answers", "evidence"):
        if not case.answerable and getattr(case, field):
            return field, "an unanswerable case has none; empty it, or set answerable to true"
    return None


def _told(error: ErrorDetails) -> tuple[str, str]:
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
