"""Marks that say what was left out.

A mark looks like `[… 12 lines]`. Text that holds the opening itself gets marks with a part of its
own SHA-256, which no text can know of itself: content cannot pose as a mark.
"""

from __future__ import annotations

from dataclasses import dataclass

from aicontext.domain.context import digest

OPENING = "[…"


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks for one text."""

    opening: str

    @classmethod
    def of(cls, source: str) -> Marks:
        return cls(OPENING if OPENING not in source else OPENING + digest(source)[:8])

    def gap(self, amount: int, noun: str = "lines", note: str = "") -> str:
        """`[… 12 lines]`, `[… 1 line]`, `[… 12 lines: note]`."""
        noun = noun[:-1] if amount == 1 and noun.endswith("s") else noun
        return f"{self.opening} {amount:,} {noun}{': ' + note if note else ''}]"
