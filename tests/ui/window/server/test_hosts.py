"""By which names the window is served, and whose word counts for where a request is from."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from rag.limits import WindowLimits
from ui.window.server.hosts import Hosts, Proxies, is_allowed, is_this_machine

LOOPBACK = ["127.0.0.1", "localhost", "::1", "127.8.8.8", "::ffff:127.0.0.1", "0:0:0:0:0:0:0:1"]
OURS = [
    "localhost", "LOCALHOST", "localhost:7860", "localhost.", "127.0.0.1", "127.0.0.1:7860",
    "127.0.0.1:1", "[::1]", "[::1]:7860", "[0:0:0:0:0:0:0:1]:7860", "[::ffff:127.0.0.1]:80",
]  # fmt: skip
OTHERS = [
    "evil.example", "evil.example:7860", "localhost.evil.example", "127.0.0.1.evil.example",
    "evil-localhost", "192.168.1.2", "10.0.0.1:7860", "[fe80::1]:7860", "[2606:4700::1]", "::1",
    "[::1", "::1]", "[::1]evil.example", "[evil.example]", "user@localhost", "localhost:x",
    "localhost:7860:1", "localhost/", "localhost ", "", ":7860", "2130706433", "0x7f.1", "127.1",
    "0.0.0.0", "[::]", "localhost,evil.example", "[::1%25lo]",
]  # fmt: skip


@pytest.mark.parametrize("host", LOOPBACK)
@pytest.mark.parametrize("called", OURS)
def test_what_listens_on_this_machine_answers_to_its_names(host: str, called: str) -> None:
    assert is_this_machine(host)
    assert is_allowed(called, host, ())


@pytest.mark.parametrize("host", LOOPBACK)
@pytest.mark.parametrize("called", OTHERS)
def test_and_to_no_other_in_any_form(host: str, called: str) -> None:
    assert not is_allowed(called, host, ())


def test_what_is_open_to_all_answers_to_addresses_and_to_names_that_were_given() -> None:
    for host in ("0.0.0.0", "::", "192.168.1.2"):
        assert not is_this_machine(host)
        for called in ("192.168.1.2:7860", "[fd00::1]:7860", "localhost", "ibid.example:443"):
            assert is_allowed(called, host, ("ibid.example",))
        for called in ("evil.example", "ibid.example.evil.example", ""):
            assert not is_allowed(called, host, ("ibid.example",))


async def told(app: Any, path: str = "/", client: str = "127.0.0.1", **headers: str) -> Any:
    transport = httpx.ASGITransport(app, client=(client, 50_000))
    async with httpx.AsyncClient(transport=transport, base_url="http://[::1]:7860") as one:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await one.get(path, headers=sent)


async def test_a_name_that_is_not_ours_is_refused_on_ipv6_too() -> None:
    app = Hosts(PlainTextResponse("secret"), "::1", ())
    assert (await told(app)).text == "secret"
    for called in ("evil.example:7860", "[::2]:7860"):
        answer = await told(app, host=called)
        assert answer.status_code == 400
        assert "secret" not in answer.text


async def test_two_host_headers_or_none_are_refused() -> None:
    app = Hosts(PlainTextResponse("secret"), "::1", ())
    for headers in ([], [(b"host", b"[::1]"), (b"host", b"evil.example")]):
        statuses: list[int] = []

        async def send(message: Any, statuses: list[int] = statuses) -> None:
            statuses.append(message.get("status", 0))

        scope = {"type": "http", "method": "GET", "path": "/", "headers": headers}
        await app(scope, None, send)  # type: ignore[arg-type]
        assert statuses[0] == 400


def seen() -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope)
        names = " ".join(name for name in request.headers if "forward" in name or "real" in name)
        address = request.client.host if request.client else ""
        await PlainTextResponse(f"{address} {request.url.scheme} {names}")(scope, receive, send)

    return app


FORWARDED = {"x_forwarded_for": "203.0.113.9", "x_forwarded_proto": "https", "x_real_ip": "1.1.1.1",
             "x_forwarded_host": "evil.example", "forwarded": "for=203.0.113.9"}  # fmt: skip


@pytest.mark.parametrize("client", ["127.0.0.1", "::1", "10.0.0.2", "198.51.100.7"])
async def test_nobody_is_believed_about_where_a_request_is_from_unless_it_is_set(
    client: str,
) -> None:
    assert (await told(Proxies(seen(), ()), client=client, **FORWARDED)).text == f"{client} http "


async def test_a_proxy_that_was_named_is_believed_and_what_it_was_told_is_not() -> None:
    limits = WindowLimits(proxies=("10.0.0.0/8", "::1"))
    app = Proxies(seen(), limits.proxies)
    for proxy in ("10.0.0.2", "::1"):
        answer = await told(app, client=proxy, **FORWARDED)
        assert answer.text.startswith("203.0.113.9 https")
    lied = {"x_forwarded_for": "192.0.2.1, 203.0.113.9"}
    assert (await told(app, client="10.0.0.2", **lied)).text.startswith("203.0.113.9 ")
    assert (await told(app, client="127.0.0.1", **FORWARDED)).text == "127.0.0.1 http "


def test_a_proxy_that_is_no_address_is_told() -> None:
    with pytest.raises(ValidationError):
        WindowLimits(proxies=("*",))
