"""Promises of `ibid add` on a terminal, of a folder of hundreds: its bar, and its end by Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from beside import ROOT, Running
from commands import Ibid

COUNT, STOPPED_AT, MORE = 300, 5, 3
_COMMAND = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def shown(process: subprocess.Popen[bytes], terminal: int) -> Iterator[str]:
    """All that a terminal was told until then, again and again until the end."""
    told = b""
    with suppress(OSError):  # how Linux tells the end
        while more := os.read(terminal, 65536):
            told += more
            yield _COMMAND.sub("", told.decode(errors="replace"))
    process.wait()


def test_the_bar_tells_speed_and_time_left_and_ctrl_c_ends_after_the_article_in_hand(
    running: Running, ibid: Ibid, tmp_path: Path
) -> None:
    files = [tmp_path / "many" / f"{number:03}.txt" for number in range(COUNT)]
    files[0].parent.mkdir()
    for number, file in enumerate(files):
        file.write_text(f"The ship number {number} left the port of Aldwick on its first voyage.")
    before = len(ibid("list", "--json").json["articles"])
    terminal, end = pty.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "ui.cli.main", "add", str(files[0].parent)],
        env={**os.environ, "IBID_LIBRARY": str(running.library), "PYTHONPATH": str(ROOT),
             "TERM": "xterm"},
        stdin=end, stdout=end, stderr=end, start_new_session=True,
    )  # fmt: skip
    os.close(end)
    is_pressed = False
    told = ""
    for told in shown(process, terminal):
        if not is_pressed and f"{STOPPED_AT}/{COUNT}" in told:
            is_pressed = True
            process.send_signal(signal.SIGINT)
    os.close(terminal)
    assert process.returncode == 130, told
    # How long is left is not known at once, where the machine is busy.
    left = r"(?:\d+:\d\d:\d\d|-:--:--)"
    assert re.search(rf"Adding \d+\.txt .* \d+/{COUNT} +\d+ chunks/s +{left}", told)
    assert "the article in hand is finished first" in told
    assert "stopped before the end" in told
    done = len(ibid("list", "--json").json["articles"]) - before
    assert STOPPED_AT <= done < COUNT
    again = ibid("add", *files[: done + MORE], "--json").json["articles"]
    assert [one["outcome"] for one in again] == ["same"] * done + ["added"] * MORE
