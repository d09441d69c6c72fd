"""Whether calls are optimized at all: told once when that ceases, and once when it is so again."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aicontext.domain.events import UsageEvent
from aicontext.domain.requests import Outcome

IN_A_ROW = 5
"""Calls that pass unread before somebody is told."""

Tell = Callable[[str, Mapping[str, object]], None]


class Watch:
    """tell: a kind of message, and what it says."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._passed = 0

    def see(self, event: UsageEvent) -> None:
        """The next call."""
        if event.outcome is Outcome.PASSED:
            self._passed += 1
            if self._passed == IN_A_ROW:
                self._tell("optimization.failing", {"calls": IN_A_ROW, "why": event.why})
            return
        if self._passed >= IN_A_ROW:
            self._tell("optimization.recovered", {"calls": self._passed})
        self._passed = 0
