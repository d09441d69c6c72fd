"""Events that end with the process."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from math import inf
from threading import Lock
from typing import Generic, TypeVar

from aicontext.adapters.events.sound import check
from aicontext.domain.analytics.corrections import standing
from aicontext.domain.analytics.ledger import Balance, balances
from aicontext.domain.analytics.usage import (
    OptimizationRow,
    UsageQuery,
    UsageRow,
    optimized,
    summed,
)
from aicontext.domain.events import HookEvent, UsageEvent

Event = TypeVar("Event", UsageEvent, HookEvent)


class MemoryEvents:
    """Sorted by time and id; may be used from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._calls: _Sorted[UsageEvent] = _Sorted()
        self._hooks: _Sorted[HookEvent] = _Sorted()
        self._lost: list[tuple[float, int]] = []
        self._marks: dict[str, str] = {}
        self._writes = 0

    def append(
        self,
        events: Sequence[UsageEvent],
        marks: Mapping[str, str] = {},
    ) -> None:
        with self._lock:
            self._calls.add(events)
            self._marks.update(marks)
            self._writes += 1

    def since(
        self, at: float, until: float = float("inf"), *, raw: bool = False
    ) -> Iterator[UsageEvent]:
        with self._lock:
            found = self._calls.between(at, until)
        return iter(found) if raw else standing(found)

    def append_hooks(self, events: Sequence[HookEvent]) -> None:
        with self._lock:
            self._hooks.add(events)

    def hooks_since(self, at: float) -> Iterator[HookEvent]:
        with self._lock:
            return iter(self._hooks.between(at, inf))

    def usage(self, query: UsageQuery, *, raw: bool = False) -> Sequence[UsageRow]:
        return summed(self._events(query), query)

    def optimizations(self, query: UsageQuery, *, raw: bool = False) -> Sequence[OptimizationRow]:
        return optimized(self._events(query), query)

    def version(self, query: UsageQuery) -> str:
        return str(self._writes)

    def ledger(self, query: UsageQuery, *, raw: bool = False) -> Sequence[Balance]:
        return balances(self._events(query), query)

    def _events(self, query: UsageQuery) -> Iterator[UsageEvent]:
        return self.since(query.since, query.until, raw=True)

    def rebuild(self, since: float, until: float) -> None:
        pass  # Nothing is kept summed up.

    def held(self, ids: Sequence[str]) -> frozenset[str]:
        with self._lock:
            return frozenset(ids) & self._calls.ids

    def marks(self) -> Mapping[str, str]:
        with self._lock:
            return dict(self._marks)

    def lose(self, calls: int, at: float) -> None:
        with self._lock:
            self._lost.append((at, calls))
            self._writes += 1

    def lost(self, since: float) -> int:
        with self._lock:
            return sum(calls for at, calls in self._lost if at >= since)

    def close(self) -> None:
        pass


class _Sorted(Generic[Event]):
    def __init__(self) -> None:
        self.ids: set[str] = set()
        self._kept: list[tuple[float, str, Event]] = []

    def add(self, events: Sequence[Event]) -> None:
        check(events)
        for event in events:
            if event.id not in self.ids:
                self.ids.add(event.id)
                self._kept.append((event.at, event.id, event))
        self._kept.sort(key=lambda entry: entry[:2])

    def between(self, at: float, until: float) -> list[Event]:
        first = bisect_left(self._kept, (at, ""), key=lambda entry: entry[:2])
        last = bisect_left(self._kept, (until, ""), key=lambda entry: entry[:2])
        return [event for _, _, event in self._kept[first:last]]
