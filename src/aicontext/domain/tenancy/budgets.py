"""What may be spent, and what was."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from aicontext.domain.errors import InvalidInput, OverBudget
from aicontext.domain.storage.records import Budget, Level, Period, Unit
from aicontext.domain.tenancy.access import Principal
from aicontext.domain.usage import MICRO_CENTS, dollars

_EACH = {Period.HOUR: "hourly", Period.DAY: "daily", Period.MONTH: "monthly"}
_SCALES = {"": 1, "k": 1_000, "m": 1_000_000}
_NUMBER = r"[0-9]{1,12}(?:\.[0-9]{1,8})?"
_AMOUNT = re.compile(rf"\$?(?P<usd>{_NUMBER})(?:usd)?|(?P<tokens>{_NUMBER})(?P<scale>[km]?)tokens?")

START = datetime(1970, 1, 1, tzinfo=UTC)
"""Of the only period of a budget that does not begin anew."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """What a call takes of budgets. money: in micro-cents."""

    tokens: int = 0
    money: int = 0

    def __add__(self, other: Amounts) -> Amounts:
        return Amounts(self.tokens + other.tokens, self.money + other.money)

    def of(self, unit: Unit) -> int:
        return self.tokens if unit is Unit.TOKENS else self.money


@dataclass(frozen=True, slots=True)
class Terms:
    """How much may be spent, and how strictly; as a budget says it."""

    unit: Unit
    period: Period
    amount: int
    hard: bool = True
    warn_at: int = 80
    zone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """Whose budgets a call is held to: those of every level that it has an id on, of each team."""

    organisation: str
    user: str = ""
    key: str = ""
    project: str = ""
    teams: frozenset[str] = frozenset()

    @classmethod
    def of(cls, principal: Principal) -> Payer:
        return cls(
            organisation=principal.organisation,
            user=principal.user,
            key=principal.key,
            project=principal.project,
            teams=principal.teams,
        )

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
class Spent:
    """What was spent of a budget in the period that starts then, in the budget's unit. warned: the
    percentage told of."""

    organisation: str
    budget: str
    starts_at: datetime
    amount: int
    warned: int


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

    def as_dict(self) -> dict[str, Any]:
        """For programs: money in US dollars."""
        budget = self.budget
        usd = budget.unit is Unit.MONEY
        numbers = {"amount": budget.amount, "spent": self.spent, "held": self.held}
        return {
            "level": budget.level,
            "owner": budget.owner,
            "period": budget.period,
            "unit": "usd" if usd else "tokens",
            **{
                name: dollars(value) if usd else value
                for name, value in {**numbers, "left": self.left}.items()
            },
            "hard": budget.hard,
            "warn_at": budget.warn_at,
            "zone": budget.zone,
            "starts_at": self.starts_at.isoformat(),
            "ends_at": self.ends_at.isoformat() if self.ends_at else None,
        }

    def refused(self, asked: int, now: datetime) -> OverBudget:
        """Why a call that may take so much is not let through."""
        budget = self.budget
        wait, then = math.inf, "Raise the budget"
        if self.ends_at is not None and asked <= budget.amount:
            wait = max(0.0, (self.ends_at - now).total_seconds())
            then = f"Wait until {self.ends_at:%Y-%m-%d %H:%M} UTC, raise the budget"
        spent, held = written(self.spent, budget.unit), written(self.held, budget.unit)
        return OverBudget(
            f"The {_EACH.get(budget.period, budget.period)} budget of the {budget.level}"
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


def amount(text: str) -> tuple[Unit, int]:
    """What is written as `5usd`, `$0.50`, `200000tokens` or `1.5Mtokens`. Raises InvalidInput."""
    found = _AMOUNT.fullmatch(text.strip().lower().replace(",", "").replace(" ", ""))
    if found is None:
        raise InvalidInput(
            f"{text[:40]!r} is no amount.", hint="Give one such as 5usd, 200000tokens or 2Mtokens."
        )
    from fractions import Fraction

    if found["tokens"]:
        return Unit.TOKENS, round(Fraction(found["tokens"]) * _SCALES[found["scale"]])
    return Unit.MONEY, round(Fraction(found["usd"]) * MICRO_CENTS)


def written(amount: int, unit: Unit) -> str:
    """An amount for people."""
    if unit is Unit.TOKENS:
        return f"{amount:,} tokens"
    small = 0 < abs(amount) < MICRO_CENTS // 100
    return f"${dollars(amount):.4f}" if small else f"${dollars(amount):,.2f}"


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
