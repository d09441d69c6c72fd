"""Tokens, models, prices and what a conversation will cost."""

from __future__ import annotations

from dataclasses import dataclass


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
    """US dollars per million tokens. cache_write holds for five minutes, cache_write_1h an hour."""

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

    def cost(self, prices: Prices) -> float:
        """US dollars."""
        return (
            self.input * prices.input
            + self.cache_read * prices.cache_read
            + self.cache_write * prices.cache_write
            + self.cache_write_1h * prices.cache_write_1h
            + self.output * prices.output
        ) / 1e6


@dataclass(frozen=True, slots=True)
class Model:
    """What is known about a model.

    window: input and output tokens together, at most. max_output: tokens of one answer, at most.
    family: how its tokens are counted. prices: None where no price is known; long_prices apply to
    a whole call whose input is longer than long_from tokens. known: whether the name was found;
    if not, the window and the family are defaults, and the caller should say so. cache_minimum:
    tokens below which the provider caches no prefix.
    """

    id: str
    provider: str
    window: int
    max_output: int
    family: str
    prices: Prices | None
    known: bool
    long_from: int = 0
    long_prices: Prices | None = None
    cache_minimum: int = 1024

    def prices_at(self, input_tokens: int) -> Prices | None:
        """The prices of a call with that much input."""
        if self.long_prices is not None and input_tokens > self.long_from:
            return self.long_prices
        return self.prices


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
