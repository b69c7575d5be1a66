"""Which models a reader may choose, and what they want otherwise than the settings. No Gradio here.

Whoever is no owner chooses among what stays on this machine, what the settings name, and what an
owner allows by name (``[window] models``). An owner who did not sign in is one only from this
machine: on an open port everybody would be.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from rag.errors import SettingsError
from rag.language.visible import plain
from rag.limits import WindowLimits
from rag.settings import Settings
from ui import strings
from ui.window.page import visitor
from ui.wishes import NOTHING, Kept, Readers, Wishes, sound

Json = dict[str, Any]
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Choice:
    """A model that may be chosen. ``host`` is where questions go, "" for this machine.

    Of a provider ``model`` ends in ":" and ``models`` are names that it is known to have;
    ``needs`` is what pip has to install first.
    """

    model: str
    base_url: str
    title: str
    by: str = ""
    host: str = ""
    size: int = 0
    needs: str = ""
    models: tuple[str, ...] = ()


class Choosing:
    """What each reader of a library wants, within what they may."""

    def __init__(self, settings: Settings, kept: Path | Readers, limits: WindowLimits) -> None:
        self.settings = settings
        self._limits = limits
        self._kept = Kept(kept)

    def wishes(self, request: Any, conversation: str) -> Wishes:
        """What is wanted in a conversation, as far as whoever asks may; its model stays picked."""
        who = visitor.owner(request)
        wanted = self._kept.of(who, conversation)
        if wanted.model and conversation:
            self._kept.pick(who, conversation, wanted)
        if self.may(request, wanted):
            return wanted
        return replace(wanted, model="", base_url="", answers=None)

    def may(self, request: Any, wanted: Wishes) -> bool:
        """Whether whoever asks may have it so: nothing goes where no owner sends it."""
        from rag.models import providers

        host = providers.goes_to(wanted.applied(self.settings))
        if host in ("", providers.goes_to(self.settings)) or wanted.model in self._limits.models:
            return True
        return self.may_send(request)

    def may_send(self, request: Any) -> bool:
        """Whether whoever asks may choose models that send questions and passages elsewhere."""
        is_known = bool(visitor.user(request)) or _is_here(visitor.address_of(request))
        return visitor.may(request, "owner") and is_known

    def choices(self, request: Any) -> list[Choice]:
        """What may be chosen, first what the settings say; looks for what is at hand."""
        from rag.models import found, inventory, providers

        mine = self.settings
        title = inventory.title_of(mine.model)
        listed = [Choice("", "", title, host=providers.goes_to(_worded(mine)))]
        for row in inventory.rows(mine):
            is_other = (row.name, None) != (mine.model, mine.base_url)
            if row.writes and row.present and is_other:
                listed.append(Choice(row.name, "", plain(row.title), size=row.size))
        for offer in found.offers():
            one = Choice(
                offer.model,
                offer.base_url,
                plain(offer.model.rstrip(":")) if offer.base_url else offer.by,
                offer.by,
                offer.host,
                offer.size,
                offer.package,
                offer.models[:40],
            )
            if not one.host or self.may_send(request) or one.model in self._limits.models:
                listed.append(one)
        named = {choice.model for choice in listed}
        return listed + [
            Choice(name, "", name, host=self._host(Wishes(name)))
            for name in self._limits.models
            if name not in named
        ]

    def now(self, request: Any, conversation: str) -> Json:
        """What is in force for whoever asks, and what of it they changed."""
        from rag.models import inventory

        wanted = self._kept.of(visitor.owner(request), conversation)
        if not self.may(request, wanted):
            wanted = replace(wanted, model="", base_url="", answers=None)
        force = wanted.applied(self.settings)
        return {
            "model": wanted.model,
            "base_url": wanted.base_url,
            "title": plain(inventory.title_of(force.model)),
            "host": plain(self._host(wanted)),
            "answers": force.answers,
            "strictness": force.strictness,
            "passages": force.passages,
            "set": {
                "answers": self.settings.answers,
                "strictness": self.settings.strictness,
                "passages": self.settings.passages,
            },
            "may_send": self.may_send(request),
        }

    def change(self, request: Any, given: Any) -> None:
        """Keep how strict, which answers and how many passages; what is as set is not kept."""
        who = visitor.owner(request)
        before, asked = self._kept.of(who), sound(given)
        wanted = replace(
            before,
            answers=None if asked.answers == self.settings.answers else asked.answers,
            strictness=_other(asked.strictness, self.settings.strictness),
            passages=_other(asked.passages, self.settings.passages),
        )
        self._check(request, wanted)
        self._kept.keep(who, wanted)

    def reset(self, request: Any, conversation: str) -> None:
        """Everything is as the settings say again, in this conversation too."""
        who = visitor.owner(request)
        self._kept.keep(who, NOTHING)
        self._kept.pick(who, conversation, NOTHING)

    def pick(self, request: Any, given: Any, conversation: str) -> None:
        """Choose a model: for this conversation, or, before one has begun, for those to come.

        Raises:
            SettingsError: it is none that whoever asks may choose.
            IbidError: it cannot be used, with what to do about it.
        """
        from rag.models import inventory

        wanted = sound(given)
        before = self._kept.of(visitor.owner(request))
        whole = replace(before, model=wanted.model, base_url=wanted.base_url)
        if wanted.model:
            self._check(request, whole)
            known = {(one.model, one.base_url) for one in self.choices(request)}
            is_listed = (wanted.model, wanted.base_url) in known
            if not is_listed and (wanted.base_url or not self.may_send(request)):
                raise SettingsError(str(strings.SETTINGS_WORDS["not_offered"]))
            inventory.check(whole.applied(self.settings))
        if conversation:
            self._kept.pick(visitor.owner(request), conversation, wanted)
        else:
            self._kept.keep(visitor.owner(request), whole)

    def _check(self, request: Any, wanted: Wishes) -> None:
        if not self.may(request, wanted):
            raise SettingsError(strings.NOT_ALLOWED)

    def _host(self, wanted: Wishes) -> str:
        from rag.models import providers

        return providers.goes_to(_worded(wanted.applied(self.settings)))


def _worded(settings: Settings) -> Settings:
    """The settings as if a model were to word the answers, to say where it would be asked."""
    return settings.model_copy(update={"answers": "strict"})


def _other(wanted: Value | None, usual: Value) -> Value | None:
    return None if wanted == usual else wanted


def _is_here(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
