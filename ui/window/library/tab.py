"""The library: what it holds, how it grows, and how what is in it is put right.

All of it is drawn by one script (static/library.js), which asks the functions below. They are
called by whoever has the page, with whatever he likes: nothing that comes in is trusted, and
everything that goes out is plain words, which the script sets as text.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import gradio as gr

from rag.errors import IbidError, LibraryError, UnknownArticle
from rag.index.library import Library
from rag.index.originals import Originals
from rag.language.addresses import link_target
from rag.language.visible import plain
from rag.loaders import is_link
from rag.loaders.facts import EDITABLE
from rag.loaders.files import MOST_BYTES, READERS
from rag.schema import Article, Filter, ListedArticle, Removed
from ui import strings
from ui.users import Role
from ui.window.chat.sources import stated, valid_article_id
from ui.window.library.intake import BUSY, Engine, Intake, Item, TooMany
from ui.window.page.events import words_of
from ui.window.page.functions import Take, impersonal, offered
from ui.window.page.scripts import mounting
from ui.window.page.visitor import key_of, may

_MOST_SHOWN = 2_000
_MOST_LINKS = 200
_MOST_REMOVED = 50
_SORTS = ("added", "published", "title", "publisher", "length")

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

    def look(given: Json, request: gr.Request) -> Json:
        return {**desk.look(given), "may_edit": may(request, "editor")}

    def unforeseen() -> str:
        return str(strings.LIBRARY_WORDS["unforeseen"])

    def for_all(needed: Role, *methods: Callable[[Json], Json]) -> list[Callable[..., Any]]:
        return [offered(needed, one.__name__, impersonal(one), unforeseen) for one in methods]

    component: gr.HTML = gr.HTML(
        value=None,
        html_template='<section class="tab-page library"></section>',
        js_on_load=mounting("library/static/library.js", ["note_change"]),
        server_functions=[
            offered("reader", "look", look, unforeseen),
            *(
                offered("editor", one.__name__, one, unforeseen)
                for one in (add_file, add_links, put_back_older, take_place)
            ),
            *for_all("reader", desk.poll, desk.read),
            *for_all(
                "editor", desk.cancel, desk.clear, desk.edit, desk.remove, desk.put_back,
            ),
        ],
        apply_default_css=False,
        elem_id="library",
        words=strings.LIBRARY_WORDS,
        formats=sorted(READERS),
        most_bytes=MOST_BYTES,
    )  # fmt: skip
    return component


class LibraryService:
    """What every window does to the one library. Each method takes and gives what JSON can say.

    A request that cannot be met is answered with ``{"problem": …}``, in words for the page.
    """

    def __init__(
        self, engine: Engine, queued: Path | None = None, originals: Originals | None = None
    ) -> None:
        self.engine = engine
        self.intake = Intake(engine, queued=queued, originals=originals)
        self._lock = threading.Lock()
        self._removed: OrderedDict[str, Removed] = OrderedDict()

    def look(self, given: Json) -> Json:
        """The articles that a query asks for, and all else that the page shows."""
        query = given if isinstance(given, dict) else {}
        stock = self.intake.stock  # Before the look, so that a change during it is seen later.
        own = self._library()
        if own is None:
            return {"problem": strings.STILL_LOADING}
        limit = query.get("limit")
        limit = min(limit, _MOST_SHOWN) if isinstance(limit, int) and limit > 0 else 50
        sort = query.get("sort")
        try:
            shelved, total = own.catalog.listing(
                words_of(query, "words"),
                _filter(query),
                sort if sort in _SORTS else "added",
                limit=limit,
            )
            count = own.catalog.count()[0]
            publishers = own.catalog.publishers()
            size = own.size()
        except IbidError as error:
            return {"problem": plain(strings.failure(error))}
        with self._lock:
            removed = [(token, one.article.title) for token, one in self._removed.items()]
        return {
            "stock": stock,
            "articles": [_row(one) for one in shelved],
            "total": total,
            "count": count,
            "publishers": [plain(name) for name in publishers],
            "size": size,
            "removed": [
                {"token": token, "title": plain(title)} for token, title in reversed(removed)
            ],
        }

    def poll(self, given: Json) -> Json:
        """The queue, if it is not as the page knows it; and whether the library changed."""
        known = given.get("version") if isinstance(given, dict) else None
        version, stock = self.intake.version, self.intake.stock
        told: Json = {"version": version, "stock": stock}
        if known != version:
            told["items"] = [_item(item) for item in self.intake.items()]
        return told

    def add_file(self, given: Json, take: Callable[[str], Path | None], by: str = "") -> Json:
        """Queue a file that was uploaded, by the word for it; ``by``: who added it."""
        word, name = words_of(given, "path"), words_of(given, "name")
        file = take(word) if word and name else None
        if file is None:
            return {"problem": strings.UPLOAD_LOST}
        try:
            self.intake.add_file(file, name, by)
        except TooMany as error:
            file.unlink(missing_ok=True)
            return _too_many(error)
        except OSError:
            return {"problem": strings.UPLOAD_LOST}
        return {}

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
            return _too_many(error)
        return {}

    def cancel(self, given: Json) -> Json:
        """Add nothing more of what is waiting or under way."""
        self.intake.cancel()
        return {}

    def clear(self, given: Json) -> Json:
        """Forget the outcomes of what is done."""
        self.intake.clear()
        return {}

    def read(self, given: Json) -> Json:
        """One article, whole."""
        return self._with_article(given, lambda own, name: _page(own.article(name)))

    def edit(self, given: Json) -> Json:
        """Write metadata over what was read."""

        def edited(own: Library, name: str) -> Json:
            facts = {fact: words_of(given, fact) for fact in EDITABLE if fact in given}
            own.edit(name, **facts)
            self.intake.restock()
            return {}

        return self._with_article(given, edited)

    def remove(self, given: Json) -> Json:
        """Take an article out, and keep it so that it can be put back."""

        def removed(own: Library, name: str) -> Json:
            taken = own.take([name])
            if not taken:
                raise UnknownArticle(name)
            token = secrets.token_hex(8)
            with self._lock:
                self._removed[token] = taken[0]
                while len(self._removed) > _MOST_REMOVED:
                    self._removed.popitem(last=False)
            self.intake.restock()
            return {"token": token}

        return self._with_article(given, removed)

    def put_back(self, given: Json) -> Json:
        """Undo a removal."""
        token = words_of(given, "token")
        own = self._library()
        if own is None:
            return {"problem": strings.STILL_LOADING}
        with self._lock:
            removed = self._removed.pop(token, None)
        if removed is None:
            return {"problem": strings.NOT_REMOVED}
        try:
            is_back = own.put_back(removed)
        except LibraryError as error:
            with self._lock:  # Nothing is lost: it may be tried again.
                self._removed[token] = removed
            return {"problem": plain(strings.failure(error))}
        self.intake.restock()
        if not is_back:
            return {"problem": strings.ADDED_AGAIN}
        return {"id": removed.article.id}

    def put_back_older(self, given: Json, by: str = "") -> Json:
        """Undo a replacement: the older article is queued, and takes its place again."""
        number = given.get("number") if isinstance(given, dict) else None
        try:
            if isinstance(number, int) and self.intake.put_back(number, by):
                return {}
        except TooMany as error:
            return _too_many(error)
        return {"problem": strings.NO_OLDER}

    def take_place(self, given: Json, by: str = "") -> Json:
        """Let an article take the place of the one that it says it is."""
        number = given.get("number") if isinstance(given, dict) else None
        try:
            if isinstance(number, int) and self.intake.take_place(number, by):
                return {}
        except TooMany as error:
            return _too_many(error)
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


def _too_many(error: TooMany) -> Json:
    words = strings.TOO_MANY_OF_YOURS if error.is_own else strings.TOO_MANY_WAITING
    return {"problem": words.format(limit=error.limit)}


def _row(one: ListedArticle) -> Json:
    info = one.info
    return {
        "id": info.id,
        "title": plain(info.title),
        "publisher": plain(info.publisher or ""),
        "whence": plain(strings.whence(info)),
        "author": plain(info.author or ""),
        "writer": plain(strings.writer(info)),
        "published": info.published.isoformat() if info.published else "",
        "link": info.link or "",
        "address": link_target(info.address),
        "source": plain(info.source),
        "length": one.length,
        "pages": len(info.pages),
        "added": one.added.isoformat(),
    }


def _page(article: Article) -> Json:
    """An article for reading. ``text`` is exactly as stored, ``pages`` are code points of it."""
    return {
        "title": plain(article.title),
        "writer": plain(strings.writer(article)),
        "whence": plain(strings.whence(article)),
        "stated": stated(article),
        "tags": _tags(article),
        "published": article.published.isoformat() if article.published else "",
        "link": link_target(article.address),
        "source": plain(article.source),
        "language": article.language or "",
        "pages": list(article.pages),
        "text": article.text,
    }


def _tags(article: Article) -> str:
    words = ", ".join(strings.quoted(plain(tag)) for tag in article.tags)
    return f"{strings.TAGS} {words}" if words else ""


def _item(item: Item) -> Json:
    return {
        "number": item.number,
        "name": plain(item.name),
        "state": item.state,
        "busy": item.state in BUSY,
        "reason": _reason(item),
        "done": item.done,
        "of": item.of,
        "id": item.article_id,
        "before": plain(item.before.title) if item.before else None,
        "namesake": plain(item.namesake.source) if item.namesake else None,
        "notes": [plain(strings.failure(note)) for note in item.notes],
    }


def _reason(item: Item) -> str:
    """Why it failed, without its name, which stands beside it."""
    told = plain(strings.failure(item.error)) if item.error else ""
    return told.removeprefix(f"{plain(item.name)}: ")


def _filter(query: Json) -> Filter:
    publisher = words_of(query, "publisher")
    return Filter(
        publishers=(publisher,) if publisher else (),
        since=_day(words_of(query, "since")),
        until=_day(words_of(query, "until")),
    )


def _day(words: str) -> date | None:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return None
