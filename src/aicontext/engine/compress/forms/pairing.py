"""Which tool each result answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

from aicontext.domain.messages import Message

Calls = Callable[[str], Message | None]
"""A tool call by its id."""


class Pair(NamedTuple):
    """A call, or the answer to one, as it came, and the tool and id it was found to bear."""

    calls: bool
    tool: str
    call_id: str
    found: tuple[str, str]


class Pairing:
    """Knows which tool each call id belongs to.

    Calls without an id (Gemini, plain lists) are paired with results of the same tool in order.
    earlier: calls that were made before, by id.
    """

    def __init__(self, earlier: Calls | None = None) -> None:
        self.earlier: dict[str, Message] = {}
        """Those of them that were answered."""

        self._earlier = earlier
        self._tools: dict[str, str] = {}
        self._called: Counter[str] = Counter()
        self._answered: Counter[str] = Counter()

    def called(self, tool: str, call_id: str) -> tuple[str, str]:
        """(tool, call id) of a call that may lack its id."""
        self._called[tool] += 1
        call_id = call_id or f"{tool}#{self._called[tool]}"
        self._tools[call_id] = tool
        return tool, call_id

    def answered(self, tool: str, call_id: str) -> tuple[str, str]:
        """(tool, call id) of a result that may lack either."""
        if not call_id:
            self._answered[tool] += 1
            call_id = f"{tool}#{self._answered[tool]}"
        tool = tool or self._tools.get(call_id, "")
        if not tool and self._earlier and (call := self._earlier(call_id)) is not None:
            self.earlier[call_id] = call
            tool = call.tool
        return tool, call_id

    def hold(self, pairs: Iterable[Pair]) -> bool:
        """Notes the pairs anew, after other calls than before; whether all are still the same."""
        same, tools, called = True, self._tools, self._called
        for calls, tool, call_id, found in pairs:
            if call_id and calls:
                called[tool] += 1
                tools[call_id] = tool
            elif not (call_id and tools.get(call_id) == found[0]):
                same &= (self.called if calls else self.answered)(tool, call_id) == found
        return same
