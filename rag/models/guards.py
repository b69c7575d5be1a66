"""Who may ask a language model that runs elsewhere: nobody, for a while after it fell silent."""

from __future__ import annotations

from functools import cache

from rag.breaker import Breaker
from rag.models import local
from rag.models.streams import EndlessError
from rag.settings import Settings


def guard(settings: Settings) -> Breaker:
    """That of the model that the settings name; all in this process share it.

    A model that is run here is no other machine's, and always asked.
    """
    is_ours = not settings.base_url and local.is_local(settings.model)
    pause = 0.0 if is_ours else settings.model_servers.pause
    return _guard(settings.base_url, settings.model, pause)


@cache
def _guard(base_url: str | None, model: str, pause: float) -> Breaker:
    return Breaker(pause)


def is_away(error: BaseException | None) -> bool:
    """Whether a model's provider did not answer, or too late, or only that it cannot.

    Each provider's package raises its own, of which the cause, or a status, is what they share.
    """
    import httpx

    while error is not None:
        if isinstance(error, EndlessError):
            return error.kind == "silent"
        status = getattr(error, "status_code", None)
        if isinstance(status, int):
            return status >= 500
        if isinstance(error, httpx.TransportError | OSError):  # a TimeoutError is one
            return True
        error = error.__cause__ or error.__context__
    return False
