"""What `ibid add --queue` and `ibid sync --queue` hand over to workers, and tell of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ui.cli.shell import complain, print_json, print_text

if TYPE_CHECKING:
    from rag.settings import Settings
    from ui.api.service import Syncing
    from ui.queue.store import Wanted

_MOST_LISTED = 50
_AT_ONCE, _MB_AT_ONCE = 200, 50


def hand_over(mine: Settings, found: Any, to: str, *, as_json: bool) -> None:
    """Hand over files and links, each as a job of its own: its bytes go along, not its place.

    ``found`` is what `rag.loaders.chosen` found.

    Raises:
        SettingsError: the library is not shared.
        IbidError: too much waits already; what was handed over before stays.
        typer.Exit: some cannot be read.
    """
    from ui.queue.store import Store

    failed = [{"path": place, "error": str(error)} for place, error in found.failed]
    handed: list[dict[str, str]] = []
    with Store(mine) as store:
        for some in _in_parts(found.files, to, failed):
            for id_, one in zip(store.put(some), some, strict=True):
                handed.append({"id": id_, "name": one.names[0]})
        workers = store.workers()
    for miss in failed:
        complain(miss["error"])
    if as_json:
        more = {"passed_over": [*found.passed], "failed": failed, "workers": workers}
        print_json({"jobs": handed, **more})
    else:
        _tell(handed, found.passed, workers)
    if failed:
        raise typer.Exit(1)


def hand_sync(mine: Settings, syncing: Syncing, *, as_json: bool) -> None:
    """Hand over one look at what is followed. Raises SettingsError: the library is not shared."""
    from ui.queue.errands import sync
    from ui.queue.store import SYNCED, Store

    with Store(mine) as store:
        [id_] = store.put([sync(syncing, priority=SYNCED)])
        workers = store.workers()
    handed = [{"id": id_, "name": ", ".join(syncing.places) or "all that is followed"}]
    if as_json:
        print_json({"jobs": handed, "workers": workers})
    else:
        _tell(handed, (), workers)


def _in_parts(
    files: Sequence[Path | str], to: str, failed: list[dict[str, Any]]
) -> Iterator[list[Wanted]]:
    """Some jobs at a time, since the bytes of all would not fit into memory."""
    some: list[Wanted] = []
    for file in files:
        try:
            some.append(_wanted(file, to))
        except OSError as error:
            failed.append({"path": str(file), "error": f"{file}: {error.strerror or error}"})
        if len(some) >= _AT_ONCE or sum(one.size for one in some) >= _MB_AT_ONCE * 1_000_000:
            yield some
            some = []
    if some:
        yield some


def _wanted(file: Path | str, to: str) -> Wanted:
    from rag.loaders.files import MOST_BYTES
    from ui.api.v1.adding import Adding, Sent
    from ui.queue.errands import OWNER, order
    from ui.queue.store import Wanted

    is_link = isinstance(file, str)
    place = None if is_link else Path(file).resolve()
    name = str(file if place is None else place)
    if place is not None and place.stat().st_size > MOST_BYTES:
        raise OSError(f"it has more than {MOST_BYTES / 1e6:.0f} MB; cut it into parts")
    said = order(Adding(OWNER, [Sent(name, place)], (to,) if to else ()))
    return Wanted("add", [name], said, {0: place.read_bytes()} if place else {})


def _tell(handed: Sequence[dict[str, str]], passed: Sequence[str], workers: int) -> None:
    from ui.queue.store import NO_WORKER

    for one in handed if len(handed) <= _MOST_LISTED else ():
        print_text(f"handed over: {one['id'][:8]}  {one['name']}")
    for line in passed:
        print_text(line)
    print_text(f"{len(handed):,} handed over; what becomes of it tells: ibid jobs")
    if not workers:
        complain(NO_WORKER)
