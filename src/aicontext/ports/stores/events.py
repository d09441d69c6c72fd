"""Usage events, kept for good."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from aicontext.domain.analytics.ledger import Balance
from aicontext.domain.analytics.usage import OptimizationRow, UsageQuery, UsageRow
from aicontext.domain.events import HookEvent, UsageEvent


class Events(Protocol):
    """Calls of models, and of hooks, each by id. An event appended twice is kept once."""

    def append(
        self,
        events: Sequence[UsageEvent],
        marks: Mapping[str, str] = {},
    ) -> None:
        """Keep the events durably, all or none: on return they survive `kill -9`.

        marks: kept with them, all or none, each in place of what stood under its name: up to where
        the source of the events was read.

        Raises Unavailable where they could not be kept, and InvalidInput where one of them is not
        an event (a number that is none); none of them was then. Half a surrogate pair in a text
        may come back as a question mark, a cost rounded to the micro-cent, and times that were
        taken rounded to the microsecond.
        """

    def since(
        self, at: float, until: float = float("inf"), *, raw: bool = False
    ) -> Iterator[UsageEvent]:
        """The calls with at <= call.at < until, oldest first, each at its last price.

        raw: the events as they were appended, corrections too; those of equal time by id.
        """

    def usage(self, query: UsageQuery, *, raw: bool = False) -> Sequence[UsageRow]:
        """What the calls add up to, by time and keys; nothing for what there is none of.

        raw: summed anew from the events; otherwise from what is kept summed up, where it is. Both
        are equal. Raises Unavailable.
        """

    def optimizations(self, query: UsageQuery, *, raw: bool = False) -> Sequence[OptimizationRow]:
        """What the calls' changes add up to, by time, keys, kind and level; else as `usage`."""

    def version(self, query: UsageQuery) -> str:
        """Of what the query is answered from: while it stays, so does the answer, and so do the
        calls that were lost. "" where that cannot be told now. Raises Unavailable."""

    def ledger(self, query: UsageQuery, *, raw: bool = False) -> Sequence[Balance]:
        """Balances of accounts, by time, keys and account; else as `usage`."""

    def rebuild(self, since: float, until: float) -> None:
        """Make what is kept summed up anew from the events, for all days (UTC) that have a part in
        since <= at < until. No event is changed. Raises Unavailable."""

    def held(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of the ids whose events are kept."""

    def marks(self) -> Mapping[str, str]:
        """All that were kept."""

    def lose(self, calls: int, at: float) -> None:
        """Keep that so many calls could not be kept. at: now. Raises Unavailable."""

    def lost(self, since: float) -> int:
        """Calls that could not be kept, by what was noted from then on."""

    def append_hooks(self, events: Sequence[HookEvent]) -> None:
        """Keep the hooks' events as `append` does the calls'; they are read apart from those."""

    def hooks_since(self, at: float) -> Iterator[HookEvent]:
        """The hooks' events from then on, oldest first; of equal time by id."""

    def close(self) -> None:
        """Let go of what is open; it opens again where it is used again."""
