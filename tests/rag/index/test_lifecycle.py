"""Whatever is done with a library in whatever order, catalog, words and vectors hold the same."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
from doubles import ListIndex
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tiny import TinyEmbedder, make_article

from rag.index import integrity
from rag.index.catalog import CATALOG, SqliteCatalog
from rag.index.library import Library
from rag.index.vectors import ChromaIndex
from rag.schema import Filter
from rag.settings import Settings

SOURCES = [f"{name}.md" for name in "abcd"]
TEXTS = ["The river rose. ", "A mill stands on the hill. ", "Ünïcode 🦆 swims. "]
PUBLISHERS = ["Courier", "Ärzte Zeitung", ""]
COLLECTIONS = ["Boats", "boats", "Mühlen"]
_sources, _names = st.sampled_from(SOURCES), st.sampled_from(COLLECTIONS)
_texts = st.builds(lambda text, times: text * times, st.sampled_from(TEXTS), st.integers(1, 40))


class Lifecycle(RuleBasedStateMachine):
    """A library, and beside it what it should hold: texts and facts by source."""

    open_index: Any = ListIndex

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        tuning = Settings().retrieval.model_copy(update={"in_memory": 0, "wide": 1, "at_once": 2})
        self.settings = Settings(
            library=self.folder, chunk_chars=200, chunk_overlap=40, retrieval=tuning
        )
        self.index: Any = None
        self.own = self.opened()
        self.texts: dict[str, str] = {}
        self.edited: dict[str, dict[str, str]] = {}
        self.within: dict[str, set[str]] = {}
        self.collections: set[str] = set()

    def opened(self) -> Library:
        def open_index(folder: Path) -> Any:
            if self.index is None or self.open_index is not ListIndex:
                self.index = self.open_index(folder)
            return self.index

        catalog = SqliteCatalog(self.folder / CATALOG)
        return Library(self.folder, self.settings, TinyEmbedder(), catalog, open_index)

    def teardown(self) -> None:
        self.own.close()
        shutil.rmtree(self.folder)

    def id_of(self, source: str) -> str:
        return make_article("x", source).id

    @rule(source=_sources, text=_texts)
    def add_or_change(self, source: str, text: str) -> None:
        twin = next((one for one, held in self.texts.items() if held == text.strip()), "")
        read = make_article(text, source)
        held = self.own.catalog.with_digest(read.digest)
        (told,) = self.own.add([read])
        if source not in self.texts and held is not None:
            assert told.outcome == "same" and (not twin or told.article.source in self.texts)
            return
        is_same = self.texts.get(source) == text.strip()
        assert told.outcome == ("same" if is_same else "replaced" if told.before else "added")
        self.texts[source] = text.strip()
        self.within.setdefault(source, set())
        self.edited.setdefault(source, {})

    @precondition(lambda self: self.texts)
    @rule(data=st.data())
    def add_again(self, data: st.DataObject) -> None:
        source = data.draw(st.sampled_from(sorted(self.texts)))
        before = self.own.articles()
        (told,) = self.own.add([make_article(self.texts[source], source)])
        assert told.outcome == "same" and self.own.articles() == before

    @precondition(lambda self: self.texts)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        source = data.draw(st.sampled_from(sorted(self.texts)))
        self.own.remove([self.id_of(source)])
        for held in (self.texts, self.within, self.edited):
            del held[source]  # type: ignore[attr-defined]

    @precondition(lambda self: self.texts)
    @rule(data=st.data())
    def take_and_put_back(self, data: st.DataObject) -> None:
        some = data.draw(st.sets(st.sampled_from(sorted(self.texts))))
        taken = self.own.take([self.id_of(source) for source in sorted(some)])
        assert self.own.put_all_back(taken) == [True] * len(some)

    @precondition(lambda self: self.texts)
    @rule(
        data=st.data(), title=st.sampled_from(["", "Night boat"]), house=st.sampled_from(PUBLISHERS)
    )
    def edit(self, data: st.DataObject, title: str, house: str) -> None:
        source = data.draw(st.sampled_from(sorted(self.texts)))
        facts = {"publisher": house} | ({"title": title} if title else {})
        self.own.edit(self.id_of(source), **facts)
        self.edited[source] |= facts

    @precondition(lambda self: self.texts)
    @rule(data=st.data(), name=_names)
    def collect(self, data: st.DataObject, name: str) -> None:
        some = data.draw(st.sets(st.sampled_from(sorted(self.texts))))
        self.own.collect(name, [self.id_of(source) for source in some])
        self.collections.add(name.casefold())
        for source in some:
            self.within[source].add(name.casefold())

    @precondition(lambda self: self.texts and self.collections)
    @rule(data=st.data())
    def uncollect(self, data: st.DataObject) -> None:
        source = data.draw(st.sampled_from(sorted(self.texts)))
        name = data.draw(st.sampled_from(sorted(self.collections)))
        self.own.uncollect(name, [self.id_of(source)])
        self.within[source].discard(name)

    @precondition(lambda self: self.collections)
    @rule(data=st.data())
    def delete_collection(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.collections)))
        self.own.delete_collection(name)
        self.collections.discard(name)
        for names in self.within.values():
            names.discard(name)

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
        assert {info.source for info in own.articles()} == set(self.texts)
        for source, text in self.texts.items():
            article = own.article(self.id_of(source))
            assert article.text == text
            pieces = catalog.chunks_of(article.id)
            assert pieces and all(text[one.start : one.end] == one.text for one in pieces)
            for name, fact in self.edited[source].items():
                assert (getattr(article, name) or "") == fact
            names = {one.name.casefold() for one in catalog.collections(article.id)}
            assert names == self.within[source]
        assert {one.name.casefold() for one in catalog.collections()} == self.collections

    @invariant()
    def no_vector_is_an_orphan_and_no_row_is_dead(self) -> None:
        own = self.own
        own.bring_up_to_date()
        assert own.vectors.count() == own.catalog.count()[1]
        assert integrity.agree(own.catalog, own.vectors)
        assert not own.catalog.pending_removals() and not own.catalog.damaged_chunks()
        with closing(sqlite3.connect(self.folder / CATALOG)) as db, db:
            db.create_function("searchable", 1, lambda text: text)
            db.execute("INSERT INTO lexical(lexical, rank) VALUES ('integrity-check', 1)")
            alone = "SELECT count(*) FROM {} WHERE {} NOT IN (SELECT {} FROM {})"
            for held in (
                ("sums", "row", "row", "chunks"),
                ("chunks", "article_id", "id", "articles"),
                ("collected", "article_id", "id", "articles"),
                ("collected", "collection_id", "id", "collections"),
            ):
                assert db.execute(alone.format(*held)).fetchone() == (0,), held

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


def machine(index: Any, examples: int, steps: int) -> Any:
    made = type("Lifecycle", (Lifecycle,), {"open_index": index}).TestCase
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
