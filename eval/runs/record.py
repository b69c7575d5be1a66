"""What a run was made with, and whether another could go on with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from eval.language import say
from eval.runs.usage import Prices
from eval.targets.endpoint import Endpoint
from rag.errors import RunError

FORMAT = 1

# What may differ between the two halves of a run without changing an answer.
_HARMLESS_SETTINGS = (
    "library",
    "models_dir",
    "log_level",
    "language",
    "api_key",
    "timeout",
    "retries",
    "database",
    "chroma",
    "chroma_token",
    "chroma_timeout",
    "chroma_pause",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which cases: a set by its absolute path and SHA-256, and what was chosen of it.

    The first ``limit`` cases, then of these ``sample`` drawn with ``seed``; None: all.
    ``cases`` is how many that makes. ``collections``: only their articles might answer, if any are
    named.
    """

    path: str
    digest: str
    cases: int
    limit: int | None = None
    sample: int | None = None
    seed: int = 0
    collections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """Which articles: how the library was built, and a digest of all that it holds.

    ``is_built``: a throw-away library, made of the set's own articles.
    """

    fingerprint: str
    digest: str
    articles: int
    is_built: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """What a run was made with. ``finished`` is None while it runs, and after a crash.

    ``model`` is the language model, empty where none was asked; ``models`` has name and SHA-256
    of each by its role; ``code`` is a digest of Ibid's own sources; ``prices`` are those that the
    user gave; ``change`` is what was changed to see whether it matters (`eval.robustness`), empty
    where nothing was; ``target`` is another system that was asked in Ibid's place. Settings hold
    no secret.
    """

    asked: Asked
    held: Held
    settings: Mapping[str, Any]
    model: str
    models: Mapping[str, Mapping[str, str]]
    versions: Mapping[str, str]
    code: str
    started: datetime
    workers: int = 1
    tag: str = ""
    finished: datetime | None = None
    format: int = FORMAT
    prices: Prices | None = None
    change: str = ""
    target: Endpoint | None = None


_RECORD = TypeAdapter(Record)


def read_record(document: Any) -> Record:
    """A record from plain JSON values.

    Raises:
        ValidationError: it is none.
    """
    return _RECORD.validate_python(document)


def plain_record(record: Record) -> dict[str, Any]:
    """A record as plain JSON values."""
    plain: dict[str, Any] = _RECORD.dump_python(record, mode="json")
    return plain


def check_same(old: Record, new: Record) -> None:
    """Make sure that a run can be gone on with: all that may change an answer is as it was.

    Raises:
        RunError: something is not; it says what.
    """
    if changed := differences(old, new):
        raise RunError(
            f"this run cannot be gone on with, because {' and '.join(changed[:3])}; "
            "set that back, or begin a new run"
        )


def differences(old: Record, new: Record) -> list[str]:
    """What may change an answer and differs between two records, in words."""
    changed = []
    if old.asked.digest != new.asked.digest:
        changed.append(say("the set {path} has changed since", path=new.asked.path))
    for name in ("limit", "sample", "seed"):
        was, now = getattr(old.asked, name), getattr(new.asked, name)
        if was != now:
            changed.append(_was(f"--{name}", was, now))
    if old.change != new.change:
        changed.append(
            _was(say("the change"), old.change or say("none"), new.change or say("none"))
        )
    if old.target != new.target:
        changed.append(_was(say("the system asked"), _system(old), _system(new)))
    elif old.model != new.model:
        changed.append(_was(say("the model"), old.model or say("none"), new.model or say("none")))
    for name in sorted({*old.settings, *new.settings} - {*_HARMLESS_SETTINGS, "model"}):
        was, now = old.settings.get(name), new.settings.get(name)
        if was != now:
            changed.append(_was(say("the setting {name}", name=name), was, now))
    roles = {*old.models, *new.models}
    if old.target != new.target:  # which has models of its own
        roles = old.models.keys() & new.models.keys()
    if old.change != new.change:  # a change may have a model of its own
        roles = old.models.keys() & new.models.keys()
    is_other = any(old.models.get(role) != new.models.get(role) for role in roles)
    if is_other and old.model == new.model:
        changed.append(say("a model's file has changed"))
    if (old.target is None) != (new.target is None):
        pass  # a library and the files of a set: nothing to be compared
    elif old.held.fingerprint != new.held.fingerprint:
        changed.append(
            say(
                "the library was built by {was} and is by {now}",
                was=old.held.fingerprint,
                now=new.held.fingerprint,
            )
        )
    elif old.held.digest != new.held.digest:
        changed.append(say("the library holds other articles"))
    if old.code != new.code:
        changed.append(say("Ibid itself has changed"))
    elif old.versions != new.versions:
        names = sorted({*old.versions, *new.versions})
        other = [name for name in names if old.versions.get(name) != new.versions.get(name)]
        changed.append(say("another version of {names} is installed", names=", ".join(other)))
    return changed


def _system(record: Record) -> str:
    """Who was asked, and where the answers were read for citations."""
    target = record.target
    if target is None:
        return "Ibid"
    return f"{target.url} ({target.model or say('no model named')}, {target.citations})"


def _said(value: Any) -> str:
    return say("not set") if value is None else str(value)


def _was(what: str, was: Any, now: Any) -> str:
    return say("{what} was {was} and is {now}", what=what, was=_said(was), now=_said(now))
