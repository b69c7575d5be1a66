"""What the command ``ibid`` runs: Ctrl-C ends it in one line from the first moment on."""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Import the commands, which takes a moment, and run the one that was given."""
    try:
        from ui.cli.main import main as run
    except KeyboardInterrupt:
        sys.stderr.write("ibid: stopped\n")
        sys.exit(130)
    run()
