"""What happened, for the record."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from aicontext.domain.requests import Caller, Change, Outcome, Rewriting
from aicontext.domain.usage import Billed


class By(StrEnum):
    """What events are summed up by."""

    SESSION = "session"
    TOOL = "tool"
    MODEL = "model"
    PROJECT = "project"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class UsageEvent:
    """One call of a model that went through us. Holds no content and no credentials.

    id: unique; an event appended twice counts once. at: seconds since the epoch when the request
    arrived. protocol: the wire form. status: of the provider's answer over HTTP; 0 where none came.
    why: of the outcome, in words. direct_tokens, sent_tokens: the input as it came and as it went
    out, counted by us. billed: as the provider reported it. predicted_read: cached tokens that the
    ledger expected. cost: of `billed` in US dollars; direct_cost: what the same call would have
    cost without us, in the same money; None where no price is known. added_ms: time we held the
    request; first_ms, total_ms: until the answer's first and last byte. changes: newly made in
    this call; those of earlier calls go out again without being listed. rewriting: of older turns.

    Of an imported call, which did not come through us, are known: id, at, caller, model, billed and
    cost. Its tokens are those billed, its direct cost is its cost.
    """

    id: str
    at: float
    caller: Caller
    protocol: str
    upstream: str
    model: str
    status: int
    outcome: Outcome
    why: str = ""
    direct_tokens: int = 0
    sent_tokens: int = 0
    billed: Billed | None = None
    predicted_read: int = 0
    cost: float | None = None
    direct_cost: float | None = None
    added_ms: float = 0.0
    first_ms: float = 0.0
    total_ms: float = 0.0
    changes: tuple[Change, ...] = ()
    rewriting: Rewriting | None = None
