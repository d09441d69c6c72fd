"""What happened, for the record."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from aicontext.domain.requests import Caller, Change, Outcome, Rewriting
from aicontext.domain.tenancy.owner import NOBODY, Owner
from aicontext.domain.usage import Billed, Quote


class Moment(StrEnum):
    """When an AI tool calls a hook, whatever it calls that moment itself."""

    SESSION_START = "session_start"
    SESSION_END = "session_end"
    PROMPT = "prompt"
    BEFORE_TOOL = "before_tool"
    AFTER_TOOL = "after_tool"
    TOOL_FAILED = "tool_failed"
    BEFORE_MODEL = "before_model"
    AFTER_MODEL = "after_model"
    BEFORE_COMPACTION = "before_compaction"
    AFTER_COMPACTION = "after_compaction"
    SUBAGENT_START = "subagent_start"
    SUBAGENT_STOP = "subagent_stop"
    STOP = "stop"
    NOTIFICATION = "notification"
    FILE_CHANGED = "file_changed"
    STATUS_LINE = "status_line"
    OTHER = "other"
    """One that we do not know."""


class By(StrEnum):
    """What events are summed up by."""

    SESSION = "session"
    TOOL = "tool"
    MODEL = "model"
    PROJECT = "project"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Correction:
    """of: the id of the call that is corrected. revision: the first, second ... price that it has
    got since; below zero where the event takes back what stood before that."""

    of: str
    revision: int


@dataclass(frozen=True, slots=True)
class UsageEvent:
    """One call of a model that went through us. Holds no content and no credentials.

    id: unique; an event appended twice counts once. at: seconds since the epoch when the request
    arrived. protocol: the wire form. status: of the provider's answer over HTTP; 0 where none came.
    why: of the outcome, in words. direct_tokens, sent_tokens: the input as it came and as it went
    out, counted by us. billed: as the provider reported it. predicted_read: cached tokens that the
    ledger expected. cost: of `billed` in US dollars; direct_cost: what the same call would have
    cost without us, in the same money; None where no price is known. quote: by which price the
    cost was worked out, and which it keeps; None also where the tool told the cost. added_ms: time
    we held the request; first_ms, total_ms: until the answer's first and last byte. changes: newly
    made in this call; those of earlier calls go out again without being listed. rewriting: of older
    turns.
    owner: on whose account; the caller is what the request says of itself. key: the id of our own
    key that it showed; empty where it showed none. correction: of another
    event's price, as `domain.analytics.corrections` makes it.

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
    owner: Owner = NOBODY
    quote: Quote | None = None
    correction: Correction | None = None
    key: str = ""

    @property
    def sign(self) -> int:
        """By which all that it adds to sums is multiplied: -1 where it takes back a call."""
        return -1 if self.correction and self.correction.revision < 0 else 1


@dataclass(frozen=True, slots=True)
class HookEvent:
    """One call of a hook of ours by a tool: no call of a model, and nothing that was billed.

    id: unique; an event appended twice counts once. at: seconds since the epoch. source: the name
    of the tool's own tool whose output came. outcome: OPTIMIZED where the tool was handed a smaller
    output, UNCHANGED where it keeps its own, CONTROL where it was left alone to compare with,
    PASSED where ours failed. why: of the outcome, in words without content. original_tokens,
    optimized_tokens: of the output, as it was born and as the tool was given it, estimated by us.
    changes: one for each of the output's texts that was changed. owner: on whose account.
    """

    id: str
    at: float
    caller: Caller
    moment: Moment
    outcome: Outcome
    source: str = ""
    why: str = ""
    original_tokens: int = 0
    optimized_tokens: int = 0
    changes: tuple[Change, ...] = ()
    owner: Owner = NOBODY
