"""Promises of what happens where another system fails: a row that says why, and no leak."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from peers import Asked, Peer, Sent, answers, completion, peer

from eval.targets.articles import SetArticles
from eval.targets.endpoint import Endpoint, address
from eval.targets.openai import OpenAITarget
from rag.errors import ProviderError, SettingsError
from rag.schema import Filter
from rag.settings import load

KEY = "sk-a-key-that-nobody-may-see"
RIGHT = completion("It opened in 1889.")


@dataclass
class Clock:
    """Waits for nothing, and remembers how long it would have."""

    waits: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEER_KEY", KEY)


def target(url: str, tmp_path: Path, clock: Clock, timeout: float = 60) -> OpenAITarget:
    settings = load(library=tmp_path / "library", retries=2, timeout=timeout)
    endpoint = Endpoint(url, "peer-1", "PEER_KEY", "none")
    return OpenAITarget(endpoint, SetArticles((), settings), sleep=clock.sleep)


def one_by_one(sent: Sequence[Sent]) -> Callable[[Asked], Sent]:
    left = list(sent)
    return lambda _: left.pop(0)


def said(sent: Sequence[Sent], tmp_path: Path, timeout: float = 60) -> tuple[str, Clock, Peer]:
    """The answer or the failure after what is sent, the waits, and what was asked."""
    clock = Clock()
    with peer(one_by_one(sent)) as asked:
        asking = target(asked.url, tmp_path, clock, timeout)
        try:
            return asking.ask("When?").answer.text, clock, asked
        except ProviderError as error:
            return str(error).replace(asked.url, "URL"), clock, asked
        finally:
            asking.close()


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again_with_longer_and_longer_waits(
    status: int, tmp_path: Path
) -> None:
    text, clock, asked = said([Sent(status=status), Sent(status=status), RIGHT], tmp_path)
    assert text == "It opened in 1889."
    assert clock.waits == [1, 2]
    assert len(asked.asked) == 3


def test_a_system_that_hangs_up_is_asked_again(tmp_path: Path) -> None:
    text, clock, asked = said([Sent(drops=True), RIGHT], tmp_path)
    assert text == "It opened in 1889."
    assert clock.waits == [1] and len(asked.asked) == 2


def test_a_system_that_goes_on_failing_is_told_with_what_it_said(tmp_path: Path) -> None:
    broken = Sent({"error": {"message": "out of memory"}}, 500)
    text, _, asked = said([broken] * 3, tmp_path)
    assert text == "URL answered 500 (out of memory)"
    assert len(asked.asked) == 3


@pytest.mark.parametrize(
    ("asks", "waits"),
    [
        ("7", [7]),
        ("0", [0]),
        ("-3", [0]),
        ("soon", [1]),
        ("nan", [1]),
        (format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True), [0]),
    ],
)
def test_a_server_that_says_when_to_come_again_is_believed(
    asks: str, waits: list[float], tmp_path: Path
) -> None:
    busy = Sent(status=429, headers={"Retry-After": asks})
    text, clock, _ = said([busy, RIGHT], tmp_path)
    assert text == "It opened in 1889."
    assert clock.waits == waits


@pytest.mark.parametrize("asks", ["3600", "inf", "Fri, 01 Jan 2100 00:00:00 GMT"])
def test_nobody_waits_for_an_hour(asks: str, tmp_path: Path) -> None:
    text, clock, asked = said([Sent(status=429, headers={"Retry-After": asks})] * 3, tmp_path)
    if asks == "inf":  # no number of seconds: waited for as if nothing had been said
        assert clock.waits == [1, 2]
    else:
        assert clock.waits == [] and len(asked.asked) == 1
    assert text == "URL answered 429"


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (Sent(b"<html>Welcome</html>"), "answered 200 with what is no JSON"),
        (Sent(b"\xff\xfe\x00garbage"), "answered 200 with what is no JSON"),
        (Sent(b"[" * 100_000), "answered 200 with what is no JSON"),
        (Sent([1, 2]), "it sent no chat completion"),
        (Sent({"choices": []}), "it sent no chat completion"),
        (Sent({"choices": [{"message": "hello"}]}), "it sent no chat completion"),
        (Sent({"choices": [{"message": {"content": 7}}]}), "its answer is empty"),
        (completion("  \n"), "its answer is empty"),
        (completion(None), "its answer is empty"),
        (completion("word " * 50_000), "its answer has more than 200,000 characters"),
        (Sent({"detail": "who are you?"}, 401), "401 (who are you?); name the variable"),
        (Sent({"error": {"message": "no such model"}}, 404), "404 (no such model); check"),
        (Sent({"error": ["odd"]}, 400), "answered 400"),
    ],
)
def test_what_is_no_answer_is_told_once_and_not_asked_again(
    sent: Sent, why: str, tmp_path: Path
) -> None:
    text, clock, asked = said([sent], tmp_path)
    assert why in text
    assert clock.waits == [] and len(asked.asked) == 1


def test_a_system_that_hangs_is_given_up(tmp_path: Path) -> None:
    text, _, asked = said([Sent(hangs=True)], tmp_path, timeout=0.2)
    assert "said nothing for 0.2 seconds" in text
    assert len(asked.asked) <= 1  # it may be given up before the server has come to it


def test_nobody_there_is_told_after_the_last_try(tmp_path: Path) -> None:
    with peer(answers({})) as gone:
        pass
    clock = Clock()
    asking = target(gone.url, tmp_path, clock)
    with pytest.raises(ProviderError, match="cannot be reached"):
        asking.ask("When?")
    asking.close()
    assert clock.waits == [1, 2]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_neither_the_key_nor_a_question_follows_to_another_host(
    status: int, tmp_path: Path
) -> None:
    with peer(lambda _: RIGHT) as other:
        leads = Sent(status=status, headers={"Location": f"{other.url}/chat/completions"})
        text, _, asked = said([leads], tmp_path)
        assert other.asked == []
    assert "leads to http://127.0.0.1" in text
    assert [one.key for one in asked.asked] == [f"Bearer {KEY}"]


def test_a_key_that_is_repeated_in_an_error_is_blotted_out(tmp_path: Path) -> None:
    for padding in (0, 190):
        repeated = Sent({"error": {"message": "x" * padding + f" wrong key {KEY}"}}, 403)
        text, _, _ = said([repeated], tmp_path)
        assert KEY[:10] not in text and "403" in text


def test_a_packed_answer_is_not_taken(tmp_path: Path) -> None:
    text, _, _ = said([Sent(b"x", headers={"Content-Encoding": "gzip"})], tmp_path)
    assert "packed" in text


def test_nobody_is_asked_to_leave_out_articles_that_are_theirs(tmp_path: Path) -> None:
    with peer(lambda _: RIGHT) as asked:
        asking = target(asked.url, tmp_path, Clock())
        with pytest.raises(ProviderError, match="without some of its articles"):
            asking.ask("When?", (), Filter(articles=("a",)))
        asking.close()
    assert asked.asked == []


@pytest.mark.parametrize("value", ["", "  ", "schlüssel", "two\nlines"])
def test_a_variable_without_a_usable_key_is_told_by_its_name_alone(
    value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEER_KEY", value)
    with pytest.raises(SettingsError, match="PEER_KEY") as told:
        target("http://127.0.0.1:1/v1", tmp_path, Clock())
    assert "lines" not in str(told.value)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/v1"),
        ("http://127.0.0.1:8000/v1/", "http://127.0.0.1:8000/v1"),
        ("https://host.example/api/chat/completions", "https://host.example/api"),
        (" https://host.example/openai/v1 ", "https://host.example/openai/v1"),
    ],
)
def test_an_address_is_kept_in_one_form(given: str, kept: str) -> None:
    assert address(given) == kept


@pytest.mark.parametrize(
    "given",
    ["", "host:8000", "ftp://host/v1", "http://", "http://host:99999/v1", "http://[::1/v1",
     "https://me:secret@host/v1", "https://host/v1?api-key=secret", "https://host/v1#secret"],
)  # fmt: skip
def test_what_is_no_address_or_may_hold_a_secret_is_refused(given: str) -> None:
    with pytest.raises(SettingsError, match=r"--target"):
        address(given)
