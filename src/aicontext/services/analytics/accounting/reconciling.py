"""Proof that events, what is kept summed up of them, and the ledger agree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from math import floor

from aicontext.domain.analytics.corrections import astray
from aicontext.domain.analytics.ledger import UNPRICED, Balance, balances, entries
from aicontext.domain.analytics.usage import (
    COARSE,
    Dimension,
    Grain,
    OptimizationRow,
    UsageQuery,
    UsageRow,
    UsageSums,
    counted,
)
from aicontext.domain.events import UsageEvent
from aicontext.domain.usage import dollars
from aicontext.ports.stores.events import Events

SHOWN = 100
"""Differences, and calls, that are named one by one."""

_AGAIN = 5
"""Times that a day is looked at once more, while calls come in."""

_DAY = 86_400
_GROUP = 1000
_ALL = tuple(Dimension)
_LEDGER = UsageQuery(by=(Dimension.ORGANISATION,), grain=Grain.HOUR)
_SUMS = {
    "sums by hour": UsageQuery(by=COARSE, grain=Grain.HOUR),
    "sums by day": UsageQuery(by=COARSE, grain=Grain.DAY),
    "sums by session": UsageQuery(by=_ALL, grain=Grain.DAY),
}
"""Each asks for as much as a store may keep summed up."""

_CHANGES = UsageQuery(by=COARSE, grain=Grain.DAY)
_Key = tuple[str, ...]
_Place = tuple[int, _Key]


@dataclass(frozen=True, slots=True)
class Amount:
    """Of an account."""

    tokens: int = 0
    micro_cents: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.tokens + other.tokens, self.micro_cents + other.micro_cents)


@dataclass(frozen=True, slots=True)
class _Blocks:
    blocks: int = 0
    original_tokens: int = 0
    optimized_tokens: int = 0


_Figures = UsageSums | Amount | _Blocks


@dataclass(frozen=True, slots=True)
class Difference:
    """where: what is kept other than the events say. at: when its span of time begins, in seconds
    since the epoch. key: of the row, or its account. due, kept: by the events, and as it stands."""

    where: str
    at: int
    key: _Key
    figure: str
    due: int
    kept: int


@dataclass(slots=True)
class Reconciliation:
    """calls, days: that were looked at. total: of the calls, from the events alone. owed: of the
    ledger, by who is owed: tokens and micro-cents. differing: figures in which something kept is
    other than the events say; differences: the first of them. unbalanced: ids of the first calls
    whose entries do not add up to nothing, or whose corrections not to one call at its last price;
    that no repair mends. repaired: days whose sums were made anew."""

    calls: int = 0
    days: int = 0
    total: UsageSums = field(default_factory=UsageSums)
    owed: dict[str, Amount] = field(default_factory=dict)
    differing: int = 0
    differences: list[Difference] = field(default_factory=list)
    unbalanced: list[str] = field(default_factory=list)
    repaired: int = 0

    @property
    def agrees(self) -> bool:
        return not (self.differing or self.unbalanced)

    def as_dict(self) -> dict[str, object]:
        """For JSON; money in US dollars, but for the differences, in micro-cents."""
        total = self.total
        return {
            "agrees": self.agrees,
            "calls": self.calls,
            "days": self.days,
            "tokens": total.billed.all_input + total.billed.output,
            "cost": dollars(total.cost),
            "direct_cost": dollars(total.direct_cost),
            "owed": {
                to: {
                    "tokens": one.tokens,
                    "cost": None if to == UNPRICED else dollars(one.micro_cents),
                }
                for to, one in self.owed.items()
            },
            "differing": self.differing,
            "differences": [asdict(one) for one in self.differences],
            "unbalanced": self.unbalanced,
            "repaired": self.repaired,
        }


def reconcile(
    events: Events,
    since: float = float("-inf"),
    until: float = float("inf"),
    *,
    repair: bool = False,
) -> Reconciliation:
    """Compares day by day, in whole days (UTC). repair: make what differs anew from the events, and
    compare again; the events themselves are never changed. Raises Unavailable."""
    done = Reconciliation()
    for day in _days(events, since, until):
        found = _settled(events, day)
        if repair and found.differing:
            events.rebuild(day, day + _DAY)
            found = _settled(events, day)
            done.repaired += 1
        _add(done, found)
    done.owed = dict(sorted(done.owed.items(), key=lambda one: -one[1].micro_cents))
    return done


def _days(events: Events, since: float, until: float) -> Sequence[int]:
    """All that the events, or what is kept of them, know of."""
    first = since if since == float("-inf") else floor(since / _DAY) * _DAY
    last = until if until == float("inf") else -floor(-until / _DAY) * _DAY
    whole = UsageQuery(since=first, until=last, grain=Grain.DAY)
    hours = replace(whole, grain=Grain.HOUR)
    rows: list[UsageRow | Balance | OptimizationRow] = [*events.ledger(whole)]
    rows += events.optimizations(whole)
    rows += [*events.usage(whole, raw=True), *events.usage(whole), *events.usage(hours)]
    rows += [*events.usage(replace(whole, by=(Dimension.SESSION,)))]
    return sorted({floor(row.at / _DAY) * _DAY for row in rows if row.at is not None})


def _settled(events: Events, day: int) -> Reconciliation:
    """The day; looked at again where calls came in between one look and the next."""
    found = _of_day(events, day)
    for _ in range(_AGAIN):
        if not found.differing:
            break
        before, found = found, _of_day(events, day)
        if found.calls == before.calls:
            break
    return found


def _of_day(events: Events, day: int) -> Reconciliation:
    found, end = Reconciliation(days=1), day + _DAY
    _of_ledger(found, events, day)
    whole = UsageQuery(since=day, until=end)
    raw = _sums(events.usage(whole, raw=True))
    _compare(found, "sums of the events", day, {(0, ()): found.total}, raw)
    for where, query in _SUMS.items():
        asked = replace(query, since=day, until=end)
        raw, kept = (_sums(events.usage(asked, raw=raw)) for raw in (True, False))
        _compare(found, where, day, raw, kept)
    asked = replace(_CHANGES, since=day, until=end)
    changes, metrics = (
        {
            (one.at or 0, (*one.keys, one.kind, one.level)): _Blocks(
                one.blocks, one.original_tokens, one.optimized_tokens
            )
            for one in events.optimizations(asked, raw=raw)
        }
        for raw in (True, False)
    )
    _compare(found, "sums of blocks", day, changes, metrics)
    return found


def _of_ledger(found: Reconciliation, events: Events, day: int) -> None:
    """Reads the day's events, and holds the ledger against what they make of it."""
    due: dict[_Place, Amount] = {}
    corrections = False
    for group in _groups(events.since(day, day + _DAY, raw=True)):
        for event in group:
            corrections = corrections or event.correction is not None
            found.calls += event.sign
            found.total += counted(event)
            if not _balanced(event) and len(found.unbalanced) < SHOWN:
                found.unbalanced.append(event.id)
        for place, amount in _amounts(balances(group, _LEDGER)):
            due[place] = due.get(place, Amount()) + amount
    if corrections:
        found.unbalanced += islice(astray(events.since(day, day + _DAY, raw=True)), SHOWN)
    kept = dict(_amounts(events.ledger(replace(_LEDGER, since=day, until=day + _DAY))))
    _compare(found, "ledger", day, due, kept)
    for (_, key), amount in kept.items():
        kind, _, to = key[-1].partition("/")
        if kind == "owed":
            held = found.owed.get(to, Amount())
            found.owed[to] = Amount(
                held.tokens - amount.tokens, held.micro_cents - amount.micro_cents
            )


def _groups(events: Iterator[UsageEvent]) -> Iterator[list[UsageEvent]]:
    while group := list(islice(events, _GROUP)):
        yield group


def _balanced(event: UsageEvent) -> bool:
    """Its entries add up to nothing, and what is owed of it is its cost."""
    tokens = money = owed = 0
    for one in entries(event):
        tokens += one.tokens
        money += one.micro_cents
        owed -= one.micro_cents if one.account.startswith("owed/") else 0
    return not tokens and not money and dollars(owed) == event.sign * (event.cost or 0)


def _amounts(rows: Iterable[Balance]) -> Iterator[tuple[_Place, Amount]]:
    for one in rows:
        yield (one.at or 0, (*one.keys, one.account)), Amount(one.tokens, one.micro_cents)


def _sums(rows: Iterable[UsageRow]) -> dict[_Place, UsageSums]:
    return {(row.at or 0, row.keys): row.sums for row in rows}


def _compare(
    found: Reconciliation,
    where: str,
    day: int,
    due: Mapping[_Place, _Figures],
    kept: Mapping[_Place, _Figures],
) -> None:
    for place in sorted(one for one in due.keys() | kept.keys() if due.get(one) != kept.get(one)):
        one, other = _flat(due.get(place)), _flat(kept.get(place))
        for figure in sorted(one.keys() | other.keys()):
            said, stands = one.get(figure, 0), other.get(figure, 0)
            if said == stands:
                continue
            found.differing += 1
            if len(found.differences) < SHOWN:
                at, key = place[0] or day, place[1]
                found.differences.append(Difference(where, at, key, figure, said, stands))


def _flat(figures: _Figures | None) -> dict[str, int]:
    if figures is None:
        return {}
    found: dict[str, int] = asdict(figures)
    billed = asdict(figures.billed) if isinstance(figures, UsageSums) else {}
    return {name: value for name, value in found.items() if name != "billed"} | billed


def _add(done: Reconciliation, day: Reconciliation) -> None:
    done.calls += day.calls
    done.days += day.days
    done.total += day.total
    done.differing += day.differing
    done.differences += day.differences[: SHOWN - len(done.differences)]
    done.unbalanced += day.unbalanced[: SHOWN - len(done.unbalanced)]
    for to, amount in day.owed.items():
        done.owed[to] = done.owed.get(to, Amount()) + amount
