"""Promises of a run that is gone on with: nothing is asked twice, wherever one goes on from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from doubles import WordReader, WordScorer, tiny_library

from eval import session
from eval.observer import Silent
from eval.runs import store as runs
from eval.runs.store import Run
from eval.session import Choice
from rag.assistant import Assistant
from rag.errors import UnknownCollection
from rag.index.library import Library


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with tiny_library(tmp_path) as library:
        yield library


def begun(library: Library, file: Path) -> Run:
    """A run of three cases, of which none was asked yet."""
    cases = [{"id": str(n), "question": f"Who is {n}?", "answerable": False} for n in range(3)]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(map(json.dumps, cases)), "utf-8")
    choice = Choice(file, file.parent.absolute() / "run", quotes_only=True)
    cases_of = session.chosen(choice)
    return session.begin(choice, cases_of, library, assistant(library), False)


def assistant(library: Library) -> Assistant:
    return Assistant(library, WordScorer(), WordReader(), None)


def numbers(run: Run) -> list[int]:
    """The numbers of the cases in the order in which they were asked."""
    lines = (run.folder / runs.ROWS).read_text("utf-8").splitlines()
    return [json.loads(line)["number"] for line in lines]


def test_what_the_first_process_still_wrote_while_it_died_is_not_asked_again(
    library: Library, tmp_path: Path
) -> None:
    run = begun(library, tmp_path / "set.jsonl")
    cases = session.chosen(Choice(tmp_path / "set.jsonl"))
    with closing(session.answered(run, cases, library, assistant(library))) as dying:
        next(dying)
        before = runs.load(run.folder)
        next(dying)  # after the second process has looked, and before it has the lock
    rows = session.answered(before, cases, library, assistant(library))
    assert [row.case.id for row in rows] == ["2"]
    assert numbers(run) == [1, 2, 3]


def test_a_run_of_a_set_named_from_here_is_gone_on_with_from_there(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = begun(library, Path("sets/some.jsonl"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    again = runs.load(run.folder)
    cases = session.chosen(Choice(Path(again.record.asked.path)))
    done, _ = session.ask(again, cases, library, assistant(library), Silent())
    assert done.is_finished
    assert numbers(done) == [1, 2, 3]


def test_a_set_is_asked_of_a_collection_and_gone_on_with_so(
    library: Library, tmp_path: Path
) -> None:
    file = tmp_path / "set.jsonl"
    case = {"id": "a", "question": "How many seats has the boat?", "answerable": False}
    file.write_text(json.dumps(case), "utf-8")
    ids = {info.title: info.id for info in library.articles()}
    ferry = ids.pop("A new ferry for Aldwick")
    library.collect("Boats", [ferry])
    library.collect("Bread", ids.values())
    statuses = {}
    for name in ("Boats", "Bread"):
        choice = Choice(file, tmp_path / name, quotes_only=True, collections=(name,))
        own = assistant(library)
        run = session.begin(choice, session.chosen(choice), library, own, False)
        again = session.chosen_before(runs.load(run.folder).record)
        assert again.collections == (name,)
        (row,) = session.answered(run, session.chosen(again), library, own)
        statuses[name] = {passage.article.id for passage in row.answer.passages}
    assert statuses["Boats"] == {ferry} and ferry not in statuses["Bread"]
    with pytest.raises(UnknownCollection):
        choice = Choice(file, tmp_path / "none", quotes_only=True, collections=("None",))
        session.begin(choice, session.chosen(choice), library, assistant(library), False)
