"""What the evaluation says to language models. The words are in TOML, beside this file."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def words(name: str) -> dict[str, Any]:
    """The words of a prompt: ``system``, its ``example``\\ s, and its ``version``."""
    return tomllib.loads(files(__name__).joinpath(f"{name}.toml").read_text("utf-8"))


def version(name: str) -> str:
    """The version of a prompt, to be kept beside every figure that it made."""
    return str(words(name)["version"])
