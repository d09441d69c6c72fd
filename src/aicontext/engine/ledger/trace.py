"""What is noted of a request when it goes out, and checked when it was billed."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace

from aicontext.domain.usage import Billed
from aicontext.engine.ledger.billing import Rates, Sent
from aicontext.engine.ledger.treatments import Treated

_MORE = 1.3
"""Times our count that a provider may count of the same text. What is more than that was not in the
request: files that it keeps or fetches, a cache that is named, what its own tools read."""

_OFF, _STEP = 0.02, 128
"""Share by which counts are off within a conversation, and the tokens in which caches count."""


@dataclass(frozen=True, slots=True)
class Trace:
    """direct, sent: the request as it came and as it goes out.

    direct_read, read: tokens the cache may hold of each; None where others may have sent it before,
    so that only the bill will tell. direct_known, known: of each, what went out before, however
    long ago. continues: these are only the latest messages, and the provider keeps those before.
    unsure: some of `read` is held for longer than promised, if at all.
    """

    direct: Sent
    direct_read: int | None
    direct_known: int
    sent: Sent
    read: int
    known: int
    treated: Treated
    rates: Rates
    continues: bool = False
    unsure: bool = False

    @property
    def same(self) -> bool:
        """Whether all went out as it came, now and before: so it cost what it would have cost."""
        unchanged = self.sent.keys[-1] == self.direct.keys[-1]
        return unchanged and self.direct_read in (None, self.read)

    @property
    def changed(self) -> bool:
        """Whether fewer messages go out as before than would have without us."""
        ours, direct = self.sent.totals, self.direct.totals
        return bisect_right(ours, self.known) < bisect_right(direct, self.direct_known)

    def unseen(self, billed: Billed) -> int:
        """Tokens of the bill that did not stand in the request, and so are the same either way."""
        tokens = self.sent.tokens
        return billed.all_input - tokens if billed.all_input > _MORE * tokens else 0

    def anew(self, unseen: int, billed: Billed) -> int:
        """Those of the unseen tokens that the cache would have been read for without us."""
        ours = self.changed and bool(self.direct_read)
        return max(unseen - billed.cache_read, 0) if ours else 0

    def rates_of(self, billed: Billed) -> Rates:
        """The prices that the bill was made by: a router may pass a model on that has its cache
        written for money, and charge for that as for any input."""
        unasked = self.sent.automatic and not billed.cache_write
        return replace(self.rates, write=1.0) if unasked else self.rates

    def would_read(self, read: float) -> float:
        """Tokens that the cache would have been read for without us, where it was for `read` now.

        Both were held for as long: for longer than promised where more was read than expected; for
        shorter where less was, and the provider promises nothing. Then as far as the same message.
        Less may be our own doing where a time is promised, and where the past goes out in another
        way than before: some providers find whole requests alone.
        """
        if self.direct_read is None:
            return read
        longer = read > _at_most(self.read)
        if not longer and (self.changed or not (self.sent.automatic or self.unsure)):
            return self.direct_read
        known, direct = self.read, self.direct_read
        if longer:
            known, direct = self.known, self.direct_known
        if known <= _at_most(read):
            return direct
        messages = bisect_right(self.sent.totals, _at_most(read))
        reached = self.direct.totals[messages - 1] if messages else 0
        return max(reached, self.direct_read) if longer else min(reached, direct)


def _at_most(tokens: float) -> float:
    """What may have been counted so."""
    return tokens * (1 + _OFF) + _STEP
