"""A window over a scripted engine, for the browser tests: ``python scripted.py --port N``.

Files named on the command line are gates, so that a test decides when the engine goes on
instead of sleeping: ``--loaded`` holds back the engine, ``--go`` a question with "wait" in it.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import re
import sys
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from rag.duplicates import Near, OtherSource
from rag.errors import ProviderError, UnknownArticle
from rag.limits import WindowLimits
from rag.offered import Offered
from rag.reasons import Reason
from rag.schema import Answer, Article, ArticleInfo, Citation, Filter, Sentence, Timings, Turn
from rag.settings import Settings, load
from ui.ahead import Ahead
from ui.window.server.serve import serve
from ui.wishes import Wishes

FILLER = "\n\n".join(
    f"Paragraph {number} of the minutes repeats what was said before, with nothing new in it. "
    "The chair thanked everyone who had come in spite of the rain and closed the item."
    for number in range(1, 31)
)
FERRY = "The night ferry between Aldwick and Port Hanna will return on 3 May, after nine years."
BERTHS = "Each of its two ships carries 412 passengers in 160 cabins 🛏️, and 90 bicycles."
FARE = "A berth in a shared cabin will cost 38 crowns on weekdays."
DOUBT = "Whether the line can pay its way in winter is doubted by the harbour board."
ATTACK = (
    "<script>window.__xss='script'</script><img src=\"http://attacker.invalid/a.png\" "
    "onerror=\"window.__xss='img'\"> ${window.__xss='template'} {{constructor}} "
    "![x](http://attacker.invalid/b.png) [go](javascript:window.__xss='link') "
    "<svg onload=\"window.__xss='svg'\"></svg> \u202egnp.exe </mark> rents rose 7.5 % & fell"
)


def _article(
    name: str, title: str, source: str, publisher: str, text: str, **known: Any
) -> Article:
    return Article(
        id=name,
        title=title,
        source=source,
        publisher=publisher,
        published=date(2025, 4, 14),
        language="en",
        digest=hashlib.sha256(text.encode()).hexdigest(),
        text=text,
        **known,
    )


ARTICLES = {
    article.id: article
    for article in (
        _article(
            "a1f0",
            "Night ferry to return after nine years",
            "https://news.example/ferry?x=1&y=2",
            "The Aldwick Courier",
            f"{FERRY} {BERTHS}\n\n{FILLER}\n\n{FARE}\n\nThe first sailing is sold out.",
        ),
        _article(
            "b2e1",
            "Harbour board weighs the winter timetable",
            "minutes/2025-04.md",
            "Port Hanna Harbour Board",
            f"{FILLER}\n\n{DOUBT}\n\n{FILLER}",
            author="Ada Quill",
            pages=(0, len(FILLER)),
        ),
        _article(
            "c3d2",
            "<img src=x onerror=\"window.__xss='title'\">${window.__xss='title2'} Rents \"rise\"",
            "javascript:window.__xss='source'",
            "Evil & Sons <b>",
            f"{FILLER}\n\n{ATTACK}",
        ),
    )
}


def cite(number: int, name: str, quote: str, digest: str | None = None) -> Citation:
    """A citation of these very words."""
    article = ARTICLES[name]
    start = article.text.index(quote)
    info = article.info
    if digest is not None:
        info = replace(info, digest=digest)
    return Citation(number, info, start, start + len(quote), quote)


EVIDENCE = (
    cite(1, "a1f0", FERRY),
    cite(2, "a1f0", BERTHS),
    cite(3, "a1f0", FARE),
    cite(4, "b2e1", DOUBT),
    cite(5, "c3d2", ATTACK),
)
SENTENCES = (
    Sentence("The night ferry returns on 3 May.", EVIDENCE[:1], "verified"),
    Sentence("Its ships carry 412 passengers each, and a berth costs 38 crowns on weekdays.",
             EVIDENCE[1:3], "verified"),
    Sentence("It will lose money in winter.", EVIDENCE[3:4], "partial",
             Reason("other", ("the article says this is doubted, not certain",))),
)  # fmt: skip
MIXED = (
    SENTENCES[0],
    Sentence("A berth costs 38 crowns on weekdays.", EVIDENCE[2:3], "verified", is_repaired=True),
    Sentence(DOUBT, EVIDENCE[3:4], "verified", is_quote=True,
             lead="differs"),
    Sentence(BERTHS, EVIDENCE[1:2], "verified", is_quote=True),
    Sentence("The first sailing is sold out.", EVIDENCE[2:3], "verified"),
)  # fmt: skip
LENIENT = (
    SENTENCES[0],
    Sentence("The crossing takes eleven hours.", EVIDENCE[:1], "unsupported",
             Reason("other", ("no number in what it cites is eleven",))),
    SENTENCES[2],
    Sentence("Dogs are welcome on board."),
)  # fmt: skip
UNDERSTOOD = "How much does a berth on the night ferry between Aldwick and Port Hanna cost?"
MODEL = "qwen2.5-coder-1.5b"


class ScriptedAssistant:
    """Answers by script: words in the question choose the scene.

    An answer that is cancelled leaves a file ``cancelled`` beside the gate.
    """

    def __init__(self, go: Path) -> None:
        self._go = go

    async def astream(
        self, question: str, history: Sequence[Turn], only: Filter | None = None
    ) -> AsyncGenerator[Answer, None]:
        """The scene as snapshots."""
        try:
            async for snapshot in self._snapshots(question, history, only):
                yield snapshot
        except (asyncio.CancelledError, GeneratorExit):
            self._go.with_name("cancelled").touch()
            raise

    async def _snapshots(
        self, question: str, history: Sequence[Turn], only: Filter | None
    ) -> AsyncGenerator[Answer, None]:
        words = set(re.findall(r"\w+", question.lower()))
        standalone = UNDERSTOOD if "understood" in words else ""
        yield Answer(question, standalone=standalone)
        yield Answer(question, evidence=EVIDENCE, standalone=standalone)
        while "wait" in words and not self._go.exists():
            await asyncio.sleep(0.05)
        if "fail" in words:
            raise ProviderError("the language model did not answer; try --model another")
        if "crash" in words:
            raise RuntimeError("secret detail")
        if "hang" in words:
            await asyncio.sleep(600)
        if "stuck" in words:  # as a model without an asynchronous client is
            await asyncio.to_thread(time.sleep, 600)
        if "endless" in words:
            for count in range(1, 10_000):
                told = tuple(Sentence(f"Line {number}.") for number in range(count))
                yield Answer(question, told, evidence=EVIDENCE)
                await asyncio.sleep(0.05)
        scene = self._scene(question, words, history)
        if only and not any(_lets_through(only, info) for info in _cited(scene)):
            told = (Sentence("Your articles do not say."),)
            scene = Answer(question, told, (), (), "refused", "", Timings(total_ms=90))
        yield replace(scene, standalone=standalone)

    def _scene(self, question: str, words: set[str], history: Sequence[Turn]) -> Answer:
        took = Timings(10, 120, 900, 2100, 2300)
        if "mixed" in words:
            return Answer(question, MIXED, (), EVIDENCE, "answered", MODEL, took)
        if "lenient" in words:
            return Answer(question, LENIENT, (), EVIDENCE, "answered", MODEL, took)
        if "quote" in words:
            told = (Sentence(FARE, EVIDENCE[2:3], "verified", is_quote=True),)
            notice = "The language model failed; quoting the articles instead."
            return Answer(question, told, (), EVIDENCE[:3], "quoted", "", took, notice)
        if "refuse" in words:
            told = (Sentence("Your articles do not say."),)
            return Answer(question, told, (), EVIDENCE[3:4], "refused", "", took)
        if "hostile" in words:
            told = (Sentence(ATTACK, EVIDENCE[4:], "partial", Reason("other", (ATTACK,))),)
            return Answer(question, told, (), EVIDENCE, "answered", "", took, ATTACK)
        if "changed" in words:
            old = (cite(1, "a1f0", FERRY, digest="0" * 64),)
            if "gone" in words:
                old = (replace(old[0], quote="The ferry will never return."),)
            told = (Sentence("The ferry returns.", old, "verified"),)
            return Answer(question, told, (), old, "answered", "", took)
        if "before" in words:
            told = (Sentence("You asked: " + " / ".join(turn.text for turn in history)),)
            return Answer(question, told, (), (), "refused", "", took)
        return Answer(question, SENTENCES, (), EVIDENCE, "answered", MODEL, took)


def _cited(answer: Answer) -> list[ArticleInfo]:
    return [citation.article for citation in answer.evidence]


def _lets_through(only: Filter, info: ArticleInfo) -> bool:
    return (
        (not only.publishers or info.publisher in only.publishers)
        and (not only.articles or info.id in only.articles)
        and (only.since is None or (info.published is not None and info.published >= only.since))
        and (only.until is None or (info.published is not None and info.published <= only.until))
    )


class ScriptedLibrary:
    """The articles above, or none."""

    def __init__(self, empty: bool) -> None:
        self._articles = {} if empty else ARTICLES

    def articles(self) -> list[ArticleInfo]:
        """All of them."""
        return [article.info for article in self._articles.values()]

    def collections(self) -> list[str]:
        """One, of which nothing is asked."""
        return ["Winter on the water"] if self._articles else []

    def other_sources(self, article_id: str) -> tuple[OtherSource, ...]:
        return ()

    def near(self, article_id: str) -> list[Near]:
        return []

    def article(self, article_id: str) -> Article:
        """One of them."""
        try:
            return self._articles[article_id]
        except KeyError:
            raise UnknownArticle(f"no article {article_id}") from None


class ScriptedOffering:
    """These questions, all answered by the last words of one article; or all that is ``known``."""

    def __init__(
        self,
        *questions: str,
        article: str = "a1f0",
        known: Mapping[str, tuple[Offered, ...]] | None = None,
    ) -> None:
        end = len(ARTICLES[article].text)
        own = {article: tuple(Offered(one, end - 1, end, True) for one in questions)}
        self.made = own if known is None else dict(known)

    def known(self, article_id: str = "") -> dict[str, tuple[Offered, ...]]:
        """Those alone."""
        return self.made

    def next_article(self, without: Set[str]) -> str | None:
        """None: all are made."""
        return None

    def make(self, article_id: str, wait: Callable[[], object]) -> None:
        """There are none to be made."""
        self.made[article_id] = ()


@dataclass
class ScriptedEngine:
    """Ready once its gate exists, or at once without a gate."""

    assistant: ScriptedAssistant | None
    library: ScriptedLibrary
    gate: Path | None = None
    error: str | None = None
    fetching: None = None
    settings: Settings = field(default_factory=load)
    ahead: Ahead = field(default_factory=Ahead)

    def assistant_for(self, wishes: Wishes) -> Any:
        """The one that there is, whatever is wanted."""
        return self.assistant

    @property
    def is_loading(self) -> bool:
        """Whether its gate is shut."""
        return bool(self.status())

    def status(self) -> str:
        """What is loading."""
        if self.gate is None or self.gate.exists():
            return ""
        return "Loading the embedding model…"


def main() -> None:
    """Serve until a signal comes."""
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--go", type=Path, required=True)
    options.add_argument("--loaded", type=Path)
    options.add_argument("--folder", type=Path)
    options.add_argument("--users", type=Path)
    options.add_argument("--empty", action="store_true")
    options.add_argument("--error")
    options.add_argument("--warning")
    # Tests that leave an answer hanging must not keep the next one waiting.
    options.add_argument("--questions", type=int, default=500)
    options.add_argument("--example", action="append", default=[])
    given = options.parse_args()
    engine = ScriptedEngine(
        None if given.error else ScriptedAssistant(given.go),
        ScriptedLibrary(given.empty),
        given.loaded,
        given.error or given.warning,
        ahead=Ahead(ScriptedOffering(*given.example)),
    )
    folder = given.folder or given.go.parent
    serve(
        engine,
        folder,
        port=given.port,
        users=given.users,
        # Its models may hang for ever: nobody waits for them at the end.
        limits=WindowLimits(answering=500, questions=given.questions, ending_s=1.0),
        on_ready=lambda url: _tell(f"ready {url}"),
    )
    _tell("stopped")


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
