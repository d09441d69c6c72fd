"""Columns of natural numbers, each in the fewest bytes a number."""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterable
from typing import Literal

Code = Literal["B", "H", "I", "Q"]

_CODES: dict[int, Code] = {1: "B", 2: "H", 4: "I", 8: "Q"}
_WIDTHS = {narrow: bytes([width]) for width, narrow in _CODES.items()}
_BYTE = 0xFF
_LOWER = int(sys.byteorder == "big")
"""Where in a number of two halves the lower one stands."""

_ENCODINGS = {1: "latin-1", 2: f"utf-16-{sys.byteorder[0]}e"}


def code(highest: int) -> Code:
    """The type of `array` whose items hold numbers up to the highest."""
    width = next(width for width in _CODES if highest < 1 << (8 * width))
    return _CODES[width]


def column(values: Iterable[int], highest: int | None = None) -> array[int]:
    """highest: that no value exceeds, where it is known; to find it takes as long as the rest."""
    narrow, items = _packed(values, highest)
    return array(narrow, items)


def written(values: array[int]) -> bytes:
    """A column, or another array of such a type: its width, and its items."""
    return bytes([values.itemsize]) + values.tobytes()


def written_column(values: Iterable[int], highest: int | None = None) -> bytes:
    """The `column` of the values, `written`."""
    narrow, items = _packed(values, highest)
    return _WIDTHS[narrow] + items


def _packed(values: Iterable[int], highest: int | None) -> tuple[Code, bytes]:
    kept = values if isinstance(values, list) else list(values)
    if highest is None or highest <= _BYTE:
        try:
            return "B", bytes(kept)
        except ValueError:
            highest = max(kept)
    narrow = code(highest)
    # In half the time that an array takes to be made of a list.
    return narrow, struct.pack(f"{len(kept)}{narrow}", *kept)


def opened(section: memoryview) -> memoryview:
    """Reads what was `written`, where it lies."""
    return section[1:].cast(_CODES[section[0]])


def taken(content: memoryview, at: int, length: int) -> tuple[list[int], int]:
    """(so many numbers of what was `written` and starts `at` a byte, where it ends)."""
    width = content[at]
    end = at + 1 + length * width
    return content[at + 1 : end].cast(_CODES[width]).tolist(), end


def searched(content: memoryview, at: int, length: int) -> tuple[str, int]:
    """As `taken`, each number as its character: to find one takes a fraction of the time that it
    takes in a list. None is over 0xD7FF."""
    width = content[at]
    end = at + 1 + length * width
    return str(content[at + 1 : end], _ENCODINGS[width]), end


def halves(numbers: array[int]) -> tuple[bytes, bytes]:
    """The lower halves of numbers of four bytes, and the upper ones."""
    both = memoryview(numbers).cast("B").cast("H")
    return both[_LOWER::2].tobytes(), both[1 - _LOWER :: 2].tobytes()


def joined(low: memoryview, high: memoryview) -> list[int]:
    """The numbers whose `halves` these are."""
    both = memoryview(bytearray(2 * len(low))).cast("H")
    both[_LOWER::2], both[1 - _LOWER :: 2] = low.cast("H"), high.cast("H")
    return both.cast("B").cast("I").tolist()
