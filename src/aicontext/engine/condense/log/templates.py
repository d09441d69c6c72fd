"""Which lines of a log are the same but for their values."""

from __future__ import annotations

import re

VARIABLE = re.compile(
    r"0x[0-9a-fA-F]+|\b[0-9a-fA-F]{8,64}\b|\d[\d.,:]*|/tmp/[^\s/:]+|\b[0-9a-f]{8}-[0-9a-f-]{27}\b"
)
WIDTH = 400


def template(line: str) -> str:
    """The line with numbers, hashes and temporary paths masked; of a long line its start."""
    return VARIABLE.sub("#", line[:WIDTH]).strip()
