"""`ls -l` without the columns that say nothing, and `tree` without its drawing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from aicontext.engine.condense.marks import Marks

_ROW = re.compile(
    r"(?P<mode>[-dlbcps][-rwxsStT]{9}[@+.]?) +\d+ (?P<owner>\S+ +\S+) +(?P<size>\d[\d.,]*[KMGT]?)"
    r" (?P<date>[A-Z][a-z]{2} [ \d]\d  ?\d\d:?\d\d|\d{4}-\d\d-\d\d \d\d:\d\d) (?P<name>.+)"
)
_TOTAL = re.compile(r"total \d+(?:\.\d)?[KMG]?\Z")
_BRANCH = re.compile(r"(?:[│|][ \xa0]{3}|[ \xa0]{4})*(?:[├└|`](?:──|--)[ \xa0])?")


@dataclass(frozen=True, slots=True)
class _Usual:
    """What most rows say. modes: by the mode's first letter."""

    owner: str
    modes: dict[str, str]

    @classmethod
    def of(cls, rows: Sequence[re.Match[str]]) -> _Usual:
        owner = Counter(row["owner"] for row in rows).most_common(1)[0][0]
        modes: dict[str, Counter[str]] = {}
        for row in rows:
            modes.setdefault(row["mode"][0], Counter())[row["mode"]] += 1
        return cls(owner, {sort: found.most_common(1)[0][0] for sort, found in modes.items()})

    def row(self, row: re.Match[str]) -> str:
        """Mode and owner where they are unusual, size, date, name; folders end in a slash."""
        mode = "" if row["mode"] == self.modes[row["mode"][0]] else row["mode"] + " "
        owner = "" if row["owner"] == self.owner else row["owner"] + " "
        folder = row["mode"].startswith("d")
        size = "" if folder else row["size"] + " "
        return f"{mode}{owner}{size}{row['date']} {row['name']}{'/' if folder else ''}"


def short_rows(lines: Sequence[str], marks: Marks) -> list[str] | None:
    """`ls -l` rows with usual modes and owners said once; None where fewer than 4 in 5 are rows."""
    rows = [_ROW.match(line) for line in lines]
    full = [row for row in rows if row]
    told = sum(bool(line.strip()) and not _TOTAL.match(line) for line in lines)
    if len(full) < 2 or len(full) < 0.8 * told:
        return None
    usual = _Usual.of(full)
    note = f"{' '.join(usual.modes.values())} {' '.join(usual.owner.split())} unless shown"
    shown = [marks.gap(len(full), "modes and owners", note)]
    for line, row in zip(lines, rows, strict=True):
        if row is None and not _TOTAL.match(line):
            shown.append(line)
        elif row and row["name"] not in (".", ".."):
            shown.append(usual.row(row))
    return shown


def undrawn(lines: Sequence[str]) -> list[str] | None:
    """A drawn tree with two blanks a level; None where less than 3 in 5 lines are drawn."""
    drawn = [_BRANCH.match(line) for line in lines]
    lengths = [match.end() if match else 0 for match in drawn]
    told = sum(bool(line.strip()) for line in lines)
    if sum(map(bool, lengths)) < 0.6 * told or not any(c in line for line in lines for c in "├└"):
        return None
    return ["  " * (n // 4) + line[n:] for n, line in zip(lengths, lines, strict=True)]
