"""What optimizing saves, by comparison with sessions that were left alone.

Sessions are the units: chance decided which of them were left alone, so whatever optimizing does
to a session, extra turns included, is in the difference.

The intervals are studentized bootstraps over sessions (Efron & Tibshirani, An Introduction to the
Bootstrap, 12.5). What sessions cost is skewed: there, plain percentiles hold the truth in 72 to 85
of 100 cases where they promise 90. These, drawn for 95, held it in 87 to 93 of 100 (simulated with
100 to 200 treated and 20 to 40 control sessions of lognormal length and price).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass
from hashlib import shake_256
from math import exp, log, sqrt

from aicontext.domain.events import UsageEvent
from aicontext.domain.requests import Outcome
from aicontext.domain.usage import Interval

LEAST = 20
"""Sessions that each arm needs for an interval."""

BUCKETS = 512
"""Sums that the sessions of an arm are put into, so that resampling stays cheap."""

RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Arm:
    """Sums over the sessions of one arm: calls, US dollars, and their squares and product."""

    sessions: float = 0
    calls: float = 0
    cost: float = 0.0
    calls_squared: float = 0
    cost_squared: float = 0.0
    product: float = 0.0

    @property
    def per_session(self) -> tuple[float, float]:
        """Mean US dollars of a session, and its variance."""
        return _mean(self.cost, self.cost_squared, self.sessions)

    @property
    def log_per_session(self) -> tuple[float, float]:
        mean, variance = self.per_session
        return (log(mean), variance / mean**2) if mean > 0 else (0.0, 0.0)

    @property
    def per_call(self) -> tuple[float, float]:
        """US dollars of a call: a ratio of two sums over sessions."""
        if not self.calls or self.sessions < 2:
            return 0.0, 0.0
        ratio = self.cost / self.calls
        rest = self.cost_squared - 2 * ratio * self.product + ratio**2 * self.calls_squared
        spread = max(rest, 0.0) / (self.sessions - 1) / self.sessions
        return ratio, spread / (self.calls / self.sessions) ** 2

    @property
    def length(self) -> tuple[float, float]:
        """Mean calls of a session, and its variance."""
        return _mean(self.calls, self.calls_squared, self.sessions)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two arms. per_call, per_session: US dollars saved. share: of a session's cost that is saved.
    extra_calls: that a treated session takes more. Each with the range that holds the truth nine
    times of ten, and None where an arm has fewer than LEAST sessions. left_out: sessions that were
    treated in part, or of no known price."""

    treated: Arm
    control: Arm
    left_out: int = 0
    per_call: Interval | None = None
    per_session: Interval | None = None
    share: Interval | None = None
    extra_calls: Interval | None = None


@dataclass(slots=True)
class _Session:
    calls: int = 0
    cost: float = 0.0
    control: bool = False
    treated: bool = False
    priced: bool = True

    def sums(self) -> Arm:
        calls, cost = self.calls, self.cost
        return Arm(1, calls, cost, calls**2, cost**2, calls * cost)


class Holdout:
    """Gathers sessions from events in order of time, from the first control call on."""

    def __init__(self) -> None:
        self._sessions: dict[tuple[str, str], _Session | None] = {}
        self._begun = False

    def add(self, event: UsageEvent) -> None:
        key = event.caller.tool, event.caller.session
        control = event.outcome is Outcome.CONTROL
        self._begun = self._begun or control
        if event.outcome is Outcome.COUNTED:
            self._sessions[key] = None
        if key not in self._sessions and key[1]:
            # Chance did not decide about those that began before, nor where all are left alone.
            self._sessions[key] = _Session() if self._begun else None
        if (session := self._sessions.get(key)) is None:
            return
        session.calls += 1
        session.cost += event.cost or 0.0
        session.control = session.control or control
        session.treated = session.treated or event.outcome is Outcome.OPTIMIZED
        session.priced = session.priced and (event.cost is not None or event.billed is None)

    def comparison(self) -> Comparison | None:
        """None where no call was left alone."""
        if not self._begun:
            return None
        arms: tuple[list[Arm], list[Arm]] = ([], [])
        left_out = 0
        for session in filter(None, self._sessions.values()):
            if session.priced and not (session.control and session.treated):
                arms[session.control].append(session.sums())
            else:
                left_out += 1
        treated, control = map(_sum, arms)
        if min(treated.sessions, control.sessions) < LEAST:
            return Comparison(treated, control, left_out)
        drawn = list(zip(*map(_resampled, arms, (b"treated", b"control")), strict=True))

        def saved(measure: Callable[[Arm], tuple[float, float]]) -> Interval:
            return _interval(
                _difference(measure(control), measure(treated)),
                [_difference(measure(left), measure(done)) for done, left in drawn],
            )

        logs, longer = saved(lambda arm: arm.log_per_session), saved(lambda arm: arm.length)
        return Comparison(
            treated,
            control,
            left_out,
            per_call=saved(lambda arm: arm.per_call),
            per_session=saved(lambda arm: arm.per_session),
            share=Interval(1 - exp(-logs.expected), 1 - exp(-logs.low), 1 - exp(-logs.high)),
            extra_calls=Interval(-longer.expected, -longer.high, -longer.low),
        )


def _mean(total: float, squares: float, count: float) -> tuple[float, float]:
    if count < 2:
        return total, 0.0
    mean = total / count
    return mean, max(squares - count * mean**2, 0.0) / (count - 1) / count


def _difference(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    """(difference, its standard error)."""
    return one[0] - other[0], sqrt(one[1] + other[1])


def _interval(found: tuple[float, float], drawn: Iterable[tuple[float, float]]) -> Interval:
    value, error = found
    off = sorted((other - value) / spread for other, spread in drawn if spread) or [0.0]
    tail = len(off) // 40
    return Interval(value, value - off[-1 - tail] * error, value - off[tail] * error)


def _sum(arms: Sequence[Arm]) -> Arm:
    return _added(map(astuple, arms)) if arms else Arm()


def _added(sums: Iterable[tuple[float, ...]]) -> Arm:
    return Arm(*map(sum, zip(*sums, strict=True)))


def _resampled(sessions: Sequence[Arm], seed: bytes) -> list[Arm]:
    """Arms of sessions drawn with replacement; the same ones whenever asked."""
    held = [astuple(_sum(sessions[i::BUCKETS])) for i in range(min(BUCKETS, len(sessions)))]
    size = len(held)
    draws = memoryview(shake_256(seed).digest(4 * size * RESAMPLES)).cast("I")
    return [
        _added(held[draw * size >> 32] for draw in draws[at : at + size])
        for at in range(0, len(draws), size)
    ]
