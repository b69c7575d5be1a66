"""A conversation as Markdown to read, and as JSON to work with."""

from __future__ import annotations

import json
import re
from typing import Any

from ui import strings
from ui.window.conversation.copying import literal, markdown
from ui.window.conversation.exchange_json import FORMAT, dump
from ui.window.conversation.files import as_data
from ui.window.conversation.files.paper import unanswered
from ui.window.conversation.history import Conversation

# In what `markdown` makes, words of others have a backslash before each bracket.
_FOOTNOTE = re.compile(r"(?<!\\)\[\^(\d+)\]")


def as_markdown(conversation: Conversation) -> str:
    """The conversation with a heading and a footnote for every citation of every answer.

    Footnotes are named by the exchange and the number that the answer gave them: ``[^2-1]``.
    """
    parts = [
        f"# {literal(conversation.title)}\n\n{literal(strings.day(conversation.created.date()))}\n"
    ]
    for place, exchange in enumerate(conversation.exchanges, start=1):
        said = markdown(exchange)
        if not said:
            said = f"**{literal(exchange.question)}**\n\n*{literal(unanswered(exchange))}*\n"
        parts.append(_FOOTNOTE.sub(rf"[^{place}-\1]", said))
    return "\n".join(parts)


def as_document(conversation: Conversation) -> dict[str, Any]:
    """The conversation as data: every answer whole, with evidence, verdicts and timings."""
    return {
        "format": FORMAT,
        "id": conversation.id,
        "title": conversation.title,
        "created": f"{conversation.created.isoformat()}Z",
        "updated": f"{conversation.updated.isoformat()}Z",
        "exchanges": [json.loads(dump(exchange)) for exchange in conversation.exchanges],
    }


def as_json(conversation: Conversation) -> str:
    """The same as text."""
    return as_data(as_document(conversation))
