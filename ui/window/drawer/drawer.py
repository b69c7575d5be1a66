"""The drawer: the conversations held so far, to open, search, rename, delete and export."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from rag.errors import IbidError
from rag.language.visible import plain
from ui import strings
from ui.window.chat import render, sources
from ui.window.chat.handlers import box_of, no_asides
from ui.window.chat.tab import Chat
from ui.window.conversation.history import UnknownConversation
from ui.window.conversation.jobs import Jobs
from ui.window.conversation.links import Links, UnknownLink
from ui.window.page.events import PRIVATE, brought
from ui.window.page.scripts import mounting
from ui.window.page.visitor import home, may, owner, user


def drawer(jobs: Jobs) -> gr.HTML:
    """A component whose value says which conversation is open, and who has signed in.

    As in the reader, the template is constant and the script sets every word as text.
    """
    here = strings.spoken()
    others = [
        {"language": language, "name": words.LANGUAGE}
        for language, words in strings.LANGUAGES.items()
        if language != here
    ]
    return gr.HTML(
        # Nobody is known yet: the script is told of a value only if it is another one.
        value={"current": "", "title": "", "user": None, "measures": True, "shared": ""},
        html_template='<div class="drawer-root"></div>',
        js_on_load=mounting("drawer/static/drawer.js", ["open_conversation"]),
        server_functions=_functions(jobs),
        apply_default_css=False,
        elem_id="drawer",
        words={**strings.DRAWER_WORDS, "keep": strings.KEEP_WORDS},
        languages=others,
        language=here,
        home=home(here),
        name=strings.NAME,
    )


def connect(window: gr.Blocks, own: gr.HTML, talk: Chat, jobs: Jobs) -> None:
    """Let the drawer open conversations, and a reload find the one it left."""

    def arrive(request: gr.Request) -> tuple[Any, ...]:
        if link := request.query_params.get("answer"):
            return _shared(jobs, request, link)
        return _shown(jobs, request, request.query_params.get("chat", ""))

    def choose(event: gr.EventData) -> str:
        return str(brought(event, "id") or "")

    def change(wanted: str, request: gr.Request) -> tuple[Any, ...]:
        return _shown(jobs, request, wanted)

    def note(conversation: str, request: gr.Request) -> dict[str, Any]:
        return _state(jobs, conversation, request)

    wanted = gr.State("")
    page = [*talk.parts.page, *talk.parts.asides, own]
    # A warning shows only if its event is queued.
    window.load(arrive, None, page, concurrency_limit=None, **PRIVATE)
    opened = own.open_conversation(
        choose, None, [wanted], queue=False, cancels=talk.answers, **PRIVATE
    )
    opened.then(change, [wanted], page, concurrency_limit=None, **PRIVATE)
    conversation = talk.parts.conversation
    for turn in (conversation.change, *(event.then for event in talk.turns)):
        turn(note, [conversation], [own], queue=False, **PRIVATE)


def _shown(jobs: Jobs, request: gr.Request, wanted: object) -> tuple[Any, ...]:
    """What the page shows of a conversation; of none, a page on which nothing was asked yet."""
    nothing = _nothing(jobs, request)
    if not isinstance(wanted, str) or not wanted:
        return nothing
    try:
        found = jobs.conversation(request, wanted)
    except UnknownConversation:
        gr.Warning(strings.NO_CONVERSATION)
        return nothing
    except IbidError as error:
        gr.Warning(render.inert(strings.failure(error)))
        return nothing
    said, lists = found.exchanges, sources.source_lists(found.exchanges)
    now = _state(jobs, found.id, request)
    return said, render.messages(said), lists, box_of(said), found.id, *no_asides(), now


def _shared(jobs: Jobs, request: gr.Request, link: str) -> tuple[Any, ...]:
    """What the page shows of an answer that a link leads to.

    The page remembers no conversation: a question asked here begins one.
    """
    try:
        found = Links(jobs.history).answer(link)
    except UnknownLink:
        gr.Warning(strings.NO_LINK)
        return _nothing(jobs, request)
    except IbidError as error:
        gr.Warning(render.inert(strings.failure(error)))
        return _nothing(jobs, request)
    [exchange] = found.exchanges
    now = {**_state(jobs, "", request), "title": plain(found.title), "shared": link}
    lists = sources.source_lists(found.exchanges)
    return (), render.shared(exchange), lists, box_of(()), "", *no_asides(), now


def _nothing(jobs: Jobs, request: gr.Request) -> tuple[Any, ...]:
    return (), [], [], box_of(()), "", *no_asides(), _state(jobs, "", request)


def _state(jobs: Jobs, conversation: str, request: gr.Request) -> dict[str, Any]:
    """``measures``: whether the Evaluation tab is theirs, and shown.

    ``shared`` is the link to the answer that is shown instead of a conversation.
    """
    return {
        "current": conversation,
        "title": plain(jobs.history.title(owner(request), conversation)),
        "user": user(request),
        "measures": may(request, "owner"),
        "shared": "",
    }


def _functions(jobs: Jobs) -> list[Callable[..., Any]]:
    """What the drawer's script calls. Each takes what it is sent as hostile."""
    history = jobs.history

    def list_conversations(search: Any, request: gr.Request) -> Any:
        entries = history.entries(owner(request), search if isinstance(search, str) else "")
        return [
            {
                "id": one.id,
                "title": plain(one.title),
                "updated": f"{one.updated:%Y-%m-%dT%H:%M:%SZ}",
            }
            for one in entries
        ]

    def rename_conversation(given: Any, request: gr.Request) -> Any:
        match given:
            case [str(conversation), str(title)]:
                return {"title": history.rename(owner(request), conversation, title)}
        return {"problem": strings.NO_CONVERSATION}

    def remove_conversation(conversation: Any, request: gr.Request) -> Any:
        if job := jobs.of(request, conversation):
            jobs.stop(job)
        history.remove(owner(request), str(conversation))
        return {}

    def restore_conversation(conversation: Any, request: gr.Request) -> Any:
        history.restore(owner(request), str(conversation))
        return {}

    functions = (
        list_conversations,
        rename_conversation,
        remove_conversation,
        restore_conversation,
    )
    return [_told(function) for function in functions]


def _told(function: Callable[[Any, gr.Request], Any]) -> Callable[..., Any]:
    """The same, but what goes wrong is told in words and not as a failed request."""

    def call(given: Any, request: gr.Request) -> Any:
        try:
            return function(given, request)
        except UnknownConversation:
            return {"problem": strings.NO_CONVERSATION}
        except IbidError as error:
            return {"problem": plain(strings.failure(error))}

    call.__name__ = function.__name__
    return call
