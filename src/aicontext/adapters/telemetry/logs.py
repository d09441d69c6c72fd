"""Log lines for programs."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from traceback import extract_tb

_OWN = "aicontext"
_LONGEST = 2000
"""Characters of a message that are kept."""


class JsonLines(logging.Formatter):
    """One JSON object on one line for each record, whatever its message holds.

    Of an exception its type and where it was raised are told, not its message, and of other
    programs' records the words without what they fill in: both may quote what a user sent.
    """

    def format(self, record: logging.LogRecord) -> str:
        ours = record.name.partition(".")[0] == _OWN
        told = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": (record.getMessage() if ours else str(record.msg))[:_LONGEST],
        }
        if record.exc_info and record.exc_info[0] is not None:
            told["error"] = record.exc_info[0].__name__
            frames = extract_tb(record.exc_info[2])
            told["raised"] = " < ".join(f"{one.name}:{one.lineno}" for one in reversed(frames))
        for name in ("event", "trace"):
            if isinstance(value := getattr(record, name, None), str):
                told[name] = value
        return json.dumps(told)
