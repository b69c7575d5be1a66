"""How fast a language model reads and writes here: measured on request, and remembered."""

from __future__ import annotations

import json
import platform
import time
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.disk import write_whole
from rag.errors import ModelError, ProviderError
from rag.language.token_counts import tokens
from rag.models.threads import cores

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_RECORD = "speeds.json"
_PASSAGE = (
    "The harbour of Little Aven has four quays. The oldest was built of oak in 1811 and is used by "
    "fishing boats; the widest, of concrete, takes the ferry twice a day except on Sundays. "
)
_QUESTION = "Describe this harbour in about forty words."
MOST_WRITTEN = 48  # tokens: enough to tell, and on a slow machine not too long


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens a second, read and written, by the model's count if it tells; when, and where."""

    reads: float
    writes: float
    day: date
    machine: str


def measure(model: BaseChatModel) -> Speed:
    """Have a model read a passage and write about it. What is sent is Ibid's own.

    Raises:
        ProviderError: it said nothing.
        Exception: whatever the model's package raises where it cannot be asked.
    """
    for _ in model.stream("Say: ready."):  # what is loaded at the first question is not counted
        pass
    prompt = (
        f"{time.time_ns()}\n{_PASSAGE * 3}\n{_QUESTION}"  # none whose beginning was read before
    )
    began, first, said, used = time.monotonic(), 0.0, "", (0, 0)
    for piece in model.stream(prompt):
        if piece.text and not first:
            first = time.monotonic()
        said += piece.text
        if usage := getattr(piece, "usage_metadata", None):
            used = usage["input_tokens"], usage["output_tokens"]
    ended = time.monotonic()
    if not said.strip():
        raise ProviderError("it said nothing")
    read, written = used[0] or tokens(prompt), used[1] or tokens(said)
    return Speed(
        reads=round(read / max(first - began, 1e-3), 1),
        writes=round(written / max(ended - first, 1e-3), 1),
        day=date.today(),
        machine=machine(),
    )


def machine() -> str:
    """This machine, by its name and what it computes with."""
    count = cores()
    return f"{platform.node() or 'unnamed'}, {platform.machine()}, {count} core{'s' * (count > 1)}"


def remembered(folder: Path) -> dict[str, Speed]:
    """What was measured on this machine, by the name of the model; ``folder``: the models'."""
    try:
        kept: Any = json.loads((folder / _RECORD).read_bytes())
        speeds = {name: _speed(one) for name, one in kept.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}
    return {name: one for name, one in speeds.items() if one.machine == machine()}


def remember(folder: Path, name: str, speed: Speed) -> None:
    """Keep what was measured, in the place of what was before. Raises ModelError: it cannot be."""
    kept = {**remembered(folder), name: speed}
    text = json.dumps({name: asdict(one) for name, one in kept.items()}, default=date.isoformat)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / _RECORD, text.encode())
    except OSError as error:
        raise ModelError(
            f"{folder} cannot be written ({error.strerror or error}); set IBID_MODELS_DIR to "
            "another folder"
        ) from None


def _speed(kept: Any) -> Speed:
    return Speed(
        reads=float(kept["reads"]),
        writes=float(kept["writes"]),
        day=date.fromisoformat(kept["day"]),
        machine=str(kept["machine"]),
    )
