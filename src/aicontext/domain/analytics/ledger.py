"""The ledger of what is owed: each call as entries on accounts, by double entry.

What a call is charged is an expense by price line, and owed to who served it; what it saved stands
as a pair of its own, against what it had cost without us. Expenses are positive, debts negative, so
the entries of each call add up to nothing, in tokens and in money. Accounts:

    usage/PROVIDER/MODEL/LINE    tokens and money of a price line; owed/PROVIDER
    told/MODEL/LINE              tokens of calls whose tool told the cost as one: told/MODEL/cost;
                                 owed/as told
    unpriced/MODEL/LINE          tokens of no known price, without money; owed/unpriced
    avoided                      tokens and money that the call had taken more without us; saved

Tokens of lines are as the provider reported them, those that were saved are counted by us.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aicontext.domain.analytics.usage import Place, UsageQuery, place_order, placed
from aicontext.domain.events import UsageEvent
from aicontext.domain.usage import Billed, Quote, micro_cents

UNPRICED = "unpriced"


@dataclass(frozen=True, slots=True)
class Entry:
    """tokens, micro_cents: below nothing on accounts of what is owed or saved."""

    account: str
    tokens: int
    micro_cents: int


@dataclass(frozen=True, slots=True)
class Balance:
    """Entries added up. at, keys: as a `UsageRow`'s."""

    at: int | None
    keys: tuple[str, ...]
    account: str
    tokens: int
    micro_cents: int


@dataclass(frozen=True, slots=True)
class Charged:
    """What the ledger takes of a call; as in a `UsageEvent`."""

    model: str
    billed: Billed | None
    quote: Quote | None
    cost: float | None
    direct_cost: float | None
    direct_tokens: int
    sent_tokens: int
    sign: int = 1


def entries(event: UsageEvent | Charged) -> Iterator[Entry]:
    """Those of one call; of a reversal the same with the other sign. Raises ValueError,
    OverflowError where its cost is no number."""
    for one in _charged(event):
        yield one if event.sign > 0 else Entry(one.account, -one.tokens, -one.micro_cents)


def _charged(event: UsageEvent | Charged) -> Iterator[Entry]:
    owed = UNPRICED
    tokens = charged = 0
    if event.billed is not None:
        amounts = event.billed.amounts(event.quote.prices) if event.quote else {}
        if event.quote:
            head, owed = f"usage/{event.quote.provider}/{event.quote.model}", event.quote.provider
        else:
            head = f"{UNPRICED if event.cost is None else 'told'}/{event.model}"
        for line, count in event.billed.lines():
            tokens += count
            charged += amounts.get(line, 0)
            yield Entry(f"{head}/{line}", count, amounts.get(line, 0))
    if event.cost is not None and event.quote is None:
        owed, charged = "as told", micro_cents(event.cost)
        yield Entry(f"told/{event.model}/cost", 0, charged)
    if tokens or charged:
        yield Entry(f"owed/{owed}", -tokens, -charged)
    fewer = event.direct_tokens - event.sent_tokens
    less = 0
    if event.cost is not None and event.direct_cost is not None:
        less = micro_cents(event.direct_cost) - micro_cents(event.cost)
    if fewer or less:
        yield Entry("avoided", fewer, less)
        yield Entry("saved", -fewer, -less)


def balances(events: Iterable[UsageEvent], query: UsageQuery) -> list[Balance]:
    """What the query asks for among the events, by time, keys and account."""
    sums: dict[Place, dict[str, list[int]]] = {}
    for place, event in placed(events, query):
        accounts = sums.setdefault(place, {})
        for one in entries(event):
            held = accounts.setdefault(one.account, [0, 0])
            held[0] += one.tokens
            held[1] += one.micro_cents
    return [
        Balance(*place, account, *sums[place][account])
        for place in sorted(sums, key=place_order)
        for account in sorted(sums[place])
    ]
