"""Tokens, models, prices and what a conversation will cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from math import copysign
from operator import attrgetter

MICRO_CENTS = 100_000_000
"""In a US dollar. What is billed, added up and compared is a whole number of them."""

MOST = 10**10
"""Tokens of one kind that a call, or calls told of together, can have; more is no count."""

_MILLION = 1_000_000
_DAY = 86_400
_LAST = 253_402_300_799.0
"""The last second that has a date."""


def micro_cents(dollars: float) -> int:
    """The nearest, halves away from zero; exact for what `dollars` gave. Raises ValueError,
    OverflowError where there is none."""
    return int(dollars * MICRO_CENTS + copysign(0.5, dollars))


def dollars(micro_cents: int) -> float:
    """Told apart up to 90 million dollars (2**53 micro-cents)."""
    return micro_cents / MICRO_CENTS


class Line(StrEnum):
    """What providers ask different prices for."""

    INPUT = "input"
    CACHE_READ = "cache_read"
    CACHE_WRITE = "cache_write"
    CACHE_WRITE_1H = "cache_write_1h"
    OUTPUT = "output"


_LINES = tuple((line, attrgetter(line.value)) for line in Line)


class Tier(StrEnum):
    """How soon a provider answers, and at what price. Names that providers give to what they do
    by default are STANDARD."""

    STANDARD = "standard"
    BATCH = "batch"
    FLEX = "flex"
    PRIORITY = "priority"
    FAST = "fast"

    @classmethod
    def named(cls, name: object) -> Tier:
        """By a provider's name for it; STANDARD where it is none of ours."""
        return _TIERS.get(name, cls.STANDARD) if isinstance(name, str) else cls.STANDARD


_TIERS = {str(tier): tier for tier in Tier}


@dataclass(frozen=True, slots=True)
class TokenCount:
    """Tokens of a text. exact: from the model's own vocabulary, and then low == high == tokens;
    otherwise the truth lies in [low, high] nine times of ten."""

    tokens: int
    low: int
    high: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars per million tokens, each of eight decimals at most. cache_write holds for five
    minutes, cache_write_1h an hour."""

    input: float
    output: float
    cache_read: float
    cache_write: float
    cache_write_1h: float


@dataclass(frozen=True, slots=True)
class Billed:
    """Tokens of one call by the price they are billed at.

    input: neither read from a cache nor written to one. cache_write_1h: written to be held for an
    hour, and not in cache_write.
    """

    input: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cache_write_1h: int = 0
    output: int = 0

    @property
    def possible(self) -> bool:
        """Whether these can be counts of tokens."""
        return all(0 <= tokens <= MOST for _, tokens in self.lines())

    @property
    def all_input(self) -> int:
        return self.input + self.cache_read + self.cache_write + self.cache_write_1h

    def __add__(self, other: Billed) -> Billed:
        return Billed(
            self.input + other.input,
            self.cache_read + other.cache_read,
            self.cache_write + other.cache_write,
            self.cache_write_1h + other.cache_write_1h,
            self.output + other.output,
        )

    def lines(self) -> Iterator[tuple[Line, int]]:
        """Tokens by line, without those that have none."""
        for line, of in _LINES:
            if tokens := of(self):
                yield line, tokens

    def amounts(self, prices: Prices) -> dict[Line, int]:
        """Micro-cents by line. Each line is rounded for itself, halves up, so that the lines add up
        to the call."""
        return {
            line: (tokens * micro_cents(of(prices)) + _MILLION // 2) // _MILLION
            for line, of in _LINES
            if (tokens := of(self))
        }

    def cost(self, prices: Prices) -> float:
        """US dollars: the sum of `amounts`."""
        return dollars(sum(self.amounts(prices).values()))


@lru_cache(maxsize=64)
def _date(days: int) -> str:
    """Of the day so many days after the epoch, UTC."""
    return datetime.fromtimestamp(days * _DAY, UTC).date().isoformat()


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a model's provider asks. steps: for calls whose input is longer than so many tokens, the
    prices of the whole call; in order, the first from 0 on. since: from which day on (ISO, UTC);
    empty: always. hours: (from, until) seconds of the UTC day in which it holds."""

    steps: tuple[tuple[int, Prices], ...]
    tier: Tier = Tier.STANDARD
    since: str = ""
    hours: tuple[int, int] = (0, _DAY)

    def holds(self, day: str, second: float) -> bool:
        start, end = self.hours
        within = start <= second < end if start <= end else second >= start or second < end
        return within and self.since <= day

    def step(self, input_tokens: int) -> tuple[int, Prices]:
        """(tokens of input from which on they hold, the prices of a call with that much)."""
        for over, prices in reversed(self.steps):
            if over < input_tokens:
                return over, prices
        return self.steps[0]


@dataclass(frozen=True, slots=True)
class Quote:
    """The prices of a call, and where they come from.

    provider, model: as the catalogue names them. over: tokens of input from which on this price
    holds. source: of the catalogue, with the day up to which it knows prices. region: that the call
    was held to, at a price of its own.
    """

    prices: Prices
    provider: str
    model: str
    tier: Tier = Tier.STANDARD
    over: int = 0
    since: str = ""
    source: str = ""
    region: str = ""

    def __str__(self) -> str:
        words = [f"{self.provider}/{self.model}"]
        words += [str(self.tier)] * (self.tier is not Tier.STANDARD)
        words += [f"over {self.over:,} tokens"] * (self.over > 0)
        words += [f"since {self.since}"] * bool(self.since)
        words += [f"in {self.region}"] * bool(self.region)
        return f"{', '.join(words)} ({self.source})"


@dataclass(frozen=True, slots=True)
class Model:
    """What is known about a model.

    window: input and output tokens together, at most. max_output: tokens of one answer, at most.
    family: how its tokens are counted. tariffs: what is asked for it, each in place of those of its
    tier before it, while it holds; none where no price is known. known: whether the name was found;
    if not, the window and the family are defaults, and the caller should say so. cache_minimum:
    tokens below which the provider caches no prefix. source, day: of what is known about it.
    regions: to which calls can be held, and how many times as much they then cost.
    """

    id: str
    provider: str
    window: int
    max_output: int
    family: str
    known: bool
    tariffs: tuple[Tariff, ...] = ()
    cache_minimum: int = 1024
    source: str = ""
    day: str = ""
    regions: tuple[tuple[str, float], ...] = ()

    @property
    def prices(self) -> Prices | None:
        return self.prices_at(0)

    def prices_at(self, input_tokens: int) -> Prices | None:
        """The prices of a call with that much input, on the catalogue's day."""
        tariff = self._tariff(self.day, 0.0, Tier.STANDARD)
        return tariff.step(input_tokens)[1] if tariff else None

    def quote(
        self,
        input_tokens: int,
        at: float | None = None,
        tier: Tier = Tier.STANDARD,
        region: str = "",
    ) -> Quote | None:
        """What is asked for a call with that much input. at: seconds since the epoch; None: on the
        catalogue's day. Before the first known day its price is taken. None where no price is known
        for the tier."""
        day, second = self.day, 0.0
        if at is not None:
            when = min(_LAST, max(0.0, at))
            day = _date(int(when // _DAY))
            second = when % _DAY
        if (found := self._tariff(day, second, tier)) is None:
            return None
        over, prices = found.step(input_tokens)
        source = f"{self.source}, {self.day}"
        if (times := dict(self.regions).get(region)) is None:
            return Quote(prices, self.provider, self.id, tier, over, found.since, source)
        dearer = Prices(*(round(price * times, 8) for price in astuple(prices)))
        return Quote(dearer, self.provider, self.id, tier, over, found.since, source, region)

    def _tariff(self, day: str, second: float, tier: Tier) -> Tariff | None:
        """The last that holds; before the first known day that one."""
        offered = [one for one in self.tariffs if one.tier is tier]
        for one in reversed(offered):
            if one.holds(day, second):
                return one
        return offered[0] if offered else None


@dataclass(frozen=True, slots=True)
class Interval:
    """An expected value and the range that holds the truth nine times of ten."""

    expected: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the next calls of a conversation will take.

    input_tokens, output_tokens: of the next call. first_cost: that call in US dollars, its input
    written to the cache where the provider has one. next_cost: each further call, the former input
    read from the cache. turns_left: calls until the window is full; None where it never fills.
    Costs are None where no price is known.
    """

    model: Model
    input_tokens: Interval
    output_tokens: Interval
    first_cost: Interval | None
    next_cost: Interval | None
    turns_left: Interval | None
    warnings: tuple[str, ...] = ()
