"""The words of a rendered table, shared by writer and decoder.

    JSON list of 300 rows; each fills this template (<name> stands in its column):
    {"id":<48000+3*row>,"title":"<title>","state":"<state>","url":"https://x.test/<title>"}
    columns: state⇥title
    open⇥Retry stream lease
    closed⇥Router parser⇥url=null

The first part of a row holds words split by spaces, further parts are split by tabs. A part after
the last column replaces what the template says for one key. In a cell `^` stands before JSON,
alone for an absent key, and `~` for a value at the line's end. A line that begins with `=` is a
row of its own; one that begins with `@` repeats what the template says of that row. Where the
template gives every row whole (`WHOLE`), neither columns nor rows follow.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

BRACKETS = ("<>", "‹›", "⟨⟩", "⟦⟧")
"""Pairs that may stand around a hole; the first that the document does not hold is used."""

INTRO = re.compile(r"(?:table \d+: )?JSON (list|map|lines) of (\d+) rows; [^(]*\((.)name(.) ")
OUTER = re.compile(r"JSON with (\d+) tables? in its place \((.)table 1(.)\)")
FILLED, WHOLE = "each fills this template", "this template gives each whole"
COLUMNS = "columns: "
WHERE = "where "
EACH = "each item of "
PACKED = re.compile(rf"{WHERE}({EACH})?.([^ ]+). is \[([^\]]*)\] for (\{{.*)")
PART = "\t"
JSON_CELL = "^"
ELSEWHERE = "~"
WHOLE_ROW = "="
ANCHOR = "@"
GUARDED = (JSON_CELL + WHOLE_ROW, JSON_CELL + ANCHOR)
"""How a row begins whose own text begins with one of these marks."""
ABSENT_HOLE = "?"
CONSTANT_HOLE = "="
ANCHOR_EVERY = 10
KEY_PATH = ("key",)
"""The path of the key in a map's rows; real paths begin with an empty part."""

_NAME = re.compile(r"[A-Za-z_$][\w.$/\-]{0,59}", re.ASCII)

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Progression:
    """Whole numbers start + step * row, or times: `unit` is then s, ms or us."""

    start: str
    step: int
    unit: str = ""

    def formula(self) -> str:
        """`48000+3*row`, `2026-11-02T10:00:00Z+1s*row`."""
        return f"{self.start}{self.step:+d}{self.unit}*row"


PROGRESSION = re.compile(r"(-?\d[\d:.TZ+ \-]*?)([+-]\d{1,18})(s|ms|us|)\*row", re.ASCII)


def names(paths: Iterable[Path]) -> dict[Path, str]:
    """A short, unique name for each path: its last key, else the dotted path, else `#n`."""
    paths = sorted(paths)
    last = Counter(path[-1] for path in paths)
    dotted = [".".join(path[1:]) for path in paths]
    full = Counter(dotted)
    taken = {path[-1] for path in paths if last[path[-1]] == 1}
    found = {}
    for index, path in enumerate(paths):
        name = path[-1]
        if last[name] > 1:
            name = dotted[index]
            if full[name] > 1 or name in taken:
                name = ""
        found[path] = name if _NAME.fullmatch(name) and name != "row" else f"#{index}"
    return found
