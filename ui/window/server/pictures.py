"""Serving the pictures of articles, each by its number: no page can name a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.responses import Response

from rag.errors import IbidError
from rag.loaders.pictures import picture
from ui.window.chat.sources import valid_article_id

if TYPE_CHECKING:
    from ui.window.conversation.types import Engine

# A picture that was taken for something else could still do nothing.
HEADERS = {
    "Cache-Control": "private, max-age=3600",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def routes(engine: Engine) -> APIRouter:
    """``/pictures/<article>/<digest>/<number>``: a picture that this version of it names."""
    router = APIRouter()

    @router.get("/pictures/{article_id}/{digest}/{number}")
    def named(article_id: str, digest: str, number: int) -> Response:
        if engine.library is None or not valid_article_id(article_id):
            return Response(status_code=404)
        try:
            article = engine.library.article(article_id)
        except IbidError:
            return Response(status_code=404)
        found = picture(article, number) if article.digest[:8] == digest else None
        if found is None:
            return Response(status_code=404)
        return Response(found.data, media_type=found.media_type, headers=HEADERS)

    return router
