"""Which libraries there are for whoever has signed in, where one service has several."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from string import Template

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from rag.errors import IbidError
from ui import strings
from ui.window.page import scripts, visitor
from ui.window.server.membership import Members
from ui.window.server.routes import HOMES

_PAGE = scripts.asset("libraries.html")


def routes(members: Members, opens: str) -> APIRouter:
    """The page at ``/``, and in each other language at ``/de/`` and so on.

    ``opens`` is the path in a library that its name leads to.
    """
    router = APIRouter()

    def page(request: Request) -> Response:
        user = visitor.user(request)
        theirs: Mapping[str, str] = {}
        counts: Mapping[str, int] = {}
        status, problem = 200, ""
        try:
            theirs = members.of(f"user:{user}")
            counts = members.articles(f"user:{user}")
        except IbidError:
            status, problem = 503, strings.LIBRARIES_AWAY
        words = {
            "language": strings.spoken(),
            "title": f"{strings.LIBRARIES} · {strings.NAME}",
            "product": strings.NAME,
            "heading": strings.LIBRARIES,
            "problem": problem,
            "none": "" if theirs or problem else strings.LIBRARIES_NONE.format(name=user),
            "out": strings.SIGN_OUT,
            "user": user,
        }
        told = {name: html.escape(word) for name, word in words.items()}
        template = Template(_PAGE.read_text(encoding="utf-8"))
        scheme = scripts.asset("scheme.html").read_text(encoding="utf-8")
        text = template.substitute(
            told, scheme=scheme, libraries="".join(_listed(theirs, counts, opens))
        )
        return HTMLResponse(text, status, headers={"Cache-Control": "no-store"})

    for home in HOMES:
        router.add_api_route(home, page)
    return router


def _listed(roles: Mapping[str, str], counts: Mapping[str, int], opens: str) -> Iterator[str]:
    for name, role in roles.items():
        facts = [strings.articles(counts[name])] if name in counts else []
        said = html.escape(" · ".join([*facts, strings.ROLES.get(role, role)]))
        yield f'<li><a href="/l/{name}{opens}">{html.escape(name)}</a> <span>{said}</span></li>'
