"""What the tools do, for whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from rag.errors import UnknownArticle
from rag.language.visible import plain
from rag.schema import Article, ArticleInfo, Filter, ListedArticle
from ui.api.v1.caller import Caller
from ui.api.v1.documents import answer_document, article_document, passage_document
from ui.mcp import wording
from ui.mcp.arguments import (
    MOST_LISTED,
    MOST_READ,
    Adding,
    AddingHere,
    Asking,
    Found,
    Listed,
    Listing,
    Misuse,
    OneArticle,
    Read,
    Removal,
    Removing,
    Searching,
    Span,
)
from ui.mcp.calling import Call, Report, worked
from ui.mcp.reach import Reach

_MOST_LIKE = 50
Page = tuple[list[ListedArticle], int]
"""Some articles, and how many there are in all."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a tool answers: words for a reader, and the same as an object."""

    text: str
    document: BaseModel


class Tools:
    """The tools over a library. Every method takes who asks: what is not theirs is not there.

    What takes a `Call` blocks, and is called in a thread of its own.

    Raises:
        Misuse, IbidError: from every method, in words that say what to do.
        CalledOff: nobody waits for it any more.
    """

    def __init__(self, reach: Reach) -> None:
        self.reach = reach

    async def ask(self, report: Report, caller: Caller, given: Asking) -> Reply:
        """The finished answer."""
        question = _one_line(given.question, "question")
        await report(0, None, "Getting ready")
        only = await worked(lambda _: self._within(caller, given.only()), report)
        answer = await self.reach.answer(question, only, report)
        return Reply(wording.answer(answer), answer_document(answer))

    def search(self, call: Call, caller: Caller, given: Searching) -> Reply:
        """The best passages."""
        query = _one_line(given.query, "query")
        only = self._within(caller, given.only())
        found = [wording.shown(one) for one in self.reach.search(call, query, given.limit, only)]
        document = Found(passages=list(map(passage_document, found)))
        return Reply(wording.passages(found), document)

    def read_article(self, call: Call, caller: Caller, given: OneArticle) -> Reply:
        """A part of an article."""
        with self._catalog() as catalog:
            article = self.article(catalog, caller, given.id)
        text, length = article.text, len(article.text)
        start = max(0, given.start - given.context)
        end = length if given.end is None else given.end + given.context
        end = min(end, length, start + MOST_READ)
        if given.start >= length or end <= start:
            raise Misuse(
                f"the article has {length} characters; start must be below that, and end behind it"
            )
        spans = wording.addressed_in(article.info, text, start, end)
        part = Read(
            article=article_document(article.info),
            text=wording.without(text[start:end], start, spans),
            start=start,
            end=end,
            length=length,
            next_start=end if end < length else None,
            withheld=[Span(start=first, end=last) for first, last in spans],
        )
        return Reply(wording.read(article.info, part), part)

    def list_articles(self, call: Call, caller: Caller, given: Listing) -> Reply:
        """Some of the articles, and where to go on."""
        only = self._within(caller, given.only())
        page, after = self._page(given.words, only, given.cursor, given.limit)
        infos = [one.info for one in page[0]]
        document = Listed(
            articles=list(map(article_document, infos)), total=page[1], next_cursor=after
        )
        return Reply(wording.listed(infos, document), document)

    async def add_article(self, report: Report, caller: Caller, given: Adding) -> Reply:
        """What became of an article that was to be added."""
        to = _theirs(caller, given.collection)
        await report(0, None, "Getting ready")
        sound = _one_thing(given).model_copy(update={"collection": to})
        done = await self.reach.add(caller, sound, report)
        return Reply(wording.additions(done), done)

    def remove_article(self, call: Call, caller: Caller, given: Removing) -> Reply:
        """The article that is gone."""
        with self._catalog() as catalog:
            info = self.article(catalog, caller, given.id).info
        if info.id != given.id:
            raise Misuse(
                f"{given.id} is the beginning of the id of {wording.named(info)}; to remove "
                f"that article, give the whole id: {info.id}"
            )
        self.reach.remove(call, caller, info.id)
        document = Removal(removed=article_document(info))
        return Reply(f"removed: {info.id}  {wording.named(info)}", document)

    def resources(self, caller: Caller, cursor: str) -> tuple[list[ListedArticle], str | None]:
        """Articles as resources, and where to go on."""
        (found, _), after = self._page("", caller.within(None), cursor, MOST_LISTED)
        return found, after

    def whole(self, caller: Caller, article_id: str) -> tuple[ArticleInfo, str, str]:
        """An article as a resource: what is known of it, its text, and words before that."""
        with self._catalog() as catalog:
            article = self.article(catalog, caller, article_id)
        info, length = article.info, len(article.text)
        spans = wording.addressed_in(info, article.text, 0, length)
        return info, wording.without(article.text, 0, spans), wording.before(info, spans)

    def article(self, catalog: Any, caller: Caller, article_id: str) -> Article:
        """The article of an id or its beginning. Raises UnknownArticle: they have none such."""
        ids = catalog.ids(article_id)[:_MOST_LIKE] if catalog and article_id else []
        # Nobody is told what others' articles begin so.
        only = caller.within(Filter(articles=tuple(ids)))
        theirs = [one.info.id for one in catalog.listing("", only)[0]] if ids else []
        if article_id in theirs:
            theirs = [article_id]
        if not theirs:
            raise UnknownArticle(f"no article {article_id}; list_articles shows what there is")
        if len(theirs) > 1:
            raise UnknownArticle(f"{article_id} fits {', '.join(theirs[:4])}; say more of the id")
        article: Article = catalog.article(theirs[0])
        return article

    def _page(
        self, words: str, only: Filter | None, cursor: str, limit: int
    ) -> tuple[Page, str | None]:
        if cursor and not (cursor.isascii() and cursor.isdigit()):
            raise Misuse("no such cursor; leave it out to begin with the first article")
        first = int(cursor or 0)
        with self._catalog() as catalog:
            found, total = catalog.listing(words, only, limit=first + limit) if catalog else ([], 0)
        after = str(first + limit) if first + limit < total else None
        return (found[first:], total), after

    def _within(self, caller: Caller, only: Filter | None) -> Filter | None:
        """The filter, of their articles. Raises UnknownCollection: that one is not there."""
        only = caller.within(only)
        with self._catalog() as catalog:
            for name in only.collections if only and catalog else ():
                catalog.collection(name)
        return only

    @contextmanager
    def _catalog(self) -> Iterator[Any]:
        with self.reach.catalog() as catalog:
            yield catalog


def _one_line(words: str, name: str) -> str:
    line = plain(words)
    if not line:
        raise Misuse(f"the {name} is empty; write one")
    return line


def _one_thing(given: Adding) -> Adding:
    """The same, its places without blanks around them. Raises Misuse: they are none, or several."""
    names = ("text", "url", "path") if isinstance(given, AddingHere) else ("text", "url")
    places = {name: str(getattr(given, name)).strip() for name in names}
    if len([one for one in places.values() if one]) != 1:
        raise Misuse(f"give exactly one of {', '.join(names)}")
    if places["url"] and not places["url"].startswith(("http://", "https://")):
        raise Misuse("give a web address that begins with http:// or https://")
    if places["url"] and any((given.title, given.publisher, given.author, given.published)):
        raise Misuse("of a web address, leave out title, publisher, author and date: it has them")
    return given.model_copy(update=places)


def _theirs(caller: Caller, collection: str) -> str:
    """The collection that they may add to: one of theirs, if not all are."""
    if not caller.collections:
        return collection
    if not collection and len(caller.collections) == 1:
        return caller.collections[0]
    if collection not in caller.collections:
        raise Misuse("name one of your collections to add it to: " + ", ".join(caller.collections))
    return collection
