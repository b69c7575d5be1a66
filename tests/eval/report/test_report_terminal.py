from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

from kept import kept
from rich.console import Console
from rows import ROWS, row

from eval.report import terminal
from eval.report.summary import summarise
from eval.robustness import page
from eval.robustness.changes import shift
from eval.robustness.record import Changed, Plan, Robustness


def test_the_table_of_a_summary_of_nothing_is_whole() -> None:
    summary = summarise([])
    assert terminal.table(summary).row_count == len(summary.figures)


def test_the_table_leads_with_the_headline_and_fits_eighty_columns() -> None:
    console = Console(width=80, record=True, file=io.StringIO())
    summary = summarise(ROWS)
    console.print(terminal.table(summary))
    console.print(terminal.tag_table(summary))
    text = console.export_text()
    first = next(line for line in text.splitlines() if "%" in line and "metric" not in line)
    assert "answer contains gold" in first
    assert "75.0 %" in first
    assert "30.1 % … 95.4 %" in first
    assert "…" not in text.replace(" … ", "")


def test_a_tag_in_brackets_is_shown_as_it_is() -> None:
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(terminal.tag_table(summarise([row("1", "answered", tags=("[red]",))])))
    assert "[red]" in console.export_text()


def test_without_tags_there_is_no_table_of_tags() -> None:
    assert terminal.tag_table(summarise([ROWS[2]])) is None


def test_the_table_of_robustness_tells_what_each_change_did(tmp_path: Path) -> None:
    lost = replace(ROWS[0], values={**ROWS[0].values, "containment": 0.0})
    changed = (lost, *ROWS[1:7])
    was, now = kept(tmp_path / "original", ROWS), kept(tmp_path / "polite", changed)
    one = Changed(now, shift("polite", ROWS, changed))
    found = Robustness(tmp_path, Plan("set.jsonl", ("polite",)), was, (one,))
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(page.terminal(found))
    (line,) = [line for line in console.export_text().splitlines() if "polite" in line]
    cells = [cell.strip() for cell in line.strip("│ ").split("│")]
    assert cells[1] == "85.7 %"
    assert cells[3:] == ["−25.0 pp", "±0.000", "7", "1"]
