"""What the command ``ibid`` runs: Ctrl-C ends it in one line from the first moment on."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn

# Python looks through all that was imported for what can be thrown away, again and again while
# more is imported, of which nothing can be: a seventh of the time of a start.
_OBJECTS_BETWEEN_LOOKS = 50_000


def main() -> NoReturn:
    """Import the commands, which takes a moment, and run the one that was given."""
    gc.set_threshold(_OBJECTS_BETWEEN_LOOKS)
    # Pydantic would look for plugins of its own in every installed package; Ibid uses none.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        from ui.cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("ibid: stopped\n")
        sys.exit(130)
