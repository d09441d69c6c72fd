"""Lists of paths as an indented tree, from which the list can be rebuilt line by line.

src/app/            a folder, for the deeper lines below it
  main.py           src/app/main.py
  page_{08..11}.py  four files
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile

INDENT = "  "
DEEPEST = 40
"""Folders; deeper paths keep their rest on one line."""
_NUMBER = re.compile(r"\d{1,9}(?=\D*\Z)")
_SEQUENCE = re.compile(r"\{(\d{1,9})\.\.(\d{1,9})\}")


def fold(lines: Sequence[str]) -> list[str] | None:
    """The lines with shared folders said once, in their order; None where that is ambiguous."""
    if any(line[:1].isspace() or "{" in line for line in lines):
        return None
    rows: list[str] = []
    for depth, name in _tree(lines):
        rows.append(INDENT * depth + name)
    return list(_sequences(rows))


def unfold(rows: Sequence[str]) -> list[str]:
    """The lines that `fold` was given."""
    lines: list[str] = []
    folders: list[str] = []
    expanded = [name for row in rows for name in _expanded(row)]
    for row, after in zip(expanded, [*expanded, ""][1:], strict=True):
        name = row.lstrip(" ")
        depth = (len(row) - len(name)) // len(INDENT)
        del folders[depth:]
        deeper = len(after) - len(after.lstrip(" ")) > len(row) - len(name)
        if deeper:
            folders.append(name)
        else:
            lines.append("".join(folders) + name)
    return lines


def _tree(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """(depth, name) of each row: folders that at least two neighbours share, then names."""
    paths = [_pieces(line) for line in lines]
    shared = [_shared(a, b) for a, b in pairwise(paths)]
    lower = _next_lower(shared)
    ends: list[int] = []  # how many pieces of the path each open folder row ends at
    for i, own in enumerate(paths):
        with_before = shared[i - 1] if i else 0
        while ends and ends[-1] > with_before:
            ends.pop()
        levels: list[int] = []
        at = i
        while at < len(shared) and shared[at] > (ends[-1] if ends else 0):
            levels.append(shared[at])
            at = lower[at]
        for level in reversed(levels):
            yield len(ends), "".join(own[ends[-1] if ends else 0 : level])
            ends.append(level)
        yield len(ends), "".join(own[ends[-1] if ends else 0 :])


def _pieces(line: str) -> list[str]:
    """`a/b/c` as `a/`, `b/`, `c`; a slash at the end belongs to the name."""
    parts = line.split("/", DEEPEST)
    pieces = [part + "/" for part in parts[:-1]] + parts[-1:]
    return [*pieces[:-2], pieces[-2]] if len(pieces) > 1 and not pieces[-1] else pieces


def _next_lower(values: Sequence[int]) -> list[int]:
    """For each value the index of the next one that is smaller, or the length."""
    found = [len(values)] * len(values)
    waiting: list[int] = []
    for i, value in enumerate(values):
        while waiting and values[waiting[-1]] > value:
            found[waiting.pop()] = i
        waiting.append(i)
    return found


def _shared(a: Sequence[str], b: Sequence[str]) -> int:
    """How many folders two paths share from the root; their last parts are names."""
    pairs = zip(a[:-1], b[:-1], strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _sequences(rows: Sequence[str]) -> Iterator[str]:
    """Three or more names that count up become one row."""
    at = 0
    while at < len(rows):
        end, number = at + 1, _NUMBER.search(rows[at]) if _may_count(rows, at) else None
        while number and end < len(rows) and rows[end] == _raised(rows[at], number, end - at):
            end += 1
        if number and end - at >= 3:
            last = _padded(number[0], end - at - 1)
            row = rows[at]
            yield f"{row[: number.start()]}{{{number[0]}..{last}}}{row[number.end() :]}"
            at = end
        else:
            yield rows[at]
            at += 1


def _may_count(rows: Sequence[str], at: int) -> bool:
    """Whether the row two further on could be this one with a higher number: a cheap look."""
    if at + 2 >= len(rows):
        return False
    row, later = rows[at], rows[at + 2]
    ends_alike = row[-1:] == later[-1:] or row[-1:].isdigit()
    return len(later) - len(row) in (0, 1) and ends_alike


def _raised(row: str, number: re.Match[str], by: int) -> str:
    return row[: number.start()] + _padded(number[0], by) + row[number.end() :]


def _padded(digits: str, by: int) -> str:
    return str(int(digits) + by).zfill(len(digits))


def _expanded(row: str) -> Iterator[str]:
    found = _SEQUENCE.search(row)
    if found is None:
        yield row
        return
    for by in range(int(found[2]) - int(found[1]) + 1):
        yield row[: found.start()] + _padded(found[1], by) + row[found.end() :]
