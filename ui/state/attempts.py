"""How long whoever gave wrong passwords has to wait before the next one. No Gradio here."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Protocol

FORGOTTEN_S = 24 * 3600.0
MOST_KEYS = 10_000
MOST_DOUBLINGS = 30  # 2.0 ** a thousand is too large for a float


class Counting(Protocol):
    """Some attempts are free; after each further one the wait is twice as long, up to a longest.

    A key is what is slowed down, such as a name at an address. Nobody else is.
    """

    def wait(self, key: Hashable) -> float:
        """The seconds until the next attempt is looked at; 0 if it is now."""
        ...

    def count(self, key: Hashable) -> float:
        """An attempt is made. It is counted before its password is looked at, so that attempts at
        the same time count too. Returns 0; or the seconds to wait, and then it is not counted."""
        ...

    def forget(self, key: Hashable) -> None:
        """The password was right."""
        ...


@dataclass(slots=True)
class _Count:
    wrong: int = 0
    last: float = 0.0
    until: float = 0.0


class Attempts:
    """As `Counting`, in the memory of this process; ``longest`` is in seconds."""

    def __init__(self, free: int, longest: float, now: Callable[[], float]) -> None:
        self._free = free
        self._longest = longest
        self._now = now
        self._counts: OrderedDict[Hashable, _Count] = OrderedDict()

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._counts)

    def wait(self, key: Hashable) -> float:
        """As `Counting` has it."""
        count = self._counts.get(key)
        return max(0.0, count.until - self._now()) if count else 0.0

    def count(self, key: Hashable) -> float:
        """As `Counting` has it."""
        if wait := self.wait(key):
            return wait
        now = self._now()
        count = self._counts.get(key)
        if count is None or now - count.last > FORGOTTEN_S:
            count = self._counts[key] = _Count()
        self._counts.move_to_end(key)
        count.wrong, count.last = count.wrong + 1, now
        if count.wrong >= self._free:
            doublings = min(count.wrong - self._free, MOST_DOUBLINGS)
            count.until = now + min(2.0**doublings, self._longest)
        while len(self._counts) > MOST_KEYS:
            self._counts.popitem(last=False)
        return 0.0

    def forget(self, key: Hashable) -> None:
        """As `Counting` has it."""
        self._counts.pop(key, None)


def place(address: str) -> str:
    """What attempts from an address count for: of IPv6, one person has 2**64 of them."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.IPv6Network((int(parsed) >> 64 << 64, 64)))
    return address
