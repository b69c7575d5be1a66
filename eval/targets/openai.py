"""An OpenAI-compatible endpoint, asked without streaming and never beyond its own host."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import TYPE_CHECKING, Any

from eval.sets.cases import Case
from eval.targets import reading
from eval.targets.articles import SetArticles
from eval.targets.endpoint import Endpoint, address
from eval.targets.reply import Reply
from rag.errors import ProviderError, SettingsError
from rag.language.visible import bounded
from rag.models.streams import EndlessError, watched
from rag.schema import Filter, Passage, Turn

if TYPE_CHECKING:
    import httpx

PROBES = 3
"""How many questions are asked to see where a system says what it cites."""
_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504})  # these may pass
_LONGEST_WAIT = 60.0  # seconds between two tries; whoever wants more is told as failed
_HINTS = {
    401: "; name the variable that holds its key with --target-key-env",
    403: "; its key may not do this",
    404: "; check the address and --target-model",
}


class OpenAITarget:
    """A `eval.targets.reply.Target` that is asked by ``POST /chat/completions``.

    A redirect is not followed: the key and the questions go to the host that was named, or
    nowhere. What may pass is tried again as often as the settings say, after what the server asks
    for or 1, 2, 4 … seconds.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        articles: SetArticles,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        import httpx

        self.endpoint = replace(endpoint, url=address(endpoint.url))
        self._articles, self._sleep = articles, sleep
        self._key = _key(endpoint.key_env)
        self._tries = articles.settings.retries + 1
        try:
            host = httpx.URL(self.endpoint.url).host
        except (httpx.InvalidURL, UnicodeError):
            raise SettingsError(f"{endpoint.url!r} is no web address; correct it") from None
        # A proxy from the environment must never see what is said on loopback.
        is_local = host in {"127.0.0.1", "localhost", "::1"}
        options, _ = watched(articles.settings)
        if self._key:
            options["headers"] = {**options["headers"], "Authorization": f"Bearer {self._key}"}
        self._client = httpx.Client(
            timeout=articles.settings.timeout,
            follow_redirects=False,
            trust_env=not is_local,
            **options,
        )

    @property
    def model_name(self) -> str:
        """What the endpoint calls the model."""
        return self.endpoint.model

    @property
    def secrets(self) -> Sequence[str]:
        """Its key, if it takes one."""
        return [self._key] if self._key else []

    def close(self) -> None:
        """Let go of its connections."""
        self._client.close()

    def settled(self, cases: Sequence[Case]) -> OpenAITarget:
        """The same, once it is known which model is asked and where it says what it cites.

        Raises:
            ProviderError: it does not answer, or has several models and none was named.
        """
        if not self.endpoint.model:
            self.endpoint = replace(self.endpoint, model=self._only_model())
        if self.endpoint.citations == "auto":
            likely = sorted(cases, key=lambda case: not case.answerable)[:PROBES]
            said = [self._said(case.question, case.history)[0] for case in likely]
            self.endpoint = replace(self.endpoint, citations=reading.detected(said))
        return self

    def ask(self, question: str, history: Sequence[Turn] = (), only: Filter | None = None) -> Reply:
        """The answer to a question, after a conversation.

        Raises:
            ProviderError: it did not answer, or nothing that can be read; or ``only`` is given.
        """
        if only is not None:
            raise ProviderError("another system cannot be asked without some of its articles")
        said, seconds = self._said(question, history)
        endpoint = self.endpoint
        reply = reading.read(said, endpoint.citations, self._articles, question, endpoint.model)
        return replace(reply, seconds=seconds)

    def search(self, question: str, k: int = 10, only: Filter | None = None) -> list[Passage]:
        """Nothing: what it found comes with its reply."""
        return []

    def _said(self, question: str, history: Sequence[Turn]) -> tuple[reading.Message, float]:
        messages = [{"role": turn.role, "content": turn.text} for turn in history]
        messages.append({"role": "user", "content": question})
        body = {"model": self.endpoint.model, "messages": messages, "stream": False}
        document, seconds = self._fetched("POST", "/chat/completions", body)
        return reading.message_of(document), seconds

    def _only_model(self) -> str:
        document, _ = self._fetched("GET", "/models")
        listed = document.get("data") if isinstance(document, Mapping) else None
        names = [
            str(one["id"])
            for one in (listed if isinstance(listed, list) else ())
            if isinstance(one, Mapping) and one.get("id")
        ]
        if len(names) != 1:
            known = bounded(", ".join(names)) or "none"
            raise ProviderError(
                f"{self.endpoint.url} lists these models: {known}; name one with --target-model"
            )
        return names[0]

    def _fetched(self, method: str, path: str, body: Any = None) -> tuple[Any, float]:
        """What the endpoint sends, as JSON, and the seconds of the request that it answered."""
        import httpx

        for left in reversed(range(self._tries)):
            started = time.perf_counter()
            try:
                response = self._client.request(method, f"{self.endpoint.url}{path}", json=body)
            except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
                # A connection that was kept may have been closed by then: that passes, too.
                if not left:
                    raise self._failed(f"cannot be reached ({error}); see that it runs") from None
                self._wait(None, left)
                continue
            except httpx.TimeoutException:
                seconds = self._articles.settings.timeout
                raise self._failed(
                    f"said nothing for {seconds:g} seconds; the setting timeout gives it more"
                ) from None
            except EndlessError:
                raise self._failed("went on without an end; ask it by hand to see why") from None
            except httpx.HTTPError as error:
                raise self._failed(f"broke off ({error}); ask it by hand to see why") from None
            if response.status_code in _AGAIN and left and self._wait(response, left):
                continue
            return self._document(response), time.perf_counter() - started
        raise AssertionError("unreachable")

    def _wait(self, response: httpx.Response | None, left: int) -> bool:
        """Wait before the next try; False where the server asks for more than is waited."""
        asked = _retry_after(response.headers.get("Retry-After")) if response else None
        seconds = 2.0 ** (self._tries - 1 - left) if asked is None else asked
        if seconds > _LONGEST_WAIT:
            return False
        self._sleep(seconds)
        return True

    def _document(self, response: httpx.Response) -> Any:
        status = response.status_code
        if response.is_redirect:
            where = response.headers.get("Location", "")
            raise self._failed(f"leads to {where}; if that is right, name it with --target")
        if status >= 400:
            said = bounded(self._blotted(_why(response)))
            why = f" ({said})" if said else ""
            raise self._failed(f"answered {status}{why}{_HINTS.get(status, '')}")
        try:
            return response.json()
        except (ValueError, RecursionError):
            raise self._failed(
                f"answered {status} with what is no JSON; check that the address is that of an "
                "OpenAI-compatible API"
            ) from None

    def _failed(self, why: str) -> ProviderError:
        return ProviderError(f"{self.endpoint.url} {self._blotted(why)}")

    def _blotted(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, "[secret]")
        return text


def _key(variable: str) -> str:
    if not variable:
        return ""
    key = os.environ.get(variable, "").strip()
    if not key or not key.isascii() or not key.isprintable():
        raise SettingsError(
            f"the variable {variable} of --target-key-env holds no key; set it, as in "
            f"export {variable}=…"
        )
    return key


def _retry_after(said: str | None) -> float | None:
    """The seconds that a server asks for, as a number or as a date; None where it does not."""
    if said is None:
        return None
    try:
        seconds = float(said)
    except ValueError:
        pass
    else:
        return max(seconds, 0.0) if isfinite(seconds) else None
    try:
        return max((parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return None


def _why(response: httpx.Response) -> str:
    """What an error says of itself, in the forms that are usual."""
    try:
        document = response.json()
    except (ValueError, RecursionError):
        return ""
    error = document.get("error", document) if isinstance(document, Mapping) else document
    if isinstance(error, Mapping):
        error = next(
            (error[name] for name in ("message", "detail", "title") if error.get(name)), ""
        )
    return error if isinstance(error, str) else ""
