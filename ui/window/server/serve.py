"""Serving the window on this machine."""

from __future__ import annotations

import importlib
import secrets
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.dependencies import models
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.limits import WindowLimits
from ui import roots, strings
from ui.api import note
from ui.api import routes as api
from ui.state import places
from ui.users import Where
from ui.window.page import scripts, visitor
from ui.window.server import auth, modules
from ui.window.server.common import Common, Ended
from ui.window.server.compressing import Packing
from ui.window.server.guarding import Rules, check_doors, gate
from ui.window.server.later import Later
from ui.window.server.listening import address, listen, on_this_machine
from ui.window.server.process import Server, config, signals_only_stop
from ui.window.server.starting import Starting

if TYPE_CHECKING:
    import gradio as gr

    from rag.index.pages import Pages
    from ui.turns import Turns
    from ui.window import app
    from ui.window.conversation.jobs import Jobs as Conversations
    from ui.window.conversation.types import Engine


def application(
    engine: Engine,
    folder: Path,
    host: str = "127.0.0.1",
    users: Where | None = None,
    limits: WindowLimits | None = None,
    token: str = "",
    open_to_all: bool = False,
) -> FastAPI:
    """The web application: the window at ``/``, and in each other language at ``/de/`` and so on.

    A sign of life is at ``/healthz``. ``folder`` is the library's; conversations are kept there,
    unless its catalog is elsewhere. With ``users``, nothing else is served to whoever has not
    signed in. Whoever has the ``token`` is the owner's command, for `ui.api.routes`; nobody is
    while it is empty. What is served at all says `ui.window.server.routes`.

    Raises:
        LibraryError: the folder cannot be used.
    """
    limits = limits or WindowLimits()
    common = Common(engine, folder, limits, "chat")
    doors = auth.Sessions(users, kept=common.state) if users else None
    rules = Rules(host, doors, common.state.keys, open_to_all=open_to_all, token=token)
    front = [modules.routes(), *([auth.routes(doors)] if doors else [])]
    return _windowed(common, engine, folder, rules, front, Packing())


def one_of_many(
    engine: Engine, folder: Path, rules: Rules, turns: Turns, name: str, packing: Packing
) -> FastAPI:
    """The same for whom the rules let in, of a service that has several libraries; this one's name.

    What is the same in all of their windows is the service's to serve.

    Raises:
        LibraryError: the folder cannot be used.
    """
    common = Common(engine, folder, engine.settings.window, "chat", turns=turns)
    return _windowed(common, engine, folder, rules, [], packing, name)


def get_ready() -> None:
    """Import what windows are built of: seconds that the first who opens one need not wait."""
    importlib.import_module("ui.window.app")


def _windowed(
    common: Common,
    engine: Engine,
    folder: Path,
    rules: Rules,
    front: Sequence[APIRouter],
    packing: Packing,
    name: str = "",
) -> FastAPI:
    from ui.window import app  # seconds, for Gradio: a busy port should be told before
    from ui.window.conversation.history import History
    from ui.window.conversation.jobs import Jobs as Conversations
    from ui.window.evaluation import reports
    from ui.window.evaluation.measuring import Measuring
    from ui.window.evaluation.tab import EvaluationService
    from ui.window.library.items import BUSY
    from ui.window.library.tab import LibraryService
    from ui.window.settings.choosing import Choosing

    limits, state = common.limits, common.state
    history = History(state.conversations)
    web, pages, spool = common.web, common.pages, common.spool
    choosing = Choosing(engine.settings, state.wishes, limits)
    talks = Conversations(engine, history, limits, choosing.wishes, common.turns)
    desk = LibraryService(engine, spool.queued, pages.keep, common.workers())
    turn = threading.Lock()
    measuring = Measuring(engine, turn)
    bench = EvaluationService(measuring, history, folder, None if name else Path())
    common.in_hand += [
        lambda: talks.is_busy,
        lambda: any(item.state in BUSY for item in desk.intake.items()),
        lambda: measuring.is_busy,
    ]

    commands = api.routes(engine, desk.intake.restock, turn)
    runs_shown = reports.routes(bench.runs, bench.fetch)
    for router in (*front, *_routers(talks, pages), runs_shown, commands):
        web.include_router(router)
    common.serve_programs(desk.intake.restock)
    windows: list[app.Window] = []

    def waiting() -> Iterator[Scope]:
        return chain.from_iterable(window.waiting() for window in windows)

    def build() -> app.Window:
        windows.append(app.build(talks, desk, bench, spool.take, pages, choosing, name))
        return windows[-1]

    def end() -> None:
        talks.end()
        for window in windows:
            window.end()
        _forget_routes()

    common.guard(rules, waiting, packing)
    common.others += [*_with_windows(web, build, spool.folder), Ended(end)]
    return web


def _forget_routes() -> None:
    """Have FastAPI let go of what it knows of routes, and with them of windows that are closed.

    It remembers some thousand functions of all applications of a process, which it looks at anew.
    """
    for one in vars(models).values():
        if hasattr(one, "cache_clear"):
            one.cache_clear()


def _with_windows(web: FastAPI, build: Callable[[], gr.Blocks], uploads: Path) -> list[Later]:
    """Mount the default language's window, and each other one to be built when it is asked for."""

    def add(spoken: str, to: FastAPI) -> None:
        with strings.speaking(spoken):
            _mount(to, build(), spoken, uploads)

    later = {one: Later(partial(add, one)) for one in strings.LANGUAGES if one != strings.DEFAULT}
    for spoken, window in later.items():
        web.mount(visitor.home(spoken).rstrip("/"), window)
    add(strings.DEFAULT, web)  # what is mounted at / takes every path, so it comes last
    return list(later.values())


def _routers(talks: Conversations, pages: Pages) -> list[APIRouter]:
    """What a page asks for besides Gradio's own."""
    from ui.window.conversation import export
    from ui.window.server import language, pictures

    return [
        language.routes(talks.run),
        export.routes(talks),
        pictures.routes(talks.engine, pages),
    ]


def _mount(web: FastAPI, window: gr.Blocks, language: str, uploads: Path) -> None:
    """Serve a window in the language that is spoken under that language's path."""
    import gradio as gr

    from rag.loaders.files import MOST_BYTES
    from ui.window.app import theme

    gr.mount_gradio_app(
        web,
        window,
        path=visitor.home(language).rstrip("/") or "/",
        theme=theme(),
        css_paths=scripts.sheets(),
        favicon_path=str(scripts.asset("icon.svg")) if language == strings.DEFAULT else None,
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        show_error=False,
        ssr_mode=False,
        max_file_size=MOST_BYTES,
        app_kwargs={"exception_handlers": {503: _full(language)}},
    )
    mounted: Any = next(route.app for route in reversed(web.routes) if isinstance(route, Mount))
    mounted.uploaded_file_dir = str(uploads)
    mounted.add_middleware(_Whole)


class _Whole:
    """Tells Gradio the whole path, by which it knows where it is; all others know the library's.

    Pure ASGI.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] == "http":
            scope = {**scope, "path": roots.at(scope["path"])}
        await self.app(scope, receive, send)


def _full(language: str) -> Callable[[Request, Exception], Response]:
    """What Gradio's page is told when too many are waiting.

    To a 503 it has words of its own; of any other refusal it shows the detail.
    """

    def answer(request: Request, error: Exception) -> Response:
        with strings.speaking(language):
            return JSONResponse({"detail": strings.QUEUE_FULL}, 429)

    return answer


def serve(
    engine: Engine,
    folder: Path,
    host: str = "127.0.0.1",
    port: int = 7860,
    on_ready: Callable[[str], None] = lambda url: None,
    on_listening: Callable[[str], None] = lambda url: None,
    users: Where | None = None,
    open_to_all: bool = False,
    limits: WindowLimits | None = None,
    has_window: bool = True,
) -> None:
    """Serve the window until SIGINT or SIGTERM, then return; on SIGTERM answers are finished first.

    Args:
        engine: what answers; it may still be loading.
        folder: the library's, where conversations are kept.
        host: the address to listen on.
        port: the port to listen on; 0 takes any free one.
        on_ready: called with the window's address once the window stands.
        on_listening: called with it as soon as it answers, if only with a page that waits.
        users: where those are who may sign in; None asks nobody to.
        open_to_all: whether other machines may come in without signing in.
        limits: what is taken from a browser, and who is believed; the defaults unless given.
        has_window: whether there is a window, or only what programs ask.

    Raises:
        IbidError: the port cannot be had, the folder not be used, nobody could sign in, or other
            machines could come in without.
    """
    from ui.window.server import headless

    with closing(places.of(engine.settings, folder)) as kept:
        known = None if has_window else kept.key_place
        check_doors(host, users, open_to_all=open_to_all, keys_of=known)
    build = application if has_window else headless.application
    limits = limits or WindowLimits()
    token = secrets.token_urlsafe(32)

    def up(url: str, own_host: str, own_port: int) -> None:
        # What a command asks before the window stands waits for it.
        note.write(folder, own_host, own_port, token)
        on_listening(url)

    def made() -> FastAPI:
        return build(engine, folder, host, users, limits, token, open_to_all)

    try:
        run(made, host, port, limits, up, on_ready, has_doors=users is not None)
    finally:
        note.remove(folder)


def run(
    build: Callable[[], FastAPI],
    host: str,
    port: int,
    limits: WindowLimits,
    on_up: Callable[[str, str, int], None],
    on_ready: Callable[[str], None],
    *,
    has_doors: bool,
) -> None:
    """Serve what ``build`` makes until SIGINT or SIGTERM, then return. Port 0 takes any free one.

    ``on_up`` is told the address, and host and port by which this machine asks, as soon as it
    listens; ``on_ready`` the address once it is built. ``has_doors``: whether people sign in.

    Raises:
        IbidError: the port cannot be had.
        Exception: what ``build`` raises.
    """
    with ExitStack() as open_sockets:
        listeners, own = _listeners(open_sockets, host, port)
        url = address(host, listeners[0].getsockname()[1])
        front = Starting(build, gate(host, limits, has_doors), lambda: on_ready(url))
        made = config(front, limits)
        up = partial(on_up, url, *own)
        server = Server(made, up, lambda: front.turns, limits.ending_s, front.give_up)
        front.on_failed = server.stop
        with signals_only_stop():
            server.run(sockets=listeners)
    if front.failure:
        raise front.failure


def _listeners(
    open_sockets: ExitStack, host: str, port: int
) -> tuple[list[socket.socket], tuple[str, int]]:
    """What is listened on, and where the owner's commands ask, which need this machine's own."""
    listeners = [open_sockets.enter_context(listen(host, port))]
    asked_at = on_this_machine(listeners[0])
    if asked_at is None:
        listeners.append(open_sockets.enter_context(listen("127.0.0.1", 0)))
        asked_at = listeners[1].getsockname()[:2]
    return listeners, asked_at
