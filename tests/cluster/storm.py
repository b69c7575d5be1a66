"""``make cluster-test``: articles come in and people ask, while replicas and workers are killed.

The cluster of ``deploy/cluster.py`` (two replicas behind nginx, two workers, PostgreSQL, Chroma) is
run twice from nothing: once in peace, and once while replicas and workers are killed at random
moments and PostgreSQL and Chroma are started anew. Each time so many articles are sent in over the
API, evenly over the minutes, and so many people ask and think by turns.

What is promised afterwards: every article that was taken is there, once, in PostgreSQL and in
Chroma, with all its passages and no others; every question was answered, or refused with a word
that says what to do; 95 of 100 answers came within twice the time that they took in peace. An
article that is not taken is sent again by the same name, as a program has to.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import chromadb
import httpx
import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).parents[2] / "deploy"))
from cluster import Cluster

from eval.bench.askers import p95

FIRST = "Bal Cor Dun Esk Fal Gar Hol Ing Kel Lar Mor Nar Ost Pel Ros Sker Tor Ul Ver Wen".split()
LAST = "beck bury by combe dale den field ford gate ham hithe holm leigh ness port stead".split()
KINDS = (
    ("harbour", "berths"), ("school", "pupils"), ("library", "volumes"), ("hospital", "beds"),
    ("market", "stalls"), ("theatre", "seats"),
)  # fmt: skip
WHO = "The council,A report,Last year's survey,The owner,A visitor,The mayor,An engineer".split(",")
SAID = "praised,questioned,described,measured,repaired,painted,closed,defended,visited".split(",")
WHAT = (
    "the eastern wall,the old roof,the new entrance,a flooded cellar,the long corridor,its garden,"
    "the narrow staircase,a broken window,the clock tower,the heating,the records,the lower gate"
).split(",")
WHEN = "in spring,after the storm,before the election,at great cost,without delay,twice".split(",")

STOCK = 20  # articles that are there before anybody asks
SETTLING_S = 300.0
PATIENCE_S = 120.0
AGAIN_S = 0.5
GLANCE_S = 0.5
TIMES = 2.0  # of the p95 in peace


@dataclass(frozen=True)
class Plan:
    """What is done. ``think_s`` are the seconds, in the mean, between answer and next question."""

    articles: int = 1000
    askers: int = 16
    kills: int = 50
    restarts: int = 2
    seconds: float = 600.0
    think_s: float = 5.0
    seed: int = 1


@dataclass(frozen=True)
class Fact:
    """An article, a question, and the number that answers it."""

    name: str
    text: str
    title: str
    question: str
    number: str


@dataclass
class Run:
    """What came of one run. ``refused`` and ``faults`` are questions by what was said to them."""

    seconds: list[float] = field(default_factory=list)
    right: int = 0
    by_words_alone: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    sent_again: Counter[str] = field(default_factory=Counter)
    killed: Counter[str] = field(default_factory=Counter)
    restarted: Counter[str] = field(default_factory=Counter)
    settled_s: float = -1.0
    counts: dict[str, Any] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    @property
    def p95_s(self) -> float:
        """Seconds within which 95 of 100 who were answered had their answer."""
        return p95(self.seconds)

    def told(self) -> dict[str, Any]:
        """What is reported."""
        rest = {key: one for key, one in vars(self).items() if key != "seconds"}
        return {
            "answered": len(self.seconds),
            "median_s": round(statistics.median(self.seconds or [0.0]), 3),
            "p95_s": round(self.p95_s, 3),
            **rest,
        }


def facts(count: int, seed: int) -> list[Fact]:
    """Articles, each of a place of its own, so that one alone answers its question."""
    draw = random.Random(f"{seed} articles")
    places = [f"{first}{last}" for first in FIRST for last in LAST]
    pairs = [(place, kind) for place in places for kind in KINDS]
    draw.shuffle(pairs)
    assert count <= len(pairs)
    return [_fact(at, *pair, draw) for at, pair in enumerate(pairs[:count])]


def _fact(at: int, place: str, kind: tuple[str, str], draw: random.Random) -> Fact:
    building, things = kind
    number = str(draw.randint(101, 9899))
    sentences = [f"The {building} of {place} has {number} {things}."]
    for _ in range(draw.randint(6, 18)):
        said = f"{draw.choice(WHO)} {draw.choice(SAID)} {draw.choice(WHAT)}"
        sentences.append(f"{said} of the {building} in {place} {draw.choice(WHEN)}.")
    return Fact(
        f"{at:04}-{place}-{building}.txt".lower(),
        " ".join(sentences),
        f"The {building} of {place}",
        f"How many {things} does the {building} of {place} have?",
        number,
    )


class Storm:
    """One run over one cluster; ``is_calm``: nothing is killed."""

    def __init__(self, cluster: Cluster, plan: Plan, *, is_calm: bool) -> None:
        self.cluster, self.plan, self.is_calm = cluster, plan, is_calm
        self.facts = facts(plan.articles, plan.seed)
        self.there: list[Fact] = []
        self.run = Run()
        self._is_over = False

    async def go(self) -> Run:
        """Send, ask and kill; then look at what is there."""
        limits = httpx.Limits(max_connections=self.plan.askers + 4)
        async with httpx.AsyncClient(
            base_url=self.cluster.url, timeout=PATIENCE_S, limits=limits, trust_env=False
        ) as self.client:
            for fact in self.facts[:STOCK]:
                await self._send(fact)
            await self._settled(STOCK)
            self.there = self.facts[:STOCK]
            began = time.monotonic()
            work = [self._asker(number) for number in range(self.plan.askers)]
            work += [] if self.is_calm else [self._killer(), self._restarter()]
            tasks = [asyncio.create_task(one) for one in work]
            await self._sender(began)
            await asyncio.sleep(max(0.0, began + self.plan.seconds - time.monotonic()))
            self._is_over = True
            await asyncio.gather(*tasks)
            began = time.monotonic()
            if await self._settled(len(self.facts)):
                self.run.settled_s = round(time.monotonic() - began, 1)
            await self._look()
        return self.run

    async def _sender(self, began: float) -> None:
        """The articles, evenly over the time that there is, but for its last tenth."""
        rest = self.facts[STOCK:]
        pause = 0.9 * self.plan.seconds / max(1, len(rest))
        for at, fact in enumerate(rest):
            await asyncio.sleep(max(0.0, began + at * pause - time.monotonic()))
            await self._send(fact)

    async def _send(self, fact: Fact) -> None:
        """Send an article by its name until it is taken."""
        body = {"title": fact.title, "text": fact.text, "source": fact.name}
        ends = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends:
            try:
                sent = await self.client.post("/v1/articles", json=body)
            except httpx.HTTPError as error:
                self.run.sent_again[type(error).__name__] += 1
            else:
                if sent.status_code == 202:
                    self.run.sent += 1
                    return
                self.run.sent_again[_words(sent)] += 1
            await asyncio.sleep(AGAIN_S)
        self.run.broken.append(f"{fact.name} was not taken within {PATIENCE_S:.0f} s")

    async def _asker(self, number: int) -> None:
        draw = random.Random(f"{self.plan.seed} asker {number}")
        while not self._is_over:
            await asyncio.sleep(draw.uniform(0, 2 * self.plan.think_s))
            if not self._is_over:
                await self._ask(draw.choice(self.there))

    async def _ask(self, fact: Fact) -> None:
        began = time.monotonic()
        try:
            sent = await self.client.post(
                "/v1/ask", json={"question": fact.question, "answers": "quotes"}
            )
        except httpx.HTTPError as error:
            self.run.faults[f"{type(error).__name__}: {error}"] += 1
            return
        if sent.status_code == 200:
            answer = sent.json()
            if answer.get("status") in (None, "pending"):
                self.run.faults["no answer"] += 1
                return
            self.run.seconds.append(time.monotonic() - began)
            self.run.right += fact.number in sent.text.replace(",", "")
            self.run.by_words_alone += "words alone" in sent.text
        elif sent.status_code in (429, 503) and _detail(sent):
            self.run.refused[_words(sent)] += 1
        else:
            self.run.faults[_words(sent)] += 1

    async def _killer(self) -> None:
        """So many SIGKILLs at random moments, of whichever replica or worker runs then."""
        draw = random.Random(f"{self.plan.seed} kills")
        targets = [*self.cluster.replicas, *self.cluster.workers]
        for moment in _moments(draw, self.plan.kills, self.plan.seconds):
            await asyncio.sleep(max(0.0, self._began_at() + moment - time.monotonic()))
            target = draw.choice(targets)
            while not await asyncio.to_thread(self.cluster.services[target].kill):
                await asyncio.sleep(0.1)
            self.run.killed[target] += 1

    async def _restarter(self) -> None:
        """PostgreSQL and Chroma by turns, at random moments, away for some seconds."""
        draw = random.Random(f"{self.plan.seed} restarts")
        names = ["postgres", "chroma"] * self.plan.restarts
        moments = _moments(draw, len(names), self.plan.seconds)
        for name, moment in zip(names, moments, strict=True):
            await asyncio.sleep(max(0.0, self._began_at() + moment - time.monotonic()))
            await asyncio.to_thread(self.cluster.restart, name, draw.uniform(0.5, 3.0))
            self.run.restarted[name] += 1

    def _began_at(self) -> float:
        self._began = getattr(self, "_began", time.monotonic())
        return self._began

    async def _settled(self, count: int) -> bool:
        """Whether so many are there, and nothing is owed to the index, within a bound."""
        ends = time.monotonic() + SETTLING_S
        while time.monotonic() < ends:
            found = await asyncio.to_thread(self._in_postgres)
            if found and len(found["sources"]) >= count and not found["pending"]:
                return True
            await asyncio.sleep(GLANCE_S)
        return False

    def _in_postgres(self) -> dict[str, Any]:
        """What PostgreSQL holds; nothing while it is not to be had."""
        url = sa.make_url(self.cluster.database).set(drivername="postgresql+psycopg")
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        try:
            with engine.connect() as db:
                db.exec_driver_sql("SET search_path TO ibid_library")
                rows = db.exec_driver_sql("SELECT source, text FROM articles").all()
                chunks = db.exec_driver_sql("SELECT id, indexed FROM chunks").all()
                dropped = db.exec_driver_sql("SELECT count(*) FROM dropped").scalar_one()
                states = (
                    db.exec_driver_sql(
                        "SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY status"
                    ).all()
                    if self._has_queue(db)
                    else []
                )
        except sa.exc.SQLAlchemyError:
            return {}
        finally:
            engine.dispose()
        return {
            "sources": Counter(Path(source).name for source, _ in rows),
            "texts": {Path(source).name: _sum(text) for source, text in rows},
            "chunks": {id_ for id_, _ in chunks},
            "pending": sum(not indexed for _, indexed in chunks) + dropped,
            "jobs": {str(state): count for state, count in states},
        }

    def _has_queue(self, db: sa.Connection) -> bool:
        asked = "SELECT to_regclass('procrastinate_jobs') IS NOT NULL"
        return bool(db.exec_driver_sql(asked).scalar_one())

    def _in_chroma(self) -> list[str]:
        """The ids of all that Chroma holds, of all collections."""
        client = chromadb.HttpClient(host="127.0.0.1", port=self.cluster.ports["chroma"])
        return [id_ for one in client.list_collections() for id_ in one.get(include=[])["ids"]]

    async def _look(self) -> None:
        """Compare what was sent, what PostgreSQL holds, what Chroma holds, and what each says."""
        run, sent = self.run, {fact.name: _sum(fact.text) for fact in self.facts}
        found = await asyncio.to_thread(self._in_postgres)
        vectors = await asyncio.to_thread(self._in_chroma)
        if not found:
            run.broken.append("PostgreSQL does not answer at the end")
            return
        lost = sorted(sent.keys() - found["texts"].keys())
        more = sorted(found["texts"].keys() - sent.keys())
        twice = [name for name, count in found["sources"].items() if count > 1]
        other = [
            name for name in sent if name in found["texts"] and found["texts"][name] != sent[name]
        ]
        says = {name: await self._listed(name) for name in self.cluster.replicas}
        run.counts = {
            "sent": len(sent),
            "postgres": sum(found["sources"].values()),
            "passages_in_postgres": len(found["chunks"]),
            "passages_in_chroma": len(vectors),
            "told_by": says,
            "jobs": found["jobs"],
        }
        chunks, kept = found["chunks"], set(vectors)
        facts_ = {
            f"lost: {lost[:5]} and {len(lost)} in all": not lost,
            f"not sent: {more[:5]}": not more,
            f"twice: {twice[:5]}": not twice,
            f"of another text: {other[:5]}": not other,
            f"owed to Chroma: {found['pending']}": not found["pending"],
            f"not in Chroma: {len(chunks - kept)} passages": chunks <= kept,
            f"in Chroma alone: {len(kept - chunks)} passages": kept <= chunks,
            "twice in Chroma": len(vectors) == len(kept),
            f"the replicas say {says}": set(says.values()) == {len(sent)},
        }
        run.broken += [words for words, is_so in facts_.items() if not is_so]

    async def _listed(self, name: str) -> int:
        """How many articles a replica says there are, once it can be asked."""
        there = f"http://127.0.0.1:{self.cluster.ports[name]}/v1/articles?limit=1"
        await asyncio.to_thread(self.cluster.services[name].wait)
        return int((await self.client.get(there)).json()["total"])


def _moments(draw: random.Random, count: int, seconds: float) -> Iterator[float]:
    """Random moments in order, none in the first and the last twentieth."""
    return iter(sorted(draw.uniform(0.05, 0.95) * seconds for _ in range(count)))


def _detail(sent: httpx.Response) -> str:
    if not sent.headers.get("content-type", "").startswith("application/problem+json"):
        return ""
    return str(sent.json().get("detail") or "")


def _words(sent: httpx.Response) -> str:
    return f"{sent.status_code}: {_detail(sent) or sent.text[:200]}"


def _sum(text: str) -> str:
    return hashlib.sha256(text.strip().encode()).hexdigest()[:16]


def broken(storm: Run, calm: Run | None) -> list[str]:
    """The promises that were not kept."""
    kept = [f"in peace: {words}" for words in calm.broken] if calm else []
    kept += storm.broken
    for name, run in (("in peace", calm), ("in the storm", storm)):
        if run is None:
            continue
        if run.faults:
            kept.append(f"{name}, neither answered nor clearly refused: {dict(run.faults)}")
        if calm and not run.seconds:  # a short storm on a slow machine may refuse all
            kept.append(f"{name}, nobody had an answer")
        if run.settled_s < 0:
            kept.append(f"{name}, not all was settled {SETTLING_S:.0f} s after the last article")
    if calm and storm.p95_s > TIMES * calm.p95_s:
        kept.append(f"p95 {storm.p95_s:.2f} s is over {TIMES:.0f} times {calm.p95_s:.2f} s")
    return kept


def one_run(plan: Plan, folder: Path, *, is_calm: bool, **more: Any) -> Run:
    """Start a cluster in a folder, and run over it, within a bound."""
    bound = plan.seconds + 2 * SETTLING_S + 4 * PATIENCE_S
    with Cluster(folder, **more) as cluster:
        storm = Storm(cluster, plan, is_calm=is_calm)
        return asyncio.run(asyncio.wait_for(storm.go(), bound))


def main() -> None:
    """Read the arguments, run in peace and in the storm, print, write; 1 where one is broken."""
    plan = Plan()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=plan.articles)
    parser.add_argument("--askers", type=int, default=plan.askers)
    parser.add_argument("--kills", type=int, default=plan.kills)
    parser.add_argument("--restarts", type=int, default=plan.restarts, help="of each store")
    parser.add_argument("--minutes", type=float, default=plan.seconds / 60, help="of each run")
    parser.add_argument("--think", type=float, default=plan.think_s, help="seconds, in the mean")
    parser.add_argument("--seed", type=int, help="a random one unless given")
    parser.add_argument("--storm-alone", action="store_true", help="no run in peace before")
    parser.add_argument("--keep", type=Path, help="a folder for logs and all that was kept")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    given = parser.parse_args()
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(10**6)
    sys.stdout.write(f"seed {seed}\n")
    sys.stdout.flush()
    plan = Plan(
        given.articles, given.askers, given.kills, given.restarts, 60 * given.minutes, given.think,
        seed,
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="ibid-cluster-") as temporary:
        folder = (given.keep or Path(temporary)).absolute()
        calm = None if given.storm_alone else one_run(plan, folder / "calm", is_calm=True)
        storm = one_run(plan, folder / "storm", is_calm=False)
    failures = broken(storm, calm)
    report = {
        **asdict(plan), "cores": os.cpu_count(), "load": os.getloadavg(),
        "calm": calm.told() if calm else None, "storm": storm.told(), "broken": failures,
    }  # fmt: skip
    text = json.dumps(report, indent=2)
    sys.stdout.write(f"{text}\n")
    if given.out:
        given.out.write_text(f"{text}\n", "utf-8")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
