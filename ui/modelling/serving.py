"""The service itself: who may ask, how much may be sent, where it listens."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import closing

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.errors import SettingsError
from rag.limits import ApiLimits
from rag.models import inventory
from rag.settings import Settings
from ui.modelling import routes
from ui.window.server.hosts import is_this_machine
from ui.window.server.limiting import Limited
from ui.window.server.listening import address, listen
from ui.window.server.process import UNTOLD, Server, config, signals_only_stop

_REQUEST_KB = 4_096
_FAREWELL_S = 30
_OPEN = ("/health", "/healthz")


def application(settings: Settings, here: inventory.Here) -> FastAPI:
    """The service, which asks for the token of the settings where they have one."""
    web = FastAPI(openapi_url=None, telemetry=UNTOLD)
    for router in routes.routes(settings, here):
        web.include_router(router)
    web.add_exception_handler(RequestValidationError, _refused)
    limits = settings.window.model_copy(update={"request_kb": _REQUEST_KB})
    web.add_middleware(Limited, limits=limits, of_programs=ApiLimits(request_kb=_REQUEST_KB))
    web.add_middleware(Asked, token=settings.models_token)
    return web


def serve(
    settings: Settings,
    host: str = "127.0.0.1",
    port: int = 7870,
    on_ready: Callable[[str], None] = lambda url: None,
) -> None:
    """Serve the models until SIGINT or SIGTERM, then return. Port 0 takes any free one.

    Raises:
        ModelError: one cannot be had.
        IbidError: the port cannot be had, or other machines could ask without a token.
    """
    if not is_this_machine(host) and settings.models_token is None:
        raise SettingsError(
            f"{host} is reached from other machines: set IBID_MODELS_TOKEN_FILE to a file with a "
            "token, which those that ask have as IBID_EMBEDDER_TOKEN_FILE and so on"
        )
    with closing(listen(host, port)) as listener:
        url = address(host, listener.getsockname()[1])
        web = application(settings, inventory.here(settings))
        how = config(web, settings.window)
        how.timeout_graceful_shutdown = _FAREWELL_S  # what is being read is read to its end
        server = Server(how, lambda: on_ready(url))
        with signals_only_stop():
            server.run(sockets=[listener])


class Asked:
    """Whoever has no token is refused before anything of the request is read. Pure ASGI."""

    def __init__(self, app: ASGIApp, token: SecretStr | None) -> None:
        self.app = app
        self._wanted = f"Bearer {token.get_secret_value()}".encode() if token else b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, if it may come in."""
        if scope["type"] == "http" and self._wanted and scope["path"] not in _OPEN:
            said = Headers(scope=scope).get("authorization", "").encode()
            if not secrets.compare_digest(said, self._wanted):
                refusal = JSONResponse({"error": "the token is wrong or missing"}, 401)
                await refusal(scope, receive, send)
                return
        await self.app(scope, receive, send)


async def _refused(request: Request, error: Exception) -> Response:
    """FastAPI's own would say all that was sent once more."""
    return JSONResponse({"error": f"not what is taken, or over {routes.MOST_TEXTS} texts"}, 422)
