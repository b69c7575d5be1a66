"""Promises of an installation without torch: articles are added, found and quoted all the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
QUESTION = "How many people were evacuated in the Port Ellery flood?"


def light(library: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A command where none of the packages of the extra can be imported."""
    absent = ["torch", "transformers", "sentence_transformers"]
    code = (
        f"import sys; sys.modules |= dict.fromkeys({absent})\nfrom ui.cli.main import main; main()"
    )
    return subprocess.run(
        [sys.executable, "-c", code, *arguments, "--library", str(library)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **settings},
    )


@pytest.mark.model
def test_without_torch_articles_are_added_found_and_quoted(tmp_path: Path) -> None:
    seeds = sorted(map(str, (ROOT / "seeds").glob("harbour-flood*")))
    added = light(tmp_path, "add", *seeds)
    assert added.returncode == 0, added.stderr
    answered = light(tmp_path, "ask", QUESTION, "--answers", "quotes", "--json")
    assert json.loads(answered.stdout)["answer"]["text"], answered.stderr


def test_without_torch_another_model_is_told_with_what_to_install(tmp_path: Path) -> None:
    note = tmp_path / "note.md"
    note.write_text("# A note\n\nThe ferry carries 240 people.\n")
    done = light(tmp_path / "library", "add", str(note), IBID_EMBEDDER=str(tmp_path))
    assert done.returncode == 1
    assert "pip install 'ibid-rag[torch]'" in done.stderr
    assert len(done.stderr.splitlines()) == 1
