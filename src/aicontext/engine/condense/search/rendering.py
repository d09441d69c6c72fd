"""Search hits by file: chosen lines in full, the others as numbers.

src/app.py: 12,40-43          every matching line's number
12:def run(self):             lines in full stand below their file
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import groupby

from aicontext.engine.condense.marks import Marks
from aicontext.engine.condense.search.reading import Hit, Reading


def ranges(numbers: Iterable[int]) -> str:
    """`5-8,11,40` for 5, 6, 7, 8, 11, 40; ascending and without repeats whatever comes in."""
    spans: list[list[int]] = []
    for number in sorted(set(numbers)):
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in spans)


def render(found: Reading, chosen: Collection[int], marks: Marks) -> str:
    """The hits by file; those whose index in the output is in `chosen` in full."""
    chosen = set(chosen)
    rows = [line for at, line in found.strays if not found.hits or at < found.hits[0].at]
    silent = sum(hit.matched and hit.at not in chosen for hit in found.hits)
    if silent:
        shown = "shown by number" if found.numbered else "counted by file"
        rows.append(marks.gap(silent, "matches", shown))
    around = sum(not hit.matched and hit.at not in chosen for hit in found.hits)
    if around:
        rows.append(marks.gap(around, "lines", "around those matches"))
    for path, hits in groupby(found.hits, key=lambda hit: hit.path):
        rows += _file(path, list(hits), chosen)
    rows += [line for at, line in found.strays if found.hits and at > found.hits[0].at]
    return "\n".join(rows)


def _file(path: str, hits: Sequence[Hit], chosen: set[int]) -> Iterable[str]:
    numbers = [hit.number for hit in hits if hit.matched]
    silent = sum(hit.matched and hit.at not in chosen for hit in hits)
    if not silent:
        where = ""
    elif any(numbers):
        where = ranges(numbers)
    else:
        where = f"{silent} more" if silent < len(numbers) else f"{silent} matches"
    if where or path:
        yield f"{path}: {where}" if path and where else f"{path}{where}"
    for hit in hits:
        if hit.at in chosen:
            yield f"{hit.number or ''}{':' if hit.matched else '-'}{hit.text}"
