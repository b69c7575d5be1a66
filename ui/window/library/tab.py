"""The library: what it holds, how it grows, and how what is in it is put right.

All of it is drawn by one script (static/library.js), which asks the functions below. They are
called by whoever has the page, with whatever he likes: nothing that comes in is trusted, and
everything that goes out is plain words, which the script sets as text.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from rag.duplicates import Removed
from rag.errors import IbidError, LibraryError, UnknownArticle
from rag.index.curating import Edited
from rag.index.library import Library
from rag.language.visible import plain
from rag.loaders import is_link
from rag.loaders.facts import EDITABLE
from rag.loaders.files import FORMATS, MOST_BYTES
from rag.schema import Filter
from ui import strings
from ui.users import Role
from ui.window.chat.sources import valid_article_id
from ui.window.library import told
from ui.window.library.collecting import CollectionService
from ui.window.library.intake import Engine, Intake, Keep, TooMany
from ui.window.library.overviews import Overviews
from ui.window.library.shared import SharedIntake, Workers
from ui.window.library.undoing import Undoing
from ui.window.page.events import words_of
from ui.window.page.functions import Take, impersonal, offered
from ui.window.page.scripts import mounting
from ui.window.page.visitor import key_of, may

_MOST_SHOWN = 2_000
_MOST_LINKS = 200
_MOST_REFUSED = 1_000
_SORTS = ("added", "published", "title", "publisher", "words")
REFUSALS = {"no_files", "too_many", "too_large", "passed_over", "formats_only", "upload_failed"}
"""Why a page may say that it did not bring a file: words of LIBRARY_WORDS, which tell it."""

Json = dict[str, Any]


def build(desk: LibraryService, take: Take) -> gr.HTML:
    """The component. Its command ``note_change`` says that the library is no longer what it was.

    ``take`` gives the files that were uploaded to the window: no other is opened.
    """

    def add_file(given: Json, request: gr.Request) -> Json:
        by = key_of(request)
        return desk.add_file(given, lambda word: take(by, word), by)

    def add_links(given: Json, request: gr.Request) -> Json:
        return desk.add_links(given, key_of(request))

    def put_back_older(given: Json, request: gr.Request) -> Json:
        return desk.put_back_older(given, key_of(request))

    def take_place(given: Json, request: gr.Request) -> Json:
        return desk.take_place(given, key_of(request))

    def refuse(given: Json, request: gr.Request) -> Json:
        return desk.refuse(given, key_of(request))

    def look(given: Json, request: gr.Request) -> Json:
        return {**desk.look(given), "may_edit": may(request, "editor")}

    def poll(given: Json, request: gr.Request) -> Json:
        return {**desk.poll(given), "may_edit": may(request, "editor")}

    def unforeseen() -> str:
        return str(strings.LIBRARY_WORDS["unforeseen"])

    def for_all(needed: Role, *methods: Callable[[Json], Json]) -> list[Callable[..., Any]]:
        return [offered(needed, one.__name__, impersonal(one), unforeseen) for one in methods]

    component: gr.HTML = gr.HTML(
        value=None,
        html_template='<section class="tab-page library"></section>',
        js_on_load=mounting("library/static/library.js", ["note_change"]),
        server_functions=[
            *(offered("reader", one.__name__, one, unforeseen) for one in (look, poll)),
            *(
                offered("editor", one.__name__, one, unforeseen)
                for one in (add_file, add_links, refuse, put_back_older, take_place)
            ),
            *for_all("reader", desk.read, desk.overview, desk.shelves.collections),
            *for_all(
                "editor", desk.cancel, desk.clear, desk.edit, desk.unedit, desk.remove, desk.merge,
                desk.put_back, desk.shelves.collect, desk.shelves.rename_collection,
                desk.shelves.delete_collection, desk.shelves.remake_collection,
            ),
        ],
        apply_default_css=False,
        elem_id="library",
        words=_words(),
        formats=list(FORMATS),
        most_bytes=MOST_BYTES,
    )  # fmt: skip
    return component


# Suffixes of another name for the same, which need not be named to a person.
_VARIANTS = (".htm", ".markdown", ".docm", ".pptm", ".xlsm", ".tsv")


def _words() -> dict[str, Any]:
    """The words of the page; what is read is told without names for the same."""
    words = dict(strings.LIBRARY_WORDS)
    named = [suffix for suffix in FORMATS if suffix not in _VARIANTS]
    for name in ("formats", "drop_note"):
        words[name] = str(words[name]).replace("{formats}", ", ".join(named))
    return words


class LibraryService:
    """What every window does to the one library. Each method takes and gives what JSON can say.

    A request that cannot be met is answered with ``{"problem": …}``, in words for the page.
    """

    def __init__(
        self,
        engine: Engine,
        queued: Path | None = None,
        keep: Keep | None = None,
        workers: Workers | None = None,
    ) -> None:
        self.engine = engine
        made = partial(SharedIntake, workers) if workers else Intake
        self.intake: Intake = made(engine, queued=queued, keep=keep)
        self._removed: Undoing[list[Removed]] = Undoing(len)
        self._edited: Undoing[Edited] = Undoing()
        self._overviews = Overviews()
        self._revision = 0
        self.shelves = CollectionService(self._library, self.intake.restock, _ids)

    def look(self, given: Json) -> Json:
        """The articles that a query asks for, and all else that the page shows."""
        query = given if isinstance(given, dict) else {}
        stock = self.stock()  # Before the look, so that a change during it is seen later.
        own = self._library()
        if own is None:
            return {"problem": strings.STILL_LOADING}
        limit = query.get("limit")
        limit = min(limit, _MOST_SHOWN) if isinstance(limit, int) and limit > 0 else 50
        sort, is_rising = query.get("sort"), query.get("rising")
        try:
            shelved, total = own.catalog.listing(
                words_of(query, "words"),
                _filter(query),
                sort if sort in _SORTS else "added",
                is_rising=is_rising if isinstance(is_rising, bool) else None,
                limit=limit,
            )
            count = own.catalog.count()[0]
            publishers = own.catalog.publishers()
            collections = own.collections()
            size = own.size()
        except IbidError as error:
            return {"problem": plain(strings.failure(error))}
        removed = [told.removal(token, group) for token, group in self._removed.all()]
        return {
            "stock": stock,
            "articles": [told.row(one) for one in shelved],
            "total": total,
            "count": count,
            "publishers": [plain(name) for name in publishers],
            "collections": collections,
            "size": size,
            "removed": removed,
        }

    def stock(self) -> int:
        """What grows with every change of the library, made here or by another process.

        It is the same wherever a shared one is asked.
        """
        own = self._library()
        if own is None or not own.is_shared:
            return self.intake.stock
        with suppress(IbidError):  # that it is away is told of what is asked next
            self._revision = own.catalog.revision()
        return self._revision

    def poll(self, given: Json) -> Json:
        """The queue, if it is not as the page knows it; and whether the library changed."""
        known = given.get("version") if isinstance(given, dict) else None
        stock = self.stock()
        version, items, tally, last = self.intake.state()
        if known == version:
            return {"version": known, "stock": stock}
        return {
            "version": version,
            "stock": stock,
            "items": [told.item(item) for item in items],
            "tally": tally,
            "last": last,
        }

    def add_file(self, given: Json, take: Callable[[str], Path | None], by: str = "") -> Json:
        """Queue a file that was uploaded, by the word for it; its number. ``by``: who added it."""
        word, name = words_of(given, "path"), words_of(given, "name")
        file = take(word) if word and name else None
        lost = {"problem": strings.UPLOAD_LOST, "why": "upload_failed"}
        if file is None:
            return lost
        try:
            return {"number": self.intake.add_file(file, name, by)}
        except TooMany as error:
            file.unlink(missing_ok=True)
            return {**told.too_many(error), "why": "too_many"}
        except OSError:
            return lost

    def refuse(self, given: Json, by: str = "") -> Json:
        """Note files that the page could not bring, each with the word for why; their numbers."""
        files = given.get("files") if isinstance(given, dict) else None
        numbers = []
        for file in files[:_MOST_REFUSED] if isinstance(files, list) else ():
            name, why = words_of(file, "name"), words_of(file, "why")
            if name and why in REFUSALS:
                facts = {fact: file[fact] for fact in ("count", "names") if fact in file}
                numbers.append(self.intake.refuse(name, why, by, **facts))
        return {"numbers": numbers}

    def add_links(self, given: Json, by: str = "") -> Json:
        """Queue links, one a line."""
        text = given.get("links") if isinstance(given, dict) else None
        links = [link for line in str(text or "").splitlines() if (link := plain(line))]
        if not links:
            return {"problem": strings.NO_LINKS}
        if len(links) > _MOST_LINKS:
            return {"problem": strings.TOO_MANY_LINKS.format(limit=_MOST_LINKS)}
        for link in links:
            if not is_link(link):
                return {"problem": strings.NOT_A_LINK.format(link=link[:80])}
        try:
            for link in dict.fromkeys(links):
                self.intake.add_link(link, by)
        except TooMany as error:
            return told.too_many(error)
        return {}

    def cancel(self, given: Json) -> Json:
        """Add nothing more of what is waiting or under way."""
        self.intake.cancel()
        return {}

    def clear(self, given: Json) -> Json:
        """Forget what became of what is done: of the item of this number, or of all."""
        number = given.get("number") if isinstance(given, dict) else None
        self.intake.clear(number if isinstance(number, int) else None)
        return {}

    def read(self, given: Json) -> Json:
        """One article, whole."""
        return self._with_article(given, lambda own, name: told.page(own.article(name), own))

    def overview(self, given: Json) -> Json:
        """What the library holds at one look: subjects, publishers, years, languages."""
        own = self._library()
        if own is None:
            return {"problem": strings.STILL_LOADING}
        return told.overview(self._overviews.of(own, self.stock()), own)

    def edit(self, given: Json) -> Json:
        """Write metadata over what was read; the word that takes it back, if anything changed."""

        def edited(own: Library, name: str) -> Json:
            facts = {fact: words_of(given, fact) for fact in EDITABLE if fact in given}
            [one] = own.edit_all([name], facts)
            self.intake.restock()
            return {} if one.before == one.after else {"token": self._edited.keep(one)}

        return self._with_article(given, edited)

    def unedit(self, given: Json) -> Json:
        """Undo an edit."""
        edited = self._edited.take(words_of(given, "token"))
        if edited is None:
            return {"problem": strings.NO_EDIT_BACK}

        def undone(own: Library, name: str) -> Json:
            own.unedit(edited)
            self.intake.restock()
            return {}

        return self._with_article({"id": edited.after.id}, undone)

    def remove(self, given: Json) -> Json:
        """Take articles out, and keep them so that they can be put back by one word for all."""
        own = self._library()
        if own is None:
            return {"problem": strings.STILL_LOADING}
        taken = own.take(_ids(given, "ids"))
        if not taken:
            return {"problem": strings.UNKNOWN_ARTICLE}
        return self._undoable(taken)

    def merge(self, given: Json) -> Json:
        """Make one article of two, the one of this ``id``; the other can be put back like those."""

        def merged(own: Library, name: str) -> Json:
            return self._undoable(own.merge(name, _ids(given, "others")))

        return self._with_article(given, merged)

    def _undoable(self, taken: list[Removed]) -> Json:
        self.intake.restock()
        return {"token": self._removed.keep(taken), "count": len(taken)}

    def put_back(self, given: Json) -> Json:
        """Undo a removal: the ids of what is back, and how many had been added again meanwhile."""
        token = words_of(given, "token")
        own = self._library()
        if own is None:
            return {"problem": strings.STILL_LOADING}
        removed = self._removed.take(token)
        if removed is None:
            return {"problem": strings.NOT_REMOVED}
        try:
            are_back = own.put_all_back(removed)
        except LibraryError as error:
            self._removed.put_back(token, removed)  # Nothing is lost: it may be tried again.
            return {"problem": plain(strings.failure(error))}
        self.intake.restock()
        if not any(are_back):
            return {"problem": strings.ADDED_AGAIN}
        back = [one.article.id for one, is_back in zip(removed, are_back, strict=True) if is_back]
        return {"ids": back, "again": len(removed) - len(back)}

    def put_back_older(self, given: Json, by: str = "") -> Json:
        """Undo a replacement: the older article is queued, and takes its place again."""
        return self._queued(given, lambda number: self.intake.put_back(number, by))

    def take_place(self, given: Json, by: str = "") -> Json:
        """Let an article take the place of the one that it says it is."""
        return self._queued(given, lambda number: self.intake.take_place(number, by))

    def _queued(self, given: Json, queue: Callable[[int], bool]) -> Json:
        number = given.get("number") if isinstance(given, dict) else None
        try:
            if isinstance(number, int) and queue(number):
                return {}
        except TooMany as error:
            return told.too_many(error)
        return {"problem": strings.NO_OLDER}

    def _library(self) -> Library | None:
        own: Library | None = self.engine.library
        return own

    def _with_article(self, given: Json, act: Callable[[Library, str], Json]) -> Json:
        name = given.get("id") if isinstance(given, dict) else None
        own = self._library()
        if own is None:
            return {"problem": strings.STILL_LOADING}
        if not isinstance(name, str) or not valid_article_id(name):
            return {"problem": strings.UNKNOWN_ARTICLE}
        try:
            return act(own, name)
        except UnknownArticle:
            return {"problem": strings.UNKNOWN_ARTICLE}
        except IbidError as error:
            return {"problem": plain(strings.failure(error))}


def _filter(query: Json) -> Filter:
    publisher, collection = words_of(query, "publisher"), words_of(query, "collection")
    return Filter(
        publishers=(publisher,) if publisher else (),
        collections=(collection,) if collection else (),
        since=_day(words_of(query, "since")),
        until=_day(words_of(query, "until")),
        articles=tuple(_ids(query, "articles")),
    )


def _ids(given: Json, name: str) -> list[str]:
    """The ids that were sent under a name; what is none is left out."""
    ids = given.get(name) if isinstance(given, dict) else None
    known = ids[:_MOST_SHOWN] if isinstance(ids, list) else []
    return [one for one in dict.fromkeys(map(str, known)) if valid_article_id(one)]


def _day(words: str) -> date | None:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return None
