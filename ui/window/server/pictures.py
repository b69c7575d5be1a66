"""Serving the pictures of articles and the pages of PDFs, each by its number: none names a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from rag.errors import IbidError
from rag.loaders.pictures import picture
from ui.window.chat.sources import valid_article_id

if TYPE_CHECKING:
    from rag.schema import Article
    from ui.window.chat.pages import Pages
    from ui.window.conversation.types import Engine

# A picture that was taken for something else could still do nothing.
HEADERS = {
    "Cache-Control": "private, max-age=3600",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def routes(engine: Engine, pages: Pages) -> APIRouter:
    """What this version of an article has: its pictures, its pages, and the words on a page.

    ``/pictures/<article>/<digest>/<number>``, ``/pages/<article>/<digest>/<number>`` and, below
    that, ``/words``. Of any other version there is none.
    """
    router = APIRouter()

    def article_of(article_id: str, digest: str) -> Article | None:
        if engine.library is None or not valid_article_id(article_id):
            return None
        try:
            article = engine.library.article(article_id)
        except IbidError:
            return None
        return article if article.digest[:8] == digest else None

    @router.get("/pictures/{article_id}/{digest}/{number}")
    def named(article_id: str, digest: str, number: int) -> Response:
        article = article_of(article_id, digest)
        found = picture(article, number) if article else None
        if found is None:
            return Response(status_code=404)
        return Response(found.data, media_type=found.media_type, headers=HEADERS)

    @router.get("/pages/{article_id}/{digest}/{number}")
    def page(article_id: str, digest: str, number: int) -> Response:
        article = article_of(article_id, digest)
        found = pages.page(article, number) if article else None
        if found is None:
            return Response(status_code=404)
        return Response(found.image, media_type=found.media_type, headers=HEADERS)

    @router.get("/pages/{article_id}/{digest}/{number}/words")
    def words(article_id: str, digest: str, number: int) -> Response:
        article = article_of(article_id, digest)
        found = pages.page(article, number) if article else None
        if article is None or found is None:
            return Response(status_code=404)
        begin = article.pages[number - 1]
        told = [[begin + start, begin + end, *box] for start, end, *box in found.words]
        size = {"width": found.width, "height": found.height}
        return JSONResponse({**size, "words": told}, headers=HEADERS)

    return router
