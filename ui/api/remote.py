"""The service of a library that a running Ibid owns: it is asked, on this machine.

Only the standard library is loaded for it, so that a short answer is a quick one. No proxy of the
environment is ever asked.
"""

from __future__ import annotations

import json
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag import settings as known
from rag.errors import IbidError
from ui.api import wire
from ui.api.note import Note, version
from ui.api.poured import Lines, Poured
from ui.api.service import Advance, Collecting, Edited, OnStep, Step, Syncing

if TYPE_CHECKING:
    from eval.observer import Observer
    from rag import followed
    from rag.loaders.table import Columns
    from rag.schema import Answer, ArticleInfo, Filter, Passage
    from rag.settings import Settings
    from ui.api.measuring import Job

Json = dict[str, Any]
_CONNECT_S = 3.0
# A request has 64 kB at most; so much of it may be the names of files, and as much their places.
_MOST_CHARACTERS = 20_000
# What the one who runs has decided: where things are, and who may come in.
_ITS_OWN = ("library", "models_dir", "log", "log_level", "window", "api", "audit")


class Remote:
    """Asks the Ibid of a note, under those of the ``settings`` that somebody has set.

    After ``silence_s`` seconds without a line it is given up, and after ``start_s`` without a
    first word: its window may yet be built.

    Raises:
        IbidError: from every method also where that one is of another version, or gives no answer.
    """

    def __init__(
        self,
        note: Note,
        settings: Settings,
        silence_s: float = 6 * wire.HEARTBEAT_S,
        start_s: float = 120.0,
    ) -> None:
        if note.version != version():
            raise IbidError(
                f"Ibid {note.version} runs at {note.url} (process {note.pid}), and this is "
                f"{version()}; stop that one and start it anew"
            )
        self._note = note
        self._settings = settings
        self._silence_s = silence_s
        self._start_s = start_s
        self._asking: set[HTTPConnection] = set()
        self._is_over = False

    def hang_up(self) -> None:
        """Wait for nothing any more: what was asked for ends there, and here with an error.

        Another thread calls it than the one that waits.
        """
        self._is_over = True
        for connection in list(self._asking):
            with suppress(OSError, AttributeError):  # it is not connected yet, or no longer
                connection.sock.shutdown(socket.SHUT_RDWR)

    def search(self, question: str, k: int, only: Filter | None) -> list[Passage]:
        """As `ui.api.service.Service` has it."""
        from rag.schema import Passage

        given = {"question": question, "k": k, "only": _filter(only)}
        found: list[Passage] = self._parsed(list[Passage], self._done("search", given))
        return found

    def ask(self, question: str, only: Filter | None) -> Answer:
        """As `ui.api.service.Service` has it."""
        answers = list(self._answers(question, only, is_whole=True))
        if not answers:
            raise self._lost("it ends without one")
        return answers[-1]

    def stream(self, question: str, only: Filter | None) -> Iterator[Answer]:
        """As `ui.api.service.Service` has it."""
        return self._answers(question, only, is_whole=False)

    def _answers(self, question: str, only: Filter | None, *, is_whole: bool) -> Iterator[Answer]:
        from rag.schema import Answer

        given = {"question": question, "only": _filter(only), "is_whole": is_whole}
        with self._lines("ask", given) as lines:
            for name, value in lines:
                if name == "answer":
                    yield self._parsed(Answer, value)

    def add(
        self,
        files: Sequence[Path | str],
        in_place_of: str,
        on_step: OnStep,
        columns: Columns | None = None,
        to: str = "",
        found_at: Sequence[followed.Followed] = (),
    ) -> None:
        """As `ui.api.service.Service` has it; the other one reads the files, as the same user."""
        for first, some in _batches(files):
            wish: Json = {
                "files": [{"link": f} if isinstance(f, str) else {"path": _whole(f)} for f in some],
                "in_place_of": in_place_of,
                "to": to,
                **_followed(found_at[first : first + len(some)]),
            }
            if columns is not None:
                wish["columns"] = asdict(columns)
            with self._lines("add", wish) as lines:
                for name, value in lines:
                    if name != "step":
                        continue
                    step: Step = self._parsed(Step, value)
                    file = some[step.place]
                    # Told of the file by the name that it was given by.
                    sent = file if isinstance(file, str) else _whole(file)
                    failed = step.failed.replace(sent, str(file))
                    on_step(replace(step, place=first + step.place, failed=failed))

    def sync(self, syncing: Syncing, on_step: OnStep) -> None:
        """As `ui.api.service.Service` has it; the other one looks, as the same user."""
        places = _named(syncing.places)
        given = {"syncing": asdict(replace(syncing, places=tuple(places)))}
        with self._lines("sync", given) as lines:
            for name, value in lines:
                if name == "step":
                    on_step(self._parsed(Step, value))

    def unfollow(self, places: Sequence[str]) -> list[followed.Followed]:
        """As `ui.api.service.Service` has it."""
        from rag import followed

        done = self._done("unfollow", {"places": _named(places)})
        gone: list[followed.Followed] = self._parsed(list[followed.Followed], done)
        return gone

    def remove(self, article_ids: Sequence[str]) -> list[ArticleInfo]:
        """As `ui.api.service.Service` has it."""
        from rag.schema import ArticleInfo

        done = self._done("remove", {"article_ids": list(article_ids)})
        gone: list[ArticleInfo] = self._parsed(list[ArticleInfo], done)
        return gone

    def remove_sources(self, sources: Sequence[str]) -> list[tuple[ArticleInfo, bool]]:
        """As `ui.api.service.Service` has it."""
        from rag.schema import ArticleInfo

        done = self._done("sources", {"sources": list(sources)})
        told: list[tuple[ArticleInfo, bool]] = self._parsed(list[tuple[ArticleInfo, bool]], done)
        return told

    def merge(self, keep: str, others: Sequence[str]) -> list[ArticleInfo]:
        """As `ui.api.service.Service` has it."""
        from rag.schema import ArticleInfo

        done = self._done("merge", {"keep": keep, "article_ids": list(others)})
        merged: list[ArticleInfo] = self._parsed(list[ArticleInfo], done)
        return merged

    def edit(self, article_ids: Sequence[str], facts: Mapping[str, str]) -> list[Edited]:
        """As `ui.api.service.Service` has it."""
        from rag.schema import ArticleInfo

        given = {"article_ids": list(article_ids), "facts": dict(facts)}
        kind = list[tuple[ArticleInfo, ArticleInfo]]
        edited: list[Edited] = self._parsed(kind, self._done("edit", given))
        return edited

    def change(self, collecting: Collecting) -> list[ArticleInfo]:
        """As `ui.api.service.Service` has it."""
        from rag.schema import ArticleInfo

        done = self._done("collections", {"collecting": asdict(collecting)})
        changed: list[ArticleInfo] = self._parsed(list[ArticleInfo], done)
        return changed

    def bring_in(
        self, file: Path, on_article: Callable[[int, int], None]
    ) -> tuple[dict[str, int], list[ArticleInfo]]:
        """As `ui.api.service.Service` has it; the other one reads the file, as the same user."""
        from rag.schema import ArticleInfo

        kind = tuple[dict[str, int], list[ArticleInfo]]
        with self._lines("import", {"file": str(file.absolute())}) as lines:
            for name, value in lines:
                if name == "article":
                    on_article(*value)
                elif name == "done":
                    counts, left_out = self._parsed(kind, value)
                    return counts, left_out
        raise self._lost("it broke off")

    def propose(self, out: Path, n: int, seed: int, folder: Path, advance: Advance) -> None:
        """As `ui.api.service.Service` has it."""
        given = {"out": str(out.absolute()), "n": n, "seed": seed, "folder": str(folder)}
        with self._lines("generate", given) as lines:
            for name, _ in lines:
                if name == "advance":
                    advance()

    def measure(self, job: Job, observer: Observer) -> None:
        """Have something measured; it is written where that says.

        Ctrl-C has it end after the question in hand, with a report, and is raised then; a second
        one is raised at once.
        """
        from ui.api.measuring import Job

        given: Json = {"work": secrets.token_hex(16), "job": wire.plain(Job, job)}
        lines = Poured(lambda: self._lines("eval", given))
        pressed: KeyboardInterrupt | None = None
        while not lines.is_over:
            try:
                for name, value in lines.take():
                    _observe(observer, name, value)
            except KeyboardInterrupt as interrupt:
                if pressed:
                    raise
                pressed = interrupt
                self._done("stop", {"work": given["work"]})
        if pressed:
            raise pressed
        if lines.failure:
            raise lines.failure

    def _done(self, work: str, given: Json) -> Any:
        """What comes of work that tells nothing on its way."""
        with self._lines(work, given) as lines:
            for name, value in lines:
                if name == "done":
                    return value
        raise self._lost("it broke off")

    @contextmanager
    def _lines(self, work: str, given: Json) -> Iterator[Lines]:
        """The lines that come of work. Left before the last one, the work ends."""
        body = json.dumps(given | {"settings": told(self._settings)})
        connection = HTTPConnection(self._note.address, self._note.port, timeout=_CONNECT_S)
        headers = {
            "Authorization": f"Bearer {self._note.token}",
            "Content-Type": "application/json",
        }
        self._asking.add(connection)
        try:
            with self._answering():
                connection.connect()
                if self._is_over:
                    raise HTTPException("nobody waits for it")
                sock = connection.sock
                sock.settimeout(self._start_s)
                connection.request("POST", wire.API + work, body, headers)
                response = connection.getresponse()
                sock.settimeout(self._silence_s)
            yield self._read(response)
        finally:
            self._asking.discard(connection)
            connection.close()

    def _read(self, response: HTTPResponse) -> Lines:
        if response.status != 200:
            raise self._refused(response)
        name = ""
        while name != "done":
            with self._answering():
                text = response.readline()
                if not text:
                    raise HTTPException("it broke off")
                if not text.strip():
                    continue
                name, value = wire.read(text)
            if name == "error":
                raise wire.raised(value)
            yield name, value

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Whatever it does but answer is told in one line."""
        try:
            yield
        except TimeoutError:
            raise self._lost("it has said nothing for too long") from None
        except (OSError, HTTPException, ValueError) as error:
            raise self._lost(" ".join(str(error).split())[:200] or type(error).__name__) from error

    def _parsed(self, kind: Any, value: Any) -> Any:
        try:
            return wire.parsed(kind, value)
        except ValueError as error:
            raise self._lost("it makes no sense") from error

    def _refused(self, response: HTTPResponse) -> IbidError:
        said = response.read(500).decode(errors="replace").strip()
        if response.status == 413:
            return IbidError(
                f"that is more than a running Ibid takes at once ({said}); ask for less"
            )
        if response.status == 429:
            return IbidError(f"the running Ibid is busy ({said}); try again in a moment")
        return self._lost(f"it answers {response.status} {said}".strip())

    def _lost(self, why: str) -> IbidError:
        return IbidError(
            f"the Ibid that owns this library, at {self._note.url} (process {self._note.pid}), "
            f"gives no answer ({why}); stop that one, or try again"
        )


def told(settings: Settings) -> Mapping[str, Any]:
    """The settings that somebody has set, by name: the running one goes by its own otherwise."""
    whence, values = known.origins(settings), known.flat(settings)
    return {
        name: _plain(value)
        for name, value in values.items()
        if whence[name] != "default" and name.partition(".")[0] not in _ITS_OWN
    }


def _plain(value: Any) -> Any:
    reveal = getattr(value, "get_secret_value", None)
    if reveal is not None:
        return reveal()
    return str(value) if isinstance(value, Path) else value


def _filter(only: Filter | None) -> Any:
    from rag.schema import Filter

    return None if only is None else wire.plain(Filter, only)


def _whole(file: Path) -> str:
    return str(file.absolute())


def _named(places: Sequence[str]) -> list[str]:
    """Followed places as they are named from any folder."""
    return [one if "://" in one else str(Path(one).absolute()) for one in places]


def _followed(found_at: Sequence[followed.Followed]) -> Json:
    """Where each file was found, by its number among the places; a place is told once."""
    if not found_at:
        return {}
    places = list(dict.fromkeys((one.kind, one.place) for one in found_at))
    numbers = {place: number for number, place in enumerate(places)}
    return {"places": places, "found_at": [numbers[one.kind, one.place] for one in found_at]}


def _batches(files: Sequence[Path | str]) -> Iterator[tuple[int, list[Path | str]]]:
    """As many files as a request may name, each with where it was found; the place of the first."""
    first, some, length = 0, list[Path | str](), 0
    for place, file in enumerate(files):
        long = len(json.dumps(file if isinstance(file, str) else _whole(file))) + 20
        if some and length + long > _MOST_CHARACTERS:
            yield first, some
            first, some, length = place, [], 0
        some.append(file)
        length += long
    if some:
        yield first, some


def _observe(observer: Observer, name: str, value: Any) -> None:
    if name == "begin":
        observer.begin(*value)
    elif name == "advance":
        observer.advance()
    elif name == "tell":
        observer.tell(value)
