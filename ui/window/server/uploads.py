"""Uploads: refused by their names before their bytes, kept for their visitor, and not for long.

No Gradio here, but for what it does with a form: see `Uploads`.
"""

from __future__ import annotations

import json
import logging
import shutil
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.datastructures import Headers, MutableHeaders
from starlette.formparsers import MultiPartException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.limits import WindowLimits
from rag.loaders.files import FORMATS
from ui import strings
from ui.window.page import visitor
from ui.window.server.limiting import declared
from ui.window.server.routes import UPLOAD

log = logging.getLogger(__name__)

SETS = (".jsonl", ".json")
"""How the name of a Q&A set may end, which the Evaluation tab takes."""


@dataclass(frozen=True, slots=True)
class _Kept:
    owner: str
    size: int
    since: float


class Spool:
    """What was uploaded: in ``folder`` until it is used, in ``queued`` until it was added.

    Both lie in ``root``, which is emptied on start, of what a crash left, and at the end.

    Raises:
        OSError: they cannot be made.
    """

    def __init__(self, root: Path, limits: WindowLimits) -> None:
        self.folder = root / "new"
        self.queued = root / "queued"
        self._root = root
        self._limits = limits
        self._kept: dict[str, _Kept] = {}
        self.clear()
        root.mkdir(parents=True, mode=0o700, exist_ok=True)
        for folder in (self.folder, self.queued):
            folder.mkdir(exist_ok=True)

    def clear(self) -> None:
        """Delete all there is."""
        self._kept.clear()
        shutil.rmtree(self._root, ignore_errors=True)

    def is_full(self, owner: str, more: int = 0) -> bool:
        """Whether a visitor has as much here as they may, or would have with so many bytes more."""
        mine = sum(kept.size for kept in list(self._kept.values()) if kept.owner == owner)
        return mine + max(more, 1) > self._limits.kept_mb * 1_000_000

    def keep(self, owner: str, file: Path) -> str:
        """Keep an uploaded file; returns the word that its owner may have it by."""
        word = uuid.uuid4().hex
        place = file.replace(self.folder / word)
        with suppress(OSError):  # the folder that Gradio made for it; another may lie there too
            file.parent.rmdir()
        self._kept[word] = _Kept(owner, place.stat().st_size, time.time())
        return word

    def take(self, owner: str, word: str) -> Path | None:
        """The file, which is the caller's to move or delete; None if there is none of theirs."""
        kept = self._kept.get(word)
        if kept is None or kept.owner != owner or self._kept.pop(word, None) is None:
            return None
        return self.folder / word

    def sweep(self) -> None:
        """Delete what was not used in time, and what came of uploads that broke off."""
        now = time.time()
        for word, kept in list(self._kept.items()):
            if now - kept.since > self._limits.kept_s:
                self._kept.pop(word, None)
                (self.folder / word).unlink(missing_ok=True)
        with suppress(OSError):  # somebody else may be at it
            for left in self.folder.iterdir():
                is_old = now - left.stat().st_mtime > self._limits.upload_s
                if left.name not in self._kept and is_old:
                    shutil.rmtree(left) if left.is_dir() else left.unlink()


class Uploads:
    """Lets only files through whose names are known, and keeps them for whoever sent them.

    Gradio writes a form's files into its folder and answers with their paths, which anybody could
    name again. They are moved, and the answer has words instead that are good for their sender
    alone. Pure ASGI.
    """

    def __init__(self, app: ASGIApp, spool: Spool, limits: WindowLimits) -> None:
        self.app = app
        self._spool = spool
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; of an upload, read the names as they go by."""
        if scope["type"] != "http" or not scope["path"].endswith(UPLOAD):
            await self.app(scope, receive, send)
            return
        owner = visitor.key(scope)
        self._spool.sweep()
        if self._spool.is_full(owner, declared(scope)):
            words = strings.UPLOADS_FULL.format(mb=self._limits.kept_mb)
            await PlainTextResponse(words, 413)(scope, receive, send)
            return
        form = _Form(Headers(scope=scope).get("content-type", ""), self._limits.upload_files)

        async def looked_at() -> Message:
            message = await receive()
            # Gradio answers its error with its words, and removes what it has written so far.
            form.look(message.get("body", b""))
            return message

        await self.app(scope, looked_at, _Answer(send, owner, self._spool).send)


class _Answer:
    """Gradio's answer to an upload, with words in the place of paths."""

    def __init__(self, send: Send, owner: str, spool: Spool) -> None:
        self._send = send
        self._owner = owner
        self._spool = spool
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        """Hold the answer back until it is whole, if it has paths."""
        if message["type"] == "http.response.start" and message["status"] == 200:
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                paths = json.loads(self._body)
                words = [self._spool.keep(self._owner, Path(path)) for path in paths]
                body = json.dumps(words).encode()
                MutableHeaders(scope=self._start)["content-length"] = str(len(body))
                await self._send(self._start)
                await self._send({"type": "http.response.body", "body": body})


class _Form:
    """The files in a form, as far as it has come. What is no form has none."""

    def __init__(self, content_type: str, most: int) -> None:
        self._left = most
        self._field = self._value = b""
        boundary = parse_options_header(content_type)[1].get(b"boundary")
        self._parser = (
            MultipartParser(
                boundary,
                {
                    "on_part_begin": self._on_part,
                    "on_header_field": self._on_field,
                    "on_header_value": self._on_value,
                    "on_header_end": self._on_end,
                },
            )
            if boundary
            else None
        )

    def look(self, data: bytes) -> None:
        """Read on. Raises MultiPartException: this is no form, or has what is not taken."""
        if self._parser is None or not data:
            return
        try:
            self._parser.write(data)
        except MultiPartException:
            raise
        except Exception as error:
            raise MultiPartException(str(error)) from None

    def _on_part(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise MultiPartException(strings.TOO_MANY_PARTS)

    def _on_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_end(self) -> None:
        if self._field.lower() == b"content-disposition":
            name = parse_options_header(self._value)[1].get(b"filename")
            if name is not None:
                _check(name.decode(errors="replace"))
        self._field = self._value = b""


def _check(name: str) -> None:
    if PurePosixPath(name).suffix.lower() not in (*FORMATS, *SETS):
        refusal = str(strings.LIBRARY_WORDS["formats_only"])
        raise MultiPartException(refusal.format(formats=", ".join(FORMATS)))
