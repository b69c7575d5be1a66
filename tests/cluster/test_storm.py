"""A short storm over a real cluster; `make cluster-test` is the whole, and looks at seconds too."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

STORM = Path(__file__).with_name("storm.py")


@pytest.mark.model
@pytest.mark.timeout(900)
@pytest.mark.skipif(
    not (shutil.which("nginx") or Path("/usr/sbin/nginx").exists()), reason="nginx is not installed"
)
def test_no_article_is_lost_and_none_is_there_twice_whoever_is_killed() -> None:
    said = ["--articles", "60", "--askers", "4", "--kills", "6", "--restarts", "1"]
    said += ["--minutes", "0.75", "--seed", "1", "--storm-alone"]
    done = subprocess.run([sys.executable, STORM, *said], capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
