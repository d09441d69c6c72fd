"""What every store refuses to keep."""

from __future__ import annotations

from collections.abc import Iterable

from aicontext.domain.errors import InvalidInput
from aicontext.domain.events import HookEvent, UsageEvent
from aicontext.domain.usage import MOST

FIRST, LAST = -2_208_988_800, 10_413_792_000
"""Of the times that are kept, in seconds since the epoch: the years from 1900 to 2299."""

DOLLARS = 1e6
"""That one call costs, at most."""

MILLISECONDS = 1e12
"""That one call takes, at most."""

STATUS = 2**15

ID = 128
"""Characters, at most."""


def check(events: Iterable[UsageEvent | HookEvent]) -> None:
    """Raises InvalidInput at the first that has a time or a number which cannot be summed up."""
    for event in events:
        if fault := _fault(event):
            raise InvalidInput(f"An event cannot be kept: {fault}.")


def _fault(event: UsageEvent | HookEvent) -> str:
    if not (0 < len(event.id) <= ID and event.id.isascii() and event.id.isprintable()):
        return f"its id is not of 1 to {ID} printable ASCII characters"
    if not FIRST <= event.at < LAST:
        return "its time is not one of the years 1900 to 2299"
    if isinstance(event, HookEvent):
        return _of_tokens(event.original_tokens, event.optimized_tokens)
    if not 0 <= event.status < STATUS:
        return "its status is none"
    if not all(cost is None or abs(cost) < DOLLARS for cost in (event.cost, event.direct_cost)):
        return "its cost is no number of dollars"
    times = (event.added_ms, event.first_ms, event.total_ms)
    if not all(abs(ms) < MILLISECONDS for ms in times):
        return "a time that it took is none"
    if event.billed is not None and not event.billed.possible:
        return "its billed tokens are no count"
    if event.correction and not (event.correction.of and event.correction.revision):
        return "its correction is of no call"
    if event.quote and (
        event.billed is None or event.cost != event.billed.cost(event.quote.prices)
    ):
        return "its cost is not what its price makes of its tokens"
    return _of_tokens(event.direct_tokens, event.sent_tokens, event.predicted_read)


def _of_tokens(*tokens: int) -> str:
    return "" if min(tokens) >= 0 and max(tokens) <= MOST else "its tokens are no count"
