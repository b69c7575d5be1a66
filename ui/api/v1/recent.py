"""The answers that were given of late, by their ids, which feedback on them names."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.errors import LibraryError
from rag.limits import ApiLimits
from rag.schema import Answer
from ui.api.v1.problems import ProblemError
from ui.window.conversation.exchange_json import dump, load
from ui.window.conversation.types import Exchange

if TYPE_CHECKING:
    from ui.state.given import AnswersGiven

log = logging.getLogger(__name__)

_HOUR_S = 3600


class RecentAnswers:
    """So many answers, for so many hours: the settings say how many. For any thread.

    ``given`` keeps them; ``now`` tells the time, as `time.time` does.
    """

    def __init__(
        self, limits: ApiLimits, given: AnswersGiven, now: Callable[[], float] = time.time
    ) -> None:
        self._limits, self._given, self._now = limits, given, now

    async def keep(self, name: str, owner: str, answer: Answer) -> None:
        """Keep an answer by its id, for the caller who has it; the oldest goes for it.

        Where it cannot be kept just now it is given all the same, and feedback finds it unknown.
        """
        slim = replace(answer, passages=())
        body = dump(Exchange(answer.question, slim, "done", asked=time.time()))
        until = self._now() + self._limits.answer_hours * _HOUR_S
        try:
            await asyncio.to_thread(self._given.put, name, owner, body, until, self._limits.answers)
        except LibraryError as error:
            log.warning("an answer is not kept for feedback: %s", error)

    def exchange(self, name: str, owner: str) -> Exchange:
        """The question and the answer of an id.

        Raises:
            ProblemError: the caller has had none of that id, or too long ago.
        """
        body = self._given.get(name, owner, self._now())
        if body is None:
            raise ProblemError(
                "unknown-answer",
                f"No answer with this id was given to you in the last {self._limits.answer_hours:g}"
                f" hours, or {self._limits.answers:,} answers were given since, or this Ibid was "
                "started anew. Send the id of an answer soon after you have it.",
            )
        return load(body)
