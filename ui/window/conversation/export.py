"""A whole conversation as a file: Markdown to read, JSON to work with. No Gradio here."""

from __future__ import annotations

import json
import re
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from ui import strings
from ui.window.conversation.copying import literal, markdown
from ui.window.conversation.exchange_json import FORMAT, dump
from ui.window.conversation.history import Conversation, UnknownConversation
from ui.window.conversation.jobs import Jobs
from ui.window.conversation.types import Exchange

# In what `markdown` makes, words of others have a backslash before each bracket.
_FOOTNOTE = re.compile(r"(?<!\\)\[\^(\d+)\]")
_TYPES = {"md": "text/markdown; charset=utf-8", "json": "application/json"}


def as_markdown(conversation: Conversation) -> str:
    """The conversation with a heading and a footnote for every citation of every answer.

    Footnotes are named by the exchange and the number that the answer gave them: ``[^2-1]``.
    """
    parts = [f"# {literal(conversation.title)}\n\n{strings.day(conversation.created.date())}\n"]
    for place, exchange in enumerate(conversation.exchanges, start=1):
        said = markdown(exchange) or _unanswered(exchange)
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


def routes(jobs: Jobs) -> APIRouter:
    """``/conversations/ID.md`` and ``.json``, for whoever the conversation belongs to."""
    router = APIRouter()

    @router.get("/conversations/{name}.{kind}")
    def export(name: str, kind: str, request: Request, language: str = "") -> Response:
        spoken = language if language in strings.LANGUAGES else strings.spoken()
        with strings.speaking(spoken):
            try:
                found = jobs.conversation(request, name)
            except UnknownConversation:
                return PlainTextResponse(strings.NO_CONVERSATION, 404)
            if kind not in _TYPES:
                return PlainTextResponse(strings.NO_SUCH_PAGE, 404)
            if kind == "md":
                text = as_markdown(found)
            else:
                text = json.dumps(as_document(found), ensure_ascii=False, indent=2) + "\n"
        headers = {"Content-Disposition": f'attachment; filename="{_file_name(found)}.{kind}"'}
        return Response(text, media_type=_TYPES[kind], headers=headers)

    return router


def _unanswered(exchange: Exchange) -> str:
    """What is said of a question that has no answer to copy."""
    why = strings.STOPPED
    if exchange.state == "failed":
        why = exchange.line or strings.FAILED
    elif exchange.busy:
        why = strings.UNANSWERED_YET
    return f"**{literal(exchange.question)}**\n\n*{literal(why)}*\n"


def _file_name(conversation: Conversation) -> str:
    """A name that any file system takes and no header is broken by."""
    words = re.sub(r"[^a-z0-9]+", "-", conversation.title.lower()).strip("-")[:60].strip("-")
    return words or "conversation"
