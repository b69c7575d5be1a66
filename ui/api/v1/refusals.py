"""What a program is told that is not let in, or has to come again later; in English alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from starlette.responses import Response
from starlette.types import Scope

from ui import keys
from ui.api.v1 import problems
from ui.users import Role

_AWAY_S = 5.0
Missing = Literal["start", "models", "database", "ending"]
_MISSING: Mapping[Missing, str] = {
    "start": "it is starting",
    "models": "its models are not loaded",
    "database": "its database does not answer",
    "ending": "it is ending and takes no more questions",
}
_CHALLENGE = 'Bearer realm="ibid"'


def no_key(scope: Scope) -> Response:
    """Nobody is let in here who does not say who they are."""
    detail = "Send a key: Authorization: Bearer ibid_…; its owner makes one with ibid key add NAME."
    return problems.of_kind("unauthorized", scope, detail, headers={"WWW-Authenticate": _CHALLENGE})


def unknown_key(scope: Scope, *, is_sound: bool) -> Response:
    """A key is none; one that is not sound was never one."""
    if is_sound:
        return _wrong(scope, "This key is not known; its owner sees with ibid key list which are.")
    return _wrong(scope, "This key was cut short or mistyped; copy it once more.")


def past_key(scope: Scope, last: date | None) -> Response:
    """A key was good until then."""
    return _wrong(scope, f"This key was good until {last}; its owner can make another.")


def _wrong(scope: Scope, detail: str) -> Response:
    challenge = {"WWW-Authenticate": f'{_CHALLENGE}, error="invalid_token"'}
    return problems.of_kind("unauthorized", scope, detail, headers=challenge)


def too_many_wrong(scope: Scope, seconds: float) -> Response:
    """One wrong key too many came from there."""
    return _later("too-many", scope, "This key is wrong.", seconds)


def too_many_requests(
    scope: Scope, rate: int, seconds: float, headers: Mapping[str, str]
) -> Response:
    """More than so many came in a minute."""
    return _later(
        "too-many", scope, f"At most {rate} requests a minute are taken.", seconds, headers
    )


def ending(scope: Scope, seconds: float) -> Response:
    """No more questions are taken here, since this Ibid ends."""
    return _later("unavailable", scope, "This Ibid is ending and takes no more questions.", seconds)


def unready(scope: Scope, missing: Sequence[Missing]) -> Response:
    """What has to be there before questions may come is not."""
    detail = f"Not ready: {', '.join(_MISSING[one] for one in missing)}."
    headers = {"Cache-Control": "no-store", "Retry-After": "2"}
    return problems.of_kind("unavailable", scope, detail, missing=list(missing), headers=headers)


def away(scope: Scope) -> Response:
    """What knows keys and people does not answer just now."""
    said = "The database of this Ibid does not answer, so nobody knows who asks."
    return _later("unavailable", scope, said, _AWAY_S)


def full(scope: Scope, limit: int, seconds: float, *, is_own: bool) -> Response:
    """There is no room in the queue of questions, for this one or for anybody."""
    of = "of your questions" if is_own else "questions"
    kind = "too-many" if is_own else "unavailable"
    return _later(kind, scope, f"{limit} {of} are answered or wait already.", seconds)


def forms(scope: Scope) -> Response:
    """What was sent could come from a form of any page."""
    detail = "Without a key, send JSON, with Content-Type: application/json."
    return problems.of_kind("media-type", scope, detail)


def another_site(scope: Scope) -> Response:
    """A page of another site asks."""
    detail = "A page of another site sends this. IBID_API__ORIGINS names those whose pages may ask."
    return problems.of_kind("forbidden", scope, detail)


def too_small_a_role(scope: Scope, needed: Role) -> Response:
    """Whoever asks may not do this."""
    wanted = next(one for one, role in keys.ROLES.items() if role == needed)
    detail = f"This takes a key with --scope {wanted}, or a user who is {needed}."
    return problems.of_kind("forbidden", scope, detail)


def _later(
    kind: str, scope: Scope, detail: str, seconds: float, headers: Mapping[str, str] | None = None
) -> Response:
    """A problem of this kind, with the seconds after which to ask again."""
    wait = max(1, math.ceil(seconds))
    more = {"Retry-After": str(wait), **(headers or {})}
    return problems.of_kind(kind, scope, f"{detail} Ask again in {wait} s.", headers=more)
