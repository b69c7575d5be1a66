"""A model name to a LangChain chat model: the embedded one, or anyone's."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from rag.errors import ErrorKind, ProviderError, SettingsError
from rag.models import local, providers
from rag.models.streams import watched
from rag.settings import Settings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

# Of the first token of a draft so many are told apart.
_LOGPROBS = 8
# A placeholder such as "none", as local servers take, is no secret but may be a word.
_SHORTEST_SECRET = 8
_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSWORD")
_LOOKS_SECRET = re.compile(r"\b(?:sk-|Bearer )[\w.~+/=-]{8,}|(?<=://)[^\s/@]+(?=@)")


def chat_model(settings: Settings) -> BaseChatModel:
    """The language model that the settings name.

    With ``base_url`` it is a model of that OpenAI-compatible server; a listed name, a GGUF file
    and one of the model hub are run on this machine; any other name is one that LangChain's
    `init_chat_model` knows.

    Raises:
        ModelError: the model has not been fetched, cannot be loaded, or is too large.
        SettingsError: the name is not one of a language model, or ``base_url`` is no address.
        ProviderError: the provider's package or key is missing.
    """
    if settings.base_url:
        _check_address(settings.base_url)
        return _openai_compatible(settings, settings.base_url, settings.api_key)
    file = local.file_of(settings)
    if file is None:
        return _by_name(settings)
    served = local.serve(file, settings)
    return _openai_compatible(
        settings,
        f"{served.address}/v1",
        SecretStr(served.key),
        {"cache_prompt": True, "return_progress": True},
        is_ours=True,
        profile={"max_input_tokens": served.context},
    )


def _check_address(url: str) -> None:
    import httpx

    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = httpx.URL("")
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise SettingsError("base_url is no web address; write it as http://127.0.0.1:8080/v1")


def _openai_compatible(
    settings: Settings,
    url: str,
    key: SecretStr | None,
    body: dict[str, Any] | None = None,
    *,
    is_ours: bool = False,  # others may refuse to count tokens or to tell of probabilities
    profile: Any = None,
) -> BaseChatModel:
    import httpx
    from langchain_openai import ChatOpenAI

    # A proxy from the environment must never see what is said on loopback.
    local = httpx.URL(url).host in {"127.0.0.1", "localhost", "::1"}
    shared: dict[str, Any] = {"trust_env": not local, "timeout": settings.timeout}
    watching, awatching = ({}, {}) if is_ours else watched(settings)
    return ChatOpenAI(
        model=settings.model,
        base_url=url,
        api_key=key or SecretStr("none"),
        temperature=settings.temperature,
        timeout=settings.timeout,
        max_retries=settings.retries,
        # The older name of the limit, because it is the one that every server knows.
        extra_body={"max_tokens": settings.max_answer_tokens, **(body or {})},
        stream_usage=is_ours,
        logprobs=True if is_ours else None,
        top_logprobs=_LOGPROBS if is_ours else None,
        profile=profile,
        http_client=httpx.Client(**shared, **watching),
        http_async_client=httpx.AsyncClient(**shared, **awatching),
    )


def without_secrets(text: str, settings: Settings) -> str:
    """The same text with every key blotted out that we know of, or that looks like one.

    Servers repeat a wrong key in their errors, and an address may hold a password.
    """
    known = [value for name, value in os.environ.items() if _SECRET_NAME.search(name)]
    known += [one.get_secret_value() for _, one in settings if isinstance(one, SecretStr)]
    for secret in sorted(known, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "***")
    return _LOOKS_SECRET.sub("***", text)


def reason(error: Exception, settings: Settings) -> str:
    """Why a provider failed, on one line of at most 200 characters, without any key."""
    lines = without_secrets(str(error), settings).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__


def failure(error: Exception, settings: Settings) -> ProviderError:
    """What is told of a provider that failed while it answered: why, and what to do about it."""
    why = reason(error, settings).rstrip(".")
    kind, subject = _remedy(error, settings)
    return ProviderError(
        f"The language model failed ({why}); this is quoted without it. "
        f"{_REMEDIES[kind].format(subject)} To see what is set, run: ibid doctor",
        kind,
        why=why,
        subject=subject,
    )


def unusable(error: Exception, settings: Settings) -> ProviderError:
    """What is told of a provider that was tried and failed: why, and what to do about it."""
    kind, subject = _remedy(error, settings)
    return ProviderError(
        f"{settings.model} cannot be used ({reason(error, settings).rstrip('.')}). "
        f"{_REMEDIES[kind].format(subject)}"
    )


_REMEDIES: dict[ErrorKind, str] = {
    "key": "Check {}.",
    "model unknown": "Check that there is a model {}.",
    "too often": "Wait a little, then ask again.",
    "server down": "Is the server at {} running?",
    "ask again": "Ask again.",
    "offline": "Check that this machine is online, then ask again.",
}


def _remedy(error: Exception, settings: Settings) -> tuple[ErrorKind, str]:
    """What to do about a provider that failed, and to what, without any key."""
    status = getattr(error, "status_code", None)  # of an answer, in every provider's package
    if status in (401, 403):
        return "key", "IBID_API_KEY" if settings.base_url else "the provider's key"
    if status == 404:
        return "model unknown", without_secrets(settings.model, settings)
    if status == 429:
        return "too often", ""
    if settings.base_url:
        return "server down", server_address(settings.base_url)
    return ("ask again" if local.is_local(settings.model) else "offline"), ""


def server_address(url: str) -> str:
    """Scheme, host and port of an address, without the name, password and query it may hold."""
    import httpx

    parsed = httpx.URL(url)
    return f"{parsed.scheme}://{parsed.netloc.decode()}"


def _by_name(settings: Settings) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    try:
        return init_chat_model(
            settings.model,
            temperature=settings.temperature,
            max_tokens=settings.max_answer_tokens,
            timeout=settings.timeout,
            max_retries=settings.retries,
        )
    except ImportError as error:
        package = providers.package_of(settings.model) or reason(error, settings)
        raise ProviderError(
            f"{settings.model} needs a package that is not installed; run: pip install {package}",
            "package absent",
            model=settings.model,
            package=package,
        ) from None
    except ValueError as error:
        raise SettingsError(
            f"model {settings.model!r}: {reason(error, settings)}; name a listed one "
            "(ibid models), a GGUF file, or one with its provider, as in openai:gpt-4.1-mini"
        ) from None
    except Exception as error:  # every provider's package raises its own for a missing key
        raise ProviderError(
            f"{settings.model} cannot be used: {reason(error, settings)}",
            "model unusable",
            model=settings.model,
            why=reason(error, settings),
        ) from None
