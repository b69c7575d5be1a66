from __future__ import annotations

import json
from pathlib import Path

from kept import kept
from rows import ROWS

from eval import report


def test_the_json_holds_every_case_and_how_the_run_was_made(tmp_path: Path) -> None:
    run = kept(tmp_path / "run", ROWS)
    summary = report.write(run)
    read = json.loads((run.folder / "report.json").read_text("utf-8"))
    assert read == json.loads(json.dumps(report.document(run, summary), allow_nan=False))
    assert [one["id"] for one in read["cases"]] == [one.case.id for one in ROWS]
    first, last = read["cases"][0], read["cases"][-1]
    assert (first["text"], first["status"]) == ("It opened in 1889.", "answered")
    assert first["values"]["containment"] == 1
    assert (first["verdict"], first["seconds"]) == ("TN", 1)
    assert last["text"] is last["verdict"] is None
    assert last["error"] == "ProviderError: no answer"
    assert read["figures"]["containment"]["value"] == 0.75
    assert set(read["tags"]) == {"fact", "long", "none"}
    assert read["run"]["asked"]["digest"] == "d1"
    assert read["run"]["name"] == "run"


def test_a_run_of_nothing_has_a_report(tmp_path: Path) -> None:
    summary = report.write(kept(tmp_path / "run", []))
    assert summary.figures["failed"].n == 0
