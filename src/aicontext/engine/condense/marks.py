"""Marks that say what was left out.

A mark looks like `[… 12 lines]`. Text that holds the opening itself gets marks with a part of its
own SHA-256, which no text can know of itself: content cannot pose as a mark.
"""

from __future__ import annotations

from dataclasses import dataclass

from aicontext.domain.context import digest

OPENING = "[…"


def sealed(key: str, source: str) -> str:
    """An opening that the source does not hold. key: hex digest of the source, or of more.

    Eight digits of it can be hit by trying texts for an hour; sixteen more cannot.
    """
    short = OPENING + key[:8]
    return short if short not in source else OPENING + key[8:24]


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks for one text."""

    opening: str

    @classmethod
    def of(cls, source: str) -> Marks:
        return cls(OPENING if OPENING not in source else sealed(digest(source), source))

    @property
    def cut(self) -> str:
        """`[…]`: something is left out here; how much is said once, by a gap at the end."""
        return f"{self.opening}]"

    def gap(self, amount: int, noun: str = "lines", note: str = "") -> str:
        """`[… 12 lines]`, `[… 1 line]`, `[… 12 lines: note]`."""
        if amount == 1:
            noun = noun.replace("lines", "line", 1) if "lines" in noun else noun.removesuffix("s")
        return f"{self.opening} {amount:,} {noun}{': ' + note if note else ''}]"
