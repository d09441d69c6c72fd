"""Adding up what a process does, for those who watch it."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from threading import Lock

from aicontext.domain.analytics.measures import Answered, Family, Measured, Spread
from aicontext.domain.events import UsageEvent

BOUNDS = (
    *(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5),
    *(1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, math.inf),
)
"""Seconds."""

_MOST = 64
"""Upstreams that are told apart: a name may be of the caller's making."""

_OTHER = "other"


class Metering:
    """Calls of models by their events, and answers of services by their routes. Threads may share
    it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._upstreams: set[str] = set()
        self._outcomes: Counter[tuple[str, ...]] = Counter()
        self._saved: Counter[tuple[str, ...]] = Counter()
        self._billed: Counter[tuple[str, ...]] = Counter()
        self._cost: Counter[tuple[str, ...]] = Counter()
        self._times: dict[tuple[str, ...], list[float]] = {}

    def seen(self, event: UsageEvent) -> None:
        """Adds a call of a model."""
        with self._lock:
            upstream = self._named(event.upstream)
            self._outcomes[upstream, event.outcome.value] += 1
            self._saved[upstream,] += max(0, event.direct_tokens - event.sent_tokens)
            if event.billed is not None:
                for line, tokens in event.billed.lines():
                    self._billed[upstream, line.value] += tokens
            if event.cost is not None:
                self._cost[upstream,] += event.cost  # type: ignore[assignment]
            self._timed(("proxy", upstream, _status(event.status)), event.total_ms / 1000)

    def answered(self, answer: Answered) -> None:
        """Adds an answer of a service."""
        with self._lock:
            labels = answer.service, answer.name, _status(answer.status)
            self._timed(labels, answer.seconds)

    def families(self) -> Sequence[Family]:
        """The sums up to now."""
        with self._lock:
            return [
                _counters(
                    "optimizations",
                    "Calls of models, by what became of them on their way.",
                    ("upstream", "outcome"),
                    self._outcomes,
                ),
                _counters(
                    "tokens_saved",
                    "Input tokens, by our count, that calls came with and did not go out with.",
                    ("upstream",),
                    self._saved,
                ),
                _counters(
                    "billed_tokens",
                    "Tokens that providers billed, by the price they are billed at.",
                    ("upstream", "line"),
                    self._billed,
                ),
                _counters(
                    "cost_dollars",
                    "What providers billed, at known prices.",
                    ("upstream",),
                    self._cost,
                ),
                Family(
                    "response_time_seconds",
                    "Time until the last byte of an answer, the provider's share included.",
                    Measured.HISTOGRAM,
                    [(labels, _spread(counts)) for labels, counts in self._times.items()],
                    ("service", "route", "status"),
                ),
            ]

    def _named(self, upstream: str) -> str:
        if upstream not in self._upstreams:
            if len(self._upstreams) >= _MOST:
                return _OTHER
            self._upstreams.add(upstream)
        return upstream

    def _timed(self, labels: tuple[str, ...], seconds: float) -> None:
        """Counts by bound, and last the sum."""
        counts = self._times.setdefault(labels, [0.0] * (len(BOUNDS) + 1))
        counts[bisect_left(BOUNDS, seconds)] += 1
        counts[-1] += seconds


def _counters(
    name: str, help_: str, labels: tuple[str, ...], sums: Counter[tuple[str, ...]]
) -> Family:
    return Family(name, help_, Measured.COUNTER, list(sums.items()), labels)


def _spread(counts: list[float]) -> Spread:
    below, held = [], 0
    for count in counts[:-1]:
        held += int(count)
        below.append(held)
    return Spread(BOUNDS, tuple(below), counts[-1])


def _status(status: int) -> str:
    """The class of a status: `2xx`; `none` where no answer came."""
    return f"{status // 100}xx" if status else "none"
