"""``ibid ask --export FILE``: an answer as a file of the kind that the file's name ends in."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from rag.errors import IbidError

if TYPE_CHECKING:
    from rag.schema import Answer


def kind_of(file: Path) -> str:
    """The kind of file that a name asks for. Raises typer.BadParameter: there is none such."""
    from ui.window.conversation.files import KINDS

    endings = {f".{one.ending}": kind for kind, one in KINDS.items()}
    for ending in sorted(endings, key=len, reverse=True):
        if file.name.lower().endswith(ending):
            return endings[ending]
    raise typer.BadParameter(f"{file}: name it with one of the endings {', '.join(endings)}")


def keeping(
    question: str, snapshots: Iterator[Answer], file: Path, language: str
) -> Iterator[Answer]:
    """The same snapshots; after the last of them it is written to the file, in this language.

    Raises:
        IbidError: the file cannot be written.
    """
    kind, asked = kind_of(file), time.time()
    last = None
    for last in snapshots:
        yield last
    if last is not None:
        _write(question, last, file, kind, asked, language)


def _write(
    question: str, answer: Answer, file: Path, kind: str, asked: float, language: str
) -> None:
    from rag.disk import write_whole
    from ui.strings import speaking
    from ui.window.conversation.files import made
    from ui.window.conversation.history import Conversation, title_of
    from ui.window.conversation.types import Exchange

    when = datetime.fromtimestamp(asked, UTC).replace(tzinfo=None)
    exchange = Exchange(question, answer, "done", asked=asked)
    talk = Conversation("", title_of(question), when, when, (exchange,))
    with speaking(language):
        whole = made(talk, kind)
    try:
        write_whole(file, whole)
    except OSError as error:
        raise IbidError(f"{file}: cannot be written ({error.strerror}); name another") from error
