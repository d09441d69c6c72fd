"""A tool call's arguments, as far as they can be read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import chain, pairwise

_READ_AT_MOST = 400_000
"""Characters of JSON; a larger call carries content, not a path or a plan."""

COMMAND_KEYS = ("command", "cmd", "script")


def parsed(text: str) -> Mapping[str, object]:
    """Arguments as an object; empty where the text is none, broken, too large or too deep."""
    if not text.startswith("{") or len(text) > _READ_AT_MOST:
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def strings(arguments: Mapping[str, object], keys: Sequence[str]) -> list[str]:
    """The texts under these keys; of a list (`["bash", "-lc", "make"]`) its last."""
    found = []
    for key in keys:
        value = arguments.get(key)
        if isinstance(value, list) and value:
            value = value[-1]
        if isinstance(value, str) and value:
            found.append(value)
    return found


def one_line(text: str) -> str:
    """Arguments on one line. No JSON string holds a raw line break, so only layout is lost."""
    if "\n" not in text or not parsed(text):
        return text
    lines = [line for line in map(str.strip, text.split("\n")) if line]
    joints = ["" if a[-1] in "{[" or b[0] in "}]" else " " for a, b in pairwise(lines)]
    return "".join(chain.from_iterable(zip(lines, [*joints, ""], strict=True)))
