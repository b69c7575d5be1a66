"""No other site's page may change anything here, whatever it sends."""

from __future__ import annotations

import httpx
import pytest
from starlette.responses import PlainTextResponse

from ui.window.server.headers import Guarded

HERE = "http://127.0.0.1:7860"


async def status(method: str, **headers: str) -> int:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    transport = httpx.ASGITransport(Guarded(PlainTextResponse("done")))
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
        return (
            await client.request(method, "/gradio_api/component_server", headers=sent)
        ).status_code


@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": HERE}, {"sec_fetch_site": "same-origin"}, {"sec_fetch_site": "none"},
     {"origin": HERE, "sec_fetch_site": "same-origin"}],
)  # fmt: skip
async def test_the_windows_own_page_and_no_browser_at_all_are_served(
    headers: dict[str, str],
) -> None:
    assert await status("POST", **headers) == 200


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://evil.example"}, {"origin": "null"}, {"origin": "http://127.0.0.1:9"},
     {"sec_fetch_site": "cross-site"}, {"sec_fetch_site": "same-site"},
     {"origin": HERE, "sec_fetch_site": "cross-site"}],
)  # fmt: skip
async def test_another_sites_page_changes_nothing(headers: dict[str, str]) -> None:
    for method in ("POST", "PUT", "DELETE"):
        assert await status(method, **headers) == 403
    assert await status("GET", **headers) == 200
