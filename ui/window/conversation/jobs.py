"""Questions that are being answered. Each goes on in the server, whether anybody looks or not.

A job ends by its answer, by a stop, after so many seconds, or with the server. It belongs to a
visitor and to one of their conversations; to anybody else it is not there. No Gradio here.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import ExitStack, aclosing, suppress
from dataclasses import replace
from ipaddress import ip_address
from typing import Any

from rag.errors import IbidError
from rag.limits import WindowLimits
from ui import strings
from ui.turns import Closing, Full, Turns
from ui.window.conversation.asking import answering, waiting
from ui.window.conversation.history import Conversation, History
from ui.window.conversation.types import BadQuestion, Engine, Exchange, interrupted
from ui.window.page import visitor
from ui.wishes import NOTHING, Wishes

log = logging.getLogger(__name__)

Exchanges = tuple[Exchange, ...]
"""A conversation: its questions and their answers, the oldest first."""

_PAUSE_S = 0.06
_BEAT_S = 1.0
_MOST_UNKEPT = 100  # conversations that the history did not take
_FEW = 5  # a conversation that just began is among so many


class Job:
    """A conversation whose last question is being answered: ``exchanges`` is how it stands now."""

    def __init__(
        self, request: Any, name: str, exchanges: Exchanges, wishes: Wishes = NOTHING
    ) -> None:
        self.key = visitor.key_of(request)
        self.owner = visitor.owner(request)
        self.address = visitor.address_of(request)
        self.name = name
        self.exchanges = exchanges
        self.wishes = wishes
        self.task: asyncio.Task[None] | None = None
        self.leave = ExitStack()  # gives back the place in the queue
        self._news = asyncio.Event()

    @property
    def last(self) -> Exchange:
        """The question and how far its answer has come."""
        return self.exchanges[-1]

    def show(self, exchanges: Exchanges) -> None:
        """Let whoever watches see the conversation so."""
        self.exchanges = exchanges
        self._news.set()
        self._news = asyncio.Event()

    async def watch(
        self, pause: float = _PAUSE_S, beat: float = _BEAT_S
    ) -> AsyncGenerator[Exchanges, None]:
        """The conversation as it is, then whenever it has changed, and every ``beat`` seconds.

        The beat moves the clock on, and Gradio looks only between yields whether the page is still
        there. Whoever stops watching changes nothing.
        """
        while True:
            news = self._news
            yield self.exchanges
            if not self.last.busy:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(beat):
                    await news.wait()
                await asyncio.sleep(pause)  # what comes meanwhile is shown with it


class Jobs:
    """The jobs of a server, within the limits of ``[window]``; kept as they go in the history.

    ``wishes`` tells what whoever asks wants otherwise, in a conversation. ``turns`` is the queue
    in which others may stand too. ``run`` tells these from any others: a page that others made
    starts anew.
    """

    def __init__(
        self,
        engine: Engine,
        history: History,
        limits: WindowLimits | None = None,
        wishes: Callable[[Any, str], Wishes] = lambda request, name: NOTHING,
        turns: Turns | None = None,
    ) -> None:
        self.engine = engine
        self.history = history
        self._wishes = wishes
        self._limits = limits or WindowLimits()
        self._jobs: dict[tuple[str, str], Job] = {}
        self._turns = turns or Turns(self._limits)
        self._watching: Counter[str] = Counter()
        self._unkept: dict[tuple[str, str], Exchanges] = {}
        self.run = secrets.token_hex(4)

    @property
    def is_busy(self) -> bool:
        """Whether any question is being answered."""
        return bool(self._jobs)

    def of(self, request: Any, name: object) -> Job | None:
        """What is being answered in a conversation of whoever asks; None if nothing is."""
        return self._jobs.get((visitor.key_of(request), str(name)))

    def conversation(self, request: Any, name: str) -> Conversation:
        """A conversation as it is now, the answer that is being given included.

        Raises:
            UnknownConversation: whoever asks has none of that id.
            LibraryError: it was written by a newer Ibid.
        """
        found = self.history.conversation(visitor.owner(request), name)
        job = self.of(request, name)
        return replace(found, exchanges=job.exchanges) if job else found

    def begun(self, request: Any, question: str, since: float) -> Conversation | None:
        """The conversation that whoever asks began with a question since then, as `time.time`."""
        words = question.split()
        for entry in self.history.entries(visitor.owner(request), limit=_FEW):
            with suppress(IbidError):
                found = self.conversation(request, entry.id)
                first = next(iter(found.exchanges), None)
                if first and first.asked >= since and first.question.split() == words:
                    return found
        return None

    def newest(self, request: Any, name: str, past: Exchanges) -> Exchanges:
        """A conversation as it is, which may have gone on since a page showed it as ``past``."""
        if job := self.of(request, name):
            return job.exchanges
        whose = visitor.owner(request)
        if (whose, name) in self._unkept:
            return self._unkept[whose, name]
        if not name or not past:
            return past
        try:
            found = self.history.conversation(whose, name).exchanges
        except IbidError:  # what the page shows is what there is
            return past
        return found if len(found) >= len(past) else past

    def check_room(self, request: Any) -> None:
        """Raise BadQuestion if no more questions are taken, of this visitor or at all."""
        key, place = visitor.key_of(request), visitor.address_of(request)
        mine = sum(job.key == key for job in self._jobs.values())
        near = 0 if _is_loopback(place) else sum(j.address == place for j in self._jobs.values())
        limits = self._limits
        if mine >= limits.waiting or near >= limits.waiting_at_address:
            raise BadQuestion(strings.YOUR_QUEUE_FULL.format(limit=mine or near))
        try:
            self._turns.check()
        except Closing as closing:
            raise BadQuestion(strings.ENDING) from closing
        except Full as full:
            raise BadQuestion(strings.QUEUE_FULL) from full

    def start(self, request: Any, name: str, exchanges: Exchanges) -> Job:
        """Begin to answer the last question of a conversation, and keep that it was asked.

        Raises:
            BadQuestion: too many wait, or this conversation waits for an answer already.
        """
        self.check_room(request)
        job = Job(request, name, exchanges, self._wishes(request, name))
        place = (job.key, name)
        if place in self._jobs:
            raise BadQuestion(strings.STILL_ANSWERING)
        job.leave.enter_context(self._turns.place(job.key))
        self._jobs[place] = job
        job.show(self._kept(job, exchanges))
        job.task = asyncio.create_task(self._run(job), name=f"answer {name}")
        return job

    async def watch(self, job: Job) -> AsyncGenerator[Exchanges, None]:
        """As `Job.watch`; beyond so many pages of one visitor, each sees it as it is just now.

        The page's script looks again after a while.
        """
        if self._watching[job.key] >= self._limits.waiting:
            yield job.exchanges
            return
        self._watching[job.key] += 1
        try:
            async with aclosing(job.watch()) as coming:
                async for now in coming:
                    yield now
        finally:
            self._watching[job.key] -= 1
            self._watching += Counter()  # forgets who has none

    def stop(self, job: Job, ended: Exchange | None = None) -> Exchanges:
        """End a job now; what was said so far stays. Returns the conversation.

        ``ended`` is what becomes of the exchange, which else is told to be stopped.
        """
        if job.last.busy:
            self._settle(job, ended or replace(job.last, state="stopped", line=""))
        if job.task:
            job.task.cancel()
        return job.exchanges

    def end(self) -> None:
        """The server ends: what was being answered is kept as far as it came."""
        for job in list(self._jobs.values()):
            self.stop(job, interrupted(job.last))

    def keep(self, owner: str, name: str, exchanges: Exchanges) -> Exchanges:
        """Keep a conversation. Returns it with a mark on its last exchange if that failed."""
        exchanges = tuple(replace(exchange, is_kept=True) for exchange in exchanges)
        self._unkept.pop((owner, name), None)
        try:
            if not exchanges or self.history.save(owner, name, exchanges):
                return exchanges
            log.warning("a conversation of nobody's, or one that was deleted, is not kept")
        except IbidError:  # the answer is worth more than its record
            log.exception("the conversation could not be kept")
        exchanges = (*exchanges[:-1], replace(exchanges[-1], is_kept=False))
        self._unkept[owner, name] = exchanges  # for the page that shows it
        if len(self._unkept) > _MOST_UNKEPT:
            del self._unkept[next(iter(self._unkept))]
        return exchanges

    async def _run(self, job: Job) -> None:
        try:
            # What still has to be fetched may take long; it keeps no other question waiting.
            async for exchange in waiting(self.engine, job.last):
                job.show((*job.exchanges[:-1], exchange))
            if self._turns.is_waiting:
                job.show((*job.exchanges[:-1], replace(job.last, line=strings.WAITS_FOR_TURN)))
            async with self._turns.turn(), asyncio.timeout(self._limits.answer_s):
                await self._answer(job)
        except TimeoutError:
            words = strings.TOOK_TOO_LONG.format(seconds=round(self._limits.answer_s))
            self._settle(job, replace(job.last, state="failed", line=words))
        except Exception:
            log.exception("a job failed")
            self._settle(job, replace(job.last, state="failed", line=""))

    async def _answer(self, job: Job) -> None:
        *past, asked = job.exchanges
        is_said = False
        asked = replace(asked, line="")
        async with aclosing(answering(self.engine, tuple(past), asked, job.wishes)) as coming:
            async for exchange in coming:
                if not job.last.busy:  # it was stopped
                    return
                if not exchange.busy:
                    self._settle(job, exchange)
                    return
                job.show((*job.exchanges[:-1], exchange))
                if not is_said and exchange.answer and exchange.answer.sentences:
                    is_said = True  # what is said first is there even after a crash
                    self._kept(job, job.exchanges)

    def _settle(self, job: Job, exchange: Exchange) -> None:
        """The last of a job: keep it, show it, and forget the job."""
        self._jobs.pop((job.key, job.name), None)
        job.leave.close()
        job.show(self._kept(job, (*job.exchanges[:-1], exchange)))

    def _kept(self, job: Job, exchanges: Exchanges) -> Exchanges:
        return self.keep(job.owner, job.name, exchanges)


def _is_loopback(place: str) -> bool:
    try:
        return ip_address(place).is_loopback
    except ValueError:
        return False
