"""A server that has a model: asked with an end, left alone while it is away, believed in nothing.

What it says is read up to so many bytes and seconds and has to have the shape that was asked for.
Its words are never told: it may repeat a token.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import SplitResult, urlsplit

from pydantic import SecretStr, TypeAdapter, ValidationError

from rag.breaker import Breaker, Paused
from rag.errors import ModelAway, SettingsError
from rag.models.providers import is_loopback
from rag.models.threads import within
from rag.served_models import ServerLimits

if TYPE_CHECKING:
    import httpx

_Text = TypeVar("_Text")
_Said = TypeVar("_Said")
_Made = TypeVar("_Made")
_HEADER = re.compile(r"[!-~]+")
_VERSION = re.compile(r"/v\d")
_TOO_MUCH = {400, 413, 422}  # OpenAI's, everyone's and Text Embeddings Inference's
_BUSY = {429, 503}
_FIRST_WAIT_S = 0.25
_log = logging.getLogger("ibid")


class _Refused(Exception):
    """It answered, and not with what was asked for."""

    def __init__(self, why: str, status: int = 0) -> None:
        super().__init__(why)
        self.status = status


class _Gone(Exception):
    """It did not answer, or not in time."""


class ModelServer:
    """A server of one model, by its address; ``setting`` is the name of the setting with it.

    ``away`` makes the error of one that cannot be asked, of its address and why. Safe to use from
    several threads: while one waits for an answer, others do not wait for that one.

    Raises:
        SettingsError: the address is none.
    """

    def __init__(
        self,
        url: str,
        token: SecretStr | None,
        limits: ServerLimits,
        setting: str,
        away: Callable[[str, str], ModelAway],
    ) -> None:
        own_token = f"IBID_{setting.removesuffix('_url').upper()}_TOKEN"
        parts = urlsplit(url)
        if not _is_bare(parts):
            raise SettingsError(
                f"{setting} is no web address, or has more in it than that; write it as "
                f"http://127.0.0.1:8080, and what is secret into {own_token}"
            )
        if token and not _HEADER.fullmatch(token.get_secret_value()):
            raise SettingsError(f"{own_token} has letters that no token has; mend it")
        self.address = f"{parts.scheme}://{parts.netloc}"
        self.is_versioned = bool(_VERSION.search(parts.path))
        self.limits = limits
        self._url = url.rstrip("/")
        self._is_local = is_loopback(parts.hostname or "")
        self._token = token
        self._error = away
        self._breaker = Breaker(limits.pause)
        self._most = limits.at_once

    def away(self, why: str) -> ModelAway:
        """The error of a server that cannot be asked."""
        return self._error(self.address, why)

    def ask(
        self,
        path: str,
        given: Mapping[str, Any] | None,
        shape: TypeAdapter[_Said],
    ) -> _Said:
        """What it says to a POST, or without ``given`` to a GET, in the shape that is wanted.

        Raises:
            ModelAway: it does not answer, refuses, or says something else.
        """
        try:
            return self._asked(path, given, shape)
        except _Refused as error:
            raise self.away(str(error)) from None

    def in_batches(
        self,
        texts: Sequence[_Text],
        path: str,
        given: Callable[[Sequence[_Text]], Mapping[str, Any]],
        shape: TypeAdapter[_Said],
        each: Callable[[_Said], Sequence[_Made]],
    ) -> list[_Made]:
        """What is made of each text, in order, of as many at once as the server takes.

        Raises:
            ModelAway: it cannot be asked, or makes more or fewer than it was given.
        """
        made: list[_Made] = []
        while len(made) < len(texts):
            some = texts[len(made) : len(made) + self._most]
            try:
                of_these = each(self._asked(path, given(some), shape))
            except _Refused as error:
                if error.status not in _TOO_MUCH or len(some) == 1:
                    raise self.away(str(error)) from None
                self._most = len(some) // 2
                continue
            if len(of_these) != len(some):
                raise self.away(f"makes {len(of_these)} of {len(some)} texts")
            made += of_these
        return made

    def _asked(
        self, path: str, given: Mapping[str, Any] | None, shape: TypeAdapter[_Said]
    ) -> _Said:
        """Raises ModelAway, or _Refused: it answers something else."""
        try:
            with self._breaker.asking(lambda error: isinstance(error, _Gone)):
                body = self._in_time(path, given)
        except Paused as error:
            raise self.away(str(error)) from None
        except _Gone as error:
            _log.warning("%s", self.away(str(error)))
            raise self.away(str(error)) from None
        try:
            return shape.validate_json(body, strict=True)
        except ValidationError:
            raise _Refused(f"answers {path} with something else than was asked for") from None

    def _in_time(self, path: str, given: Mapping[str, Any] | None) -> bytes:
        seconds = self.limits.timeout
        ends = time.monotonic() + seconds
        try:  # neither a name that is looked up nor a head that comes slowly ends by itself
            return within(seconds, lambda: self._body(path, given, ends))
        except TimeoutError:
            raise _Gone(f"did not answer within {seconds:g} seconds") from None

    def _body(self, path: str, given: Mapping[str, Any] | None, ends: float) -> bytes:
        """The answer's bytes; it waits for a server that is busy, as long as there is time."""
        wait = _FIRST_WAIT_S
        while True:
            status, retry_after, body = self._sent(path, given, ends)
            if status in _BUSY:
                pause = wait if retry_after is None else retry_after
                if time.monotonic() + pause > ends:
                    raise _Gone("is too busy")
                time.sleep(pause)
                wait *= 2
            elif status >= 500:
                raise _Gone(_named(status))
            elif status != 200:
                raise _Refused(_named(status), status)
            else:
                return body

    def _sent(
        self, path: str, given: Mapping[str, Any] | None, ends: float
    ) -> tuple[int, float | None, bytes]:
        """Status, seconds to wait and bytes of an answer."""
        import httpx

        lost = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)
        for is_last in (False, True):  # it may have closed a connection that was kept
            try:
                return self._once(path, given, ends)
            except lost as error:
                if is_last:
                    raise _Gone(str(error) or "broke off") from None
            except httpx.TimeoutException:
                raise TimeoutError from None
            except httpx.HTTPError as error:
                raise _Gone(str(error).partition("\n")[0] or type(error).__name__) from None
        raise AssertionError

    def _once(
        self, path: str, given: Mapping[str, Any] | None, ends: float
    ) -> tuple[int, float | None, bytes]:
        left = max(ends - time.monotonic(), 0.001)
        method = "GET" if given is None else "POST"
        request = self._client.build_request(method, self._url + path, json=given, timeout=left)
        response = self._client.send(request, stream=True)
        try:
            body = self._read(response, ends)
        finally:
            response.close()
        return response.status_code, _seconds(response.headers.get("retry-after", "")), body

    def _read(self, response: httpx.Response, ends: float) -> bytes:
        # What is packed could be a thousand times what is counted; none was asked for.
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise _Refused("answers packed, though that was not asked for")
        body = bytearray()
        for piece in response.iter_raw():
            body += piece
            if len(body) > self.limits.answer_mb * 1_000_000:
                raise _Refused(f"answers with more than {self.limits.answer_mb} MB")
            if time.monotonic() > ends:
                raise TimeoutError
        return bytes(body)

    @cached_property
    def _client(self) -> httpx.Client:
        import httpx

        headers = {"Accept-Encoding": "identity"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token.get_secret_value()}"
        # A proxy from the environment must never see what is said on loopback.
        return httpx.Client(headers=headers, trust_env=not self._is_local)


def _is_bare(parts: SplitResult) -> bool:
    """Whether an address is one of the web, and nothing secret can be in it."""
    try:
        _ = parts.port
    except ValueError:
        return False
    more = (parts.username, parts.password, parts.query, parts.fragment)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not any(more)


def _named(status: int) -> str:
    """What a status says, in words of our own."""
    known = {401: "refuses the token", 403: "refuses the token"}
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "no status that is known"
    return f"{known[status]}: {status}" if status in known else f"answers {status} {phrase}"


def _seconds(retry_after: str) -> float | None:
    """Seconds to wait, as a server says in either of both ways; None if it does not."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    try:
        return max(parsedate_to_datetime(retry_after).timestamp() - time.time(), 0.0)
    except (ValueError, OverflowError):
        return None
