"""What may be spent, and what was."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aicontext.domain.errors import OverBudget
from aicontext.domain.storage.records import Budget, Level, Period, Unit

MONEY = 100_000_000
"""Micro-cents of a US dollar."""

START = datetime(1970, 1, 1, tzinfo=UTC)
"""Of the only period of a budget that does not begin anew."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """What a call takes of budgets. money: in micro-cents."""

    tokens: int = 0
    money: int = 0

    def of(self, unit: Unit) -> int:
        return self.tokens if unit is Unit.TOKENS else self.money


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """Whose budgets a call is held to: those of every level that it has an id on, of each team."""

    organisation: str
    user: str = ""
    key: str = ""
    project: str = ""
    teams: frozenset[str] = frozenset()

    @property
    def owners(self) -> frozenset[tuple[Level, str]]:
        one = {
            (Level.ORGANISATION, self.organisation),
            (Level.USER, self.user),
            (Level.KEY, self.key),
            (Level.PROJECT, self.project),
        }
        return frozenset(
            (level, owner)
            for level, owner in one | {(Level.TEAM, team) for team in self.teams}
            if owner
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """A budget in its present period. spent: by calls that ended. held: that calls under way may
    yet spend. ends_at: when it begins anew; None: never."""

    budget: Budget
    starts_at: datetime
    ends_at: datetime | None
    spent: int
    held: int

    @property
    def left(self) -> int:
        """What new calls may take; below 0 where calls took more than they had reserved."""
        return self.budget.amount - self.spent - self.held

    def refused(self, asked: int, now: datetime) -> OverBudget:
        """Why a call that may take so much is not let through."""
        budget = self.budget
        wait, then = math.inf, "Raise the budget"
        if self.ends_at is not None and asked <= budget.amount:
            wait = max(0.0, (self.ends_at - now).total_seconds())
            then = f"Wait until {self.ends_at:%Y-%m-%d %H:%M} UTC, raise the budget"
        spent, held = written(self.spent, budget.unit), written(self.held, budget.unit)
        return OverBudget(
            f"The {budget.period} budget of the {budget.level}"
            f" ({written(budget.amount, budget.unit)}) does not hold this call, which may take"
            f" {written(asked, budget.unit)}: {spent} are spent, and {held} held for calls under"
            " way.",
            wait,
            hint=f"{then}, or ask for less.",
        )


@dataclass(frozen=True, slots=True)
class Warned:
    """A budget of which that percentage was spent, told once in each period. spent: in all."""

    budget: Budget
    percent: int
    spent: int


def written(amount: int, unit: Unit) -> str:
    """An amount for people."""
    if unit is Unit.TOKENS:
        return f"{amount:,} tokens"
    return f"${amount / MONEY:,.2f}" if abs(amount) >= MONEY // 100 else f"${amount / MONEY:.4f}"


def bounds(period: Period, at: datetime) -> tuple[datetime, datetime | None]:
    """(start, end) in UTC of the period that `at` lies in, by the calendar of its time zone; the
    end is None where it has none.

    A day begins at the first midnight of its date, also where clocks are put back over it.
    """
    if period is Period.TOTAL:
        return START, None
    hour = at.replace(minute=0, second=0, microsecond=0)
    if period is Period.HOUR:
        start = hour.astimezone(UTC)
        end = start + timedelta(hours=1)
        return start, end if end > at else end + timedelta(hours=1)
    start = hour.replace(hour=0, fold=0)
    if period is Period.MONTH:
        start = start.replace(day=1)
    days = 32 if period is Period.MONTH else 1
    after = start.replace(tzinfo=None) + timedelta(days=days)
    if period is Period.MONTH:
        after = after.replace(day=1)
    return start.astimezone(UTC), after.replace(tzinfo=at.tzinfo).astimezone(UTC)
