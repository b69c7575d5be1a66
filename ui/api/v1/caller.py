"""Who asks: a program by its key, a browser, or whoever this machine lets in. No Gradio here."""

from __future__ import annotations

from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.types import Scope

from rag.schema import Filter
from ui import users
from ui.users import Role
from ui.window.page import visitor

KEY = visitor.KEY  # where the scope of a request names the key that it came with
COLLECTIONS = "ibid.collections"  # and the collections that this key is good for; none: all


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. ``collections``: the only ones whose articles are there for them; none: all are."""

    name: str
    role: Role
    collections: tuple[str, ...] = ()

    def may(self, needed: Role) -> bool:
        """Whether they may do what takes this role."""
        return users.may(self.role, needed)

    def within(self, only: Filter | None) -> Filter | None:
        """The same filter, of their articles.

        Raises:
            PermissionError: it asks for a collection that is not theirs.
        """
        if not self.collections:
            return only
        asked = only.collections if only else ()
        if not set(asked) <= set(self.collections):
            raise PermissionError(", ".join(sorted({*asked} - {*self.collections})))
        return replace(only or Filter(), collections=asked or self.collections)


def caller_of(request: Request) -> Caller:
    """Who a request is from."""
    return caller_in(request.scope)


def caller_in(scope: Scope) -> Caller:
    """The same of a request's scope."""
    name = scope.get(KEY) or scope.get(visitor.USER) or ""
    return Caller(name, scope.get(visitor.ROLE, users.FIRST), scope.get(COLLECTIONS, ()))
