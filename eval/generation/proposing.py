"""Cases proposed into a file, which goes on where it was left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from eval.generation import candidates
from eval.generation.generate import generate
from rag.assistant import Assistant
from rag.models.chat import chat_model


def propose(
    assistant: Assistant,
    out: Path,
    n: int,
    seed: int,
    folder: Path,
    advance: Callable[[], None],
    files: Mapping[str, str],
) -> None:
    """Have the model of the settings propose cases on what an assistant searches, into a file.

    Args:
        n: passages that are tried, with those that were before.
        folder: sources within it are named from it.
        advance: is told of each passage, when what came of it is on disk. What it raises ends it.
        files: where articles were had, by id, if that is not as their sources say.

    Raises:
        CaseError: the file holds something else, or cannot be written.
        ModelError, ProviderError: the model cannot be had, or fails.
    """
    before = list(candidates.read(out).values())
    made = generate(
        assistant,
        chat_model(assistant.library.settings),
        n,
        lambda info: _within(folder, files.get(info.id, info.source)),
        seed=seed,
        before=before,
    )
    for some in made:
        candidates.record(out, some)
        advance()


def _within(folder: Path, path: str) -> str:
    """A file's path from a folder that it lies in; any other as it is."""
    file = Path(path)
    is_inside = file.is_file() and file.resolve().is_relative_to(folder)
    return str(file.resolve().relative_to(folder)) if is_inside else path
