"""What hooks saved: outputs of tools that were made smaller before any model saw them.

These are estimates, apart from the figures of calls: a text is counted once, when it is born,
though each later call of its session carries it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field

from aicontext.domain.events import HookEvent, Moment
from aicontext.domain.requests import Outcome

Session = tuple[str, str]
"""A tool and its own name of the session."""


@dataclass(slots=True)
class Births:
    """events: that hooks were called for; failed: where ours could not answer. outputs: of tools,
    shortened: those of them that were handed back smaller, with the tokens of all, before and
    after. left_out: outputs of sessions whose calls came through the proxy too: what those save is
    in its figures alone."""

    events: int = 0
    failed: int = 0
    outputs: int = 0
    shortened: int = 0
    original_tokens: int = 0
    optimized_tokens: int = 0
    left_out: int = 0
    tools: dict[str, Births] = field(default_factory=dict)

    def add(self, event: HookEvent, *, proxied: bool) -> None:
        """proxied: the session's calls came through the proxy too."""
        self.events += 1
        self.failed += event.outcome is Outcome.PASSED
        if event.moment is not Moment.AFTER_TOOL or event.outcome is Outcome.PASSED:
            return
        if proxied:
            self.left_out += 1
            return
        self.outputs += 1
        self.shortened += event.outcome is Outcome.OPTIMIZED
        self.original_tokens += event.original_tokens
        self.optimized_tokens += event.optimized_tokens

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


def births(events: Iterable[HookEvent], proxied: Collection[Session]) -> Births:
    """The sums, in all and by tool. proxied: sessions whose calls came through the proxy."""
    total = Births()
    for event in events:
        session = event.caller.tool, event.caller.session
        for one in (total, total.tools.setdefault(event.caller.tool, Births())):
            one.add(event, proxied=bool(session[1]) and session in proxied)
    return total
