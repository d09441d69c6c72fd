"""Which tool each result answers."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple


class Pair(NamedTuple):
    """A call, or the answer to one, as it came, and the tool and id it was found to bear."""

    calls: bool
    tool: str
    call_id: str
    found: tuple[str, str]


class Pairing:
    """Knows which tool each call id belongs to.

    Calls without an id (Gemini, plain lists) are paired with results of the same tool in order.
    """

    def __init__(self) -> None:
        self._tools: dict[str, str] = {}
        self._called: Counter[str] = Counter()
        self._answered: Counter[str] = Counter()

    def called(self, tool: str, call_id: str) -> Pair:
        self._called[tool] += 1
        known = call_id or f"{tool}#{self._called[tool]}"
        self._tools[known] = tool
        return Pair(True, tool, call_id, (tool, known))

    def answered(self, tool: str, call_id: str) -> Pair:
        """The pair of a result that may lack its tool, its call id, or both."""
        known = call_id
        if not call_id:
            self._answered[tool] += 1
            known = f"{tool}#{self._answered[tool]}"
        return Pair(False, tool, call_id, (tool or self._tools.get(known, ""), known))

    def holds(self, pair: Pair) -> bool:
        """Notes the pair anew, after other calls than before; whether it is still the same."""
        note = self.called if pair.calls else self.answered
        return note(pair.tool, pair.call_id) == pair
