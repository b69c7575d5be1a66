"""The window: its layout, and what leads to what."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from typing import Any

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported
os.environ.setdefault("MPLBACKEND", "agg")  # else gradio's first call has pyplot look for one

import gradio as gr
from starlette.types import Scope

from rag.index.acting import acting_for
from rag.index.pages import Pages
from ui import strings
from ui.window.chat import render
from ui.window.chat import tab as chat
from ui.window.chat.examples import examples
from ui.window.conversation.history import History
from ui.window.conversation.jobs import Jobs
from ui.window.conversation.loading import POLL_S, has_failed, loading, trouble
from ui.window.conversation.types import Engine
from ui.window.drawer import drawer
from ui.window.evaluation import tab as evaluation
from ui.window.library import tab as library
from ui.window.page.events import PRIVATE
from ui.window.page.functions import Take
from ui.window.page.visitor import owner, person
from ui.window.settings import fetching, panel
from ui.window.settings.choosing import Choosing

MOST_WAITING = 32
IDLE_S = 0.02
_UNUSED_S = 0.5
# Gradio knows one window that is being built, in whichever thread: all that is made meanwhile
# belongs to it.
_BUILDING = threading.Lock()


class Window(gr.Blocks):  # type: ignore[misc]
    """A window in the language that is spoken while it is built, whoever calls its handlers."""

    def __init__(self, **options: Any) -> None:
        self.language = strings.spoken()
        super().__init__(**options)

    def queue(self, *given: Any, **named: Any) -> Window:
        """As Gradio does it, once: with each queue it makes a whole web application anew."""
        if not hasattr(self, "_queue"):
            super().queue(*given, **{"max_size": MOST_WAITING, **named})
            # Gradio looks a thousand times a second for what waits: 6 % of a core, all day long.
            self._queue.sleep_when_free = IDLE_S
            # And a hundred times for how far handlers are, of which none of ours tells it.
            self._queue.progress_update_sleep_when_free = _UNUSED_S
        return self

    async def process_api(self, *given: Any, **named: Any) -> dict[str, Any]:
        """Run a handler; the queue does so in a task that knows nothing of the request."""
        with strings.speaking(self.language), acting_for(person(named.get("request"))):
            done: dict[str, Any] = await super().process_api(*given, **named)
        return done

    def waiting(self) -> Iterator[Scope]:
        """The scopes of the requests that wait for their turn."""
        for queue in self._queue.event_queue_per_concurrency_id.values():
            for event in queue.queue:
                yield event.request.scope

    def end(self) -> None:
        """Wait for nothing any more."""
        self._queue.close()


def build(
    jobs: Jobs,
    desk: library.LibraryService,
    bench: evaluation.EvaluationService,
    take: Take,
    pages: Pages,
    choosing: Choosing,
    name: str = "",
) -> Window:
    """The window over an engine, which may still be loading, in the language that is spoken.

    ``jobs`` answers its questions; ``take`` gives a visitor the file that they uploaded, ``pages``
    those of a PDF; ``choosing`` knows which model each of them wants. ``name`` is the library's,
    where there are several.
    """
    with _BUILDING:
        return _built(jobs, desk, bench, take, pages, choosing, name)


def _built(
    jobs: Jobs,
    desk: library.LibraryService,
    bench: evaluation.EvaluationService,
    take: Take,
    pages: Pages,
    choosing: Choosing,
    name: str,
) -> Window:
    engine = jobs.engine
    with Window(
        title=strings.NAME,
        fill_height=True,
        fill_width=True,
        analytics_enabled=False,
    ) as window:
        pulse = gr.Timer(POLL_S)
        with gr.Row(elem_id="top"):
            conversations = drawer.drawer(jobs)
            masthead = gr.HTML(render.masthead(None, name), elem_id="masthead")
            panel.build(choosing)
            fresh = gr.Button(strings.NEW_CHAT, size="sm", scale=0, elem_id="fresh")
        banner = gr.HTML(visible=False, elem_id="banner")
        fetching.build(engine)
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab(strings.CHAT_TAB, id="chat-tab", elem_id="chat-tab"):
                talk = chat.build(jobs, fresh, pages)
            with gr.Tab(
                strings.LIBRARY_TAB, id="library-tab", elem_id="library-tab", render_children=True
            ):
                tab = library.build(desk, take)
            with gr.Tab(
                strings.EVALUATION_TAB,
                id="evaluation-tab",
                elem_id="evaluation-tab",
                render_children=True,
            ):
                evaluation.build(bench, take)

        seen = [masthead, banner, talk.parts.transcript, pulse]
        offered = gr.State(())

        def look(shown: tuple[str, ...], request: gr.Request) -> tuple[Any, ...]:
            return _look(engine, jobs.history, owner(request), shown, name)

        for event in (window.load, pulse.tick, tab.note_change):
            event(look, [offered], [*seen, offered], queue=False, **PRIVATE)
        drawer.connect(window, conversations, talk, jobs)
    built: Window = window
    return built


def _look(
    engine: Engine, history: History, visitor: str, shown: tuple[str, ...], name: str
) -> tuple[Any, ...]:
    """What the engine's state changes on the page; ``shown`` are the questions that it offers."""
    own = engine.library
    count = None if own is None else len(own.articles())
    head = render.masthead(count, name)
    if status := loading(engine):
        is_offered = status == strings.LOADING["absent"]  # which says so in a line of its own
        line = gr.update(value=render.banner(status, error=False), visible=not is_offered)
        welcome = strings.WELCOME_ABSENT if is_offered else strings.WELCOME_LOADING
        return head, line, gr.update(placeholder=welcome), gr.skip(), shown
    engine.ahead.wake()
    begun = {entry.title for entry in history.entries(visitor)}
    asked_first = tuple(examples(engine, begun, shown))
    welcome = strings.WELCOME if count else strings.WELCOME_EMPTY
    return (
        head,
        gr.update(value=render.banner(trouble(engine), error=True), visible=bool(engine.error)),
        gr.update(placeholder="" if has_failed(engine) else welcome, **_cards(asked_first, shown)),
        gr.update(active=engine.ahead.is_busy),
        asked_first,
    )


def _cards(asked_first: Sequence[str], shown: Sequence[str]) -> dict[str, Any]:
    """What changes the questions that are offered first; nothing where they are there already."""
    if asked_first == shown:
        return {}
    return {"examples": [{"text": text} for text in asked_first] or None}


def theme() -> gr.themes.Base:
    """Paper and ink, in fonts that every machine has."""
    return gr.themes.Base(
        primary_hue="blue",
        neutral_hue="stone",
        font=["system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    )
