"""Made-up pairs of texts: nearly the same, or only alike at first sight. No model, no download."""

from __future__ import annotations

import random
from collections.abc import Callable

_TOPICS = (
    "harbour ferry council bridge school library orchard tram station mill museum clinic river "
    "market theatre dam lighthouse bakery stadium railway depot garden archive quarry brewery "
    "chapel airfield shipyard college reservoir observatory canal"
).split()
_VERBS = (
    "opened closed moved grew shrank repaired sold bought planned refused praised counted painted "
    "measured lost found raised lowered joined left"
).split()
_WORDS = (
    "old new northern southern wooden stone quiet crowded early late public private narrow wide "
    "expensive cheap local regional yearly weekly summer winter morning evening visitors workers "
    "pupils farmers members neighbours engineers owners tenants drivers nurses painters"
).split()
_NAMES = "Aldwick Dunmore Quince Hollin Maris Tarn Velden Osk Perrin Lowe Brandt Ilse".split()


def _sentence(rng: random.Random) -> str:
    topic, other = rng.sample(_TOPICS, 2)
    words = [
        f"The {rng.choice(_WORDS)} {topic} of {rng.choice(_NAMES)} {rng.choice(_VERBS)}",
        rng.choice(["before", "after", "because of", "together with", "in spite of"]),
        f"the {rng.choice(_WORDS)} {other}, and {rng.randint(3, 990)} {rng.choice(_WORDS)}",
        f"{rng.choice(_VERBS)} {rng.choice(_WORDS)} {rng.choice(_TOPICS)}s",
        rng.choice(["in spring", "last year", f"in {rng.randint(1950, 2024)}", "at once", "again"]),
    ]
    return " ".join(words) + "."


def text(rng: random.Random, sentences: int) -> list[str]:
    """A text of so many sentences of some 20 words."""
    return [_sentence(rng) for _ in range(sentences)]


def _reprint(rng: random.Random) -> tuple[str, str]:
    """One figure and one word of it were corrected."""
    first = text(rng, rng.randint(6, 40))
    second = list(first)
    place = rng.randrange(len(second))
    words = second[place].split()
    words[rng.randrange(len(words))] = str(rng.randint(1000, 9999))
    second[place] = " ".join(words)
    return " ".join(first), " ".join([*second, "Corrected on Monday."])


def _another_lead(rng: random.Random) -> tuple[str, str]:
    """An agency's text, under a paragraph of each paper's own."""
    body = text(rng, rng.randint(20, 40))
    return " ".join(text(rng, 3) + body), " ".join(text(rng, rng.randint(2, 4)) + body)


def _shortened(rng: random.Random) -> tuple[str, str]:
    """The other paper left the last quarter out."""
    body = text(rng, rng.randint(12, 40))
    return " ".join(body), " ".join(body[: -(len(body) // 4)])


def _edited(rng: random.Random) -> tuple[str, str]:
    """A word in sixty is another."""
    words = " ".join(text(rng, rng.randint(10, 40))).split()
    other = [rng.choice(_WORDS) if rng.random() < 1 / 60 else word for word in words]
    return " ".join(words), " ".join(other)


def _framed(rng: random.Random) -> tuple[str, str]:
    """The same under the heading and above the notes of a web page."""
    body = text(rng, rng.randint(20, 40))
    return " ".join(body), " ".join([*text(rng, 1), *body, *text(rng, 2)])


def _series(rng: random.Random) -> tuple[str, str]:
    """Two parts of one series: the words about the series are the same."""
    head, foot = text(rng, 2), text(rng, 2)
    parts = [" ".join(head + text(rng, rng.randint(10, 40)) + foot) for _ in range(2)]
    return parts[0], parts[1]


def _tables(rng: random.Random) -> tuple[str, str]:
    """Two tables of one shape: other figures in the same rows and columns."""
    head = "| Region | " + " | ".join(str(year) for year in range(2015, 2022)) + " |"
    rows = rng.sample(_NAMES, 8)

    def filled() -> str:
        cells = [f"| {row} | " + " | ".join(str(rng.randint(10, 999)) for _ in range(7)) + " |"
                 for row in rows]  # fmt: skip
        return "\n".join([head, *cells])

    return filled(), filled()


def _reports(rng: random.Random) -> tuple[str, str]:
    """Two weekly reports: one wording, with other names and figures."""

    def filled() -> str:
        def n() -> int:
            return rng.randint(10, 990)

        return (
            f"In week {n()} the port of {rng.choice(_NAMES)} handled {n()} ships, {n()} more than "
            f"in the week before. The largest was the {rng.choice(_NAMES)}, with {n()} containers. "
            f"{rng.choice(_NAMES)} came second with {n()}. The depot stored {n()} crates of "
            f"{rng.choice(_WORDS)} goods, and {n()} were sent on by rail to {rng.choice(_NAMES)}. "
            f"Water stood at {n()} centimetres on {rng.choice(['Monday', 'Friday', 'Sunday'])}."
        )

    return filled(), filled()


def _bulletins(rng: random.Random) -> tuple[str, str]:
    """Two bulletins of one wording, with hardly more than a figure in a sentence."""
    wording = [" ".join(_sentence(rng).split()[:14]) for _ in range(6)]

    def filled() -> str:
        lines = (f"{line} by {rng.randint(10, 990)} in {rng.choice(_NAMES)}." for line in wording)
        return " ".join(lines)

    return filled(), filled()


def _subject(rng: random.Random) -> tuple[str, str]:
    """Two articles that quote the same three sentences."""
    quoted = text(rng, 3)
    both = [text(rng, 15) for _ in range(2)]
    return " ".join(both[0][:7] + quoted + both[0][7:]), " ".join(both[1] + quoted)


Kind = Callable[[random.Random], tuple[str, str]]
NEAR: dict[str, Kind] = {
    "reprint": _reprint, "another lead": _another_lead, "shortened": _shortened,
    "edited": _edited, "framed": _framed,
}  # fmt: skip
APART: dict[str, Kind] = {
    "series": _series, "tables": _tables, "reports": _reports, "bulletins": _bulletins,
    "subject": _subject,
}  # fmt: skip


def pairs(kind: Kind, seed: int, n: int) -> list[tuple[str, str]]:
    """So many pairs of a kind. Those of even seeds chose the threshold; odd ones are reported."""
    rng = random.Random(seed)
    return [kind(rng) for _ in range(n)]
