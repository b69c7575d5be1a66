"""How much is taken from others, in one frozen section for each who might send without an end.

They are fields of `rag.settings.Settings`, as those of `rag.tuning` are; none changes an answer
that comes to its end.
"""

from __future__ import annotations

import re
from ipaddress import ip_network

from pydantic import Field, field_validator

from rag.tuning import Section


class StreamLimits(Section):
    """What a language model may send for one answer before it is stopped."""

    overrun: float = Field(
        default=2.0, ge=1, description="times max_answer_tokens, which it was asked to keep to"
    )
    bytes: int = Field(
        default=8_000_000, ge=1, description="of base_url's answer, all that is no word included"
    )
    seconds: float = Field(default=300.0, gt=0, description="from the question to the last word")
    silence: float = Field(default=120.0, gt=0, description="seconds without another word")


class OfferLimits(Section):
    """How many questions are made of the articles, to be offered before anything is asked."""

    articles: int = Field(
        default=20, ge=0, description="of which questions are made ahead, the newest; 0: none"
    )
    of_an_article: int = Field(default=3, ge=1, description="that are kept of an article")
    tried: int = Field(
        default=5, ge=1, description="that are asked of an article, each for about a second"
    )


class WindowLimits(Section):
    """What a browser may send to the window, and who is believed about where it comes from."""

    request_kb: int = Field(
        default=64, ge=1, description="of any request that is no upload, such as a question's"
    )
    request_s: float = Field(
        default=30.0, gt=0, description="seconds in which such a request has come whole"
    )
    upload_mb: int = Field(default=25, ge=1, description="of one upload")
    upload_s: float = Field(default=600.0, gt=0, description="seconds in which it has come whole")
    upload_files: int = Field(default=20, ge=1, description="files and fields of one upload")
    kept_mb: int = Field(
        default=500, ge=1, description="of uploads that one visitor may have waiting to be added"
    )
    kept_s: float = Field(
        default=3600.0, gt=0, description="seconds until an upload that is not used is deleted"
    )
    waiting: int = Field(
        default=6, ge=1, description="requests that one visitor may have waiting for their turn"
    )
    waiting_at_address: int = Field(
        default=16, ge=1, description="the same, of one address that is not this machine's"
    )
    answering: int = Field(
        default=32,
        ge=1,
        description="questions of all visitors that are answered at one time; the cores and the "
        "model have turns of their own",
    )
    questions: int = Field(
        default=64, ge=1, description="those that are answered or wait for it, of all visitors"
    )
    answer_s: float = Field(
        default=900.0, gt=0, description="seconds after which an answer in the making is ended"
    )
    ending_s: float = Field(
        default=25.0,
        ge=0,
        description="seconds that answers in hand have to be finished in, once SIGTERM came",
    )
    streams: int = Field(
        default=64, ge=2, description="open streams of one visitor; a page keeps two"
    )
    pages: int = Field(
        default=200, ge=1, description="new pages of one visitor in an hour; Gradio keeps few"
    )
    connections: int = Field(default=500, ge=10, description="of all visitors together")
    proxies: tuple[str, ...] = Field(
        default=(),
        description="addresses or networks whose X-Forwarded-For is believed, as ['10.0.0.2']",
    )
    hosts: tuple[str, ...] = Field(
        default=(), description="names beside its own by which the window is reached"
    )
    models: tuple[str, ...] = Field(
        default=(),
        description="models on other machines that whoever is no owner may choose too, by name",
    )

    @field_validator("proxies")
    @classmethod
    def _are_networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ip_network(proxy.strip())) for proxy in proxies)


class AuditLimits(Section):
    """How much is kept of who changed what in a library, beside it."""

    file_mb: int = Field(default=10, ge=1, description="of a file, before a new one is begun")
    files: int = Field(default=10, ge=1, description="that are kept, the oldest going first")


class QueueLimits(Section):
    """How the work of a shared library is handed to `ibid worker`, and how long it is kept."""

    lease_s: float = Field(
        default=30.0,
        ge=1,
        description="seconds without a sign of life, after which a worker's job is another's",
    )
    lost: int = Field(
        default=3, ge=1, description="workers that may end at a job before it is given up"
    )
    tries: int = Field(
        default=6, ge=1, description="of a job that fails for what may pass, as a network"
    )
    wait_s: float = Field(
        default=5.0, gt=0, description="seconds before the second try, doubled before each other"
    )
    longest_wait_s: float = Field(default=900.0, gt=0, description="seconds before any other try")
    stop_s: float = Field(
        default=20.0,
        ge=0,
        description="seconds in which a worker that is to end finishes its job; at most two thirds "
        "of a lease",
    )
    look_s: float = Field(
        default=5.0, gt=0, description="seconds after which it looks for work that nobody told of"
    )
    waiting: int = Field(default=10_000, ge=1, description="jobs that may wait, of all")
    kept_mb: int = Field(default=4_000, ge=1, description="MB of files that may wait, of all")
    kept_days: int = Field(
        default=7, ge=1, description="days in which what has ended is told, and can be tried again"
    )
    together: int = Field(
        default=16,
        ge=1,
        le=1000,
        description="small texts that a worker takes at one time, to embed their passages at once; "
        "1: each by itself",
    )
    small_kb: int = Field(default=8, ge=1, description="kB that such a text has at most")
    nightly: str = Field(
        default="0 3 * * *",
        description="when --nightly has all that is followed looked at, as cron has it, in UTC",
    )


_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(?::\d{1,5})?|https?://\[[0-9a-f:.]+\](?::\d{1,5})?")


class ApiLimits(Section):
    """What another program may send to ``/v1`` and ``/mcp``, and which pages may be one.

    How many questions are answered at one time, and wait for it, says `WindowLimits`: there is one
    queue for all who ask.
    """

    rate: int = Field(
        default=600,
        ge=0,
        description="requests a minute of a key that has no rate of its own, and of an address "
        "without a key that is not this machine's; 0: any number",
    )
    waiting: int = Field(
        default=32, ge=1, description="questions of one key that are answered or wait for it"
    )
    request_kb: int = Field(
        default=512, ge=1, description="of a request: a question with all that was said before"
    )
    turns: int = Field(
        default=20, ge=0, description="of what was said before that are read, the last ones"
    )
    turn_characters: int = Field(default=8_000, ge=1, description="that are read of each")
    answers: int = Field(
        default=1_000, ge=1, description="that are known by their ids, for feedback on them"
    )
    answer_hours: float = Field(
        default=24.0, gt=0, description="that an answer is known by its id, for feedback on it"
    )
    loading_s: float = Field(
        default=20.0, ge=0, description="seconds that a question waits for what still loads"
    )
    keep_alive_s: float = Field(
        default=5.0, gt=0, description="seconds without news after which a stream says it lives"
    )
    libraries: int = Field(
        default=20, ge=1, description="open at one time, where one service has several"
    )
    sessions: int = Field(default=500, ge=1, description="open at one time over /mcp")
    session_idle_s: float = Field(
        default=900.0, gt=0, description="seconds without a request after which one ends"
    )
    origins: tuple[str, ...] = Field(
        default=(),
        description="sites whose pages may ask from a browser, as ['https://wiki.example']",
    )

    @field_validator("origins")
    @classmethod
    def _are_sites(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        sites = tuple(origin.strip().lower().rstrip("/") for origin in origins)
        for site in sites:
            if not _ORIGIN.fullmatch(site):  # nor "*": any page at all could ask then
                raise ValueError(f"{site} is no site, as https://wiki.example or http://[::1]:3000")
        return sites
