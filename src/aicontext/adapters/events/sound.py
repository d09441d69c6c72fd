"""What every store refuses to keep."""

from __future__ import annotations

from collections.abc import Iterable

from aicontext.domain.errors import InvalidInput
from aicontext.domain.events import HookEvent, UsageEvent

FIRST, LAST = -2_208_988_800, 10_413_792_000
"""Of the times that are kept, in seconds since the epoch: the years from 1900 to 2299."""

TOKENS = 2**40
"""Of one call, at most: a million such still sum up in 64 bits."""

DOLLARS = 1e6
"""That one call costs, at most."""

STATUS = 2**15


def check(events: Iterable[UsageEvent | HookEvent]) -> None:
    """Raises InvalidInput at the first that has a time or a number which cannot be summed up."""
    for event in events:
        if fault := _fault(event):
            raise InvalidInput(f"An event cannot be kept: {fault}.")


def _fault(event: UsageEvent | HookEvent) -> str:
    if not FIRST <= event.at < LAST:
        return "its time is not one of the years 1900 to 2299"
    if isinstance(event, HookEvent):
        return _of_tokens(event.original_tokens, event.optimized_tokens)
    if not 0 <= event.status < STATUS:
        return "its status is none"
    if not all(cost is None or abs(cost) < DOLLARS for cost in (event.cost, event.direct_cost)):
        return "its cost is no number of dollars"
    tokens = (event.direct_tokens, event.sent_tokens, event.predicted_read)
    billed = event.billed
    if billed is None:
        return _of_tokens(*tokens)
    cached = (billed.cache_read, billed.cache_write, billed.cache_write_1h)
    return _of_tokens(*tokens, billed.input, *cached, billed.output)


def _of_tokens(*tokens: int) -> str:
    return "" if min(tokens) >= 0 and max(tokens) < TOKENS else "its tokens are no number of them"
