"""Events as rows of a table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import astuple
from functools import lru_cache
from typing import Any

from aicontext.domain.context import Kind, Level
from aicontext.domain.events import Correction, HookEvent, Moment, UsageEvent
from aicontext.domain.requests import Caller, Change, Outcome, Rewriting
from aicontext.domain.tenancy.owner import Owner
from aicontext.domain.usage import Billed, Prices, Quote, Tier, dollars, micro_cents

_CALLER = ("id", "at", "tool", "session", "project", "local")
_OWNER = ("organisation", "team", "user")
USAGE = (
    *_CALLER,
    *("protocol", "upstream", "model", "status", "outcome", "why", "direct_tokens", "sent_tokens"),
    *("input", "cache_read", "cache_write", "cache_write_1h", "output", "predicted_read"),
    *("cost", "direct_cost", "added_ms", "first_ms", "total_ms", "changes", "rewriting"),
    *_OWNER,
    "quote",
    "correction",
    "key",
)
HOOKS = (
    *_CALLER,
    *("moment", "outcome", "source", "why", "original_tokens", "optimized_tokens", "changes"),
    *_OWNER,
)
"""What the values of a row are called."""


def row_of(event: UsageEvent) -> tuple[Any, ...]:
    billed = event.billed
    values = (
        event.id,
        event.at,
        event.caller.tool,
        event.caller.session,
        event.caller.project,
        event.caller.local,
        event.protocol,
        event.upstream,
        event.model,
        event.status,
        str(event.outcome),
        event.why,
        event.direct_tokens,
        event.sent_tokens,
        billed and billed.input,
        billed and billed.cache_read,
        billed and billed.cache_write,
        billed and billed.cache_write_1h,
        billed and billed.output,
        event.predicted_read,
        _money(event.cost),
        _money(event.direct_cost),
        round(event.added_ms, 3),
        round(event.first_ms, 3),
        round(event.total_ms, 3),
        _written(event.changes),
        json.dumps(astuple(event.rewriting)) if event.rewriting else None,
        *_owner(event.owner),
        _quoted(event.quote),
        f"{event.correction.revision:+d} {event.correction.of}" if event.correction else "",
        event.key,
    )
    return encodable(values)


def encodable(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Half a surrogate pair, from an escape in JSON, has no bytes."""
    return tuple(
        value.encode("utf-8", "replace").decode()
        if isinstance(value, str) and not value.isascii()
        else value
        for value in values
    )


def event_of(row: tuple[Any, ...]) -> UsageEvent:
    id_, at, tool, session, project, local, protocol, upstream, model, status, *rest = row
    outcome, why, direct, sent, *billed, predicted, cost, direct_cost, added, first, total = rest[
        :-8
    ]
    changes, rewriting, *owner, quote, correction, key = rest[-8:]
    return UsageEvent(
        id_,
        at,
        Caller(tool, session, project, bool(local)),
        protocol,
        upstream,
        model,
        status,
        Outcome(outcome),
        why,
        direct,
        sent,
        None if None in billed else Billed(*billed),
        predicted,
        _money(cost),
        _money(direct_cost),
        round(added, 3),
        round(first, 3),
        round(total, 3),
        _read(changes),
        Rewriting(*json.loads(rewriting)) if rewriting else None,
        Owner(*owner),
        quote_of(quote),
        correction_of(correction),
        key,
    )


def hook_row_of(event: HookEvent) -> tuple[Any, ...]:
    caller = event.caller
    return encodable(
        (
            event.id,
            event.at,
            caller.tool,
            caller.session,
            caller.project,
            caller.local,
            str(event.moment),
            str(event.outcome),
            event.source,
            event.why,
            event.original_tokens,
            event.optimized_tokens,
            _written(event.changes),
            *_owner(event.owner),
        )
    )


def hook_event_of(row: tuple[Any, ...]) -> HookEvent:
    id_, at, tool, session, project, local, moment, outcome, *rest = row
    source, why, original, optimized, changes, *owner = rest
    caller = Caller(tool, session, project, bool(local))
    return HookEvent(
        id_,
        at,
        caller,
        Moment(moment),
        Outcome(outcome),
        source,
        why,
        original,
        optimized,
        _read(changes),
        Owner(*owner),
    )


def _money(cost: float | None) -> float | None:
    """As every store can keep it."""
    return None if cost is None else dollars(micro_cents(cost))


def _owner(owner: Owner) -> tuple[str, str, str]:
    return owner.organisation, owner.team, owner.user


@lru_cache(maxsize=1024)
def _quoted(quote: Quote | None) -> str:
    return json.dumps(astuple(quote), separators=(",", ":")) if quote else ""


@lru_cache(maxsize=1024)
def quote_of(text: str) -> Quote | None:
    """As it is kept in one column."""
    if not text:
        return None
    prices, provider, model, tier, *rest = json.loads(text)
    return Quote(Prices(*prices), provider, model, Tier(tier), *rest)


def correction_of(text: str) -> Correction | None:
    """As it is kept in one column: -1 ID, +1 ID, ..., so that it tells the sign."""
    revision, _, of = text.partition(" ")
    return Correction(of, int(revision)) if text else None


def _written(changes: Sequence[Change]) -> str | None:
    if not changes:
        return None
    rows = [
        (
            change.block,
            change.source,
            change.kind,
            change.level,
            change.original_tokens,
            change.optimized_tokens,
            change.why,
            change.handle,
        )
        for change in changes
    ]
    return json.dumps(rows, separators=(",", ":"))


def _read(text: str | None) -> tuple[Change, ...]:
    return tuple(
        Change(block, source, Kind(kind), Level(level), *rest)
        for block, source, kind, level, *rest in (json.loads(text) if text else ())
    )
