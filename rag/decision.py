"""The one decision: from all signals to the probability of an answer, and what is done with it.

Each step is a logistic regression whose weights ``make train-decision`` fits on questions that are
in no test, and that are kept in ``decision.toml``.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from rag.settings import Settings

Outcome = Literal["told", "hedged", "refused"]
# A model that is surer than this that it will or will not answer counts as no surer.
_SUREST = 0.01


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for a sentence, in logits.

    ``answers``: of the reader, that the text around it answers; ``shortfall``: by how much its
    words are less likely to be the answer than the likeliest of that text, 0 or less;
    ``sentence``: of the reranker, that the sentence alone is about the question.
    """

    answers: float
    shortfall: float
    sentence: float


@dataclass(frozen=True, slots=True)
class Vote:
    """What a language model that read the passages says.

    ``reader``: log odds of the best evidence before it was asked; ``not_found``: log odds that it
    would find no answer; ``is_supported``: what it says answers, and was verified; ``agrees``: it
    says the words that the reader has found.
    """

    reader: float
    not_found: float
    is_supported: bool
    agrees: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """The weights of both regressions, by the name of their signal, and ``intercept``."""

    text: Mapping[str, float]
    vote: Mapping[str, float]

    def of_text(self, signals: Signals) -> float:
        """The probability that a sentence answers the question."""
        return _weighted(self.text, asdict(signals))

    def of_vote(self, vote: Vote) -> float:
        """The probability that the evidence answers, now that a model has read it too."""
        return _weighted(self.vote, asdict(vote))

    def at_best(self, reader: float) -> float:
        """The probability after the best vote that a model could give, from these log odds."""
        return self.of_vote(Vote(reader, doubt(0.0), is_supported=True, agrees=True))


def outcome(chance: float, settings: Settings) -> Outcome:
    """What is done with an answer of this probability: told, told with a hedge, or refused."""
    if chance >= settings.strictness:
        return "told"
    return "hedged" if chance >= settings.answering.hedged * settings.strictness else "refused"


def doubt(not_found: float) -> float:
    """The log odds of the probability that a model would find no answer, 4.6 at most."""
    chance = min(max(not_found, _SUREST), 1 - _SUREST)
    return math.log(chance / (1 - chance))


def logistic(odds: float) -> float:
    """The probability that log odds stand for; those beyond 30 count as 30."""
    return 1 / (1 + math.exp(-max(min(odds, 30.0), -30.0)))


def log_odds(chance: float) -> float:
    """The logarithm of the odds, within what probabilities can be told apart by."""
    chance = min(max(chance, 1e-6), 1 - 1e-6)
    return math.log(chance / (1 - chance))


def _weighted(weights: Mapping[str, float], signals: Mapping[str, float]) -> float:
    return logistic(weights["intercept"] + sum(weights[n] * float(x) for n, x in signals.items()))


@cache
def decision() -> Decision:
    """The decision that comes with Ibid."""
    text = (files(__package__) / "decision.toml").read_text("utf-8")
    return Decision(**tomllib.loads(text))
