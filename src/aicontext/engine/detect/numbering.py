"""Line-number prefixes of file reads: `cat -n`, `nl`, and what agents' read tools print."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

NUMBERED = re.compile(r"[ ]{0,12}(\d{1,9})(?:\t|→|[:|](?:[ ]|$)|[ ]\|(?:[ ]|$)|[ ]{2}(?=\S)|$)")
"""`   12<tab>code`, `12→code`, `12: code`, `12| code`, `12  code`; group 1: the number."""


def numbered(parts: Iterable[Sequence[str]]) -> bool:
    """Whether nearly all lines carry a number one higher than the line before.

    Matches of a search also carry numbers, but with leaps between them. Lines that `nl` leaves
    without a number because they are blank do not count.
    """
    lines = hits = steps = 0
    for part in parts:
        before = None
        for line in part:
            if not line.strip():
                continue
            lines += 1
            match = NUMBERED.match(line)
            if match is None:
                continue
            hits += 1
            number = int(match[1])
            steps += before is None or number == before + 1
            before = number
    return hits >= 2 and hits >= 0.6 * lines and steps >= 0.9 * hits


def without_number(line: str) -> str:
    """The line behind its number; the line itself where it has none."""
    match = NUMBERED.match(line)
    return line[match.end() :] if match else line
