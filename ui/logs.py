"""What a running Ibid logs, for other programs to read: a JSON document a line. No Gradio here.

No line tells a question, an article or a key: of a failure its kind and where it was, not its
words, which may be anybody's.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from typing import Any

from ui import asked, keys

REQUESTS = "ibid.requests"
FACTS = "facts"  # the attribute of a record with what is to be told of it by name
_MOST_CHARACTERS = 2_000
_MOST_FRAMES = 30
_KEY = re.compile(rf"{keys.PREFIX}[0-9A-Za-z]{{8,}}")


class RequestFilter(logging.Filter):
    """Puts the id of the request that is worked on into a record, as ``request``; "" if none is."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Lets every record pass."""
        request = asked.now()
        record.request = request.id if request else ""
        return True


class JsonFormatter(logging.Formatter):
    """One document a line, in ASCII: nothing in it ends the line or commands a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        message = _KEY.sub(f"{keys.PREFIX}…", record.getMessage())[:_MOST_CHARACTERS]
        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message,
        }
        if request := getattr(record, "request", ""):
            said["request"] = request
        said |= getattr(record, FACTS, {})
        if record.exc_info and (error := record.exc_info[1]) is not None:
            said["error"] = type(error).__name__
            frames = traceback.extract_tb(error.__traceback__)[-_MOST_FRAMES:]
            said["where"] = [f"{one.filename}:{one.lineno} {one.name}" for one in frames]
        return json.dumps(said, default=str)


def as_json(stream: Any = None) -> None:
    """Write all logs of this process so, those of requests too; to standard error, or elsewhere."""
    lines = logging.StreamHandler(stream)
    lines.setFormatter(JsonFormatter())
    lines.addFilter(RequestFilter())
    logging.basicConfig(level=logging.WARNING, handlers=[lines], force=True)
    logging.getLogger("ibid").setLevel(logging.WARNING)
    logging.getLogger(REQUESTS).setLevel(logging.INFO)
