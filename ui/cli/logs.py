"""How the command line writes its log."""

from __future__ import annotations

import logging

from rag.language import visible


class PrintableFormatter(logging.Formatter):
    """Lines of a log, whose messages and tracebacks tell words of others."""

    def format(self, record: logging.LogRecord) -> str:
        """The lines, without what could command a terminal."""
        return visible.printable(super().format(record))
