"""A running Ibid without a window, which starts sooner and serves programs the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from beside import Running, started


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One that all tests of a module ask."""
    with started(tmp_path_factory.mktemp("running"), "--headless") as it:
        yield it


@pytest.fixture(autouse=True)
def _loopback_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's client asks the proxy of the environment, which in these tests is nobody."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
