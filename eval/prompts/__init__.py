"""What the evaluation says to language models. The words are in TOML, beside this file."""

from __future__ import annotations

from rag.prompts import FewShot
from rag.prompts import few_shot as _few_shot


def few_shot(name: str) -> FewShot:
    """The prompt of a name."""
    return _few_shot(__name__, name)


def version(name: str) -> str:
    """The version of a prompt, to be kept beside every figure that it made."""
    return few_shot(name).version
