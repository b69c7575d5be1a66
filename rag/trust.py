"""Files of settings that were found in a working folder: which of them the user trusts.

Whoever packs an archive or a clone writes its ``ibid.toml``. Until the user says ``ibid trust``,
numbers, switches and choices are taken from there, and nothing that says where data goes or code
comes from. What is trusted is a path with the SHA-256 of what stood in it then, remembered in the
user's own folder; a file that was changed since is not trusted any more.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from platformdirs import user_config_path

from rag.disk import write_whole
from rag.errors import SettingsError

_LARGEST = 1_000_000  # bytes of a file of settings


def contents(file: Path) -> bytes:
    """What stands in a file of settings.

    Raises:
        SettingsError: it cannot be read, or is far too large to be one.
    """
    try:
        with file.open("rb") as opened:
            found = opened.read(_LARGEST + 1)
    except OSError as error:
        raise SettingsError(
            f"{file}: {error.strerror or error}; mend the file or remove it"
        ) from None
    if len(found) > _LARGEST:
        raise SettingsError(f"{file}: too large for a file of settings; mend it or remove it")
    return found


def is_trusted(file: Path, found: bytes) -> bool:
    """Whether the user trusts this file as it stands, ``found`` being what stands in it."""
    return remembered().get(_key(file)) == _digest(found)


def was_trusted(file: Path) -> bool:
    """Whether the user trusted this file once, whatever stands in it now."""
    return _key(file) in remembered()


def trust(file: Path, found: bytes) -> None:
    """Remember that the user trusts this file as it stands. Raises SettingsError: it cannot be."""
    _write({**remembered(), _key(file): _digest(found)})


def forget(file: Path) -> bool:
    """Trust a file no longer; whether it was trusted. Raises SettingsError: it cannot be."""
    kept = remembered()
    if kept.pop(_key(file), None) is None:
        return False
    _write(kept)
    return True


def remembered() -> dict[str, str]:
    """The SHA-256 of each file that is trusted, by its path; none where no record can be read."""
    try:
        kept = json.loads(_record().read_bytes())
    except (OSError, ValueError):
        return {}
    pairs = kept.items() if isinstance(kept, dict) else ()
    return {path: digest for path, digest in pairs if isinstance(digest, str)}


def _record() -> Path:
    return user_config_path("ibid") / "trusted.json"


def _key(file: Path) -> str:
    return str(file.expanduser().resolve())


def _digest(found: bytes) -> str:
    return hashlib.sha256(found).hexdigest()


def _write(kept: dict[str, str]) -> None:
    record = _record()
    try:
        record.parent.mkdir(parents=True, exist_ok=True)
        write_whole(record, json.dumps(kept, indent=1).encode(), mode=0o600)
    except OSError as error:
        raise SettingsError(
            f"{record}: {error.strerror or error}; name the file with --config instead"
        ) from None
