"""Whatever is done with a library in whatever order, catalog, words and vectors hold the same."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import sqlalchemy as sa
from chroma_server import ChromaServer
from doubles import ListIndex
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from postgres_server import PostgresServer
from tiny import TinyEmbedder, make_article

from rag.index import catalogs, integrity
from rag.index.catalog import CATALOG
from rag.index.database import connect
from rag.index.library import Library
from rag.index.places import VECTORS, Folder, IndexPlace, Served
from rag.index.postgres import Database
from rag.index.served import Server
from rag.index.vectors import ChromaIndex
from rag.schema import Filter
from rag.settings import Settings
from rag.tuning import DuplicatesTuning

SOURCES = [f"{name}.md" for name in "abcd"]
TEXTS = ["The river rose. ", "A mill stands on the hill. ", "Ünïcode 🦆 swims. "]
PUBLISHERS = ["Courier", "Ärzte Zeitung", ""]
COLLECTIONS = ["Boats", "boats", "Mühlen"]
_sources, _names = st.sampled_from(SOURCES), st.sampled_from(COLLECTIONS)
_texts = st.builds(lambda text, times: text * times, st.sampled_from(TEXTS), st.integers(1, 40))


@dataclass
class Held:
    """What an article should be: its text, where it is had, with the text there, and the rest."""

    source: str
    text: str
    also: dict[str, str] = field(default_factory=dict)
    edited: dict[str, str] = field(default_factory=dict)
    within: set[str] = field(default_factory=set)

    def heirs(self) -> set[str]:
        """The other sources with just the same text."""
        return {source for source, text in self.also.items() if text == self.text}


class Lifecycle(RuleBasedStateMachine):
    """A library, and beside it the articles that it should hold, by id."""

    open_index: Any = ListIndex
    address: str | None = None  # of the database that keeps the catalog; None: SQLite does
    chroma: str | None = None  # of the server that keeps the vectors, where both are shared

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        tuning = Settings().retrieval.model_copy(update={"in_memory": 0, "wide": 1, "at_once": 2})
        self.settings = Settings(
            library=self.folder,
            database=self.address,
            chroma=self.chroma,
            chunk_chars=200,
            chunk_overlap=40,
            retrieval=tuning,
            duplicates=DuplicatesTuning(least_words=3),
        )
        self.index: Any = None
        self.own = self.opened()
        self.other = self.opened() if self.own.is_shared else None
        self.held: dict[str, Held] = {}
        self.collections: set[str] = set()

    def opened(self) -> Library:
        def open_index(folder: Path) -> Any:
            if self.index is None or self.open_index is not ListIndex:
                self.index = self.open_index(folder)
            return self.index

        catalog = catalogs.of(self.settings).open()
        place: IndexPlace = Folder(self.folder / VECTORS, open_index)
        if isinstance(self.open_index, Server):
            place = Served(self.open_index, self.folder.name)
        return Library(self.folder, self.settings, TinyEmbedder(), catalog, place)

    def teardown(self) -> None:
        for own in filter(None, (self.own, self.other)):
            own.close()
        shutil.rmtree(self.folder)

    def any_id(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(sorted(self.held)))

    def some_ids(self, data: st.DataObject) -> list[str]:
        return sorted(data.draw(st.sets(st.sampled_from(sorted(self.held)))))

    def told_at(self, source: str) -> str:
        """What was read there last; empty if it is no source."""
        for held in self.held.values():
            if held.source == source:
                return held.text
            if source in held.also:
                return held.also[source]
        return ""

    def leave(self, source: str) -> None:
        """The source is no longer that of what it was; its article stays under another."""
        for id_, held in list(self.held.items()):
            held.also.pop(source, None)
            if held.source == source:
                self.inherit(id_, held.heirs() or set(held.also))

    def inherit(self, id_: str, heirs: set[str]) -> None:
        held = self.held[id_]
        if not heirs:
            del self.held[id_]
            return
        held.source = self.own.article(id_).source
        assert held.source in heirs
        del held.also[held.source]

    @rule(source=_sources, text=_texts)
    def add_or_change(self, source: str, text: str) -> None:
        (told,) = self.own.add([make_article(text, source)])
        text, before = text.strip(), self.told_at(source)
        its_own = next((one for one, held in self.held.items() if held.source == source), "")
        if text == before:
            assert told.outcome == "same"
            return
        if its_own and not self.held[its_own].heirs():
            assert (told.outcome, told.article.id) == ("replaced", its_own)
            self.held[its_own].text = text
            return
        self.leave(source)
        same = {one for one, held in self.held.items() if held.text == text}
        same = same or {one for one, held in self.held.items() if text in held.also.values()}
        assert told.outcome == ("same" if same else "added")
        if same:
            assert told.article.id in same and told.also_at == source
            self.held[told.article.id].also[source] = text
        else:
            assert told.article.id not in self.held
            self.held[told.article.id] = Held(source, text)

    @precondition(lambda self: self.held)
    @rule(source=_sources, data=st.data())
    def add_the_same_text_under_another_name(self, source: str, data: st.DataObject) -> None:
        self.add_or_change(source, self.held[self.any_id(data)].text)

    @precondition(lambda self: self.held)
    @rule()
    def add_all_again(self) -> None:
        before = self.own.articles(), self.own.catalog.other_sources()
        for source in SOURCES:
            if text := self.told_at(source):
                (told,) = self.own.add([make_article(text, source)])
                assert told.outcome == "same"
        assert (self.own.articles(), self.own.catalog.other_sources()) == before

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        id_ = self.any_id(data)
        self.own.remove([id_])
        del self.held[id_]

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def remove_a_source(self, data: st.DataObject) -> None:
        source = data.draw(st.sampled_from([one for one in SOURCES if self.told_at(one)]))
        before = set(self.held)
        info, is_gone = self.own.remove_source(source)
        self.leave(source)
        assert is_gone == (set(self.held) != before) and info.id in before

    @precondition(lambda self: len(self.held) > 1)
    @rule(data=st.data(), is_undone=st.booleans())
    def merge(self, data: st.DataObject, is_undone: bool) -> None:
        keep = self.any_id(data)
        other = data.draw(st.sampled_from(sorted(set(self.held) - {keep})))
        before = self.own.catalog.other_sources(), self.own.articles()
        merged = self.own.merge(keep, [other])
        if is_undone:
            assert self.own.put_all_back(merged) == [True]
            assert (self.own.catalog.other_sources(), self.own.articles()) == before
            return
        gone = self.held.pop(other)
        self.held[keep].also |= {gone.source: gone.text, **gone.also}
        self.held[keep].within |= gone.within

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def take_and_put_back(self, data: st.DataObject) -> None:
        some = self.some_ids(data)
        taken = self.own.take(some)
        assert self.own.put_all_back(taken) == [True] * len(some)

    @precondition(lambda self: self.held)
    @rule(
        data=st.data(), title=st.sampled_from(["", "Night boat"]),
        house=st.sampled_from(PUBLISHERS), is_undone=st.booleans(),
    )  # fmt: skip
    def edit(self, data: st.DataObject, title: str, house: str, is_undone: bool) -> None:
        id_ = self.any_id(data)
        facts = {"publisher": house} | ({"title": title} if title else {})
        before = self.own.articles(), self.own.catalog.other_sources()
        (edited,) = self.own.edit_all([id_], facts)
        if is_undone:
            assert self.own.unedit(edited) == edited.before
            assert (self.own.articles(), self.own.catalog.other_sources()) == before
            return
        self.held[id_].edited |= facts

    @precondition(lambda self: self.held)
    @rule(data=st.data(), name=_names)
    def collect(self, data: st.DataObject, name: str) -> None:
        some = self.some_ids(data)
        self.own.collect(name, some)
        self.collections.add(name.casefold())
        for id_ in some:
            self.held[id_].within.add(name.casefold())

    @precondition(lambda self: self.held and self.collections)
    @rule(data=st.data())
    def uncollect(self, data: st.DataObject) -> None:
        id_ = self.any_id(data)
        name = data.draw(st.sampled_from(sorted(self.collections)))
        self.own.uncollect(name, [id_])
        self.held[id_].within.discard(name)

    @precondition(lambda self: self.collections)
    @rule(data=st.data())
    def delete_collection(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.collections)))
        self.own.delete_collection(name)
        self.collections.discard(name)
        for held in self.held.values():
            held.within.discard(name)

    @precondition(lambda self: self.other)
    @rule()
    def go_on_with_another_that_has_it_open(self) -> None:
        self.own, self.other = self.other, self.own  # type: ignore[assignment]

    @rule()
    def rebuild(self) -> None:
        self.own.rebuild()

    @rule()
    def close_and_open(self) -> None:
        self.own.close()
        self.own = self.opened()

    @invariant()
    def holds_what_it_should(self) -> None:
        own, catalog = self.own, self.own.catalog
        assert {info.id: info.source for info in own.articles()} == {
            id_: held.source for id_, held in self.held.items()
        }
        also = {id_: set(held.also) for id_, held in self.held.items() if held.also}
        others = catalog.other_sources()
        assert {id_: {one.source for one in some} for id_, some in others.items()} == also
        for id_, held in self.held.items():
            article = own.article(id_)
            assert article.text == held.text
            pieces = catalog.chunks_of(id_)
            assert pieces and all(held.text[one.start : one.end] == one.text for one in pieces)
            for name, fact in held.edited.items():
                assert (getattr(article, name) or "") == fact
            names = {one.name.casefold() for one in catalog.collections(id_)}
            assert names == held.within
            for source in held.also:
                assert catalog.matching(Filter(sources=(source,))) == [id_]
        assert {one.name.casefold() for one in catalog.collections()} == self.collections

    @invariant()
    def no_vector_is_an_orphan_and_no_row_is_dead(self) -> None:
        own = self.own
        own.bring_up_to_date()
        assert own.vectors.count() == own.catalog.count()[1]
        assert integrity.agree(own.catalog, own.vectors)
        assert not own.catalog.pending_removals() and not own.catalog.damaged_chunks()
        assert not own.catalog.faults(deep=True)
        engine = self.engine()
        with engine.connect() as db:
            alone = "SELECT count(*) FROM {} WHERE {} NOT IN (SELECT {} FROM {})"
            for held in (
                ("sums", "row", "row", "chunks"),
                ("chunks", "article_id", "id", "articles"),
                ("collected", "article_id", "id", "articles"),
                ("also_at", "article_id", "id", "articles"),
                ("signatures", "article_id", "id", "articles"),
                ("articles", "id", "article_id", "signatures"),
                ("collected", "collection_id", "id", "collections"),
            ):
                assert db.exec_driver_sql(alone.format(*held)).scalar_one() == 0, held
            both = "SELECT source FROM also_at INTERSECT SELECT source FROM articles"
            assert db.exec_driver_sql(both).all() == []
        engine.dispose()

    def engine(self) -> sa.Engine:
        """For whoever looks past the catalog."""
        if self.address:
            return Database(self.address, self.folder.name).engine()
        return connect(self.folder / CATALOG)

    @invariant()
    def a_filter_finds_the_same_by_words_and_by_meaning(self) -> None:
        own = self.own
        asked = TinyEmbedder().embed_query("river")
        for only in (
            Filter(publishers=("ärzte zeitung",)),
            Filter(collections=("BOATS",)),
            Filter(sources=("a", "b", "c")),
        ):
            found = own.catalog.chunks([one for one, _ in own.nearest(asked, 1000, only)])
            known = {piece.article_id for piece in found.values()}
            assert known == set(own.catalog.matching(only))


def machine(
    index: Any, examples: int, steps: int, address: str | None = None, chroma: str | None = None
) -> Any:
    over = {"open_index": index, "address": address, "chroma": chroma}
    made = type("Lifecycle", (Lifecycle,), over).TestCase
    made.settings = hypothesis(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    return made


TestAnyOrder = machine(ListIndex, 15, 25)
TestAnyOrderOverChroma = machine(ChromaIndex, 3, 15)


def test_any_order_over_a_server(chroma_server: ChromaServer) -> None:
    case = machine(Server(chroma_server.address, None, 30, 0), 3, 15)
    case("runTest").debug()


def test_any_order_over_postgres(postgres: PostgresServer) -> None:
    case = machine(ListIndex, 3, 12, postgres.address)
    case("runTest").debug()
    postgres.empty()


def test_any_order_by_two_that_share_it(
    postgres: PostgresServer, chroma_server: ChromaServer
) -> None:
    server = Server(chroma_server.address, None, 30, 0)
    case = machine(server, 3, 15, postgres.address, chroma_server.address)
    case("runTest").debug()
    postgres.empty()
