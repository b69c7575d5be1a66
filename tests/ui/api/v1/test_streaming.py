"""Streams of real models: what comes first, what stands in the end, and how they are stopped."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import streaming
from streaming import QUESTIONS

pytestmark = [pytest.mark.model, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    with streaming.served(tmp_path_factory.mktemp("streaming")) as it:
        yield it


@pytest.mark.parametrize("answers", ["quotes", "strict", "lenient"])
def test_a_stream_begins_with_the_sources_and_ends_in_the_text_it_told(
    service: tuple[str, int], answers: str
) -> None:
    url, _ = service
    told = streaming.posted(
        url, {"question": QUESTIONS[0], "stream": True, "answers": answers, "passages": True}
    )
    events = [(name, value) for name, value, _ in streaming.events(told)]
    last = dict(events)
    done = last["done"]
    assert events[0][0] == "sources" and events[-1][0] == "done"
    assert done["text"] == last["text"]["text"] != ""
    assert last["verdicts"] == {name: done[name] for name in ("sentences", "citations")}
    shown = {one["number"]: one["quote"] for one in last["sources"]["evidence"]}
    assert any(shown.get(one["number"]) == one["quote"] for one in done["citations"])


def test_whoever_hangs_up_leaves_no_model_at_work(service: tuple[str, int]) -> None:
    url, process = service
    stops = [streaming.to_stop(url, process, question) for question in QUESTIONS[:3]]
    assert any(stops), "a model was at work when somebody hung up"
