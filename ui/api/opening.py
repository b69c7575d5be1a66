"""Settings to what can be done with their library: by this process, or by the Ibid that owns it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ui.api import note

if TYPE_CHECKING:
    from eval.observer import Observer
    from eval.report.summary import Summary
    from eval.runs.store import Run
    from eval.session import Choice
    from rag.settings import Settings
    from ui.api.service import Service


@contextmanager
def open_service(settings: Settings, purpose: str, *, to_add: bool = False) -> Iterator[Service]:
    """The service of the library that the settings name, made if there is none.

    A running Ibid that owns it is asked; else it is owned meanwhile, with this ``purpose``.
    ``to_add``: what reads articles gets ready at once.

    Raises:
        LibraryError: it is in use by what cannot be asked, was built otherwise, or cannot be
            opened.
        IbidError: the running Ibid is of another version.
    """
    if (found := note.running(settings.library.expanduser())) is not None:
        from ui.api.remote import Remote

        yield Remote(found, settings)
        return
    from rag.loaders.worker import Worker
    from rag.opening import open_library
    from ui.api.service import Own

    with closing(Worker(settings.reading)) as worker:
        if to_add:
            worker.start()
        with open_library(settings, purpose) as library:
            yield Own(library, worker)


def measured(
    settings: Settings, what: Choice | Path, workers: int, observer: Observer
) -> tuple[Run, Summary]:
    """Ask a set, or go on with the run of a folder, as `eval.session` does.

    Where a running Ibid owns the library it does so, with what it runs on, and so the run says.

    Raises:
        IbidError: what `eval.session` raises, `eval.session.Interrupted` included, and what
            `open_service` raises.
    """
    from eval import session

    found = note.running(settings.library.expanduser())
    if found is None or (not isinstance(what, Path) and what.build):
        if isinstance(what, Path):
            return session.resume(settings, what, workers, observer)
        return session.run(settings, what, observer)
    from eval.report.gathered import gather
    from eval.runs import store
    from ui.api.remote import Remote

    sent: Choice | Path
    if isinstance(what, Path):
        folder, sent = what, what.absolute()
    else:
        folder = what.out or store.folder_for(settings.library, what.file, what.tag)
        store.check_new(folder)
        sent = replace(what, file=what.file.absolute(), out=folder.absolute())
    try:
        Remote(found, settings).measure(sent, workers, observer)
    except KeyboardInterrupt as pressed:
        if not (folder / store.RECORD).exists():
            raise
        run = store.load(folder)
        raise session.Interrupted(run, run.record.asked.cases) from pressed
    run = store.load(folder)
    return run, gather(run).summary
