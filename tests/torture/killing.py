"""``make torture``: kill the owner of a library at random moments, and see what is left of it.

Run as a program, with ``--kills N``. What is needed is imported once, and each owner is a fork of
that, so that Chroma's threads begin after it. It opens what the one before has left, looks at it
beside a library that was built in peace of the same articles, and adds, replaces and removes until
it is killed in its turn.

An owner tells when it has looked and when each step is done. How long these take is measured, and
the moment of a kill is a random share of the opening and the look, or so many steps and a random
share of one: all of the work comes in for it, mending too, however busy the machine is.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import shutil
import signal
import statistics
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from itertools import islice, pairwise
from pathlib import Path

import chromadb.api.rust  # noqa: F401 - imported before the forks, as the first owner would
from doubles import ListIndex
from tiny import TinyEmbedder, make_article
from wholeness import assert_whole

from rag.index.catalog import CATALOG, SqliteCatalog
from rag.index.library import Library, opened
from rag.index.places import VECTORS, Folder
from rag.retrieve.retriever import Retriever
from rag.schema import Article
from rag.settings import Settings

FIRST = "ba den fol gri hul jam kes lor mip nad pru qua ros ste tal ufa vex win yor zil".split()
WORDS = [first + second for first in FIRST for second in FIRST]
NUMBERS, VERSIONS, FEWEST, MOST = range(1, 20), 3, 4, 10  # of articles
KINDS = ("add", "replace", "remove")
CALM, AT_ONCE, QUESTIONS, SAME = 12, 8, 5, 1e-5
OPENING = 0.2  # of all kills
DONE = b"."

Held = dict[int, int]
"""The version of each article that is there, by its number."""
Tell = Callable[[bytes], object]
Scores = dict[str, float]


@dataclass(frozen=True)
class Step:
    """What is done to a library, to which articles, and what it holds then."""

    kind: str
    numbers: tuple[int, ...]
    held: Held


def settings_of(folder: Path) -> Settings:
    """Of a library whose passages have the scores of the search alone, and all that it finds."""
    tuning = Settings().retrieval.model_copy(update={"in_memory": 0})
    return Settings(
        library=folder, chunk_chars=200, chunk_overlap=40, rerank=0, candidates=1000,
        retrieval=tuning,
    )  # fmt: skip


@cache
def article(number: int, version: int) -> Article:
    """One of some chunks; an odd version has a title of its own."""
    draw = random.Random(f"{number} {version}")
    sentences = [
        " ".join(draw.choices(WORDS, k=draw.randint(5, 17))).capitalize() + "."
        for _ in range(draw.randint(5, 25))
    ]
    title = f"On {draw.choice(WORDS)}" if version % 2 else f"Number {number}"
    return make_article(" ".join(sentences), f"source {number}", title=title)


def steps(held: Held, draw: random.Random) -> Iterator[Step]:
    """Steps without end, from a library that holds this."""
    while True:
        kind = draw.choice(KINDS)
        kind = "add" if len(held) <= FEWEST else "remove" if len(held) >= MOST else kind
        count = draw.randint(1, 3) if kind != "replace" else 1
        some = sorted(set(NUMBERS) - held.keys()) if kind == "add" else sorted(held)
        numbers = tuple(draw.sample(some, count))
        if kind == "add":  # The next step begins where an article of these is stored.
            for number in numbers:
                held = held | {number: draw.randrange(VERSIONS)}
                yield Step(kind, (number,), held)
            continue
        if kind == "replace":
            held = held | {numbers[0]: (held[numbers[0]] + draw.randint(1, 2)) % VERSIONS}
        else:
            held = {number: held[number] for number in held if number not in numbers}
        yield Step(kind, numbers, held)


def do(own: Library, step: Step) -> None:
    if step.kind == "remove":
        own.remove([article(number, 0).id for number in step.numbers])
    else:
        (number,) = step.numbers
        own.add([article(number, step.held[number])])


# In forks


@dataclass
class Fork:
    """A child process that does something and tells of it, and then ends, whatever became of it."""

    work: Callable[[Tell], object]
    told: bytes = b""
    status: int = 0
    pid: int = field(init=False)

    def __post_init__(self) -> None:
        self._end, end = os.pipe()
        self.pid = os.fork()
        if self.pid:
            os.close(end)
            return
        try:
            os.close(self._end)
            self.work(lambda told: os.write(end, told))
            os._exit(0)
        except BaseException:
            os.write(end, traceback.format_exc().encode())
        finally:
            os._exit(1)

    def read(self, least: int = sys.maxsize) -> bytes:
        """What it has told, once it is so much or the process has ended."""
        while len(self.told) < least and (more := os.read(self._end, 65536)):
            self.told += more
        return self.told

    def end(self) -> bytes:
        """All that it has told, when it is over."""
        self.read()
        os.close(self._end)
        self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.told


def owner(folder: Path, peace: Path, may_hold: list[Held], draw: random.Random, tell: Tell) -> None:
    """Open what an owner before has left, look at it, and do one step after another.

    It tells first which of these it holds; anything else is wrong.
    """
    embedder = TinyEmbedder()
    with opened(settings_of(folder), embedder) as own:
        texts = {info.source: own.article(info.id).text for info in own.articles()}
        at = next((at for at, held in enumerate(may_hold) if texts == texts_of(held)), None)
        assert at is not None, f"it holds {sorted(texts)}, of {may_hold}"
        assert_whole(own)
        answers_as_in_peace(own, peace, may_hold[at])
        assert embedder.documents == 0, "something was embedded anew"
        tell(bytes([at]))
        for step in steps(may_hold[at], draw):
            do(own, step)
            tell(DONE)


def texts_of(held: Held) -> dict[str, str]:
    return {f"source {one}": article(one, version).text for one, version in held.items()}


def answers_as_in_peace(own: Library, peace: Path, held: Held) -> None:
    """What is found, and its scores, are as in a library that nobody has killed."""
    questions = asked(held)
    shutil.rmtree(peace, ignore_errors=True)
    with closing(alone(peace)) as calm:
        calm.add(article(number, version) for number, version in held.items())
        for question in questions:
            assert_alike(nearest(own, question), nearest(calm, question))
    for found, expected in zip(
        answers(own.folder, questions), answers(peace, questions), strict=True
    ):
        assert found.keys() == expected.keys(), found.keys() ^ expected.keys()
        differ = [
            (id_, found[id_], expected[id_]) for id_ in found if not same(found, expected, id_)
        ]
        assert not differ, differ


def nearest(own: Library, question: str) -> Scores:
    return dict(own.nearest(TinyEmbedder().embed_query(question), 1000))


def assert_alike(one: Scores, other: Scores) -> None:
    """An approximate index may leave one out, and may not score one otherwise."""
    both = one.keys() & other.keys()
    assert len(both) >= 0.9 * max(len(one), len(other))
    assert all(same(one, other, id_) for id_ in both)


def same(one: Scores, other: Scores, id_: str) -> bool:
    """Whether a score is the same, but for what the order of rows does to the last places."""
    return abs(one[id_] - other[id_]) < SAME


def asked(held: Held) -> list[str]:
    draw = random.Random(len(held))
    said = [article(number, version).text.split() for number, version in held.items()] or [WORDS]
    return [" ".join(draw.choices(draw.choice(said), k=3)) for _ in range(QUESTIONS)]


def alone(folder: Path, read_only: str = "") -> Library:
    """A library whose vectors are searched one by one, so that none is left out."""
    folder.mkdir(exist_ok=True)
    catalog = SqliteCatalog(folder / CATALOG, read_only=bool(read_only))
    place = Folder(folder / VECTORS, ListIndex)
    return Library(folder, settings_of(folder), TinyEmbedder(), catalog, place, read_only)


def answers(folder: Path, questions: list[str]) -> list[Scores]:
    """The passages for each question, and their scores."""
    with closing(alone(folder, "it is only looked at")) as own:
        retriever = Retriever(library=own, reranker=Unasked(), settings=own.settings)
        found = [retriever.ranked(question, 1000) for question in questions]
    return [
        {f"{one.article.id} {one.start}-{one.end}": one.score for one in passages}
        for passages in found
    ]


class Unasked:
    """A reranker where none is wanted."""

    def scores(self, question: str, texts: object) -> list[float]:
        raise AssertionError

    def probability(self, logit: float) -> float:
        raise AssertionError


# The torture


class Torture:
    """Kills, one after another, of the owners of one library."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.peace = folder / "library", folder / "peace"
        self.seed = seed
        self.may_hold: list[Held] = [{}]
        self.counted: Counter[str] = Counter()
        self.opening, self.step = self._measured()

    def _measured(self) -> tuple[float, float]:
        """How many seconds an opening and a step take; what does them is killed in peace."""
        began = time.monotonic()
        fork, times = self._owner("first"), []
        for count in range(CALM + 1):
            assert len(fork.read(count + 1)) > count, fork.told.decode()
            times.append(time.monotonic())
        self._kill(fork, "first")
        took = [after - before for before, after in pairwise(times)]
        return times[0] - began, statistics.median(took)

    def one(self, number: int) -> None:
        """One owner more is killed."""
        draw = random.Random(f"{self.seed} {number} when")
        began = time.monotonic()
        fork = self._owner(str(number))
        if draw.random() < OPENING:
            time.sleep(draw.random() * self.opening)
        else:
            fork.read(1)
            self.opening = time.monotonic() - began
            fork.read(1 + draw.randrange(AT_ONCE))
            time.sleep(draw.random() * self.step)
        self.counted[self._kill(fork, str(number))] += 1

    def _owner(self, name: str) -> Fork:
        draw = random.Random(f"{self.seed} {name}")
        return Fork(lambda tell: owner(self.folder, self.peace, self.may_hold, draw, tell))

    def _kill(self, fork: Fork, name: str) -> str:
        """What it was at when it was killed."""
        os.kill(fork.pid, signal.SIGKILL)
        told = fork.end()
        assert fork.status == -signal.SIGKILL, told.decode()
        if not told:
            return "open"
        held, done = self.may_hold[told[0]], len(told) - 1
        todo = list(islice(steps(held, random.Random(f"{self.seed} {name}")), done + 1))
        self.may_hold = [held, *(step.held for step in todo)][done:]
        return todo[done].kind

    def end(self) -> None:
        """One more looks at what the last has left."""
        fork = self._owner("last")
        assert len(fork.read(1)) == 1, fork.told.decode()
        self._kill(fork, "last")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    logging.getLogger("ibid").setLevel(logging.CRITICAL)  # what is mended is told, each time
    with tempfile.TemporaryDirectory(prefix="ibid-torture-") as folder:
        for number in NUMBERS:
            for version in range(VERSIONS):
                article(number, version)  # the language of each is found out here, once
        torture = Torture(Path(folder), given.seed)
        for number in range(given.kills):
            torture.one(number)
        torture.end()
    sys.stdout.write(f"{json.dumps(torture.counted)}\n")


if __name__ == "__main__":
    main()
