"""Which other system is asked, as it is chosen and as a run's record tells it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

from rag.errors import SettingsError

Citations = Literal["auto", "field", "footnotes", "none"]
"""Where an answer says what it cites: in fields beside the text, in its text, or nowhere.

``auto``: as the first answers do, the fields before the text.
"""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An OpenAI-compatible system. Holds no secret.

    ``url`` is what comes before ``/chat/completions``. ``model`` is what it calls the model, empty
    for the only one that it lists. ``key_env`` names the variable of the environment that holds
    its key, if it takes one. ``articles`` is what holds the set's evidence, None for the files
    that the set names.
    """

    url: str
    model: str = ""
    key_env: str = ""
    citations: Citations = "auto"
    articles: Path | None = None


def address(text: str) -> str:
    """The address of an endpoint as a run keeps it; that of a bare host gets ``/v1``.

    Raises:
        SettingsError: it is no web address, or holds what may be a secret.
    """
    try:
        parts = urlsplit(text.strip())
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_web = False
    if not is_web:
        raise SettingsError(
            f"{text!r} is no web address; write it as --target http://127.0.0.1:8000/v1"
        )
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise SettingsError(
            "an address with a login or a query in it would be written into the run; give the "
            "address alone, and the key by --target-key-env VAR"
        )
    path = parts.path.rstrip("/").removesuffix("/chat/completions") or "/v1"
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))
