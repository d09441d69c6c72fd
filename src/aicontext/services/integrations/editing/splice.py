"""The one place where two texts differ, so that a change can be undone byte for byte."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Splice:
    """`removed` made way for `added`."""

    removed: str
    added: str


def between(before: str, after: str) -> Splice:
    """The shortest splice that makes `after` of `before`."""
    most = min(len(before), len(after))
    start = _common(before, after, most)
    end = _common(before[::-1], after[::-1], most - start)
    return Splice(before[start : len(before) - end], after[start : len(after) - end])


def _common(one: str, other: str, most: int) -> int:
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low


def undone(text: str, splice: Splice) -> str | None:
    """The text with the change undone; None where it does not stand there, or more than once."""
    if not splice.added or text.count(splice.added) != 1:
        return None
    return text.replace(splice.added, splice.removed)
