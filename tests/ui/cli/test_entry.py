"""Ctrl-C from the first moment on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("seconds", [0.03, 0.15])
def test_ctrl_c_while_the_commands_are_imported_is_one_line(seconds: float) -> None:
    code = f"""
import signal, sys
import ui.cli.entry
sys.argv = ["ibid", "chat", "--no-such-option"]
signal.signal(signal.SIGALRM, signal.default_int_handler)
signal.setitimer(signal.ITIMER_REAL, {seconds})
ui.cli.entry.main()
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=120,
    )
    assert done.returncode in (130, 2), done.stderr  # 2: it was quicker than the Ctrl-C
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
