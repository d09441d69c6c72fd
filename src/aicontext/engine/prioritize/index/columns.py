"""Columns of natural numbers, each in the fewest bytes a number."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Literal

Code = Literal["B", "H", "I", "Q"]

_CODES: dict[int, Code] = {1: "B", 2: "H", 4: "I", 8: "Q"}


def code(highest: int) -> Code:
    """The type of `array` whose items hold numbers up to the highest."""
    width = next(width for width in _CODES if highest < 1 << (8 * width))
    return _CODES[width]


def column(values: Iterable[int]) -> array[int]:
    kept = list(values)
    narrow = code(max(kept, default=0))
    return array(narrow, bytes(kept) if narrow == "B" else kept)


def written(values: array[int]) -> bytes:
    """A column, or another array of such a type: its width, and its items."""
    return bytes([values.itemsize]) + values.tobytes()


def opened(section: memoryview) -> memoryview:
    """Reads what was `written`, where it lies."""
    return section[1:].cast(_CODES[section[0]])


def taken(content: memoryview, at: int, length: int) -> tuple[list[int], int]:
    """(so many numbers of what was `written` and starts `at` a byte, where it ends)."""
    width = content[at]
    end = at + 1 + length * width
    return content[at + 1 : end].cast(_CODES[width]).tolist(), end
