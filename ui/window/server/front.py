"""Gradio's page made Ibid's own before a browser sees it. No Gradio here.

Gradio's template has its own name, pictures and addresses in it, loads a script for pages that are
framed, which ours cannot be, and shows its own mark until its scripts have come. Ours has Ibid's
name, what it is for, and its icon; and, until the window stands, the page of `starting`.
"""

from __future__ import annotations

import base64
import html
import re
from functools import lru_cache
from string import Template

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui import strings
from ui.roots import at
from ui.window.page import scripts, visitor

_HOMES = {visitor.home(language): language for language in strings.LANGUAGES}
_MANIFEST = "/manifest.json"
_MOST_KEPT = 100  # pages of that many libraries and languages
# The base is the page's own folder anyway; with it, "#…" would be another page than "/?chat=…".
_FOREIGN = re.compile(
    r'<meta\s+(?:property="og:|name="twitter:)[^>]*>\s*'
    r"|<base\s[^>]*>\s*|<title>[^<]*</title>\s*"
    r"|<script>\s*\(\(\) => \{(?:(?!</script>)[\s\S])*iframeResizer\.content[\s\S]*?</script>\s*"
)


class Fronted:
    """Puts Ibid's own head and first sight on each language's page. Pure ASGI, the innermost."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; of a page, hold what comes back until it is whole."""
        is_page = scope["type"] == "http" and scope["method"] == "GET"
        language = _HOMES.get(scope["path"]) if is_page else None
        if language is None:
            await self.app(scope, receive, send)
            return
        begun: Message = {}
        body = bytearray()

        async def held(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = message
            if not begun or not _is_html(begun):
                await send(message)
            elif message["type"] == "http.response.body":
                body.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    page = own(body.decode(), language).encode()
                    MutableHeaders(scope=begun)["Content-Length"] = str(len(page))
                    await send(begun)
                    await send({**message, "body": page})

        await self.app(scope, receive, held)


def _is_html(begun: Message) -> bool:
    if begun["status"] != 200:
        return False
    return Headers(raw=begun["headers"]).get("content-type", "").startswith("text/html")


def own(page: str, language: str) -> str:
    """Gradio's page with nothing of Gradio's to see, and Ibid's own, in a language."""
    head, _, rest = page.partition("</head>")
    mine, waiting = _parts(language, at(""))
    head = _FOREIGN.sub("", head).replace('lang="en"', f'lang="{language}"', 1)
    head = head.replace(f'"{_MANIFEST}"', f'"{at(_MANIFEST)}"', 1)
    return f"{head}{mine}</head>{rest.replace('<gradio-app', f'{waiting}<gradio-app', 1)}"


@lru_cache(_MOST_KEPT)
def _parts(language: str, root: str) -> tuple[str, str]:
    """The end of the head, and what is seen until the window stands."""
    with strings.speaking(language):
        words = {
            "language": language,
            "name": strings.NAME,
            "description": strings.DESCRIPTION,
            "needs": strings.NEEDS_SCRIPTS,
        }
    facts = {key: html.escape(word) for key, word in words.items()}
    facts["icon"] = base64.b64encode(scripts.asset("icon.svg").read_bytes()).decode()
    facts["root"] = html.escape(root)
    facts["scripts"] = scripts.address()
    facts["theme"] = scripts.asset("theme.html").read_text("utf-8")
    head, waiting = (
        Template(scripts.asset(name).read_text("utf-8")).substitute(facts)
        for name in ("head.html", "waiting.html")
    )
    return head, waiting
