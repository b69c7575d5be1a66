"""How other systems say that they do not know, and what they call the list of their sources.

A refusal is read from the first sentence that is more than a courtesy: who does not know says so
at once, and an answer that ends with what the articles leave open is an answer. What that errs
on examples, of which half were not looked at meanwhile, ``python -m eval.targets.words`` tells.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from rag.language.sentences import split

_BETWEEN = r"\W+"
_GAP = r"(?:\W+\w+){0,8}\W+"
_LONGEST = 600  # of a sentence: whoever refuses says so in few words
Half = Literal["develop", "held out"]


def is_heading_of_sources(text: str) -> bool:
    """Whether a line is what stands above a list of sources."""
    return text.strip().strip("*_#:").strip().casefold() in _words()["sources"]["headings"]


def is_refusal(text: str) -> bool:
    """Whether an answer says that it has none, in English or German."""
    for said in _sentences(text):
        for language in _languages():
            if not said or language.courtesy.fullmatch(said):
                break
            if language.refusal.search(said) and not language.concession.match(said):
                return True
        else:
            return False
    return False


def _sentences(text: str) -> Iterator[str]:
    """The sentences in plain words: whatever is written in two ways is written in one."""
    for span in split(text[: 10 * _LONGEST]):
        said = text[span.start : min(span.end, span.start + _LONGEST)].lower()
        said = re.sub(r"[’‘`]", "'", said).replace("can't", "can not").replace("cannot", "can not")
        said = re.sub(r"n't\b", " not", re.sub(r"\bi'm\b", "i am", said))
        yield re.sub(r"'(?:s|d|ll|ve|re)\b", "", said).strip()


@dataclass(frozen=True, slots=True)
class _Language:
    refusal: re.Pattern[str]
    concession: re.Pattern[str]
    courtesy: re.Pattern[str]


@cache
def _languages() -> tuple[_Language, ...]:
    return tuple(_language(one) for one in _words()["refusals"].values())


def _language(known: Mapping[str, Any]) -> _Language:
    phrases = (_pattern(phrase, known["lists"]) for phrase in known["phrases"])
    courtesies = _any(known["courtesies"])
    return _Language(
        refusal=re.compile("|".join(phrases)),
        concession=re.compile(rf"\W*{_any(known['concessions'])}\b"),
        courtesy=re.compile(rf"\W*(?:{courtesies}\W*)+"),
    )


def _pattern(phrase: str, lists: Mapping[str, Sequence[str]]) -> str:
    """A phrase of the table as a regular expression."""
    pieces, is_after_gap = "", True
    for word in phrase.split():
        if word == "…":
            pieces += _GAP
            is_after_gap = True
            continue
        if word.startswith("{"):
            names = word.strip("{}").split("|")
            words = [one for name in names for one in lists.get(name, (name,))]
        else:
            words = word.split("|")
        pieces += ("" if is_after_gap else r"\W+") + _any(words)
        is_after_gap = False
    return rf"\b{pieces}\b"


def _any(words: Iterable[str]) -> str:
    longest_first = sorted(words, key=len, reverse=True)
    patterns = (_BETWEEN.join(map(re.escape, word.split())) for word in longest_first)
    return f"(?:{'|'.join(patterns)})"


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(resources.files("eval.targets").joinpath("words.toml").read_text("utf-8"))


# What the reading of refusals is worth -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Example:
    """An answer, and whether it is a refusal."""

    half: Half
    language: str
    refused: bool
    text: str


def examples() -> list[Example]:
    """The labelled answers."""
    lines = resources.files("eval.targets").joinpath("refusals.jsonl").read_text("utf-8")
    return [Example(**json.loads(line)) for line in lines.splitlines()]


def wrong(half: Half) -> list[Example]:
    """Those of a half that are read wrongly."""
    return [one for one in examples() if one.half == half and is_refusal(one.text) != one.refused]


def main() -> None:
    """Print how many of each half are read wrongly."""
    from eval.metrics import wilson

    for half in ("develop", "held out"):
        n = sum(one.half == half for one in examples())
        failed = wrong(half)
        low, high = wilson(len(failed), n) or (0.0, 1.0)
        sys.stdout.write(f"{half}: {len(failed)} of {n} wrong ({low:.1%} … {high:.1%})\n")
        missed = sum(one.refused for one in failed)
        sys.stdout.write(
            f"  {missed} refusals missed, {len(failed) - missed} answers taken for one\n"
        )
        if half == "develop":
            sys.stdout.writelines(f"  {one.text}\n" for one in failed)


if __name__ == "__main__":
    main()
