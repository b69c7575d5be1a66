"""Serving the window on this machine."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount
from starlette.types import ASGIApp

from rag.errors import IbidError
from rag.limits import ApiLimits, WindowLimits
from ui import strings
from ui.api import note
from ui.api import routes as api
from ui.api.v1 import problems
from ui.api.v1 import routes as programs
from ui.api.v1.desk import Desk
from ui.api.v1.jobs import Jobs
from ui.window.page import scripts, visitor
from ui.window.server import auth
from ui.window.server.compressing import Compressed
from ui.window.server.front import Fronted
from ui.window.server.gate import Gate
from ui.window.server.headers import Guarded
from ui.window.server.hosts import Hosts, Proxies, is_this_machine
from ui.window.server.later import Later
from ui.window.server.limiting import Limited
from ui.window.server.listening import address, listen, on_this_machine
from ui.window.server.process import Server, config, signals_only_stop
from ui.window.server.starting import Starting
from ui.window.server.tokens import Tokens
from ui.window.server.uploads import Spool, Uploads

if TYPE_CHECKING:
    import gradio as gr

    from rag.index.pages import Pages
    from ui.api.running import Engine as Running
    from ui.window import app
    from ui.window.conversation.jobs import Jobs as Conversations
    from ui.window.conversation.types import Engine

UPLOADS = "uploads"
"""The folder of a library that holds what was uploaded and is not added yet."""
_SWEPT_S = 60.0


def application(
    engine: Engine,
    folder: Path,
    host: str = "127.0.0.1",
    users: Path | None = None,
    limits: WindowLimits | None = None,
    token: str = "",
) -> FastAPI:
    """The web application: the window at ``/``, and in each other language at ``/de/`` and so on.

    A sign of life is at ``/healthz``. ``folder`` is the library's; conversations are kept there.
    With a file of ``users``, nothing else is served to whoever has not signed in. Whoever has the
    ``token`` is the owner's command, for `ui.api.routes`; nobody is while it is empty. What is
    served at all says `ui.window.server.routes`.

    Raises:
        LibraryError: the folder cannot be used.
    """
    from rag.index.catalog import CATALOG
    from rag.index.pages import Pages
    from ui.window import app  # seconds, for Gradio: a busy port should be told before
    from ui.window.conversation.history import History
    from ui.window.conversation.jobs import Jobs as Conversations
    from ui.window.evaluation import reports
    from ui.window.evaluation.measuring import Measuring
    from ui.window.evaluation.tab import EvaluationService
    from ui.window.library.tab import LibraryService
    from ui.window.settings.choosing import Choosing

    limits = limits or WindowLimits()
    history = History(folder / CATALOG)
    choosing = Choosing(engine.settings, folder, limits)
    talks = Conversations(engine, history, limits, choosing.wishes)
    settings = getattr(engine.library, "settings", None)
    pages = Pages(folder, settings.reading if settings else None)
    spool = Spool(folder / UPLOADS, limits)
    others: list[Later] = []
    desk = LibraryService(engine, spool.queued, pages.keep)
    turn = threading.Lock()
    work = Jobs(engine, desk.intake.restock)
    programs_desk = Desk(engine, work, spool, pages.keep, limits, desk.intake.restock)

    async def end() -> None:
        for window in others:
            await window.end()
        work.end()
        talks.end()

    web = FastAPI(openapi_url=None, lifespan=lambda _: living(engine, spool, pages, end))
    bench = EvaluationService(Measuring(engine, turn), history, folder)

    doors = auth.Sessions(users) if users else None
    commands = api.routes(engine, desk.intake.restock, turn)
    for router in (*_routers(talks, pages, doors), reports.routes(bench.runs), commands):
        web.include_router(router)
    problems.install(web)
    for router in programs.routes(engine, programs_desk):
        web.include_router(router)
    windows: list[app.Window] = []
    guard(web, windows, spool, limits, host, doors, token, engine.settings.api)

    def build() -> app.Window:
        windows.append(app.build(talks, desk, bench, spool.take, pages, choosing))
        return windows[-1]

    others += _with_windows(web, build, spool.folder)
    return web


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


def _routers(talks: Conversations, pages: Pages, doors: auth.Sessions | None) -> list[APIRouter]:
    """What a page asks for besides Gradio's own."""
    from ui.window.conversation import export
    from ui.window.server import language, modules, pictures

    return [
        language.routes(),
        export.routes(talks),
        modules.routes(),
        pictures.routes(talks.engine, pages),
        *([auth.routes(doors)] if doors else []),
    ]


def guard(
    web: FastAPI,
    windows: Sequence[app.Window],
    spool: Spool,
    limits: WindowLimits,
    host: str,
    doors: auth.Sessions | None,
    token: str,
    of_programs: ApiLimits,
) -> None:
    """Put before an application all that a request has to pass; what is added last comes first."""
    web.add_middleware(Fronted)
    web.add_middleware(Compressed)
    web.add_middleware(Uploads, spool=spool, limits=limits)
    web.add_middleware(
        Gate, limits=limits, waiting=lambda: chain.from_iterable(w.waiting() for w in windows)
    )
    web.add_middleware(visitor.Visitors)
    if doors:
        web.add_middleware(auth.Doorkeeper, doors=doors)
    if doors is None or is_this_machine(host) or limits.hosts:
        # Whoever has to sign in has done so under this name, and under no other.
        web.add_middleware(Hosts, host=host, names=limits.hosts)
    web.add_middleware(Proxies, trusted=limits.proxies)
    web.add_middleware(Tokens, token=token)  # before who a proxy speaks for is believed
    web.add_middleware(Limited, limits=limits, of_programs=of_programs)
    web.add_middleware(problems.Problems)  # of what all others say to a program
    web.add_middleware(Guarded)


def gate(host: str, limits: WindowLimits, has_doors: bool) -> Callable[[ASGIApp], ASGIApp]:
    """The outermost of the same, for what is served before there is an application."""

    def gated(app: ASGIApp) -> ASGIApp:
        if not has_doors or is_this_machine(host) or limits.hosts:
            app = Hosts(app, host=host, names=limits.hosts)
        return Guarded(Limited(Proxies(app, trusted=limits.proxies), limits=limits))

    return gated


@asynccontextmanager
async def living(
    engine: Running, spool: Spool, pages: Pages, end: Callable[[], Awaitable[None]]
) -> AsyncIterator[None]:
    """What was uploaded and is not used goes after its time, and all of it in the end.

    What is being answered then is kept as far as it came: that is what ``end`` sees to. What is
    kept beyond its article, to undo a removal, goes at either end.
    """

    def sweep() -> None:
        if (own := engine.library) is not None:
            pages.sweep({info.digest for info in own.articles()})

    async def swept() -> None:
        await asyncio.to_thread(sweep)
        while True:
            await asyncio.sleep(_SWEPT_S)
            await asyncio.to_thread(spool.sweep)

    task = asyncio.create_task(swept(), name="sweep")
    try:
        yield
    finally:
        task.cancel()
        await end()
        spool.clear()
        sweep()


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
    users: Path | None = None,
    open_to_all: bool = False,
    limits: WindowLimits | None = None,
    has_window: bool = True,
) -> None:
    """Serve the window until SIGINT or SIGTERM, then return. Port 0 takes any free one.

    Args:
        engine: what answers; it may still be loading.
        folder: the library's, where conversations are kept.
        host: the address to listen on.
        port: the port to listen on.
        on_ready: called with the window's address once the window stands.
        on_listening: called with it as soon as it answers, if only with a page that waits.
        users: the file of those who may sign in; None asks nobody to.
        open_to_all: whether other machines may come in without signing in.
        limits: what is taken from a browser, and who is believed; the defaults unless given.
        has_window: whether there is a window, or only what programs ask.

    Raises:
        IbidError: the port cannot be had, the folder not be used, nobody could sign in, or other
            machines could come in without.
    """
    from ui.window.server import headless

    _check_doors(host, users, open_to_all)
    build = application if has_window else headless.application
    limits = limits or WindowLimits()
    token = secrets.token_urlsafe(32)
    with ExitStack() as open_sockets:
        listeners = [open_sockets.enter_context(listen(host, port))]
        url = address(host, listeners[0].getsockname()[1])
        asked_at = on_this_machine(listeners[0])
        if asked_at is None:  # the owner's commands need one that is
            listeners.append(open_sockets.enter_context(listen("127.0.0.1", 0)))
            asked_at = listeners[1].getsockname()[:2]
        own_host, own_port = asked_at

        def up() -> None:
            # What a command asks before the window stands waits for it.
            note.write(folder, own_host, own_port, token)
            on_listening(url)

        front = Starting(
            lambda: build(engine, folder, host, users, limits, token),
            gate(host, limits, users is not None),
            lambda: on_ready(url),
        )
        server = Server(config(front, limits), up)
        front.on_failed = server.stop
        try:
            with signals_only_stop():
                server.run(sockets=listeners)
        finally:
            note.remove(folder)
    if front.failure:
        raise front.failure


def check_closed(host: str, users: Path | None, folder: Path) -> None:
    """Make sure that nobody on another machine comes in unknown, as to a service without a window.

    Raises:
        IbidError: nobody has a key, nor has to sign in, and other machines could ask.
    """
    if users is None and not is_this_machine(host):
        raise IbidError(
            f"on {host} other machines could read your articles; make a key first: ibid key add "
            "NAME, or have people sign in with --auth user (after ibid user add NAME)"
        )


def _check_doors(host: str, users: Path | None, open_to_all: bool) -> None:
    from ui.users import read

    if users is not None and not read(users):
        raise IbidError(f"{users}: nobody is in there; add somebody: ibid user add NAME")
    if users is None and not open_to_all and not is_this_machine(host):
        raise IbidError(
            f"on {host} other machines could read your articles; ask for a password with "
            "--auth user (after ibid user add NAME), or let everybody in with --no-auth"
        )
