"""Anything as plain JSON values, and without secrets: what a run writes down is shown around."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import SecretStr

from rag.settings import is_secret

_SHORTEST_SECRET = 8
"""A placeholder such as "none", as local servers take, is no secret but may be a word."""


def plain(value: Any) -> Any:
    """The value itself where JSON has it, else its text: a path, a date, a version.

    Secrets in it are left out, and so are the logins in its addresses.
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items() if not _is_secret(name, one)}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return without_login(str(value))


def secrets(settings: Mapping[str, Any]) -> list[str]:
    """The secrets in the values of some settings, at any depth."""
    return [secret for secret in _secrets(settings) if len(secret) >= _SHORTEST_SECRET]


def blotted(value: Any, known: Sequence[str]) -> Any:
    """Plain JSON values with every known secret and every login blotted out.

    A secret may stand anywhere, for instance where a server repeats a key in its error.
    """
    if isinstance(value, dict):
        return {key: blotted(one, known) for key, one in value.items()}
    if isinstance(value, list):
        return [blotted(one, known) for one in value]
    if isinstance(value, str):
        for secret in known:
            value = value.replace(secret, "[secret]")
    return value


def without_login(text: str) -> str:
    """The text without the ``user:password@`` of the addresses in it."""
    return re.sub(r"(?<=://)[^/\s@]+@", "", text)


def _is_secret(name: str, value: Any) -> bool:
    return isinstance(value, SecretStr) or is_secret(name)


def _secrets(settings: Mapping[str, Any]) -> Iterator[str]:
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _secrets(value)
        elif isinstance(value, SecretStr):
            yield value.get_secret_value()
        elif _is_secret(name, value) and value:
            yield str(value)
