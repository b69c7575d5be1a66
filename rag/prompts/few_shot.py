"""Prompts in TOML: what is to be done, and examples of it, each with the reply that is wanted."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage


@dataclass(frozen=True, slots=True)
class FewShot:
    """A prompt with its ``examples``: of each its fields by name, ``reply`` being the model's.

    ``version`` is kept beside what the prompt made, and empty where nothing is kept.
    """

    system: str
    examples: tuple[Mapping[str, Any], ...]
    version: str

    def messages(self, ask: Callable[..., str], last: str) -> list[BaseMessage]:
        """All that is said to the model.

        Args:
            ask: from an example's fields, by name and without its reply, to what a user says.
            last: what the user says now.
        """
        from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

        said: list[BaseMessage] = [SystemMessage(self.system)]
        for example in self.examples:
            fields = {name: value for name, value in example.items() if name != "reply"}
            said += [HumanMessage(ask(**fields)), AIMessage(example["reply"])]
        return [*said, HumanMessage(last)]


@cache
def words(package: str, name: str) -> Mapping[str, Any]:
    """The words of a prompt as they stand in ``NAME.toml`` of a package."""
    return tomllib.loads(files(package).joinpath(f"{name}.toml").read_text("utf-8"))


def few_shot(package: str, name: str) -> FewShot:
    """The prompt of ``NAME.toml`` of a package."""
    found = words(package, name)
    return FewShot(found["system"], tuple(found["example"]), str(found.get("version", "")))
