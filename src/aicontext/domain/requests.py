"""A tool's request to a model on its way through us."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from aicontext.domain.context import Kind, Level


class Outcome(StrEnum):
    """What became of a request. Whatever is not OPTIMIZED went out as it came, byte for byte."""

    OPTIMIZED = "optimized"
    UNCHANGED = "unchanged"
    """It was read, and nothing in it could be shown in fewer tokens."""

    CONTROL = "control"
    """It was left alone so that the others can be compared with it: chance decided so."""

    COUNTED = "counted"
    """It was left alone as all were to be."""

    PASSED = "passed"
    """It was not, or not wholly, looked at: too large, unknown, signed, or an error of ours."""

    REFUSED = "refused"
    """It did not go out: a budget of who would pay for it has no room."""

    IMPORTED = "imported"
    """It did not come through us: the tool wrote down that it was made, and what was billed."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request, as far as the request itself says; every field may be empty.

    tool: the AI tool's id in the catalogue. session: the tool's own name of its session. project:
    the tag in the address. local: it runs on this machine, and so can read our files.
    """

    tool: str = ""
    session: str = ""
    project: str = ""
    local: bool = True


@dataclass(frozen=True, slots=True)
class Change:
    """What was done to one block of a request. block: the message's position."""

    block: int
    source: str
    kind: Kind
    level: Level
    original_tokens: int
    optimized_tokens: int
    why: str
    handle: str = ""


@dataclass(frozen=True, slots=True)
class Rewriting:
    """Older turns that went out other than before, and the sums behind it.

    why: "lapsed" (the provider held none of it any more), "cheaper" (this very call is, even so)
    or "repays" (carrying them on had cost as much).
    tokens: fewer than otherwise. kept, rewritten: what the call's input was expected to cost
    without and with it. saved: by the conversation before. Costs are in uncached input tokens.
    """

    why: str
    tokens: int
    kept: float
    rewritten: float
    saved: float
