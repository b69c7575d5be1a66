"""The reports of runs as pages and files of their own. No Gradio here.

A report is a page without a script. It is shown in a frame that would run none either, and may
ask for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from eval import report as reports
from eval.language import speaking
from eval.runs import store as runs
from eval.runs.store import Run
from rag.errors import IbidError, RunError
from ui import strings

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; sandbox allow-popups"
)
_NAME = re.compile(r"[\w.-]{1,200}")
_TYPES = {
    "html": "text/html; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "json": "application/json",
}


def run_named(name: object, folder: Path, fetch: Callable[[], None] = lambda: None) -> Run:
    """A run by the name of its folder, among those of a library.

    ``fetch`` brings what other machines wrote, where it is not here, or not all of it.

    Raises:
        RunError: there is none of that name, or it cannot be read.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name.startswith("."):
        raise RunError(strings.NO_RUN)
    file = folder / name / runs.RECORD
    if not file.is_file() or not (run := runs.load(folder / name)).is_finished:
        fetch()
        if not file.is_file():
            raise RunError(strings.NO_RUN)
        run = runs.load(folder / name)
    return run


def routes(folder: Path, fetch: Callable[[], None] = lambda: None) -> APIRouter:
    """``/runs/NAME.html``, ``.md`` and ``.json``, and ``/runs/A/against/B.html``.

    ``fetch`` brings into the folder what other machines wrote.
    """
    router = APIRouter()

    def named(name: str) -> Run:
        return run_named(name, folder, fetch)

    @router.get("/runs/{name}/against/{other}.html")
    def compared(name: str, other: str) -> Response:
        from eval.compare import page as comparing
        from eval.compare.runs import compare

        try:
            with speaking(strings.spoken()):
                page = comparing.html(compare(named(other), named(name)))
        except IbidError as error:
            return PlainTextResponse(strings.failure(error), 404)
        return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})

    @router.get("/runs/{name}.{kind}")
    def report(name: str, kind: str, download: bool = False) -> Response:
        try:
            run = named(name)
            body = reports.told(run, kind, strings.spoken()) if kind in _TYPES else b""
        except (IbidError, OSError):
            body = b""
        if not body:
            return PlainTextResponse(strings.NO_RUN, 404)
        headers = {"Content-Security-Policy": POLICY}
        if download or kind != "html":
            headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
        return Response(body, media_type=_TYPES[kind], headers=headers)

    return router
