"""Log records without content."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from traceback import extract_tb
from typing import Any

_OWN = "aicontext"
_LONGEST = 2000
"""Characters of a message that are kept."""


def told(record: logging.LogRecord) -> dict[str, Any]:
    """What a record tells.

    Of an exception its type and where it was raised are told, not its message, and of other
    programs' records the words without what they fill in: both may quote what a user sent. event,
    trace and data that were given as `extra` are told with it.
    """
    ours = record.name.partition(".")[0] == _OWN
    found: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": (record.getMessage() if ours else str(record.msg))[:_LONGEST],
    }
    if record.exc_info and record.exc_info[0] is not None:
        found["error"] = record.exc_info[0].__name__
        frames = extract_tb(record.exc_info[2])
        found["raised"] = " < ".join(f"{one.name}:{one.lineno}" for one in reversed(frames))
    extra = {name: getattr(record, name, None) for name in ("event", "trace", "data")}
    return found | {name: value for name, value in extra.items() if value is not None}


class JsonLines(logging.Formatter):
    """One JSON object on one line for each record, whatever its message holds."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(told(record))
