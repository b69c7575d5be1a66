"""By which names the window may be reached, and who is believed about who asks. No Gradio here."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from ui import strings
from ui.window.page import visitor

# A name or an IPv4 address, or an IPv6 address in brackets, and perhaps a port.
_AUTHORITY = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(?::\d{1,5})?")
_OF_PROXIES = (b"forwarded", b"x-real-ip", b"x-original-host")
_OF_HOPS = (b"via", b"x-client-ip", b"true-client-ip", b"cf-connecting-ip")


def is_this_machine(host: str) -> bool:
    """Whether only this machine reaches what listens on a host."""
    address = _address(host)
    return host.lower() == "localhost" or (address is not None and address.is_loopback)


def is_allowed(authority: str, host: str, names: Collection[str]) -> bool:
    """Whether a request may call the window, which listens on ``host``, so.

    A web page can give itself a name that leads here (DNS rebinding), but no address and none of
    the names that are ours: those of this machine, and ``names``. What listens on this machine
    alone is never called by an address of another.
    """
    found = _AUTHORITY.fullmatch(authority)
    if found is None:
        return False
    called = (found["six"] or found["name"]).lower().rstrip(".")
    if called in {"localhost", host.lower(), *(name.lower() for name in names)}:
        return True
    address = _address(called)
    if is_this_machine(host):
        return address is not None and address.is_loopback
    return address is not None or called in _own_names()


class Hosts:
    """Serves only who calls the window by a name of its own. Pure ASGI."""

    def __init__(self, app: ASGIApp, host: str, names: Collection[str]) -> None:
        self.app = app
        self._host = host
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, if it has one such Host header."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        called = Headers(scope=scope).getlist("host")
        if len(called) == 1 and is_allowed(called[0], self._host, self._names):
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            with strings.speaking(visitor.language_of(scope)):
                refusal = PlainTextResponse(strings.WRONG_HOST, 400)
            await refusal(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})


class Proxies:
    """Believes what a request says of whom it was passed on for, if a known proxy passed it on.

    From anybody else, this machine included, such headers are taken away: they would choose the
    address that attempts are counted for, and the address that a page loads its scripts from.
    """

    def __init__(self, app: ASGIApp, trusted: Collection[str]) -> None:
        self.app = app
        self._behind = ProxyHeadersMiddleware(app, trusted_hosts=list(trusted))
        self._trusted = [ipaddress.ip_network(one) for one in trusted]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with the client that it is from."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        peer = _address((scope.get("client") or ("",))[0])
        if peer is not None and any(peer in network for network in self._trusted):
            await self._behind(scope, receive, send)
            return
        kept = [(name, value) for name, value in scope["headers"] if not _is_of_a_proxy(name)]
        await self.app({**scope, "headers": kept}, receive, send)


def is_passed_on(scope: Scope) -> bool:
    """Whether a request says that somebody passed it on for another, whoever it came from."""
    return any(_is_of_a_proxy(name) or name.lower() in _OF_HOPS for name, _ in scope["headers"])


def _is_of_a_proxy(name: bytes) -> bool:
    return name.lower() in _OF_PROXIES or name.lower().startswith(b"x-forwarded-")


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def _own_names() -> set[str]:
    name = socket.gethostname().lower()
    return {name, name.partition(".")[0], f"{name.partition('.')[0]}.local"} - {""}
