"""Runs of a library in a database: whatever machine is asked has them, and one writes each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from kept import kept, record
from postgres_server import PostgresServer
from rows import ROWS
from tiny import TinyEmbedder

from eval import report
from eval.runs import sharing, store
from rag.errors import RunError
from rag.index.library import opened
from rag.settings import Settings


@pytest.fixture
def machines(postgres: PostgresServer, tmp_path: Path) -> Iterator[tuple[Settings, Settings]]:
    """The settings of one library on two machines."""
    here, there = (
        Settings(library=tmp_path / name / "library", database=postgres.address)
        for name in ("here", "there")
    )
    with opened(here, TinyEmbedder()):
        pass
    yield here, there
    postgres.empty()


def runs(settings: Settings) -> Path:
    return store.runs_of(settings.library)


def fetched(settings: Settings) -> list[store.Run]:
    sharing.fetch(settings, runs(settings))
    return store.listed(runs(settings))


def files(folder: Path) -> dict[str, bytes]:
    """What is in a run, without what is hidden."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and not file.name.startswith(".")
    }


def test_a_run_of_one_machine_is_whole_on_another(machines: tuple[Settings, Settings]) -> None:
    here, there = machines
    with sharing.sharing(here, runs(here)):
        run = kept(runs(here) / "first", ROWS)
        report.write(run)
    [other] = fetched(there)
    assert other.is_finished
    assert [row.case.id for row in other.rows] == [row.case.id for row in run.rows]
    assert files(other.folder) == files(run.folder)
    assert {"report.html", "report.md", "report.json"} <= files(other.folder).keys()


def test_how_far_a_run_is_shows_while_it_goes_on_and_it_is_gone_on_with_elsewhere(
    machines: tuple[Settings, Settings],
) -> None:
    here, there = machines
    with sharing.sharing(here, runs(here)):
        begun = store.create(runs(here) / "first", record(len(ROWS)))
        with store.writing(begun, []) as write:
            for number, row in enumerate(ROWS[:3], start=1):
                write(number, row)
                [seen] = fetched(there)
                assert len(seen.places) == number and not seen.is_finished
                # What is being written here is newer than what the database has.
                assert [len(one.places) for one in fetched(here)] == [number]
    [left] = fetched(there)
    with sharing.sharing(there, runs(there)):
        with store.writing(left, []) as write:
            for number, row in enumerate(ROWS[3:], start=4):
                write(number, row)
        store.finish(left)
    [whole] = fetched(here)
    assert whole.is_finished
    assert [row.case.id for row in whole.rows] == [row.case.id for row in ROWS]


def test_a_case_that_was_asked_on_two_machines_at_once_is_kept_once(
    machines: tuple[Settings, Settings],
) -> None:
    here, there = machines
    with sharing.sharing(here, runs(here)):
        begun = store.create(runs(here) / "first", record(len(ROWS)))
    [other] = fetched(there)
    with sharing.sharing(here, runs(here)), store.writing(begun, []) as write:
        write(1, ROWS[0])
        with (
            pytest.raises(RunError, match="another Ibid is writing this run"),
            sharing.sharing(there, runs(there)),
            store.writing(other, []) as write_too,
        ):
            write_too(1, ROWS[1])
    [seen] = fetched(there)
    assert [row.case.id for row in seen.rows] == [ROWS[0].case.id]


def test_a_run_within_a_run_comes_too_and_one_that_lies_elsewhere_does_not(
    machines: tuple[Settings, Settings], tmp_path: Path
) -> None:
    here, there = machines
    with sharing.sharing(here, runs(here)):
        kept(runs(here) / "robust" / "as it is", ROWS[:1])
        (runs(here) / "robust" / "robustness.html").write_text("told")
        kept(tmp_path / "elsewhere", ROWS[:1])
    assert fetched(there) == []
    assert (runs(there) / "robust" / "robustness.html").read_text() == "told"
    assert len(store.load(runs(there) / "robust" / "as it is").places) == 1
    assert [one.name for one in runs(there).iterdir()] == ["robust"]


def test_runs_of_another_folder_are_adopted_and_none_is_changed(
    machines: tuple[Settings, Settings], tmp_path: Path
) -> None:
    here, there = machines
    with sharing.sharing(here, runs(here)):
        kept(runs(here) / "same", ROWS[:1])
    kept(tmp_path / "runs" / "same", ROWS)
    kept(tmp_path / "runs" / "new", ROWS)
    assert sharing.adopt(there, tmp_path / "runs") == 1
    assert sharing.adopt(there, tmp_path / "runs") == 0
    assert {run.name: len(run.places) for run in fetched(there)} == {"same": 1, "new": len(ROWS)}


def test_a_name_that_leads_out_of_the_folder_is_not_followed(
    machines: tuple[Settings, Settings], tmp_path: Path, postgres: PostgresServer
) -> None:
    here, there = machines
    with sharing.sharing(here, runs(here)):
        run = kept(runs(here) / "first", ROWS[:1])
    schema = "ibid_library"
    for name, within in (("../..", "evil"), ("first", "../../evil"), ("first", "/evil"),
                         (".first", "evil"), ("first", "a\\b")):  # fmt: skip
        escaped = within.replace("\\", "\\\\")
        postgres.execute(
            f"INSERT INTO {schema}.run_files VALUES ('{name}', E'{escaped}', 0, 'x', 'y')"
        )
    [seen] = fetched(there)
    assert files(runs(there)) == {f"first/{name}": one for name, one in files(run.folder).items()}
    assert replace(seen, folder=run.folder).record == run.record


def test_a_library_in_a_file_has_its_runs_where_they_were(tmp_path: Path) -> None:
    settings = Settings(library=tmp_path / "library")
    with sharing.sharing(settings, runs(settings)):
        kept(runs(settings) / "first", ROWS)
    sharing.fetch(settings, runs(settings))
    assert len(fetched(settings)) == 1
    assert sharing.adopt(settings, runs(settings)) == 0
