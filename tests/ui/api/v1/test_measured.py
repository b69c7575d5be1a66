"""Promises of Ibid asked over its own API: the figures are those of a run that asks it directly."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from doubles import tiny_library
from fastapi.testclient import TestClient
from peers import Asked, Sent, peer
from programs import HERE, Engine, application

from eval import session
from eval.observer import Silent
from eval.report.summary import Summary
from eval.runs.store import Run
from eval.session import Choice
from eval.targets.endpoint import Endpoint
from rag.index.library import Library
from ui.wishes import Wishes

# Only whoever asks directly sees the short answer, what search found, the probability and the
# moments of an answer, and what cites nothing; only the API counts tokens where no model does.
UNTOLD = {
    "AUROC", "calibration error", "AURC", "hit@1", "hit@3", "hit@5", "hit@10", "recall@5",
    "recall@10", "nDCG@10", "containment unquoted", "MRR", "sentences cited",
    "seconds to sources median",
    "seconds to sources p95", "seconds to first token median", "seconds to first token p95",
    "seconds median", "seconds p95", "tokens read", "tokens written", "similarity",
}  # fmt: skip


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with tiny_library(tmp_path_factory.mktemp("own")) as library:
        yield library


@pytest.fixture
def file(library: Library, tmp_path: Path) -> Path:
    def case(id_: str, question: str, word: str = "", answer: str = "", **more: Any) -> str:
        if not word:
            return json.dumps({"id": id_, "question": question, "answerable": False, **more})
        [info] = [one for one in library.articles() if word in one.source]
        text = library.article(info.id).text
        quote = next(line for line in text.splitlines() if answer in line)
        evidence = [{"article": info.source, "quote": quote}]
        known = {"id": id_, "question": question, "answerable": True, "answers": [answer]}
        return json.dumps({**known, "evidence": evidence, **more})

    history = [
        {"role": "user", "text": "What is new in Aldwick?"},
        {"role": "assistant", "text": "A new ferry, the Halvard."},
    ]
    file = tmp_path / "set.jsonl"
    cases = [
        case("seats", "How many seats has the boat?", "ferry", "240"),
        case("again", "And how many seats has the boat?", "ferry", "240", history=history),
        case("bread", "Why did the bakery leave Mill Lane?", "bakery", "flooded"),
        case("painter", "Who painted the Mona Lisa?"),
        case("captain", "What is the name of the captain's dog?"),
    ]
    file.write_text("\n".join(cases), "utf-8")
    return file


def directly(library: Library, file: Path, engine: Engine) -> tuple[Run, Summary]:
    choice = Choice(file, file.parent / "direct", quotes_only=engine.model is None)
    cases = session.chosen(choice)
    assistant = engine.assistant_for(Wishes())
    assert assistant
    run = session.begin(choice, cases, library, assistant, False)
    return session.ask(run, cases, library, assistant, Silent())


def over_the_api(library: Library, file: Path, engine: Engine) -> tuple[Run, Summary]:
    with TestClient(application(engine), base_url=HERE) as client:

        def forwarded(asked: Asked) -> Sent:
            method = "GET" if asked.json is None else "POST"
            answer = client.request(method, asked.path, json=asked.json)
            return Sent(answer.content, answer.status_code)

        with peer(forwarded) as own:
            choice = Choice(file, file.parent / "api", target=Endpoint(own.url))
            return session.run(library.settings, choice, Silent())


@pytest.mark.parametrize(
    "said",
    [
        (),
        ("The boat ", "has 240 seats, ", "twice as many as the old one [1]."),
        ("The boat carries 999 people [1]. ", "It has 240 seats [1]."),
        ("NOT FOUND",),
    ],
    ids=["quotes", "in its own words", "a sentence that does not stand", "not found"],
)
def test_the_figures_are_those_of_a_direct_run(
    library: Library, file: Path, said: tuple[str, ...]
) -> None:
    direct, figures = directly(library, file, Engine(library, *said))
    served, others = over_the_api(library, file, Engine(library, *said))
    assert served.record.target and served.record.target.citations == "field"
    assert served.record.model == "ibid"
    names = (figures.figures.keys() | others.figures.keys()) - UNTOLD
    assert {"containment", "citation hit", "sentences verified", "refusal F1"} <= names
    for name in names:
        one, other = figures.figures[name], others.figures[name]
        assert (one.value, one.n, one.low) == (other.value, other.n, other.low), name
    assert figures.figures["failed"].value == 0
    for row, again in zip(direct.rows, served.rows, strict=True):
        assert row.answer and again.answer
        assert row.answer.status == again.answer.status, row.case.id
        assert row.verdict == again.verdict
