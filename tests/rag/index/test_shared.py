"""Promises of a library that any number of processes have open at once."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from chroma_server import ChromaServer
from doubles import WordReader, WordScorer
from postgres_server import PostgresServer
from tiny import TinyEmbedder, make_article
from wholeness import assert_whole

from rag import moving
from rag.assistant import Assistant
from rag.errors import LibraryError, LibraryInUse, LibraryMismatch, UnknownArticle
from rag.index import catalogs, mending
from rag.index.library import Library, opened
from rag.index.rebuilding import Rebuilding
from rag.schema import Answer, Filter
from rag.settings import Settings

TESTS = Path(__file__).parents[2]
BRIDGES = [
    f"Bridge {n} crosses the river at town {n}. It carries {n + 20} people." for n in range(6)
]

pytestmark = pytest.mark.engines("shared")


@contextmanager
def beside(settings: Settings) -> Iterator[tuple[Library, Library]]:
    """Two that have the library open, as two processes would."""
    with (
        opened(settings, TinyEmbedder(), purpose="one") as one,
        opened(settings, TinyEmbedder(), purpose="two") as two,
    ):
        yield one, two


def near(own: Library, words: str) -> str:
    """Where the article was had that is found by meaning first."""
    ((name, _), *_) = own.nearest(own.embedder.embed_query(words), 3)
    return own.catalog.found([name])[name][1].source


def process(settings: Settings, code: str, *said: object) -> subprocess.Popen[str]:
    """Python that has the library open as ``own``; each line that it prints is one of its own."""
    begun = (
        "import os, sys\nfrom tiny import TinyEmbedder, make_article\n"
        "from rag.index.library import opened\nfrom rag.settings import Settings\n"
        "settings = Settings.model_validate_json(sys.argv[1])\n"
        "with opened(settings, TinyEmbedder(), purpose='another') as own:\n"
    )
    body = "".join(f"    {line}\n" for line in code.strip().splitlines())
    shown = settings.model_dump(mode="json")
    assert settings.database is not None
    shown["database"] = settings.database.get_secret_value()
    given = Settings(**shown)
    told = given.model_dump_json(exclude={"database"})
    return subprocess.Popen(
        [sys.executable, "-c", begun + body, told, *map(str, said)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={
            **os.environ,
            "PYTHONPATH": str(TESTS),
            "IBID_DATABASE": settings.database.get_secret_value(),
        },
        text=True,
    )


def test_two_rebuilds_on_different_machines_are_kept_apart(
    settings: Settings, tmp_path: Path
) -> None:
    with opened(settings, TinyEmbedder()) as own:
        own.add(make_article(text, f"{n}.md") for n, text in enumerate(BRIDGES))
    other = settings.model_copy(update={"library": tmp_path / "other" / "library"})
    with Rebuilding(settings.library, settings, TinyEmbedder("new")):
        for elsewhere in (other, settings):
            with pytest.raises(LibraryInUse, match="another ibid rebuild is under way"):
                Rebuilding(elsewhere.library, elsewhere, TinyEmbedder("new")).__enter__()
    with (
        Rebuilding(other.library, other, TinyEmbedder("new")) as begun,
        catalogs.opened(catalogs.of(other)) as catalog,
    ):
        assert begun.embed(catalog) == len(BRIDGES)


# What one changes, the others see


def test_what_one_adds_changes_or_removes_the_others_find_at_once(settings: Settings) -> None:
    with beside(settings) as (one, two):
        assert one.is_shared and two.articles() == []
        one.add(make_article(text, f"{n}.md") for n, text in enumerate(BRIDGES[:4]))
        assert near(two, "bridge 3 town 3") == "3.md"
        two.add([make_article("The lighthouse stands on a cliff. " * 9, "3.md")])
        assert near(one, "lighthouse cliff") == "3.md"
        assert one.catalog.search("town 3", 5)[0][0] not in {
            piece.id for piece in two.catalog.chunks_of(make_article("x", "3.md").id)
        }
        one.remove([info.id for info in one.articles() if info.source == "3.md"])
        assert near(two, "lighthouse cliff") != "3.md"
        assert len(two.articles()) == 3
        assert_whole(one)
        assert_whole(two)


def test_a_collection_and_an_edit_of_one_are_what_the_other_filters_by(settings: Settings) -> None:
    with beside(settings) as (one, two):
        one.add(make_article(text, f"{n}.md") for n, text in enumerate(BRIDGES))
        first, *_ = one.articles()
        one.open_vectors()
        two.collect("Boats", [first.id])  # its index is not open yet
        asked = one.embedder.embed_query("bridge")
        found = one.nearest(asked, 50, Filter(collections=("boats",)))
        assert {name.split(".")[0] for name, _ in found} == {first.id}
        two.edit(first.id, publisher="Courier")
        found = one.nearest(asked, 50, Filter(publishers=("courier",)))
        assert {name.split(".")[0] for name, _ in found} == {first.id}


def test_each_change_by_whomever_is_another_revision_and_a_look_is_none(settings: Settings) -> None:
    with beside(settings) as (one, two):
        seen = [two.catalog.revision()]
        article, other = (make_article(text * 20, text) for text in ("The river. ", "A mill. "))
        for change in (
            lambda: one.add([article, other]),
            lambda: one.edit(article.id, publisher="Courier"),
            lambda: one.collect("Boats", [article.id]),
            lambda: one.rename_collection("Boats", "Ships"),
            lambda: one.remove([other.id]),
        ):
            change()
            seen.append(two.catalog.revision())
        assert seen == sorted(set(seen))
        two.articles(), two.near(article.id), near(two, "river")
        one.add([article])
        assert two.catalog.revision() == seen[-1]


def test_what_is_nearly_the_same_is_told_of_what_another_added(settings: Settings) -> None:
    text = " ".join(f"The ferry left pier {n} at {n} in the morning." for n in range(40))
    with beside(settings) as (one, two):
        one.add([make_article(text, "a")])
        first = one.articles()[0].id
        assert two.near(first) == []
        one.add([make_article(f"{text} It was late.", "b")])
        assert [near.article.source for near in two.near(first)] == ["b"]
        one.remove([info.id for info in one.articles() if info.source == "b"])
        assert two.near(first) == []


WRITE = """
import random
texts = {}
dice = random.Random(int(sys.argv[2]))
for n in range(int(sys.argv[3])):
    name = f"{dice.randrange(4)}.md"
    held = {info.source: info.id for info in own.articles()}
    if name in held and dice.random() < 0.4:
        try:
            own.remove([held[name]])
        except Exception as error:
            assert "no article" in str(error), error
    else:
        town = dice.randrange(1000)
        said = " ".join(f"Bridge {town} of {i} piers carries {town} people." for i in range(12))
        own.add([make_article(said, name)])
print("done", flush=True)
"""


def test_an_answer_is_of_one_text_while_others_replace_and_remove_articles(
    settings: Settings,
) -> None:
    """Each passage is word for word of the text that its article had, whoever changes it."""
    with opened(settings, TinyEmbedder()) as own:
        assistant = Assistant(own, WordScorer(), WordReader(), None)
        writers = [process(settings, WRITE, seed, 10) for seed in (1, 2)]
        asked = 0
        while any(writer.poll() is None for writer in writers) or asked < 3:
            answer = assistant.ask("How many people does the bridge carry?")
            assert_of_one_text(answer)
            asked += 1
        assert [writer.communicate()[0] for writer in writers] == ["done\n"] * 2
        own.bring_up_to_date()
        assert_whole(own)


def assert_of_one_text(answer: Answer) -> None:
    for passage in answer.passages:
        numbers = {word for word in passage.text.split() if word.isdigit() and int(word) > 12}
        assert len(numbers) <= 1, passage.text  # each text is of one bridge
    for sentence in answer.sentences:
        for quote in sentence.citations:
            passages = [one for one in answer.passages if one.article == quote.article]
            assert any(
                one.text[quote.start - one.start : quote.end - one.start] == quote.quote
                for one in passages
            )


# What one owes, any other settles


DIE_BEFORE_THE_INDEX = """
class Dying:
    def __init__(self, inner): self.inner = inner
    def __getattr__(self, name):
        return (lambda *a, **n: os._exit(9)) if name == sys.argv[2] else getattr(self.inner, name)
own.open_vectors()
own._vectors = Dying(own.vectors)
own.add([make_article("The lighthouse stands on a cliff. " * 9, "light.md")])
own.remove([info.id for info in own.articles() if info.source == "0.md"])
"""


@pytest.mark.parametrize("act", ["put", "drop"])
def test_killed_between_catalog_and_index_another_that_asks_settles_it(
    settings: Settings, act: str
) -> None:
    with beside(settings) as (one, two):
        one.add(make_article(text, f"{n}.md") for n, text in enumerate(BRIDGES))
        one.open_vectors()
        killed = process(settings, DIE_BEFORE_THE_INDEX, act)
        killed.communicate()
        assert killed.returncode == 9
        assert one.catalog.has_pending()
        assert near(one, "lighthouse cliff") == "light.md"
        assert not one.catalog.has_pending()
        sources = {info.source for info in two.articles()}
        first = "0.md" if act == "put" else "1.md"  # it died before that was removed, or after
        assert sources == {"light.md", *(f"{n}.md" for n in range(6) if f"{n}.md" >= first)}
        assert_whole(two)


def test_several_that_settle_at_once_lose_nothing_and_double_nothing(settings: Settings) -> None:
    with ExitStack() as all_of_them:
        many = [all_of_them.enter_context(opened(settings, TinyEmbedder())) for _ in range(4)]
        many[0].add(make_article(text * 9, f"{n}.md") for n, text in enumerate(BRIDGES))
        for own in many:
            own.open_vectors()
        for _ in range(3):
            many[0].catalog.mark_all_pending()
            assert run(*(lambda own=own: near(own, "bridge 3 town 3") for own in many)) == []  # type: ignore[misc]
            assert_whole(many[1])


ADD = """
for n in range(int(sys.argv[2]), int(sys.argv[3])):
    text = " ".join(f"River {n} flooded valley {i} on day {i * n}." for i in range(12))
    print(own.add([make_article(text, str(n))])[0].article.id, flush=True)
"""


def test_several_processes_add_at_once_and_nothing_is_lost_or_there_twice(
    settings: Settings,
) -> None:
    """A library that none of them finds made, and of which some want to add the same."""
    adding = [process(settings, ADD, begin, begin + 6) for begin in (0, 4, 8)]
    said = [one.communicate()[0].split() for one in adding]
    assert [one.returncode for one in adding] == [0] * 3
    with opened(settings, TinyEmbedder()) as own:
        assert {info.id for info in own.articles()} == {id_ for some in said for id_ in some}
        assert sorted(int(info.source) for info in own.articles()) == list(range(14))
        assert_whole(own)


def run(*works: Callable[[], object]) -> list[BaseException]:
    """What is raised as all of these are done at once."""
    failed: list[BaseException] = []

    def caught(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=caught, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed


# Its locks


WRITE_FOR_LONG = """
with own.catalog.writing(), own.catalog.writing():
    print("mine", flush=True)
    input()
"""


def test_who_writes_is_waited_for_and_who_was_killed_is_not(settings: Settings) -> None:
    hasty = settings.model_copy(update={"database_wait": 0.2})
    with opened(hasty, TinyEmbedder()) as own:
        writer = process(settings, WRITE_FOR_LONG)
        assert writer.stdout and writer.stdout.readline() == "mine\n"
        with pytest.raises(LibraryInUse, match="IBID_DATABASE_WAIT") as told:
            own.add([make_article("The river.")])
        assert "\n" not in str(told.value)
        assert own.articles() == [] and own.catalog.search("river", 5) == []  # to ask is free
        writer.kill()
        writer.communicate()
        patient = settings.model_copy(update={"database_wait": 30.0})
        with opened(patient, TinyEmbedder()) as other:
            other.add([make_article("The river.")])
        assert len(own.articles()) == 1


def test_a_rebuild_and_a_repair_are_for_who_has_it_alone(settings: Settings) -> None:
    other = TinyEmbedder("other", 48)
    with opened(settings, TinyEmbedder(), purpose="ibid chat") as own:
        own.add(make_article(text, f"{n}.md") for n, text in enumerate(BRIDGES))
        for alone in (
            lambda: opened(settings, other, to_rebuild=True).__enter__(),
            lambda: beside_it(own.settings, mending.repair),
            lambda: beside_it(own.settings, lambda one: one.rebuild()),
        ):
            with pytest.raises(LibraryInUse, match="in use by ibid: ibid chat"):
                alone()
        assert catalogs.of(settings).owner() == "ibid: ibid chat"
        assert mending.repair(own) == []
        assert own.rebuild() == len(BRIDGES)
        assert_whole(own)
    with opened(settings, other, to_rebuild=True) as own:
        with pytest.raises(LibraryInUse):
            opened(settings, TinyEmbedder()).__enter__()
        own.rebuild()
    with opened(settings, other) as own:
        assert_whole(own)


def beside_it(settings: Settings, act: Callable[[Library], object]) -> None:
    with opened(settings, TinyEmbedder(), purpose="ibid doctor") as own:
        act(own)


def test_who_lost_his_lock_meanwhile_adds_nothing_to_what_another_rebuilt(
    settings: Settings, postgres: PostgresServer
) -> None:
    other = TinyEmbedder("other", 48)
    with opened(settings, TinyEmbedder(), purpose="ibid chat") as own:
        own.add([make_article("The river.")])
        postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'ibid: ibid chat'"
        )
        with opened(settings, other, to_rebuild=True) as alone:
            alone.rebuild()
        with pytest.raises(LibraryMismatch, match="ibid rebuild"):
            own.add([make_article("The mill.", "b")])
    with opened(settings, other) as own:
        assert [info.source for info in own.articles()] == ["memory"]
        assert_whole(own)


# PostgreSQL and Chroma away


@contextmanager
def away(server: PostgresServer) -> Iterator[None]:
    server.halt()
    try:
        yield
    finally:
        server.start()


def test_while_postgres_is_away_one_line_says_so_and_then_all_goes_on(
    settings: Settings, postgres: PostgresServer
) -> None:
    with beside(settings) as (one, two):
        one.add(make_article(text, f"{n}.md") for n, text in enumerate(BRIDGES))
        assistant = Assistant(two, WordScorer(), WordReader(), None)
        question = "How many people does bridge 3 carry?"
        before = assistant.ask(question)
        first = before.passages[0].article.id
        with away(postgres):
            for act in (
                lambda: assistant.ask(question),
                lambda: one.add([make_article("A mill.", "mill.md")]),
                lambda: two.remove([first]),
            ):
                with pytest.raises(LibraryError, match="does not answer") as told:
                    act()
                assert "\n" not in str(told.value)
        after = assistant.ask(question)
        assert (after.sentences, after.passages) == (before.sentences, before.passages)
        one.add([make_article("A mill stands by the sea.", "mill.md")])
        assert near(two, "mill sea") == "mill.md"
        assert_whole(two)
        with pytest.raises(LibraryInUse):  # and the locks are held again
            opened(settings, TinyEmbedder(), to_rebuild=True).__enter__()


def test_while_chroma_is_away_articles_are_added_and_another_settles_it(
    settings: Settings, tmp_path: Path
) -> None:
    server = ChromaServer(tmp_path / "served")
    try:
        settings = settings.model_copy(update={"chroma": server.address})
        with beside(settings) as (one, two):
            one.add(make_article(text, f"{n}.md") for n, text in enumerate(BRIDGES))
            two.open_vectors()
            server.stop()
            one.add([make_article("The lighthouse stands on a cliff. " * 9, "light.md")])
            answer = Assistant(two, WordScorer(), WordReader(), None).ask("Where is a lighthouse?")
            assert "by their words alone" in answer.notice
            assert "light.md" in {one.article.source for one in answer.passages}
            server.start()
            assert near(two, "lighthouse cliff") == "light.md"
            assert_whole(two)
    finally:
        server.stop()


@pytest.mark.engines("postgres")
def test_its_one_owner_is_that_again_once_postgres_is_back_unless_another_is(
    settings: Settings, postgres: PostgresServer, tmp_path: Path
) -> None:
    elsewhere = settings.model_copy(update={"library": tmp_path / "other" / "library"})
    with opened(settings, TinyEmbedder(), purpose="ibid chat") as own:
        with away(postgres):
            pass
        own.add([make_article("The river.")])
        assert catalogs.of(settings).owner() == "ibid: ibid chat"
        with away(postgres):
            pass
        with opened(elsewhere, TinyEmbedder(), purpose="ibid sync"):
            for act in (own.articles, lambda: own.add([make_article("A mill.", "b")])):
                with pytest.raises(LibraryInUse, match="in use by ibid: ibid sync"):
                    act()
        own.add([make_article("A mill.", "b")])
        assert catalogs.of(settings).owner() == "ibid: ibid chat"
        assert_whole(own)


# The way up


TOWN = [
    "The lighthouse on the cliff is 31 metres high. It was built of granite.",
    "The ferry carries forty cars. Storms stop it in winter.",
    "The bakery sells rye bread. Its oven burns beech wood.",
    "The mill grinds barley. Its wheel was mended by Ada Holt.",
]
QUESTIONS = [
    "How high is the lighthouse on the cliff?",
    "How many cars does the ferry carry?",
    "What bread does the bakery sell?",
    "Who mended the wheel of the mill?",
    "Which orchestra performed yesterday?",
]


def test_a_library_moves_up_from_sqlite_with_equal_answers(
    settings: Settings, tmp_path: Path
) -> None:
    below = settings.model_copy(
        update={"library": tmp_path / "below", "database": None, "chroma": None}
    )
    with opened(below, TinyEmbedder()) as own:
        own.add(make_article(text, f"{n}.md") for n, text in enumerate(TOWN))
        own.collect("Old", [info.id for info in own.articles()[:3]])
        own.edit(own.articles()[0].id, publisher="Courier")
        before = answers(own)
    assert [bool(quotes) for _, _, quotes in before] == [True] * 4 + [False]
    assert moving.export(below, tmp_path / "all.ibid") == len(TOWN)
    embedder = TinyEmbedder()
    with opened(settings, embedder) as own:
        counts, left_out = moving.bring_in(own, tmp_path / "all.ibid")
        assert (counts["added"], left_out, embedder.documents) == (len(TOWN), [], 0)
        assert answers(own) == before
        assert own.catalog.collection("Old").articles == 3
        assert_whole(own)
    with opened(settings, TinyEmbedder()) as own:
        assert answers(own) == before


def answers(own: Library) -> list[tuple[object, ...]]:
    """How each question is answered, and what is quoted, of what article at what place."""
    assistant = Assistant(own, WordScorer(), WordReader(), None)
    told = [assistant.ask(question) for question in QUESTIONS]
    return [
        (
            answer.status,
            [one.text for one in answer.sentences],
            [
                (quote.article, quote.start, quote.end, quote.quote)
                for one in answer.sentences
                for quote in one.citations
            ],
        )
        for answer in told
    ]


def test_one_removed_while_it_is_looked_for_is_told_as_none(settings: Settings) -> None:
    with beside(settings) as (one, two):
        one.add([make_article("The river.")])
        id_ = one.articles()[0].id
        two.remove([id_])
        with pytest.raises(UnknownArticle):
            one.article(id_)
        assert one.catalog.found([f"{id_}.x"]) == {} and one.catalog.text(id_, 0, 5) == ""
