"""What asks another system, and what came of it in Ibid's own words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from eval.measures.disclosure import Disclosure
from rag.schema import Answer, Filter, Passage, Turn


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer of another system, and what it told beside it.

    ``answer.passages`` are those that it says it found, if ``disclosed`` says that it tells them.
    ``tokens`` are those read and written, None where it does not count them. ``seconds`` are those
    of the request that was answered, without others that failed before it.
    """

    answer: Answer
    disclosed: Disclosure
    tokens: tuple[int, int] | None = None
    seconds: float = 0.0


class Target(Protocol):
    """Another system that answers questions, an `eval.runs.runner.Answerer` that replies.

    It may be asked by several threads at once.
    """

    @property
    def model_name(self) -> str:
        """What it calls itself."""
        ...

    @property
    def secrets(self) -> Sequence[str]:
        """What must never be written down."""
        ...

    def ask(self, question: str, history: Sequence[Turn] = (), only: Filter | None = None) -> Reply:
        """Its answer to a question, after a conversation.

        Raises:
            ProviderError: it did not answer, or nothing that can be read; or ``only`` is given,
                since nobody can be asked to leave out articles that are theirs.
        """
        ...

    def search(self, question: str, k: int = 10, only: Filter | None = None) -> list[Passage]:
        """Nothing: what it found comes with its reply."""
        ...

    def close(self) -> None:
        """Let go of its connections."""
        ...
