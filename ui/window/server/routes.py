"""Every way into the window: whatever is not listed here is not there. No Gradio here.

Gradio serves much that the window's page never asks for: its programming interface, files by
their paths, streams by the keys of others. None of that is reachable.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from ui import strings
from ui.users import Role
from ui.window.page import visitor

Names = Literal["", "body", "query", "path"]
"""Where a request names the session of a page, which belongs to one visitor."""


@dataclass(frozen=True, slots=True)
class Route:
    """A way in.

    ``needed`` is the role that it takes, None if nobody has to have one. ``names`` is where the
    request names a page's session. A ``stream`` stays open; what is ``queued`` waits for its turn
    among the events of pages, and an ``answer`` in the one queue of questions. An ``upload`` may
    be as large as an article's file.
    What is ``compressed`` is the same for all who may have it: nothing of one visitor's is, since
    how well a secret is compressed beside words of a stranger's choice tells of it.
    """

    methods: str
    path: str
    needed: Role | None = "reader"
    names: Names = ""
    is_stream: bool = False
    is_queued: bool = False
    is_answer: bool = False
    is_upload: bool = False
    is_compressed: bool = False

    def fits(self, method: str, path: str) -> bool:
        """Whether a request is one of these. A HEAD is a GET without an answer's body."""
        method = "GET" if method == "HEAD" else method
        return method in self.methods.split() and re.fullmatch(self.path, path) is not None

    @property
    def template(self) -> str:
        """The path to read: ``{}`` for what may stand there, ``[]`` around what need not."""
        told = self.path
        for pattern, words in _READABLE:
            told = re.sub(pattern, words, told)
        return told or "/"


_READABLE = (
    (r"\(\?:/\.\*\)\?", "/{}"),
    (r"/\?$", ""),
    (r"\[\^/\]\+|\[0-9a-f\]\+|\.[*+]|\\d\{1,5\}", "{}"),
    (r"\\\.", "."),
    (r"\(\?:([^()]*)\)\?", r"[\1]"),
    (r"\(\?:", "("),
)
UPLOAD = "/gradio_api/upload"
# In each language's window, after its own path.
_OF_GRADIO = (
    Route("GET", r"/?", is_compressed=True),
    Route("GET", r"/theme\.css/?", is_compressed=True),
    Route("GET", r"/(?:config|favicon\.ico|manifest\.json|robots\.txt)/?"),
    Route("GET", r"/assets/.*", is_compressed=True),
    Route("GET", r"/(?:pwa_icon|assets|static|svelte)(?:/.*)?"),
    Route("GET", r"/gradio_api/(?:info|startup-events)/?"),
    Route("GET", r"/gradio_api/heartbeat/[^/]+", names="path", is_stream=True),
    Route("GET", r"/gradio_api/queue/data", names="query", is_stream=True),
    Route("POST", r"/gradio_api/queue/join", names="body", is_queued=True),
    Route("POST", r"/gradio_api/run/predict/?", names="body"),
    Route("POST", r"/gradio_api/component_server/?", names="body"),
    Route("POST", r"/gradio_api/cancel", names="body"),
    Route("POST", r"/gradio_api/reset/?"),
    Route("POST", UPLOAD, needed="editor", is_upload=True),
)
_OURS = (
    Route("GET", r"/healthz", needed=None),
    Route("GET", r"/readyz", needed=None),
    Route("GET", r"/language/[^/]+", needed=None),
    Route("GET POST", r"/sign-in", needed=None),
    Route("POST", r"/sign-out", needed=None),
    Route("GET", r"/apple-touch-icon\.png", needed=None),
    Route("GET", r"/scripts/[0-9a-f]+/window\.js", is_compressed=True),
    Route("GET", r"/pictures/[^/]+/[^/]+/\d{1,5}"),
    Route("GET", r"/pages/[^/]+/[^/]+/\d{1,5}(?:/words)?"),
    Route("GET", r"/(?:conversations|answers)/[^/]+"),
    Route("GET", r"/runs/.+", needed="owner"),
    # For whoever has the token of `ui.api.note` alone, see `ui.window.server.tokens`.
    Route(
        "POST",
        r"/api/(?:search|ask|add|import|sync|unfollow|remove|edit|collections|sources|merge|generate"
        r"|eval)",
        needed="owner",
        is_stream=True,
    ),
    Route("POST", r"/api/stop", needed="owner"),
)
# For other programs, by their keys.
_OF_PROGRAMS: tuple[Route, ...] = (
    Route("POST", r"/v1/ask", is_stream=True, is_answer=True),
    Route("POST", r"/v1/search"),
    Route("POST", r"/v1/chat/completions", is_stream=True, is_answer=True),
    Route("GET", r"/v1/models(?:/.+)?"),
    Route("GET", r"/v1/articles"),
    Route("POST", r"/v1/articles(?:/upload)?", needed="editor", is_upload=True),
    Route("POST", r"/v1/articles/sync", needed="editor"),
    Route("GET", r"/v1/articles/[^/]+"),
    Route("PATCH DELETE", r"/v1/articles/[^/]+", needed="editor"),
    Route("GET", r"/v1/collections"),
    Route("POST", r"/v1/collections", needed="editor"),
    Route("PATCH DELETE", r"/v1/collections/.+", needed="editor"),
    Route("POST", r"/v1/collections/.+/articles", needed="editor"),
    Route("GET POST", r"/v1/places", needed="editor"),
    Route("DELETE", r"/v1/places/[^/]+", needed="editor"),
    Route("GET", r"/v1/jobs(?:/[^/]+)?"),
    Route("DELETE", r"/v1/jobs/[^/]+", needed="editor"),
    Route("POST", r"/v1/feedback"),
    Route("GET", r"/v1/feedback", needed="owner"),
    Route("GET", r"/v1/(?:openapi\.json|docs)", needed=None),
    Route("GET POST DELETE", r"/mcp", is_stream=True),
    Route("GET", r"/metrics", needed="owner"),
)
ROUTES = (*_OURS, *_OF_PROGRAMS, *_OF_GRADIO)
_PROGRAMS = re.compile(r"/(?:v1|mcp|metrics)(?:/.*)?")
HOMES = tuple(visitor.home(language) for language in strings.LANGUAGES)


def route(method: str, path: str) -> Route | None:
    """The way in that a request takes; None if there is none."""
    for one in (*_OURS, *_OF_PROGRAMS):
        if one.fits(method, path):
            return one
    for home in HOMES:
        root = home.rstrip("/")
        if root and not path.startswith(f"{root}/"):
            continue
        for one in _OF_GRADIO:
            if one.fits(method, path.removeprefix(root)):
                return one
    return None


def methods(path: str) -> tuple[str, ...]:
    """How this place of other programs may be asked; nothing if it is not there."""
    ways = [one for one in _OF_PROGRAMS if re.fullmatch(one.path, path)]
    return tuple(dict.fromkeys(method for one in ways for method in one.methods.split()))


def is_of_programs(path: str) -> bool:
    """Whether this is a place for other programs, be there anything or not."""
    return _PROGRAMS.fullmatch(path) is not None


class Line(NamedTuple):
    """A line of the table of all ways in: ``for_programs`` are those that take keys, too.

    ``needed`` is the role that it takes, None if nobody has to have one.
    """

    methods: str
    path: str
    needed: Role | None
    for_programs: bool


def table() -> list[Line]:
    """Every way in, and who may take it: `ibid key routes` prints it."""
    return [Line(one.methods, one.template, one.needed, one in _OF_PROGRAMS) for one in ROUTES]
