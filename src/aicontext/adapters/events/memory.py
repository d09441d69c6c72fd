"""Events that end with the process."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from math import isnan
from threading import Lock

from aicontext.domain.errors import InvalidInput
from aicontext.domain.events import UsageEvent


class MemoryEvents:
    """Sorted by time and id; may be used from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._ids: set[str] = set()
        self._kept: list[tuple[float, str, UsageEvent]] = []
        self._lost: list[tuple[float, int]] = []
        self._marks: dict[str, str] = {}

    def append(
        self,
        events: Sequence[UsageEvent],
        marks: Mapping[str, str] = {},
    ) -> None:
        if any(isnan(event.at) for event in events):
            raise InvalidInput("An event cannot be kept: its time is no number.")
        with self._lock:
            for event in events:
                if event.id not in self._ids:
                    self._ids.add(event.id)
                    self._kept.append((event.at, event.id, event))
            self._kept.sort(key=lambda entry: entry[:2])
            self._marks.update(marks)

    def since(self, at: float, until: float = float("inf")) -> Iterator[UsageEvent]:
        with self._lock:
            first = bisect_left(self._kept, (at, ""), key=lambda entry: entry[:2])
            last = bisect_left(self._kept, (until, ""), key=lambda entry: entry[:2])
            found = self._kept[first:last]
        return (event for _, _, event in found)

    def held(self, ids: Sequence[str]) -> frozenset[str]:
        with self._lock:
            return frozenset(ids) & self._ids

    def marks(self) -> Mapping[str, str]:
        with self._lock:
            return dict(self._marks)

    def lose(self, calls: int, at: float) -> None:
        with self._lock:
            self._lost.append((at, calls))

    def lost(self, since: float) -> int:
        with self._lock:
            return sum(calls for at, calls in self._lost if at >= since)
