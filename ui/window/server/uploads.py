"""Refusing an upload that no reader reads, by its name and before its bytes. No Gradio here."""

from __future__ import annotations

from pathlib import PurePosixPath

from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.loaders.files import READERS
from ui import strings

PATH = "/gradio_api/upload"


class Uploads:
    """Lets only files through whose names a reader knows. Pure ASGI."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; of an upload, read the names as they go by."""
        if scope["type"] != "http" or not scope["path"].endswith(PATH):
            await self.app(scope, receive, send)
            return
        names = _Names(Headers(scope=scope).get("content-type", ""))

        async def looked_at() -> Message:
            message = await receive()
            names.look(message.get("body", b""))
            # Gradio answers this error with its words, and removes what it has written so far.
            if any(PurePosixPath(name).suffix.lower() not in READERS for name in names.found):
                known = ", ".join(sorted(READERS))
                refusal = str(strings.LIBRARY_WORDS["formats_only"])
                raise MultiPartException(refusal.format(formats=known))
            return message

        await self.app(scope, looked_at, send)


class _Names:
    """The names of the files in a form, as far as it has come. What is no form has none."""

    def __init__(self, content_type: str) -> None:
        self.found: list[str] = []
        self._field = self._value = b""
        boundary = parse_options_header(content_type)[1].get(b"boundary")
        self._parser = (
            MultipartParser(
                boundary,
                {
                    "on_header_field": self._on_field,
                    "on_header_value": self._on_value,
                    "on_header_end": self._on_end,
                },
            )
            if boundary
            else None
        )

    def look(self, data: bytes) -> None:
        """Read on. Raises MultiPartException: this is no form."""
        if self._parser is None or not data:
            return
        try:
            self._parser.write(data)
        except Exception as error:
            raise MultiPartException(str(error)) from None

    def _on_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_end(self) -> None:
        if self._field.lower() == b"content-disposition":
            name = parse_options_header(self._value)[1].get(b"filename")
            if name is not None:
                self.found.append(name.decode(errors="replace"))
        self._field = self._value = b""
