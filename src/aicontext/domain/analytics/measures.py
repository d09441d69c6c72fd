"""Numbers of a running process, for those who watch it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Measured(StrEnum):
    """How a number changes."""

    COUNTER = "counter"
    """It only grows, as long as the process lives."""

    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Spread:
    """How values spread. counts: of values up to each bound, those below included; the last bound
    is infinite. total: of all values together."""

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    total: float


@dataclass(frozen=True, slots=True)
class Family:
    """Numbers of one name, apart by their labels. name: without prefix, counters without `_total`.
    labels: names, of which none may take values without bound. samples: (values of the labels,
    number)."""

    name: str
    help: str
    kind: Measured
    samples: Sequence[tuple[tuple[str, ...], float | Spread]]
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A request that a service answered. id: of the request. method, route: the route is one of
    few, such as `/teams/{team}`; empty: none was found. at: seconds since the epoch when it came.
    parent: the `traceparent` that came with it (W3C Trace Context)."""

    service: str
    id: str
    method: str
    route: str
    status: int
    at: float
    seconds: float
    parent: str = ""

    @property
    def name(self) -> str:
        return f"{self.method} {self.route}" if self.route else "none"


def counter(name: str, help_: str, value: float) -> Family:
    return Family(name, help_, Measured.COUNTER, [((), value)])


def gauge(name: str, help_: str, value: float) -> Family:
    return Family(name, help_, Measured.GAUGE, [((), value)])
