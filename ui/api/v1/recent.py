"""The answers that were given of late, by their ids, which feedback on them names."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

from rag.limits import ApiLimits
from rag.schema import Answer
from ui.api.v1.problems import ProblemError
from ui.window.conversation.types import Exchange

_HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class _Kept:
    owner: str
    exchange: Exchange
    until: float


class RecentAnswers:
    """So many answers, for so many hours, in memory: the settings say how many. For any thread.

    ``now`` tells the seconds of a clock that only goes on.
    """

    def __init__(self, limits: ApiLimits, now: Callable[[], float] = time.monotonic) -> None:
        self._limits, self._now = limits, now
        self._answers: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, name: str, owner: str, answer: Answer) -> None:
        """Keep an answer by its id, for the caller who has it; the oldest goes for it."""
        slim = replace(answer, passages=())
        exchange = Exchange(answer.question, slim, "done", asked=time.time())
        with self._lock:
            until = self._now() + self._limits.answer_hours * _HOUR_S
            self._answers[name] = _Kept(owner, exchange, until)
            while len(self._answers) > self._limits.answers:
                self._answers.popitem(last=False)

    def exchange(self, name: str, owner: str) -> Exchange:
        """The question and the answer of an id.

        Raises:
            ProblemError: the caller has had none of that id, or too long ago.
        """
        with self._lock:
            one = self._answers.get(name)
        if one is None or one.owner != owner or one.until < self._now():
            raise ProblemError(
                "unknown-answer",
                f"No answer with this id was given to you in the last {self._limits.answer_hours:g}"
                f" hours, or {self._limits.answers:,} answers were given since, or this Ibid was "
                "started anew. Send the id of an answer soon after you have it.",
            )
        return one.exchange
