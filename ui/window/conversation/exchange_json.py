"""An exchange as the history keeps it: JSON, in a format of its own. No Gradio here."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from rag.errors import LibraryError
from rag.language.letters import whole
from rag.upgrading import upgraded
from ui import strings
from ui.window.conversation.types import Exchange

if TYPE_CHECKING:
    from pydantic import TypeAdapter

FORMAT = 1


def dump(exchange: Exchange) -> str:
    """An exchange as JSON. Half a surrogate pair, which no database can keep, becomes ``?``."""
    text = json.dumps(asdict(exchange), ensure_ascii=False, default=date.isoformat)
    return whole(text)


def load(body: str, written_in: int = FORMAT) -> Exchange:
    """The exchange that `dump` wrote.

    Raises:
        LibraryError: it was written in a format of a later Ibid.
    """
    if written_in != FORMAT:
        raise LibraryError(strings.NEWER_CONVERSATION)
    return _adapter().validate_json(json.dumps(upgraded(json.loads(body))))


@cache
def _adapter() -> TypeAdapter[Exchange]:
    from pydantic import TypeAdapter

    return TypeAdapter(Exchange)
