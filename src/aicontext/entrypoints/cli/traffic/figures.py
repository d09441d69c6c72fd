"""What people read of calls, and of what going through us saved."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from aicontext.entrypoints.cli.words import amount, cut, money, reduced, table

if TYPE_CHECKING:
    from aicontext.domain.events import UsageEvent
    from aicontext.domain.requests import Change
    from aicontext.domain.usage import Interval
    from aicontext.services.analytics.births import Births
    from aicontext.services.analytics.holdout import Comparison
    from aicontext.services.analytics.savings import Savings, Tally

_ROWS = 20
_REASONS = 8
_SAID = 60
"""Characters of why a call was not made smaller."""

_NARROWER: tuple[tuple[int, frozenset[str]], ...] = (
    *((longest, frozenset()) for longest in (24, 16, 10)),
    *((10, frozenset(("cached", "p95", "direct")[:count])) for count in (1, 2, 3)),
)
"""Characters of a name, and columns left out, from a wide screen to a narrow one."""

_FEW = 20
"""Calls of which the slowest one is the 95th percentile."""


def call(event: UsageEvent, width: int = sys.maxsize) -> str:
    """One line on a call, without its content, of at most `width` characters."""
    before, after = event.direct_tokens, event.sent_tokens
    share = click.style(f"{_share(before, after):>8}", fg="green" if after < before else None)
    told = {
        "at": time.strftime("%H:%M:%S", time.localtime(event.at)),
        "tool": f"{cut(event.caller.tool or 'unknown tool', 12):<12}",
        "tokens": f"{before:>9,} → {after:>9,}{share}",
        "money": f"{'' if event.cost is None else money(event.cost):>7}",
        "model": f"{cut(event.model or '-', 20):<20}",
        "direct": f"{_direct(event):<16}",
        "cached": f"{f'{event.billed.cache_read:,} cached' if event.billed else '':<14}",
        "took": f"+{event.added_ms:,.0f} ms of {event.total_ms / 1e3:.1f} s",
        "said": _said(event),
    }
    room = width + 2
    kept = dict.fromkeys(told, "")
    for name in ("at", "tool", "tokens", "money", "said", "took", "direct", "model", "cached"):
        plain = click.unstyle(told[name])
        if name == "said" and plain:
            text = cut(plain, min(_SAID, max(room - 2, 1)))
            told[name], plain = told[name].replace(plain, text), text
        if plain and len(plain) + 2 <= room:
            kept[name], room = told[name], room - len(plain) - 2
    return "  ".join(filter(None, kept.values()))


def _direct(event: UsageEvent) -> str:
    """What it would have cost without us, where that differs."""
    if event.cost is None or event.direct_cost is None:
        return ""
    differs = abs(event.direct_cost - event.cost) >= 5e-5
    return f"(direct {money(event.direct_cost)})" if differs else ""


def _said(event: UsageEvent) -> str:
    """What is out of the ordinary, and why nothing was made smaller."""
    outcome = "" if event.outcome == "optimized" else event.outcome
    said = ": ".join(filter(None, (outcome, event.why)))
    if event.outcome == "refused":
        return click.style(said, fg="red")
    if not event.status:
        return click.style(", ".join(filter(None, ("no answer", said))), fg="red")
    if event.status >= 400:
        said = ", ".join(filter(None, (f"status {event.status}", said)))
        return click.style(said, fg="yellow")
    return click.style(said, fg="yellow") if event.outcome == "passed" else said


def ended(found: Mapping[str, Any]) -> str:
    """One line at the end of a command: what its calls saved, or why nothing. found: a
    `Savings.as_dict()`."""
    total = found["total"]
    before, after = total["direct_tokens"], total["sent_tokens"]
    if not total["calls"]:
        return "no call of a model came through"
    made = amount(total["calls"], "call")
    if total["failed"]:
        made += f", {total['failed']:,} failed"
    if before == after:
        why = next((row["why"] for row in found["outcomes"] if row["why"]), "")
        if not total["failed"]:
            # What else went wrong stands first, and is no reason.
            why = why.rpartition("; ")[2]
        said = f"{made}, {amount(before, 'token')}: nothing could be saved"
        return f"{said} ({why})" if why else said
    said = f"{made}, {before:,} → {amount(after, 'token')} ({_share(before, after)})"
    if total["priced"]:
        said += f", {money(total['cost'])} instead of {money(total['direct_cost'])}"
    return said


def summary(total: Tally) -> Iterator[str]:
    """The sums, one matter a line; the same lines whatever was saved."""
    share = _share(total.direct_tokens, total.sent_tokens)
    yield (
        f"tokens   {total.direct_tokens:,} → {total.sent_tokens:,}   "
        f"{click.style(share, fg='green', bold=True)}   input, counted by us"
    )
    yield f"money    {_money(total)}"
    yield f"caches   {_caches(total)}"
    half, most = total.added.quantile(0.5), total.added.quantile(0.95)
    said = f"latency  +{_milliseconds(half)} in the median, +{_milliseconds(most)}"
    few = total.calls < _FEW
    yield said + (" at most; a first call loads the vocabulary" if few else " at p95")


def savings(found: Savings, since: str) -> Iterator[str]:
    """The report; since: in words."""
    total = found.total
    if not total.calls:
        yield f"No call came through {since}."
        if found.hooks.events:
            yield from _hooks(found.hooks)
        else:
            yield "Start a tool with: aicontext run COMMAND (see aicontext proxy --help)"
        yield from _measured(found)
        return
    failed = f", {total.failed:,} failed" if total.failed else ""
    yield f"{amount(total.calls, 'call')} {since}{failed}"
    yield from summary(total)
    if not total.saved_tokens:
        yield "Nothing could be saved."
    if found.hooks.events:
        yield from _hooks(found.hooks)
    yield from _done(found)
    yield from _rewritten(found)
    yield from _outcomes(found)
    yield ""
    yield from rows(found, _ROWS)
    if len(found.rows) > _ROWS:
        yield "(--json or --csv shows all)"
    yield ""
    yield from confidence(found.holdout)
    yield from _measured(found)


def session(
    found: Savings, changes: Sequence[tuple[UsageEvent, Change]], since: str
) -> Iterator[str]:
    """The report on one session, with each block that was changed, when it was first sent."""
    total = found.total
    failed = f", {total.failed:,} failed" if total.failed else ""
    yield f"calls    {total.calls:,} {since}{failed}"
    yield from summary(total)
    yield from _rewritten(found)
    yield from _outcomes(found)
    shown = [
        (
            time.strftime("%m-%d %H:%M:%S", time.localtime(event.at)),
            str(change.block),
            cut(change.source or "-", 16),
            str(change.kind),
            str(change.level),
            f"{change.original_tokens:,} → {change.optimized_tokens:,}",
            _share(change.original_tokens, change.optimized_tokens),
            change.handle or "-",
            cut(change.why, 120),
        )
        for event, change in changes
    ]
    if shown:
        head = ("at", "block", "from", "kind", "shown as", "tokens", "saved", "original", "why")
        yield ""
        yield from table([head, *shown], right=(1, 5, 6))
        yield ""
        yield "An original, whole or in part: aicontext retrieve ORIGINAL"


def measured(total: Tally) -> str:
    """One line on calls that did not come through us."""
    given = total.billed.all_input
    cached = f", {100 * total.billed.cache_read / given:.0f} % from the cache" if given else ""
    said = (
        f"{amount(total.calls, 'call')}, {amount(given, 'token')} in{cached},"
        f" {total.billed.output:,} out"
    )
    if not total.priced:
        return said
    part = f" ({total.priced:,} of known price)" * (total.priced < total.calls)
    return f"{said}, {money(total.cost)}{part}"


def _measured(found: Savings) -> Iterator[str]:
    if not found.measured.calls:
        return
    yield ""
    yield f"Measured, not saved (aicontext import): {measured(found.measured)}"
    head = (*found.columns, "calls", "input", "cached", "output", "money")
    shown = [
        (
            *(cut(part or "-", 24) for part in key),
            f"{tally.calls:,}",
            f"{tally.billed.all_input:,}",
            f"{tally.billed.cache_read:,}",
            f"{tally.billed.output:,}",
            money(tally.cost) if tally.priced else "?",
        )
        for key, tally in list(found.measured_rows.items())[:_ROWS]
    ]
    names = len(found.columns)
    yield from table([head, *shown], right=tuple(range(names, names + 5)))


def _hooks(found: Births) -> Iterator[str]:
    """What hooks saved, apart from the calls."""
    share = click.style(_share(found.original_tokens, found.optimized_tokens), fg="green")
    yield (
        f"hooks    {found.original_tokens:,} → {found.optimized_tokens:,}   {share}   of tools' "
        f"outputs, estimated, each counted once; {found.shortened:,} of {found.outputs:,} shortened"
    )
    if found.left_out:
        yield f"         {found.left_out:,} more in sessions that the figures of calls speak of"
    if found.failed:
        yield click.style(
            f"         {amount(found.failed, 'failure')} of ours; the tool went on", fg="red"
        )


def rows(found: Savings, most: int, width: int = sys.maxsize) -> Iterator[str]:
    """The rows of a report, `most` at most: names and columns as far as `width` has room."""
    tallies = list(found.rows.items())[:most]
    for longest, without in _NARROWER:
        figures = {
            "calls": [f"{one.calls:,}" for _, one in tallies],
            "tokens": [f"{one.direct_tokens:,} → {one.sent_tokens:,}" for _, one in tallies],
            "saved": [_share(one.direct_tokens, one.sent_tokens) for _, one in tallies],
            "money": [money(one.cost) if one.priced else "?" for _, one in tallies],
            "direct": [money(one.direct_cost) if one.priced else "?" for _, one in tallies],
            "cached": [f"{one.billed.cache_read:,}" for _, one in tallies],
            "p95": [f"+{_milliseconds(one.added.quantile(0.95))}" for _, one in tallies],
        }
        kept = {name: cells for name, cells in figures.items() if name not in without}
        names = [[cut(part or "-", longest) for part in key] for key, _ in tallies]
        cells = zip(names, zip(*kept.values(), strict=True), strict=True)
        shown = [(*found.columns, *kept), *((*name, *row) for name, row in cells)]
        count = len(found.columns)
        lines = list(table(shown, right=tuple(range(count, count + len(kept)))))
        if max(map(len, lines)) <= width:
            break
    yield from lines
    if len(found.rows) > most:
        yield f"… and {len(found.rows) - most:,} more"


def _money(total: Tally) -> str:
    if not total.priced:
        return "unknown: no call has a known price, through us and direct"
    sums = f"{money(total.direct_cost)} → {money(total.cost)}"
    if abs(total.saved) < 5e-5:
        share = "0.0 %"
    elif total.saved < 0:
        share = click.style(f"{-100 * total.saved_share:.1f} % dearer", fg="red", bold=True)
    else:
        share = click.style(reduced(100 * total.saved_share), fg="green", bold=True)
    part = f", {total.priced:,} of {amount(total.calls, 'call')}" * (total.priced < total.calls)
    return f"{sums}   {share}   list prices{part}"


def _caches(total: Tally) -> str:
    if not total.reported:
        return "unknown: no provider reported its usage"
    written = total.billed.cache_write + total.billed.cache_write_1h
    said = f"{total.billed.cache_read:,} tokens read, {written:,} written"
    if not total.predicted_read or total.agreement is None:
        return f"{said}   none foreseen"
    missed = f"{amount(total.missed, 'call')} missed" if total.missed else "none missed"
    share = f"{100 * total.agreement:.1f} % right, {missed}"
    return f"{said}   foreseen {total.predicted_read:,}: {share}"


def _done(found: Savings) -> Iterator[str]:
    shown = [
        (
            str(kind),
            str(level),
            f"{done.blocks:,}",
            f"{done.original_tokens:,} → {done.optimized_tokens:,}",
            _share(done.original_tokens, done.optimized_tokens),
        )
        for (kind, level), done in found.done.items()
    ]
    if shown:
        yield ""
        head = ("kind", "shown as", "blocks", "tokens", "saved")
        yield from table([head, *shown], right=(2, 3, 4))


def _rewritten(found: Savings) -> Iterator[str]:
    """Older turns that were shortened; until then a provider's cache may hold them as they are."""
    reasons = {
        "lapsed": "the provider's cache had lapsed",
        "cheaper": "that call alone was cheaper so",
        "repays": "it repays itself",
    }
    if found.rewritten:
        yield ""
    for why, done in found.rewritten.items():
        said = f"{reasons.get(why, why)}: {amount(done.tokens, 'token')} fewer from then on."
        yield f"Older turns shortened in {amount(done.calls, 'call')}, as {said}"


def _outcomes(found: Savings) -> Iterator[str]:
    shown = [(str(outcome), f"{count:,}", cut(why, 70)) for (outcome, why), count in found.outcomes]
    yield ""
    yield from table([("outcome", "calls", "why"), *shown[:_REASONS]], right=(1,))
    if len(shown) > _REASONS:
        yield f"… and {len(shown) - _REASONS:,} more reasons (--json shows all)"


def confidence(found: Comparison | None) -> Iterator[str]:
    """How sure it is what was saved: by comparison with sessions that were left alone."""
    if found is None:
        yield "Savings are against the direct cost that our cache ledger works out for each call."
        yield "For a measured comparison, leave some sessions alone: aicontext proxy --holdout 5%"
        return
    arms = f"{found.treated.sessions:,.0f} sessions with, {found.control.sessions:,.0f} without"
    yield f"Measured against sessions that were left alone ({arms}; 9 times of 10):"
    if found.left_out:
        yield f"  {found.left_out:,} left out: changed in part, or of no known price"
    if not (found.share and found.per_session and found.per_call and found.extra_calls):
        yield "  too few for a statement yet: 20 of each are needed"
        return
    percent = (100 * found.share.expected, 100 * found.share.low, 100 * found.share.high)
    yield "  saved of a session's cost    {:.1f} %   ({:.1f} to {:.1f} %)".format(*percent)
    yield f"  saved in a session           {_range(found.per_session)}   net of extra calls"
    yield f"  saved in a call              {_range(found.per_call)}"
    extra = found.extra_calls
    longer = f"{extra.expected:+.1f}   ({extra.low:+.1f} to {extra.high:+.1f})"
    yield f"  more calls in a session      {longer}"


def _range(value: Interval) -> str:
    return f"{_signed(value.expected)}   ({_signed(value.low)} to {_signed(value.high)})"


def _signed(dollars: float) -> str:
    return f"-{money(-dollars)}" if dollars < 0 else money(dollars)


def _share(before: int, after: int) -> str:
    return reduced(100 * (1 - after / before)) if before else "0.0 %"


def _milliseconds(value: float) -> str:
    return f"{value:,.0f} ms" if value >= 10 else f"{value:.1f} ms"


def warnings(recorded: Mapping[str, Any]) -> Iterator[str]:
    """What a recorder has to say. recorded: as a dictionary of `Recorded`."""
    said, trouble = "", recorded.get("trouble", "")
    if recorded.get("lost"):
        said = f"{amount(recorded['lost'], 'call')} could not be recorded: the figures are too low."
    elif trouble:
        said = f"{amount(recorded['pending'], 'call')} not yet recorded."
    if said:
        yield click.style(f"warning  {said} {trouble}".rstrip(), fg="yellow")
