"""What is said to the language model. The words are in TOML, beside this file."""

from rag.prompts.few_shot import FewShot, few_shot
from rag.prompts.messages import (
    answer,
    chance_of_not_found,
    chance_of_silence,
    inert,
    not_found,
    rewrite,
    says_not_found,
    translate,
)

__all__ = [
    "FewShot",
    "answer",
    "chance_of_not_found",
    "chance_of_silence",
    "few_shot",
    "inert",
    "not_found",
    "rewrite",
    "says_not_found",
    "translate",
]
