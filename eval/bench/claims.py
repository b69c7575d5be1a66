"""Claims about articles that no rule was made on: what the check of a sentence says of each.

The articles are written for this, of invented events, and in five languages: some for tuning
("develop"), some to report on ("report"), which has lost its innocence since, and some written by
one who knew neither the rules nor the other claims ("blind"): those tell what it is worth. Later
ones tell a passage again, or are near copies of it ("retold", for tuning and to report on). A true
claim is right if it is called verified, a false one if it is not. Claims by hand stand in
claims/; others are made of the same passages by rules: numbers in another form, or exchanged.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from eval.metrics import wilson
from rag.schema import Verdict
from rag.verify.claims import check

FOLDER = Path(__file__).parent / "claims"
_DIGITS = re.compile(r"(?<![\d.,/])\d{2,3}(?![\d.,/:]| \d{3})")
_GROUPED = re.compile(r"(?<![\d.,])(\d{1,3})[., ](\d{3})(?![\d.,])")


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence about a passage; ``kind`` is what was changed in it, or what it keeps."""

    half: str
    language: str
    kind: str
    is_true: bool
    text: str
    passage: str
    context: str

    @property
    def verdict(self) -> Verdict:
        """What the check says of it."""
        return check(self.text, [self.passage], self.context)

    @property
    def is_right(self) -> bool:
        """Whether that is right: verified if it is true, and not if it is false."""
        return (self.verdict.support == "verified") == self.is_true


def load(folder: Path = FOLDER) -> list[Claim]:
    """All claims, those by hand and those by rules."""
    return [claim for file in sorted(folder.glob("*.toml")) for claim in _claims(file)]


def _claims(file: Path) -> Iterator[Claim]:
    document = tomllib.loads(file.read_text("utf-8"))
    rng = random.Random(1)
    for article in document["articles"]:
        published: date = article["published"]
        context = f"{article['title']}\n{published:%d %B %Y}"
        for passage in article["passages"]:
            made = (*map(tuple, passage["claims"]), *_made(passage["quote"], rng))
            for kind, is_true, text in made:
                yield Claim(
                    article["half"], document["language"], kind, is_true, text, passage["quote"],
                    context,
                )  # fmt: skip


def _made(quote: str, rng: random.Random) -> Iterator[tuple[str, bool, str]]:
    """The passage with its numbers written otherwise, which is true, and with other numbers."""
    if _GROUPED.search(quote):
        for sign in (" ", ".", ","):
            if (told := _GROUPED.sub(rf"\1{sign}\2", quote)) != quote:
                yield "number form, by rule", True, told
    if found := _DIGITS.search(quote):
        other = int(found[0]) + rng.choice((-7, -1, 1, 9))
        yield "number, by rule", False, f"{quote[: found.start()]}{other}{quote[found.end() :]}"


def figures(claims: Sequence[Claim]) -> dict[str, list[dict[str, Any]]]:
    """Of each half, how many claims are right: by language, true or false, and kind."""
    halves: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for claim in claims:
        is_right = claim.is_right
        truth = "true" if claim.is_true else "false"
        for row in (claim.language, f"{claim.language}, {truth}", f"{claim.kind}, {truth}"):
            halves[claim.half][row].append(is_right)
    return {
        half: [row_of(name, rows[name]) for name in sorted(rows, key=lambda n: (len(n) > 9, n))]
        for half, rows in halves.items()
    }


def row_of(name: str, holds: Sequence[bool]) -> dict[str, Any]:
    """A row of a report: how many, the share that holds, and its 95 % interval."""
    interval = wilson(sum(holds), len(holds))
    return {
        "row": name,
        "n": len(holds),
        "share": round(sum(holds) / len(holds), 4) if holds else None,
        "interval": [round(bound, 4) for bound in interval] if interval else None,
    }
