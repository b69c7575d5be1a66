"""Folders are followed as they change: `ibid sync --watch`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event

# So long nothing more may happen before a change counts as over, and so long it may last.
_QUIET_MS = 500
_LONGEST_MS = 10_000
_GLANCE_MS = 3_000


class Watching:
    """Calls ``look`` with those of the ``folders`` in which something changed.

    It is called once more for all of them when they are watched, lest what changed just before be
    missed, and again with the same where it says False. Folders that come and go, such as those of
    a disk, are followed when they are there. ``beside``: a folder whose changes mean nothing, that
    of the library. It ends by Ctrl-C, or where ``stop`` is set.
    """

    def __init__(
        self,
        folders: Callable[[], Sequence[str]],
        look: Callable[[Sequence[str]], bool],
        beside: Path,
        stop: Event | None = None,
    ) -> None:
        self._folders = folders
        self._look = look
        self._beside = beside.resolve()
        self._stop = stop or Event()

    def run(self) -> None:
        """Follow them.

        Raises:
            KeyboardInterrupt: Ctrl-C.
        """
        while not self._stop.is_set():
            there = self._there()
            if there:
                self._follow(there)
            else:
                self._stop.wait(_GLANCE_MS / 1000)

    def _follow(self, there: dict[str, tuple[int, int]]) -> None:
        """Follow these until others are to be followed."""
        from watchfiles import Change, watch

        def is_meant(_: Change, path: str) -> bool:
            return not Path(path).is_relative_to(self._beside) and bool(_of(path, there))

        changed = dict.fromkeys(there)
        for changes in watch(
            *there,
            watch_filter=is_meant,
            debounce=_LONGEST_MS,
            step=_QUIET_MS,
            stop_event=self._stop,
            rust_timeout=_GLANCE_MS,
            yield_on_timeout=True,
            ignore_permission_denied=True,
        ):
            changed |= dict.fromkeys(place for _, path in changes for place in _of(path, there))
            if changed and self._look(list(changed)):
                changed = {}
            if self._there() != there:
                return

    def _there(self) -> dict[str, tuple[int, int]]:
        """Those that are there, and by what each is known."""
        found = {}
        for place in self._folders():
            try:
                known = Path(place).stat()
            except OSError:
                continue
            found[place] = (known.st_dev, known.st_ino)
        return found


def _of(path: str, places: dict[str, tuple[int, int]]) -> list[str]:
    """The places that a path lies in, where nothing on its way is hidden."""
    return [
        place
        for place in places
        if (file := Path(path)).is_relative_to(place)
        and not any(part.startswith(".") for part in file.relative_to(place).parts)
    ]
