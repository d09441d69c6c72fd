"""What a call may take at most, and what it took."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from aicontext.domain.tenancy.budgets import Amounts
from aicontext.domain.usage import Billed, Line, Model, micro_cents
from aicontext.ports.models import ANSWER, MATERIAL

_SPREAD, _BESIDE = 1.25, 1000
"""By which a provider's count of the input may be larger than ours: in proportion, and for what it
adds itself, in tokens."""

_BYTES = 2
"""Of a body that we did not count, for a token: fewer than any language takes."""

_ASKED = ("max_tokens", "max_completion_tokens", "max_output_tokens")
_DEAREST = (Line.INPUT, Line.CACHE_WRITE, Line.CACHE_WRITE_1H)


def most(model: Model, body: bytes, counted: int, at: float) -> tuple[Amounts, bool]:
    """(what the call may take at most, whether its price is known): all of its input at the dearest
    price that it may be billed at, and as long an answer as it asks for, or the model gives.

    counted: tokens of the input by our count; 0: it was not counted. at: seconds since the epoch.
    """
    given = math.ceil(counted * _SPREAD) + _BESIDE if counted else unread(body).tokens
    made = _answer(model, body)
    if (quote := model.quote(given, at)) is None:
        return Amounts(given + made), False
    dear = max(getattr(quote.prices, line) for line in _DEAREST)
    money = micro_cents((given * dear + made * quote.prices.output) / 1e6)
    return Amounts(given + made, money), True


def unread(body: bytes) -> Amounts:
    """What a body may be at most that nobody counted."""
    return Amounts(len(body) // _BYTES)


def summary(model: Model, budget: int, at: float) -> tuple[Amounts, bool]:
    """(what a summary for a result of that many tokens may take at most, whether its price is
    known). at: as of `most`."""
    asked = json.dumps({"max_tokens": ANSWER}).encode()
    return most(model, asked, max(MATERIAL, budget), at)


def taken(billed: Billed, cost: float | None) -> Amounts:
    """cost: US dollars; None: no price is known."""
    return Amounts(billed.all_input + billed.output, micro_cents(cost or 0.0))


def _answer(model: Model, body: bytes) -> int:
    """Tokens of the answer, or the answers, at most."""
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        return model.max_output
    if not isinstance(asked, dict):
        return model.max_output
    found = [_whole(asked, name) for name in _ASKED]
    for place, name in (("generationConfig", "maxOutputTokens"), ("options", "num_predict")):
        if isinstance(inner := asked.get(place), dict):
            found.append(_whole(inner, name))
    return (max(found, default=0) or model.max_output) * (_whole(asked, "n") or 1)


def _whole(values: Mapping[str, Any], name: str) -> int:
    value = values.get(name)
    return value if isinstance(value, int) and 0 < value < 10**9 else 0
