"""A language model as the judge of an answer, and how far it may be trusted.

It is asked whether the answer says the same as a gold answer, in whatever words, which no count
of shared words can tell. What it says is worth what its agreement with people's labels is worth::

    python -m eval.measures.judge [--model NAME] [--file eval/sets/judged.jsonl]
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from eval import prompts
from eval.measures.scoring import refused
from eval.metrics.agreement import kappa, kappa_interval
from eval.sets.cases import Case, Words, told
from rag.errors import CaseError
from rag.prompts import inert
from rag.schema import Answer
from rag.settings import Settings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

LABELLED = Path(__file__).parents[1] / "sets" / "judged.jsonl"
# One word is wanted; some models put a few before it.
_MOST_TOKENS = 16
_LONGEST = 2_000
_VERDICT = re.compile(r"\b(not correct|incorrect|correct)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Judge:
    """A chat model that says whether an answer is right. ``name`` is what is recorded of it.

    It is a `Measure`: called with a case and its answer, it gives "judged correct".
    """

    model: BaseChatModel
    name: str
    names: ClassVar[tuple[str, ...]] = ("judged correct",)

    def __call__(self, case: Case, answer: Answer) -> dict[str, float | None]:
        """1 or 0; None without gold answers or a clear verdict. A refusal of them is 0, unasked."""
        if not case.answers:
            return {"judged correct": None}
        if refused(answer):
            return {"judged correct": 0.0}
        verdict = self.verdict(answer.standalone or case.question, case.answers, answer.text)
        return {"judged correct": None if verdict is None else float(verdict)}

    def verdict(self, question: str, answers: Sequence[str], answer: str) -> bool | None:
        """Whether the answer says what one of the right answers says; None if it does not tell.

        Raises:
            Exception: the model's own, where it fails.
        """
        # Streamed, so that a local server notices who has hung up and stops.
        pieces = self.model.stream(messages(question, answers, answer))
        return read_verdict("".join(piece.text for piece in pieces))


def judge(settings: Settings, name: str = "") -> Judge:
    """The model of the settings, or another of this name, as a judge: temperature 0, few words.

    Raises:
        ModelError, SettingsError, ProviderError: as `rag.models.chat.chat_model`.
    """
    from rag.models.chat import chat_model

    name = name or settings.model
    pinned = {"model": name, "temperature": 0.0, "max_answer_tokens": _MOST_TOKENS}
    return Judge(chat_model(settings.model_copy(update=pinned)), name)


def messages(question: str, answers: Sequence[str], answer: str) -> list[BaseMessage]:
    """What is said to the judge. What others wrote stands on a line each, its markers broken."""
    return prompts.few_shot("judge").messages(_asked, _asked(question, answers, answer))


def _asked(question: str, answers: Sequence[str], answer: str) -> str:
    right = " / ".join(inert(one)[:_LONGEST] for one in answers)
    return (
        f"Question: {inert(question)[:_LONGEST]}\n"
        f"Right answers: {right[:_LONGEST]}\n"
        f"Given answer: {inert(answer)[:_LONGEST]}"
    )


def read_verdict(reply: str) -> bool | None:
    """The first verdict in a reply; None where there is none."""
    match = _VERDICT.search(reply)
    return match.group().casefold() == "correct" if match else None


# What the judge is worth ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer and whether a person found it right."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)

    id: Words
    question: Words
    answers: tuple[Words, ...]
    answer: Words
    correct: bool


_JUDGED = TypeAdapter(Judged)


def labelled(path: Path = LABELLED) -> list[Judged]:
    """Read labelled examples, one JSON object a line.

    Raises:
        CaseError: the file cannot be read, holds none, or a line is no example.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CaseError(f"{path}: cannot be read ({error}); give a file of examples") from error
    judged = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            judged.append(_JUDGED.validate_json(line))
        except ValidationError as error:
            field, fault = told(error.errors()[0])
            raise CaseError(f"{path}, line {number}, field {field}: {fault}") from None
    if not judged:
        raise CaseError(f"{path}: holds no example; write one JSON object a line")
    return judged


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far a judge agrees with the labels of ``n`` examples that it told a verdict on.

    ``kappa`` with its 95 % interval; ``agreed`` of ``n``; ``unclear`` is where it told none;
    ``mistakes`` are the ids of those on which it disagrees.
    """

    kappa: float | None
    low: float | None
    high: float | None
    agreed: int
    n: int
    unclear: int
    mistakes: tuple[str, ...]


def agreement(
    judge: Judge,
    examples: Sequence[Judged],
    *,
    seed: int = 0,
    on_example: Callable[[int], None] = lambda _: None,
) -> Agreement:
    """Let the judge judge the examples. ``on_example`` is told how many are done."""
    verdicts = []
    for number, example in enumerate(examples, start=1):
        verdicts.append(judge.verdict(example.question, example.answers, example.answer))
        on_example(number)
    clear = [
        (example, verdict)
        for example, verdict in zip(examples, verdicts, strict=True)
        if verdict is not None
    ]
    labels = [example.correct for example, _ in clear]
    clear_verdicts = [verdict for _, verdict in clear]
    low, high = kappa_interval(labels, clear_verdicts, seed=seed) or (None, None)
    mistakes = tuple(example.id for example, verdict in clear if verdict != example.correct)
    return Agreement(
        kappa=kappa(labels, clear_verdicts),
        low=low,
        high=high,
        agreed=len(clear) - len(mistakes),
        n=len(clear),
        unclear=len(examples) - len(clear),
        mistakes=mistakes,
    )


def main() -> None:
    """Print how far a model agrees with the labelled examples."""
    from rich.console import Console
    from rich.progress import Progress

    from rag.settings import load

    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--model", default="", help="the judge; else the model of the settings")
    parser.add_argument("--file", type=Path, default=LABELLED, help="labelled examples")
    arguments = parser.parse_args()
    examples = labelled(arguments.file)
    judging = judge(load(), arguments.model)
    with Progress(console=Console(stderr=True)) as bars:
        task = bars.add_task("Judging", total=len(examples))
        measured = agreement(judging, examples, on_example=lambda n: bars.update(task, completed=n))
    shown = "undefined" if measured.kappa is None else f"{measured.kappa:.3f}"
    interval = "" if measured.low is None else f" ({measured.low:.3f} … {measured.high:.3f})"
    console = Console()
    console.print(f"{judging.name}, prompt {prompts.version('judge')}: kappa {shown}{interval}")
    console.print(f"agrees on {measured.agreed} of {measured.n}, {measured.unclear} unclear")
    console.print(f"disagrees on: {', '.join(measured.mistakes) or 'none'}", markup=False)


if __name__ == "__main__":
    main()
