"""What people read of usage: its sums, prices, and whether the accounts of it agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from aicontext.domain.analytics.ledger import UNPRICED
from aicontext.domain.usage import dollars
from aicontext.entrypoints.cli.traffic.figures import confidence
from aicontext.entrypoints.cli.words import amount, cut, money, reduced, table

if TYPE_CHECKING:
    from aicontext.domain.analytics.usage import UsageQuery, UsageSums
    from aicontext.domain.usage import Model
    from aicontext.services.analytics.accounting.reconciling import Reconciliation
    from aicontext.services.analytics.accounting.repricing import Change, Repriced
    from aicontext.services.analytics.accounting.usage import Usage
    from aicontext.services.analytics.savings import Done

_HEAD = ("calls", "input", "cached", "output", "cost", "direct", "saved")
_DIFFERENCES = 20
_WIDTH = 38
"""Characters that the keys of a row have together."""

_FORMS = {"hour": "%Y-%m-%d %H:00", "day": "%Y-%m-%d", "month": "%Y-%m"}


def report(found: Usage, most: int) -> Iterator[str]:
    """The report, with `most` rows at most."""
    if not found.total.calls:
        if found.query.where:
            yield f"No such call is recorded {period(found.query)}."
            return
        yield f"No call is recorded {period(found.query)}."
        yield "Start a tool with: aicontext run COMMAND, or take in what was used: aicontext import"
        return
    yield from _rows(found, most)
    yield ""
    yield f"{amount(found.total.calls, 'call')} {period(found.query)}"
    yield from _money(found)
    if found.unpriced:
        yield click.style(_unpriced(found), fg="yellow")
    if found.total.calls > found.imported.calls:
        yield from confidence(found.compared)


def missing(found: Usage, *, told: bool) -> Iterator[str]:
    """Warnings of what the sums lack. told: those of no known price are told already."""
    if found.unpriced and not told:
        yield click.style(f"warning  {_unpriced(found)}", fg="yellow")
    if found.lost:
        said = f"warning  {amount(found.lost, 'call')} could not be recorded: the sums are too low."
        yield click.style(said, fg="yellow")


def _unpriced(found: Usage) -> str:
    shown = [f"{cut(model, 40)} ({count:,})" for model, count in found.unpriced.items()]
    more = f" and {len(shown) - 3:,} more" * (len(shown) > 3)
    unpriced = amount(sum(found.unpriced.values()), "call")
    priceless = f"{unpriced} of no known price, in no sum of money"
    return f"{priceless}: {', '.join(shown[:3])}{more}"


def blocks(found: Mapping[str, Done]) -> Iterator[str]:
    """What was done to blocks, by kind."""
    shown = [
        (
            kind,
            f"{done.blocks:,}",
            f"{done.original_tokens:,}",
            f"{done.optimized_tokens:,}",
            reduced(100 * (1 - done.optimized_tokens / (done.original_tokens or 1))),
        )
        for kind, done in found.items()
    ]
    if shown:
        yield from table([("kind", "blocks", "tokens", "sent as", "saved"), *shown], (1, 2, 3, 4))
    else:
        yield "Nothing was made smaller."


def tariffs(known: Model) -> Iterator[str]:
    """What a model's provider asks, in US dollars per million tokens."""
    head = ("tier", "since", "UTC", "over", "input", "cached", "write", "write 1h", "output")
    shown = []
    for one in known.tariffs:
        start, end = one.hours
        hours = "" if (start, end) == (0, 86_400) else f"{_clock(start)}-{_clock(end)}"
        for over, p in one.steps:
            prices = (p.input, p.cache_read, p.cache_write, p.cache_write_1h, p.output)
            dollars = (f"{price:.6f}".rstrip("0").rstrip(".") for price in prices)
            size = f"{over:,}" if over else ""
            shown.append((str(one.tier), one.since, hours, size, *dollars))
    yield f"{known.provider}/{known.id}, US dollars per million tokens"
    yield from table([head, *shown], tuple(range(3, len(head))))
    yield f"from {known.source}, as known on {known.day}"


def reconciled(found: Reconciliation) -> Iterator[str]:
    """Whether all agrees, and where it does not."""
    over = f"{amount(found.calls, 'call')} of {amount(found.days, 'day')}"
    if found.repaired:
        yield f"{amount(found.repaired, 'day')} made anew from the events."
    if found.differing:
        said = f"{over}: {amount(found.differing, 'figure')} not as the events say."
        yield click.style(said, fg="red")
        yield from _differences(found)
    if found.unbalanced:
        named = ", ".join(cut(one, 40) for one in found.unbalanced[:3])
        yield click.style(f"Events that do not add up in themselves, such as {named}.", fg="red")
        yield "They were changed after they were recorded: bring them back from a backup."
    if found.agrees:
        yield f"{over}: events, sums and ledger agree to the last token and micro-cent."
    if found.owed:
        rows = [("owed to", "tokens", "US dollars")]
        for to, one in found.owed.items():
            money = "?" if to == UNPRICED else _exact(one.micro_cents)
            rows.append((cut(to, 40), f"{one.tokens:,}", money))
        yield from table(rows, (1, 2))


def repriced(found: Repriced, *, dry_run: bool) -> Iterator[str]:
    """What was corrected, or would be."""
    if found.models:
        shown = [
            (cut(name, 40), f"{one.calls:,}", *map(_exact, _costs(one)))
            for name, one in found.models.items()
        ]
        head = ("model", "calls", "cost was", "is", "direct was", "is")
        yield from table([head, *shown], (1, 2, 3, 4, 5))
    done = "would be corrected" if dry_run else "corrected"
    yield f"{found.corrected:,} of {amount(found.calls, 'call')} {done}."
    if found.told or found.unpriced:
        yield f"As they are: {found.told:,} whose tool told the cost, {found.unpriced:,} unpriced."


def _costs(change: Change) -> Sequence[int]:
    return change.cost_before, change.cost_after, change.direct_before, change.direct_after


def _exact(micro_cents: int) -> str:
    return f"{dollars(micro_cents):,.8f}"


def _differences(found: Reconciliation) -> Iterator[str]:
    rows = [("kept in", "at (UTC)", "of", "figure", "by events", "as kept")]
    for one in found.differences[:_DIFFERENCES]:
        key = cut("/".join(filter(None, one.key)) or "-", 30)
        figures = f"{one.due:,}", f"{one.kept:,}"
        rows.append((one.where, _moment(one.at), key, one.figure, *figures))
    yield from table(rows, (4, 5))
    if found.differing > _DIFFERENCES:
        yield f"… and {found.differing - _DIFFERENCES:,} more (--json shows some of them)"
    yield "Make them anew from the events: aicontext usage reconcile --repair"


def period(query: UsageQuery) -> str:
    """In words."""
    since, until = _moment(query.since), _moment(query.until)
    if not (since or until):
        return "so far"
    return f"from {since or 'the first on'} to {until or 'now'} (UTC)"


def _rows(found: Usage, most: int) -> Iterator[str]:
    grain = str(found.query.grain)
    timed = grain in _FORMS
    names = [*([grain] if timed else []), *map(str, found.query.by)]
    wide = max(8, (_WIDTH - 12 * timed) // max(1, len(found.query.by)))
    shown = [
        (
            *([_begun(row.at, grain)] if row.at is not None else []),
            *(cut(key or "-", wide) for key in row.keys),
            *_figures(row.sums),
        )
        for row in found.rows[:most]
    ]
    if names:
        right = tuple(range(len(names), len(names) + len(_HEAD)))
        yield from table([(*names, *_HEAD), *shown], right)
    else:
        yield from table([_HEAD, *shown], tuple(range(len(_HEAD))))
    if len(found.rows) > most:
        yield f"… and {len(found.rows) - most:,} more (--top, --json or --format csv show them)"


def _figures(sums: UsageSums) -> Sequence[str]:
    given, cached = sums.billed.all_input, sums.billed.cache_read
    share = 100 * (1 - sums.cost / sums.direct_cost) if sums.direct_cost else 0.0
    return (
        f"{sums.calls:,}",
        compact(given),
        f"{100 * cached / given:.0f} %" if given else "",
        compact(sums.billed.output),
        money(dollars(sums.cost)) if sums.priced else "?",
        money(dollars(sums.direct_cost)) if sums.priced else "?",
        _reduced(share) if sums.priced else "?",
    )


def _money(found: Usage) -> Iterator[str]:
    total, imported = found.total, found.imported
    if total.priced:
        sums = f"{money(dollars(total.direct_cost))} → {money(dollars(total.cost))}"
        own = total.direct_cost - imported.direct_cost
        share = 100 * (1 - (total.cost - imported.cost) / own) if own else 0.0
        yield f"money    {sums}   {click.style(_reduced(share), bold=True)} of what came through us"
    if imported.calls:
        cost = f", {money(dollars(imported.cost))}" * (imported.priced > 0)
        told = amount(imported.calls, "call")
        yield f"imported {told}{cost}: tools wrote them down, nothing was changed"


def _reduced(share: float) -> str:
    return reduced(share) if share >= 0 else f"+{-share:.1f} %"


def compact(tokens: int) -> str:
    """In four digits or a few more."""
    for size, unit in ((10**9, "G"), (10**6, "M")):
        if tokens >= size:
            return f"{tokens / size:,.2f} {unit}"
    return f"{tokens / 1000:,.0f} K" if tokens >= 100_000 else f"{tokens:,}"


def _begun(at: int, grain: str) -> str:
    return datetime.fromtimestamp(at, UTC).strftime(_FORMS[grain])


def _moment(at: float) -> str:
    if at in (float("inf"), float("-inf")):
        return ""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M").removesuffix(" 00:00")


def _clock(second: int) -> str:
    return f"{second // 3600:02}:{second % 3600 // 60:02}"
