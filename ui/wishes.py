"""What one reader wants otherwise than the settings say: the model, how strict, how many passages.

Kept in a file of the library's folder, or in a table that other processes share, for each who signs
in and each browser. No Gradio here.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

from rag import disk
from rag.errors import IbidError
from rag.settings import Settings

_log = logging.getLogger("ibid")
_FILE = "wishes.json"
# So many readers are remembered, and of each the models of so many conversations.
MOST_READERS, _MOST_CONVERSATIONS = 500, 200
_LONGEST = 300
MOST_PASSAGES = 20

Answers = Literal["strict", "lenient", "quotes"]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is wanted otherwise; what is empty or None is as the settings say.

    ``model`` and, of a server's, ``base_url`` are settings of those names.
    """

    model: str = ""
    base_url: str = ""
    answers: Answers | None = None
    strictness: float | None = None
    passages: int | None = None

    def applied(self, settings: Settings) -> Settings:
        """The settings as they are wanted. A key never goes where it was not meant for."""
        changed: dict[str, Any] = {
            name: value
            for name in ("answers", "strictness", "passages")
            if (value := getattr(self, name)) is not None
        }
        if self.passages is not None:
            changed["read"] = min(settings.read, self.passages)
        if self.model:
            address = self.base_url or None
            is_same = address == settings.base_url
            key = settings.api_key if is_same else None
            changed |= {"model": self.model, "base_url": address, "api_key": key}
        return settings.model_copy(update=changed)


NOTHING = Wishes()


def sound(given: Any) -> Wishes:
    """The wishes in what a page sent or a file says; what makes no sense is not wished for."""
    given = given if isinstance(given, Mapping) else {}
    model, address = (_words(given.get(name)) for name in ("model", "base_url"))
    strictness, passages = given.get("strictness"), given.get("passages")
    answers = next((one for one in get_args(Answers) if one == given.get("answers")), None)
    return Wishes(
        model,
        address if model else "",
        answers,
        round(float(strictness), 2) if _is_number(strictness, 0, 1) else None,
        int(passages) if _is_number(passages, 1, MOST_PASSAGES) else None,
    )


def _words(value: object) -> str:
    return value.strip() if isinstance(value, str) and len(value) <= _LONGEST else ""


def _is_number(value: object, least: float, most: float) -> bool:
    is_one = isinstance(value, int | float) and not isinstance(value, bool)
    return is_one and least <= value <= most  # type: ignore[operator]


class Readers(Protocol):
    """What is kept of each reader, as JSON has it: in a file, or `ui.state.wished.WishesTable`."""

    def get(self, reader: str) -> dict[str, Any]:
        """What is kept of one; nothing if there is nothing."""
        ...

    def put(self, reader: str, kept: dict[str, Any]) -> None:
        """Keep this of one; of too many readers the oldest are forgotten."""
        ...


class _File:
    """As `Readers`; where the file cannot be written, it lasts as long as this object."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._readers = _read(file)

    def get(self, reader: str) -> dict[str, Any]:
        return self._readers.get(reader, {})

    def put(self, reader: str, kept: dict[str, Any]) -> None:
        self._readers.pop(reader, None)
        self._readers[reader] = kept
        while len(self._readers) > MOST_READERS:
            self._readers.pop(next(iter(self._readers)))
        written = json.dumps(self._readers, indent=1).encode()
        try:
            disk.write_whole(self._file, written, mode=0o600)
        except OSError:
            _log.info("%s cannot be written", self._file, exc_info=True)


class Kept:
    """The wishes of every reader of a library, and of the conversations whose model they picked.

    In the library's folder, or as others share them.
    """

    def __init__(self, where: Path | Readers) -> None:
        self._lock = threading.Lock()
        self._readers = _File(where / _FILE) if isinstance(where, Path) else where

    def of(self, reader: str, conversation: str = "") -> Wishes:
        """What a reader wants, in this conversation if its model was picked."""
        kept = self._known(reader)
        wishes = sound(kept.get("wishes"))
        picked = kept.get("picked", {}).get(conversation)
        if picked is None:
            return wishes
        one = sound(picked)
        return replace(wishes, model=one.model, base_url=one.base_url)

    def keep(self, reader: str, wishes: Wishes) -> None:
        """Remember what a reader wants from now on; nothing is what the settings say."""
        self._change(reader, {"wishes": _without_nothing(wishes)})

    def pick(self, reader: str, conversation: str, model: Wishes) -> None:
        """Remember the model of one conversation."""
        picked = dict(self._known(reader).get("picked", {}))
        picked.pop(conversation, None)
        picked[conversation] = {"model": model.model, "base_url": model.base_url}
        newest = [*picked.items()][-_MOST_CONVERSATIONS:]
        self._change(reader, {"picked": dict(newest)})

    def _known(self, reader: str) -> dict[str, Any]:
        try:
            with self._lock:
                return self._readers.get(reader)
        except IbidError:  # an answer as the settings have it is worth more than none
            _log.info("what a reader wants cannot be read", exc_info=True)
            return {}

    def _change(self, reader: str, news: dict[str, Any]) -> None:
        if not reader:
            return
        try:
            with self._lock:
                self._readers.put(reader, {**self._readers.get(reader), **news})
        except IbidError:
            _log.info("what a reader wants cannot be kept", exc_info=True)


def _without_nothing(wishes: Wishes) -> dict[str, Any]:
    return {name: value for name, value in asdict(wishes).items() if value not in ("", None)}


def _read(file: Path) -> dict[str, dict[str, Any]]:
    try:
        kept = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(kept, dict):
        return {}
    return {
        reader: one
        for reader, one in kept.items()
        if isinstance(one, dict) and isinstance(one.get("picked", {}), dict)
    }
