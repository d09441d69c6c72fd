"""What an audit found."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field

from aicontext.domain.usage import Billed, Interval


@dataclass(slots=True)
class Usage:
    """Of one tool in one project. Money is in US dollars at list prices.

    calls: of models; reported: those whose tokens the tool wrote down, billed: their sums. priced:
    reported calls of a known price; cost, input_cost: of these, all and its input's part. told:
    cost as the tool reckoned it, of calls without tokens. estimated: input tokens of calls that are
    not reported, from the length of what was said: without instructions and tools' schemas, so that
    it is too low.
    """

    sessions: int = 0
    calls: int = 0
    reported: int = 0
    billed: Billed = field(default_factory=Billed)
    priced: int = 0
    cost: float = 0.0
    input_cost: float = 0.0
    told: float = 0.0
    estimated: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.sessions + other.sessions,
            self.calls + other.calls,
            self.reported + other.reported,
            self.billed + other.billed,
            self.priced + other.priced,
            self.cost + other.cost,
            self.input_cost + other.input_cost,
            self.told + other.told,
            self.estimated + other.estimated,
        )


@dataclass(slots=True)
class Lapses:
    """Calls after a pause in which the provider's cache had lapsed. tokens: that were written anew;
    cost: more than reading them would have cost."""

    calls: int = 0
    tokens: int = 0
    cost: float = 0.0


@dataclass(slots=True)
class Long:
    """Calls whose input is longer than `over` tokens. cost: of the part that is beyond."""

    over: int = 0
    calls: int = 0
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Share:
    """Of what the input of the sessions cost: the part of one kind, and what of it is saved where
    it is shown in fewer tokens from the start. All in [0, 1]."""

    cost: float
    saved: float


@dataclass(frozen=True, slots=True)
class Replay:
    """What the engine would have saved in sessions that were sent through it again.

    sessions: that were; of: so many that could be. covered: their part of the cost. calls: in them.
    saved: of what the input costs, with caches, and the range that holds the truth nine times of
    ten; as narrow as a point where all was replayed, None where too few were. kinds: what the input
    consists of, the dearest first. stale: the part of `saved` by showing old output as excerpts.
    preludes: tokens of instructions and tools that a call begins with, by tool: the median.
    """

    sessions: int = 0
    of: int = 0
    covered: float = 0.0
    calls: int = 0
    share: float = 0.0
    saved: Interval | None = None
    kinds: dict[str, Share] = field(default_factory=dict)
    stale: float = 0.0
    preludes: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Advice:
    """A change, what it is worth in US dollars over the time looked at, and how to make it.

    most: the worth is what the matter cost in all, of which a part may be saved.
    """

    what: str
    worth: float
    how: str
    most: bool = True


@dataclass(slots=True)
class Audit:
    """usage: by tool and project, the dearest first. skipped: parts of records that could not be
    read, by why. unreadable: records that could not be. size, seconds: bytes that were read, and
    how long it took."""

    usage: dict[tuple[str, str], Usage] = field(default_factory=dict)
    lapses: Lapses = field(default_factory=Lapses)
    long: Long = field(default_factory=Long)
    replay: Replay = field(default_factory=Replay)
    advice: tuple[Advice, ...] = ()
    skipped: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)
    size: int = 0
    seconds: float = 0.0

    def total(self, tool: str = "") -> Usage:
        """Of all, or of one tool."""
        rows = (one for (name, _), one in self.usage.items() if name == tool or not tool)
        return sum(rows, Usage())

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        rest = asdict(self)
        rows = [
            {"tool": tool, "project": project, **asdict(one)}
            for (tool, project), one in self.usage.items()
        ]
        return {**rest, "usage": rows, "total": asdict(self.total())}
