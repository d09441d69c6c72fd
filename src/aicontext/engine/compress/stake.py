"""What a session has saved so far, of which showing less of a long result may lose a part.

A result is born as an excerpt only where what was saved pays for fetching it, and for fetching
every other one that was born so: then the session is not dearer than without us even if the model
asks for each of them. All sums are estimated from the messages alone, so that the same messages
always go out in the same way; in units of an uncached input token.
"""

from __future__ import annotations

from dataclasses import dataclass

READ, WRITE = 0.1, 1.0
"""Prices of a token that is read from the provider's cache, and of a new one, at the least."""

ASKING = 800
"""What it costs the model to ask: 100 tokens of output, at eight times the price of input."""

SHARE, OF_READ, LEAST = 0.15, 0.25, 150
"""An excerpt keeps that share of a result's tokens, that of a read of files the second one; and at
least that many."""

LARGE = 2_000
"""Tokens from which the read of a file that a user just named is an excerpt too: an edit needs so
little of it that asking for that costs less than all of it."""

MOST = 16_000
"""Tokens of a result that is looked at: an excerpt of a longer one would take too long to make."""

WORTH, CARRYING = 100, 80
"""Tokens that an excerpt must leave out beyond what is shorter anyway, and one more for so many
that stand in the session: asking reads them all again."""


def brief_size(tokens: int, *, read: bool) -> int:
    """Tokens that a result of so many is born in as an excerpt. read: it shows files."""
    return max(LEAST, int((OF_READ if read else SHARE) * tokens))


@dataclass(slots=True)
class Stake:
    """standing: tokens of the session so far, as it goes out. left_out: tokens that each further
    call does not read. saved, risked: the sums so far."""

    standing: float = 0.0
    left_out: int = 0
    saved: float = 0.0
    risked: float = 0.0

    def answered(self) -> None:
        """The model has read all that stands here once more."""
        self.saved += READ * self.left_out

    def went_out(self, before: int, after: int, *, brief: bool = False) -> None:
        """A result of so many tokens went out in so many; brief: as an excerpt at its birth. What
        was rewritten counts as if it had been born so: it was paid for with what was saved."""
        if brief:
            self.risked += self._asking
        self.standing += after
        self.left_out += before - after
        self.saved += WRITE * (before - after)

    def affords(self, before: int, shorter: int, *, read: bool) -> bool:
        """Whether a result of so many tokens may go out as an excerpt. shorter: tokens that it goes
        out in otherwise. read: it shows files."""
        after = brief_size(before, read=read)
        if before > MOST or shorter - after < WORTH + self.standing / CARRYING:
            return False
        return self.saved + WRITE * (before - after) >= self.risked + self._asking

    @property
    def _asking(self) -> float:
        """What a call costs that asks for an original."""
        return READ * self.standing + ASKING
