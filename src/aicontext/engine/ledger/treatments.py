"""How each message of a conversation was treated when it last went out.

Content-addressed: a conversation is known by the digest of all its messages up to one at which a
request ended. Forks, rewinds, retries and sub-agents therefore find what holds for them.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeVar

from aicontext.engine.compress.session import ALL

Value = TypeVar("Value")


@dataclass(slots=True)
class Purse:
    """What a conversation and its forks have saved so far, in units of an input token. unseen:
    tokens that it was last billed beyond those of the request (`Trace.unseen`)."""

    saved: float = 0.0
    unseen: float = 0.0


@dataclass(frozen=True, slots=True)
class Treated:
    """whole: messages left as they came. stale: messages shown as excerpts. All others are shown
    in the fewest tokens that are safe. regret: what carrying what is stale has cost since the last
    rewriting, in units of an input token. referring: messages before this one may refer to what
    stands earlier. alone: messages shown as they were when a request brought them alone, to go on
    from what the provider keeps.
    """

    whole: frozenset[int] = frozenset()
    stale: frozenset[int] = frozenset()
    regret: float = 0.0
    purse: Purse = field(default_factory=Purse)
    referring: int = ALL
    alone: frozenset[int] = frozenset()

    def followed_by(self, later: Treated, at: int) -> Treated:
        """As this one up to and with message `at`, as `later` from there on; the sums are its."""
        return replace(
            later,
            whole=_joined(self.whole, later.whole, at),
            stale=_joined(self.stale, later.stale, at),
            alone=_joined(self.alone, later.alone, at),
            referring=self.referring,
        )

    def packed(self) -> bytes:
        """All of it as JSON."""
        sets = sorted(self.whole), sorted(self.stale)
        sums = self.regret, self.purse.saved, self.referring, self.purse.unseen
        return json.dumps((*sets, *sums, sorted(self.alone))).encode()

    @classmethod
    def unpacked(cls, state: bytes) -> Treated:
        """What `packed` made. Raises ValueError, TypeError for anything else."""
        whole, stale, regret, saved, referring, *more = json.loads(state)
        unseen, alone = more or (0.0, ())
        return cls(
            frozenset(whole),
            frozenset(stale),
            float(regret),
            Purse(float(saved), float(unseen)),
            int(referring),
            frozenset(alone),
        )


class Known(NamedTuple):
    """The last message of a beginning that went out before, how it was treated, and when (seconds
    since the epoch)."""

    at: int
    treated: Treated
    then: float


def _joined(earlier: frozenset[int], later: frozenset[int], at: int) -> frozenset[int]:
    return frozenset(i for i in earlier if i <= at) | frozenset(i for i in later if i > at)


class Treatments:
    """Treated by digest; bounded."""

    def __init__(self, limit: int = 10_000) -> None:
        self._known: OrderedDict[bytes, tuple[Treated, float]] = OrderedDict()
        self._rewritten: OrderedDict[bytes, Treated] = OrderedDict()
        self._limit = limit

    def find(self, keys: Sequence[bytes]) -> Known | None:
        """The longest beginning that went out before."""
        for at in range(len(keys) - 1, -1, -1):
            if (found := self._known.get(keys[at])) is not None:
                return Known(at, *found)
        return None

    def note(self, key: bytes, treated: Treated, now: float) -> None:
        """The conversation went out so. Its earlier turns are known as they went out: the provider
        may still hold them, for whoever turns back to one."""
        self._put(self._known, key, (treated, now))

    def rewrote(self, keys: Sequence[bytes], treated: Treated) -> None:
        """The conversation's past went out anew: so all that share a beginning of it find that."""
        for key in keys:
            if key in self._known:
                self._put(self._rewritten, key, treated)

    def rewritten(self, keys: Sequence[bytes], treated: Treated) -> Treated | None:
        """How the conversation would go out with the longest beginning that another one rewrote
        since, in another way than `treated`, as it stands there."""
        for at in range(len(keys) - 1, -1, -1):
            if (found := self._rewritten.get(keys[at])) is not None:
                joined = found.followed_by(treated, at)
                if joined != treated:
                    return joined
        return None

    def _put(self, into: OrderedDict[bytes, Value], key: bytes, value: Value) -> None:
        into[key] = value
        into.move_to_end(key)
        if len(into) > self._limit:
            into.popitem(last=False)
