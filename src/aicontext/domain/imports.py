"""What became of the calls that tools wrote down."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field

from aicontext.domain.usage import Billed


@dataclass(slots=True)
class Taken:
    """Of one tool. sessions: whose records were read; unchanged: those that were read before and
    are the same since. calls: new ones; billed, cost: theirs, in US dollars as far as prices are
    known, priced: so many of them. known: imported before, or copied from another session.
    through: they came through us and are counted already. unsettled: too late to be whole, left
    for the next time. untold: calls of which the tool tells neither tokens nor cost.
    """

    sessions: int = 0
    unchanged: int = 0
    calls: int = 0
    billed: Billed = field(default_factory=Billed)
    cost: float = 0.0
    priced: int = 0
    known: int = 0
    through: int = 0
    unsettled: int = 0
    untold: int = 0


@dataclass(slots=True)
class Imported:
    """by_tool: tools that have sessions here. skipped: parts of records that could not be read, by
    why. unreadable: records that could not be read at all, and why. size: bytes of what was read.
    """

    by_tool: dict[str, Taken] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)
    size: int = 0

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)
