"""What the input of a call costs, in units of one uncached input token."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from aicontext.domain.usage import Billed, Prices
from aicontext.engine.compress.forms.conversation import Breakpoint, Conversation, Form

# Defaults where a model's prices are unknown: those of most models in November 2026.
_READ, _WRITE, _WRITE_HOUR = 0.1, 1.25, 2.0

_CLAUDE = re.compile(r"claude|anthropic|opus|sonnet|haiku|:application-inference-profile/", re.I)
"""Names of its models, and of what stands for one at Amazon."""

MARGIN = 1.15
"""Times the least that a provider caches: so much our counts may be too high."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Prices in units of an uncached input token."""

    read: float = _READ
    write: float = _WRITE
    write_hour: float = _WRITE_HOUR

    @classmethod
    def of(cls, prices: Prices | None) -> Rates:
        if prices is None or prices.input <= 0:
            return cls()
        base = prices.input
        return cls(
            prices.cache_read / base, prices.cache_write / base, prices.cache_write_1h / base
        )

    def units(self, billed: Billed) -> float:
        """What the input of a call cost as it was billed."""
        written = self.write * billed.cache_write + self.write_hour * billed.cache_write_1h
        return billed.input + self.read * billed.cache_read + written


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as the provider's cache sees it.

    keys: for each message the digest of all that went out up to it. totals: tokens up to it.
    breakpoints: where the request asks for caching. automatic: the provider caches by itself.
    minimum: tokens below which it caches no prefix.
    """

    keys: Sequence[bytes]
    totals: Sequence[int]
    breakpoints: tuple[Breakpoint, ...]
    automatic: bool
    minimum: int = 1024

    @property
    def tokens(self) -> int:
        return self.totals[-1] if self.totals else 0

    @property
    def asked(self) -> int:
        """Tokens up to where caching is asked for."""
        if self.automatic:
            return self.tokens
        return self.totals[self.breakpoints[-1].message] if self.breakpoints else 0

    @property
    def cacheable(self) -> int:
        """Tokens that the provider holds after the call."""
        return self.asked if self.asked >= self.minimum else 0

    @property
    def too_short(self) -> bool:
        """Whether caching is asked for and may not happen, for all we can count."""
        return 0 < self.asked < MARGIN * self.minimum

    def until(self, message: int) -> Sent:
        """The request as if it ended right before this message."""
        points = tuple(p for p in self.breakpoints if p.message < message)
        return replace(
            self, keys=self.keys[:message], totals=self.totals[:message], breakpoints=points
        )

    def without(self, tokens: int) -> Sent:
        """The request with so many tokens fewer, somewhere before its last breakpoint."""
        return replace(
            self, totals=[total - tokens if total > tokens else 0 for total in self.totals]
        )

    def units(self, read: int, rates: Rates) -> float:
        """What the input costs when `read` tokens of it are read from the cache."""
        written = max(self.cacheable - read, 0)
        hour = next((b for b in reversed(self.breakpoints) if b.hour), None)
        of_hour = min(max(self.totals[hour.message] - read, 0), written) if hour else 0
        rest = self.tokens - read - written
        return (
            rates.read * read
            + rates.write_hour * of_hour
            + rates.write * (written - of_hour)
            + rest
        )


def of_anthropic(usage: Mapping[str, object]) -> Billed:
    """Anthropic's own report: its input excludes what the cache was read for or written with."""
    split = usage.get("cache_creation")
    hour = _count(split, "ephemeral_1h_input_tokens") if isinstance(split, dict) else 0
    return Billed(
        input=_count(usage, "input_tokens"),
        cache_read=_count(usage, "cache_read_input_tokens"),
        cache_write=max(_count(usage, "cache_creation_input_tokens") - hour, 0),
        cache_write_1h=hour,
        output=_count(usage, "output_tokens"),
    )


def _count(usage: Mapping[str, object], key: str) -> int:
    value = usage.get(key)
    return value if isinstance(value, int) and value > 0 else 0


def caches_by_itself(talk: Conversation) -> bool:
    """All cache without being asked, but for Anthropic. Others that take its requests may hold
    prefixes of them wherever caching is asked for."""
    if talk.model and not _CLAUDE.search(talk.model):
        return True
    return talk.form is not Form.ANTHROPIC and not talk.breakpoints
