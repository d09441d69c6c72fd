"""Usage events of an organisation at work for a year, made from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

from aicontext.domain.context import Kind, Level
from aicontext.domain.events import UsageEvent
from aicontext.domain.requests import Caller, Change, Outcome
from aicontext.domain.tenancy.owner import Owner
from aicontext.domain.usage import Billed, Prices, Quote
from aicontext.kit.ids import time_ordered

START = 1_767_225_600
"""2026-01-01 in UTC."""

DAYS = 365
CALLS_A_DAY = 137
"""Of a user; how many users there are follows from it."""

CALLS_A_SESSION = 40
TEAM = 8
TOOLS = (("claude-code", "anthropic"), ("codex", "openai"), ("opencode", "anthropic"))
MODELS = {
    "anthropic": {
        "claude-opus-4-8": Prices(5.0, 25.0, 0.5, 6.25, 10.0),
        "claude-sonnet-5": Prices(3.0, 15.0, 0.3, 3.75, 6.0),
        "claude-haiku-5": Prices(1.0, 5.0, 0.1, 1.25, 2.0),
    },
    "openai": {
        "gpt-5.4": Prices(1.25, 10.0, 0.125, 1.25, 1.25),
        "gpt-5.4-mini": Prices(0.25, 2.0, 0.025, 0.25, 0.25),
    },
}
"""With prices to fill the columns; none is a provider's."""

KINDS = (Kind.LOG, Kind.CODE, Kind.JSON, Kind.TEST, Kind.SEARCH)


def events(count: int, seed: int = 1) -> Iterator[UsageEvent]:
    """By day, within a day by user and session: so often out of order."""
    chance = random.Random(seed)
    users = max(1, count // (DAYS * CALLS_A_DAY))
    for day in range(DAYS):
        for user in range(users):
            place = day * users + user
            calls = count * (place + 1) // (DAYS * users) - count * place // (DAYS * users)
            while calls > 0:
                one = min(calls, chance.randint(1, 2 * CALLS_A_SESSION - 1))
                calls -= one
                yield from _session(chance, START + 86_400 * day, user, one)


def _session(chance: random.Random, day: int, user: int, calls: int) -> Iterator[UsageEvent]:
    tool, upstream = chance.choices(TOOLS, (6, 3, 1))[0]
    owner = Owner("acme", f"team-{user // TEAM}", f"user-{user:04d}")
    caller = Caller(tool, f"{chance.getrandbits(128):032x}", f"project-{user % 25:02d}")
    model, prices = chance.choice(list(MODELS[upstream].items()))
    quote = Quote(prices, upstream, model, source="made up")
    at = day + chance.uniform(8, 18) * 3600
    cached = chance.randint(10_000, 30_000)
    for _ in range(calls):
        at += chance.expovariate(1 / 30)
        new, output = int(chance.lognormvariate(7, 1.2)), int(chance.lognormvariate(5.5, 1))
        cut = int(new * chance.uniform(0.2, 0.9)) if chance.random() < 0.4 else 0
        billed = Billed(chance.randint(3, 20), cached, new - cut, 0, output)
        direct = replace(billed, cache_write=new)
        yield UsageEvent(
            id=time_ordered(at),
            at=at,
            caller=caller,
            protocol=upstream,
            upstream=upstream,
            model=model,
            status=200 if chance.random() < 0.99 else 529,
            outcome=Outcome.OPTIMIZED if cut else Outcome.UNCHANGED,
            direct_tokens=cached + new,
            sent_tokens=cached + new - cut,
            billed=billed,
            predicted_read=cached,
            cost=billed.cost(prices),
            direct_cost=direct.cost(prices),
            added_ms=round(chance.uniform(0.5, 4), 3),
            first_ms=round(chance.lognormvariate(6.5, 0.6), 1),
            total_ms=round(chance.lognormvariate(8.5, 0.7), 1),
            changes=_changes(chance, new, cut),
            owner=owner,
            quote=quote,
        )
        cached = min(cached + new - cut, 180_000)


def _changes(chance: random.Random, tokens: int, cut: int) -> tuple[Change, ...]:
    if not cut:
        return ()
    handle = f"{chance.getrandbits(48):012x}"
    kind = chance.choice(KINDS)
    return (Change(0, "Bash", kind, Level.CONDENSED, tokens, tokens - cut, "counted", handle),)
