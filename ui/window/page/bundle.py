"""Many ES modules as one file, so that a browser asks once and not forty times. No build step.

Each module becomes a function that is run once, after those that it imports; what it exports is
what that returns. Only the plain forms that the window's modules use are known: named and whole
imports at the beginning of a line, and exported functions and constants.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from posixpath import dirname, join, normpath

_IMPORT = re.compile(
    r"^import (?:\{(?P<names>[^}]*)\}|\* as (?P<whole>\w+)) from '(?P<path>[^']+)';$", re.MULTILINE
)
_EXPORT = re.compile(r"^export (?=(?:async )?function\b\*? ?(\w+)|const (\w+))", re.MULTILINE)
_OTHER = re.compile(r"^(?:import\b(?!\()|export\b).*$", re.MULTILINE)
_COMMENT = re.compile(r"^ *(?://.*|/\*\*(?:(?!\*/)[\s\S])*\*/)\n", re.MULTILINE)


def joined(modules: Mapping[str, bytes]) -> bytes:
    """One module whose default export has each of them under its path.

    Raises:
        ValueError: a module imports one that is not there, or that imports it, or has an import or
            an export of another form.
    """
    parts: list[str] = []
    numbers: dict[str, int] = {}
    begun: list[str] = []

    def add(name: str) -> int:
        if name in begun or name not in modules:
            raise ValueError(f"{' imports '.join([*begun, name])}: it cannot be joined")
        if name not in numbers:
            begun.append(name)
            code = _run(name, modules[name].decode(), lambda path: add(_beside(name, path)))
            begun.pop()
            numbers[name] = len(numbers)
            parts.append(f"const m{numbers[name]} = {code}")
        return numbers[name]

    for name in modules:
        add(name)
    listed = ", ".join(f"'{name}': m{number}" for name, number in numbers.items())
    return "\n".join([*parts, f"export default {{ {listed} }};\n"]).encode()


def _beside(name: str, path: str) -> str:
    return normpath(join(dirname(name), path))


def _run(name: str, code: str, number_of: Callable[[str], int]) -> str:
    """A module as an expression: its exports, once it has run."""

    def bound(found: re.Match[str]) -> str:
        number = number_of(found["path"])
        if found["whole"]:
            return f"const {found['whole']} = m{number};"
        return f"const {{{found['names'].replace(' as ', ': ')}}} = m{number};"

    code = _IMPORT.sub(bound, _COMMENT.sub("", code))
    exported = [function or constant for function, constant in _EXPORT.findall(code)]
    code = _EXPORT.sub("", code)
    if other := _OTHER.search(code):
        raise ValueError(f"{name}: {other[0]}: this form cannot be joined")
    return f"(() => {{\n{code}return {{ {', '.join(exported)} }};\n}})();\n"
