"""Conversations and single answers as files, for whoever they belong to. No Gradio here."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from rag.errors import IbidError
from ui import strings
from ui.window.conversation.files import KINDS, made, named
from ui.window.conversation.history import Conversation, UnknownConversation, title_of
from ui.window.conversation.jobs import Jobs
from ui.window.conversation.links import Links, UnknownLink

# A page that is opened where it lies could still load nothing and run nothing.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups"


def routes(jobs: Jobs) -> APIRouter:
    """``/conversations/ID.KIND``, a key of ``KINDS``, for whoever the conversation belongs to.

    ``?answer=3`` is the third answer alone, counted from 1. ``/answers/LINK.KIND`` is the one that
    a link of `ui.window.conversation.links` leads to, for whoever has that.
    """
    router = APIRouter()

    @router.get("/conversations/{name}.{kind}")
    def export(
        name: str, kind: str, request: Request, language: str = "", answer: str = ""
    ) -> Response:
        spoken = language if language in strings.LANGUAGES else strings.spoken()
        with strings.speaking(spoken):
            try:
                found = jobs.conversation(request, name)
            except UnknownConversation:
                return PlainTextResponse(strings.NO_CONVERSATION, 404)
            except IbidError as error:
                return PlainTextResponse(strings.failure(error), 409)
            part = only(found, answer) if answer else found
            if kind not in KINDS or part is None:
                return PlainTextResponse(strings.NO_SUCH_PAGE, 404)
            return as_download(part, kind)

    @router.get("/answers/{link}.{kind}")
    def answer(link: str, kind: str, language: str = "") -> Response:
        spoken = language if language in strings.LANGUAGES else strings.spoken()
        with strings.speaking(spoken):
            try:
                found = Links(jobs.history).answer(link)
            except UnknownLink:
                return PlainTextResponse(strings.NO_LINK, 404)
            except IbidError as error:
                return PlainTextResponse(strings.failure(error), 409)
            if kind not in KINDS:
                return PlainTextResponse(strings.NO_SUCH_PAGE, 404)
            return as_download(found, kind)

    return router


def only(conversation: Conversation, place: str) -> Conversation | None:
    """One question and its answer, counted from 1, under its own title; None if there is none."""
    if not place.isdecimal() or not 1 <= int(place[:6]) <= len(conversation.exchanges):
        return None
    exchange = conversation.exchanges[int(place[:6]) - 1]
    return replace(conversation, title=title_of(exchange.question), exchanges=(exchange,))


def as_download(conversation: Conversation, kind: str) -> Response:
    """The conversation as a file of this kind, which a browser keeps and does not show."""
    headers = {
        "Content-Disposition": f'attachment; filename="{named(conversation, kind)}"',
        "Content-Security-Policy": POLICY,
        "Cache-Control": "no-store",
    }
    media_type = KINDS[kind].media_type
    return Response(made(conversation, kind), media_type=media_type, headers=headers)
