"""Promises of asking a running Ibid that does not answer as it should."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from rag.errors import ArticleError, IbidError, LibraryMismatch
from rag.settings import load
from ui.api import wire
from ui.api.note import Note, version
from ui.api.remote import Remote, told

HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"


@contextmanager
def saying(said: bytes, *, and_waits: bool = False) -> Iterator[Note]:
    """What says this to the first who asks, and then hangs up, or says no more."""
    over = threading.Event()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(said)
                if and_waits:
                    over.wait(20)

        threading.Thread(target=serve, daemon=True).start()
        yield Note(os.getpid(), "127.0.0.1", listener.getsockname()[1], "t" * 43, version())
        over.set()


def failure(note: Note) -> IbidError:
    with pytest.raises(IbidError) as raised:
        Remote(note, load(), silence_s=0.5).ask("Where?", None)
    assert "\n" not in str(raised.value)
    return raised.value


def test_one_of_another_version_is_not_asked() -> None:
    with pytest.raises(IbidError, match="stop that one and start it anew"):
        Remote(Note(1, "127.0.0.1", 9, "t" * 43, "0.0.1"), load())


def test_one_that_is_not_there_is_told_of() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        gone = Note(4711, "127.0.0.1", taken.getsockname()[1], "t" * 43, version())
    assert "process 4711" in str(failure(gone)) and "gives no answer" in str(failure(gone))


def test_one_that_says_nothing_is_given_up() -> None:
    with saying(b"", and_waits=True) as note:
        assert "says nothing for" in str(failure(note))
    with saying(HEAD + b"\n\n", and_waits=True) as note:
        assert "says nothing for" in str(failure(note))


@pytest.mark.parametrize(
    "said",
    [b"", b"SSH-2.0\r\n", HEAD, HEAD + b'{"answer": ', HEAD + b"no json\n", HEAD + b"[]\n",
     HEAD + b'{"answer": {"question": 1}}\n', HEAD + b'{"a": 1, "b": 2}\n',
     b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", HEAD + b'{"done": null}\n'],
)  # fmt: skip
def test_one_that_makes_no_sense_is_told_of(said: bytes) -> None:
    with saying(said) as note:
        assert "gives no answer" in str(failure(note))


def test_a_busy_one_is_to_be_asked_again() -> None:
    with saying(b"HTTP/1.1 429 Too Many\r\nContent-Length: 4\r\n\r\nfull") as note:
        assert "busy (full); try again" in str(failure(note))


def test_errors_come_as_what_they_are() -> None:
    for error in (LibraryMismatch("built otherwise"), ArticleError("no", "empty"), IbidError("x")):
        with saying(HEAD + wire.failed(error)) as note:
            raised = failure(note)
        assert (type(raised), str(raised), raised.kind) == (type(error), str(error), error.kind)
    strange = wire.line("error", {"type": "Article", "message": "m", "kind": ""})
    with saying(HEAD + strange) as note:
        assert type(failure(note)) is IbidError


def test_only_what_somebody_has_set_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IBID_API_KEY", "secret-key")
    monkeypatch.setenv("IBID_LIBRARY", "/elsewhere")
    monkeypatch.setenv("IBID_WINDOW__PROXIES", '["10.0.0.2"]')
    sent = told(load(answers="quotes", library="/there"))
    assert sent == {"answers": "quotes", "api_key": "secret-key", "embedder": "tiny"}
