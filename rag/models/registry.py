"""The models that ``models.toml`` lists: their files, with size and SHA-256, and where from."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

WEIGHTS = Path(__file__).with_name("weights")
"""What comes with Ibid of models: the reader, and the graphs of others' weights."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model. ``name`` is its path in the model's folder, ``size`` is in bytes."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Wheel:
    """Where a model's files lie on the package index.

    ``requirement`` and ``member`` are patterns: ``{n}`` is the number of the part, counted from
    1, and ``{name}`` the name of the file. All parts but the last are ``part_size`` bytes long.
    """

    requirement: str
    member: str
    parts: int = 1
    part_size: int = 0


@dataclass(frozen=True, slots=True)
class Hub:
    """Where a model's files lie on the model hub, under their own names."""

    repository: str
    revision: str


@dataclass(frozen=True, slots=True)
class Model:
    """A model as ``models.toml`` lists it. ``default``: set-up fetches it.

    ``query_prompt`` is what an embedder wants before a question, though not before a passage;
    ``calibration`` the slope and intercept that make a probability of a reranker's score, and
    ``graph`` the file in `WEIGHTS` by which an embedder is run without torch.
    """

    name: str
    title: str
    role: Literal["embedder", "reranker", "language model"]
    licence: str
    files: tuple[ModelFile, ...]
    default: bool = False
    query_prompt: str = ""
    calibration: tuple[float, float] = (1.0, 0.0)
    graph: str = ""
    wheel: Wheel | None = None
    hub: Hub | None = None

    @property
    def fingerprint(self) -> str:
        """What tells this embedder's vectors from those of another."""
        return f"{self.name}@{self.files[0].sha256[:12]}"

    @property
    def is_known(self) -> bool:
        """Whether it is known what its files must be; of one of the hub it is once it was had."""
        return all(file.sha256 for file in self.files)

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)


@cache
def listed() -> dict[str, Model]:
    """Every model of ``models.toml``, by name, in the order of that file."""
    text = Path(__file__).with_name("models.toml").read_text(encoding="utf-8")
    return {name: _model(name, **entry) for name, entry in tomllib.loads(text).items()}


def _model(
    name: str,
    *,
    files: list[dict[str, Any]],
    wheel: dict[str, Any] | None = None,
    hub: dict[str, Any] | None = None,
    calibration: Sequence[float] = (1.0, 0.0),
    **rest: Any,
) -> Model:
    return Model(
        name,
        files=tuple(ModelFile(**file) for file in files),
        wheel=Wheel(**wheel) if wheel else None,
        hub=Hub(**hub) if hub else None,
        calibration=(calibration[0], calibration[1]),
        **rest,
    )
