"""Links to answers, as the conversation's script makes them and takes them back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from rag.errors import IbidError
from ui import strings
from ui.window.conversation.history import UnknownConversation
from ui.window.conversation.jobs import Jobs
from ui.window.conversation.links import Links
from ui.window.page.functions import offered
from ui.window.page.visitor import owner


class Unshared(IbidError):
    """An answer that no link can lead to; the message is for the reader."""


def functions(jobs: Jobs) -> list[Callable[..., Any]]:
    """What the script calls, each with a conversation's id and the place of an answer in it.

    ``is_linked`` says whether there is a link to it, ``link_answer`` gives one, ``unlink_answer``
    takes back what was given. Each takes what it is sent as hostile, and acts on answers of whoever
    asks alone.
    """
    links = Links(jobs.history)

    def is_linked(given: Any, request: gr.Request) -> Any:
        return {"linked": links.known(owner(request), *_place(given))}

    def link_answer(given: Any, request: gr.Request) -> Any:
        name, place = _place(given)
        job = jobs.of(request, name)
        if job and place == len(job.exchanges) - 1:
            raise Unshared(strings.STILL_ANSWERING)
        try:
            return {"link": links.give(owner(request), name, place)}
        except UnknownConversation:
            raise Unshared(strings.NO_ANSWER) from None

    def unlink_answer(given: Any, request: gr.Request) -> Any:
        links.withdraw(owner(request), *_place(given))
        return {"linked": False}

    acts = (is_linked, link_answer, unlink_answer)
    return [offered("reader", act.__name__, act, lambda: strings.FAILED) for act in acts]


def _place(given: Any) -> tuple[str, int]:
    match given:
        case [str(name), int(place)] if not isinstance(place, bool) and 0 <= place < 100_000:
            return name, place
    raise Unshared(strings.NO_ANSWER)
