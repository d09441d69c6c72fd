"""Which clients have asked our MCP server for something, by the names that they give themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping

from aicontext.ports.stores.events import Events

OURS = "aicontext"
"""How our own clients' names begin: the doctor's is no visit."""

_PREFIX = "mcp client "
_LONGEST = 60
_NO_LETTER = re.compile(r"[^a-z0-9]+")


def note(events: Events, client: str, at: float) -> None:
    """Keep that the client asked at that time, in place of its last visit. Raises Unavailable."""
    name = _letters(client)
    if name and not name.startswith(OURS):
        events.append((), {f"{_PREFIX}{name}": repr(at)})


def last(marks: Mapping[str, str], tool: str) -> tuple[str, float]:
    """(client, when) of the latest visit of a tool, by its id; ("", 0) where there was none.

    Clients call themselves as their makers like: one counts whose name holds the tool's, or the
    first word of its id that tells more than what it is for.
    """
    word = _letters(tool.split("-", maxsplit=1)[0])
    visits = (
        (mark.removeprefix(_PREFIX), float(at))
        for mark, at in marks.items()
        if mark.startswith(_PREFIX)
    )
    mine = [(name, at) for name, at in visits if word in name]
    return max(mine, key=lambda one: one[1], default=("", 0.0))


def _letters(name: str) -> str:
    return _NO_LETTER.sub("", name.lower())[:_LONGEST]
