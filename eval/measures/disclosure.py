"""What a system tells of its answer beside the words: what it does not tell is undefined."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What is known of an answer. Ibid tells all of it; another system mostly less.

    ``citations``: what it cites. ``places``: which sentence cites what. ``uncited``: which cites
    nothing. ``quotes``: the words that are cited, not the article alone. ``verdicts``: what its
    citations are worth to a sentence. ``wordings``: which sentences are quotations, which are a
    model's, and the short answer. ``doubts``: that it tells the nearest words alone.
    ``probabilities``: how probable the answer is. ``passages``: those that search found, the best
    first.
    """

    citations: bool = True
    places: bool = True
    uncited: bool = True
    quotes: bool = True
    verdicts: bool = True
    wordings: bool = True
    doubts: bool = True
    probabilities: bool = True
    passages: bool = True


ALL = Disclosure()
