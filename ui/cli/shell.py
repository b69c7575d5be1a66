"""What every command of the command line shares: options, settings, and how it prints."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from rag.settings import Settings

LibraryOption = Annotated[
    Path | None,
    typer.Option(
        "--library",
        metavar="DIR|NAME",
        help="Folder of the library (or IBID_LIBRARY); or the name of one in IBID_DATABASE.",
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document and nothing else.")
]
CollectionOption = Annotated[
    list[str] | None, typer.Option("--collection", help="Only of this collection; repeatable.")
]
ModelOption = Annotated[
    str | None, typer.Option("--model", help="The language model (or IBID_MODEL).")
]
LimitOption = Annotated[int | None, typer.Option(min=1, help="Only the first so many cases.")]
SampleOption = Annotated[
    int | None, typer.Option(min=1, help="Only so many cases, drawn from these.")
]
SeedOption = Annotated[int, typer.Option(help="What is drawn or shuffled with.")]
QuotesOption = Annotated[
    bool, typer.Option("--quotes-only", help="Answer by quoting, without a language model.")
]


def settings(**flags: Any) -> Settings:
    """The settings; a flag that is None counts as not given. What was held back of them is told.

    Raises:
        SettingsError: a value makes no sense.
    """
    from eval.language import speak
    from rag import settings as known

    found = _of_library(known.load(**flags), flags)
    speak(found.language)
    if held_back := known.remark():
        complain(held_back)
    return found


def _of_library(found: Settings, flags: Mapping[str, Any]) -> Settings:
    """The settings; where --library names a library of the database, and no folder, that one's."""
    given = flags.get("library")
    if given is None or found.database is None or len(given.parts) != 1 or given.exists():
        return found
    from rag import settings as known
    from rag.index.owners import Owners, settings_of

    if not Owners.has(found, given.name):
        return found
    return settings_of(known.load(**{**flags, "library": None}), given.name)


def stdout() -> Console:
    """The console for results."""
    from ui.cli.console import Terminal

    # What goes to a file or another program is not broken into lines.
    return Terminal(highlight=False, width=None if sys.stdout.isatty() else 10_000)


def stderr() -> Console:
    """The console for progress and remarks."""
    from ui.cli.console import Terminal

    return Terminal(stderr=True, highlight=False)


def print_text(text: str) -> None:
    """Print words, whoever wrote them."""
    console = stdout()
    console.print(plain(text), soft_wrap=not console.is_terminal)


def plain(text: str) -> str:
    """Words of others as a terminal may show them: no markup, no control characters."""
    from rich.markup import escape

    from rag.language import visible

    return escape(visible.printable(text))


def print_json(document: Any) -> None:
    """Print one JSON document, and nothing that the terminal or its encoding cannot bear."""
    from rag.language import visible

    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    sys.stdout.write(visible.escaped(json.dumps(document, ensure_ascii=not utf8, indent=2)) + "\n")
    sys.stdout.flush()


def complain(message: str) -> None:
    """Tell a failure in one line, whoever wrote the words in it."""
    from rag.language import visible

    sys.stderr.write(f"ibid: {visible.told(message)}\n")


def ask_for(words: str, default: str) -> str:
    """Ask for a line of text; Enter keeps the default, which may be anyone's words."""
    from rag.language import visible

    return str(
        typer.prompt(f"{words} [{visible.told(default)}]", default=default, show_default=False)
    )
