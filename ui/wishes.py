"""What one reader wants otherwise than the settings say: the model, how strict, how many passages.

Kept in a file of the library's folder, for each who signs in and each browser. No Gradio here.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

from rag import disk
from rag.settings import Settings

_log = logging.getLogger("ibid")
_FILE = "wishes.json"
# So many readers are remembered, and of each the models of so many conversations.
_MOST_READERS, _MOST_CONVERSATIONS = 500, 200
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


class Kept:
    """The wishes of every reader of a library, and of the conversations whose model they picked.

    Where the file cannot be written, they last as long as this object.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / _FILE
        self._lock = threading.Lock()
        self._readers = _read(self._file)

    def of(self, reader: str, conversation: str = "") -> Wishes:
        """What a reader wants, in this conversation if its model was picked."""
        with self._lock:
            kept = self._readers.get(reader, {})
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
        with self._lock:
            picked = dict(self._readers.get(reader, {}).get("picked", {}))
        picked.pop(conversation, None)
        picked[conversation] = {"model": model.model, "base_url": model.base_url}
        newest = [*picked.items()][-_MOST_CONVERSATIONS:]
        self._change(reader, {"picked": dict(newest)})

    def _change(self, reader: str, news: dict[str, Any]) -> None:
        if not reader:
            return
        with self._lock:
            kept = {**self._readers.pop(reader, {}), **news}
            self._readers[reader] = kept
            while len(self._readers) > _MOST_READERS:
                self._readers.pop(next(iter(self._readers)))
            written = json.dumps(self._readers, indent=1).encode()
            try:
                disk.write_whole(self._file, written, mode=0o600)
            except OSError:
                _log.info("%s cannot be written", self._file, exc_info=True)


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
