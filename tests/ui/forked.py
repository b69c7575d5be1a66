"""Scripts that start at once: forked from a process that has imported what a window stands on.

To import Gradio takes five seconds of a core, and the tests start a hundred windows. That the
program starts from nothing is tested where it is started by its own name, as in ``starting.py``.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from multiprocessing import forkserver
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PATH = os.pathsep.join(map(str, (ROOT, HERE.parent, HERE)))
"""Where a script finds Ibid and what lies beside the tests."""
IMPORTED = ("gradio", "ui.window.app", "ui.window.server.serve", "ui.window.server.headless",
            "ui.window.evaluation.tab", "ui.window.library.tab", "ui.window.settings.choosing",
            "stocked", "ui.window.conversation.jobs", "pytest", "warmed")  # fmt: skip


class Forked:
    """A script that runs, as `subprocess.Popen` has it; what it prints is in the file ``output``.

    Its environment is this process's with what ``environment`` says otherwise.
    """

    def __init__(
        self,
        script: Path,
        arguments: Sequence[str],
        folder: Path,
        output: Path,
        environment: Mapping[str, str],
    ) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(IMPORTED))
        _begin()
        self._process = context.Process(
            target=_run,
            args=(str(script), list(arguments), str(folder), str(output), dict(environment)),
            daemon=True,
        )
        self._process.start()

    @property
    def pid(self) -> int:
        """The number of the process."""
        assert self._process.pid
        return self._process.pid

    def poll(self) -> int | None:
        """What it ended with; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        """What it ended with. Raises subprocess.TimeoutExpired: it has not within the seconds."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("a script", timeout)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


def _begin() -> None:
    """Have the process that is forked, which finds modules by its environment alone."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = PATH
    try:
        forkserver.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


def _run(
    script: str, arguments: list[str], folder: str, output: str, environment: dict[str, str]
) -> None:
    """Be the script from its first line to its last, as an interpreter of its own would be."""
    written = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for shown in (1, 2):
        os.dup2(written, shown)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [script, *arguments]
    sys.path[:0] = [str(Path(script).parent)]
    code = 1
    try:
        runpy.run_path(script, run_name="__main__")
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    finally:
        # An interpreter does so at its end; what is forked by multiprocessing leaves it out.
        threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001
        atexit._run_exitfuncs()  # noqa: SLF001
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)
