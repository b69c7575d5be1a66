"""Settings to what can be done with their library: by this process, or by the Ibid that owns it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ui.api import note

if TYPE_CHECKING:
    from eval.observer import Observer
    from rag.settings import Settings
    from ui.api.measuring import Job
    from ui.api.service import Service


@contextmanager
def open_service(
    settings: Settings,
    purpose: str,
    *,
    to_add: bool = False,
    to_search: bool = False,
    to_answer: bool = False,
    can_wait: bool = False,
) -> Iterator[Service]:
    """The service of the library that the settings name, made if there is none.

    A running Ibid that owns it is asked; else it is owned meanwhile, with this ``purpose``.
    ``to_add``: what reads articles gets ready at once; ``to_search`` and ``to_answer``: the models
    do, while all else is imported. ``can_wait``: a listed embedder may still have to be fetched.

    Raises:
        LibraryError: it is in use by what cannot be asked, was built otherwise, or cannot be
            opened.
        IbidError: the running Ibid is of another version.
    """
    if (found := note.running(settings.library.expanduser())) is not None:
        from ui.api.remote import Remote

        yield Remote(found, settings)
        return
    if to_search or to_answer:
        from rag.models import early

        early.begin(settings, to_answer=to_answer)
    from rag.loaders.worker import Worker
    from rag.opening import open_library
    from ui.api.service import Own
    from ui.audit import Audit
    from ui.state import places

    with closing(Worker(settings.reading)) as worker:
        if to_add:
            worker.start()
        with open_library(settings, purpose, can_wait=can_wait) as library:
            kept = places.of(settings, library.folder).audit
            library.on_change = Audit(kept, settings.audit, purpose).write
            yield Own(library, worker)


def open_catalog(settings: Settings) -> AbstractContextManager[Any]:
    """The catalog to read from, without the lock; None where there is no library yet."""
    from rag.index import catalogs

    return catalogs.reading(settings)


def measured(settings: Settings, job: Job, observer: Observer) -> Path:
    """Have something measured, and tell the folder that it is written into.

    Where a running Ibid owns the library it does so, with what it runs on, and so the run says. A
    throw-away library and another system need no library, and so this process asks them.

    Raises:
        IbidError: what `Job.do` raises and what `open_service` raises.
        KeyboardInterrupt: Ctrl-C; of a run that was begun, `eval.session.Interrupted`.
    """
    from eval import session
    from eval.runs import store

    job = job.within(settings.library)
    found = note.running(settings.library.expanduser())
    is_of_its_own = job.needs_no_library
    if found is None or is_of_its_own:
        job.do(settings, observer)
        return job.folder
    from ui.api.remote import Remote

    if not isinstance(job.what, Path):
        store.check_new(job.folder)
    try:
        Remote(found, settings).measure(job.absolute(), observer)
    except KeyboardInterrupt as pressed:
        if not (job.folder / store.RECORD).exists():
            raise
        run = store.load(job.folder)
        raise session.Interrupted(run, run.record.asked.cases) from pressed
    return job.folder
