"""Usage events on their way to the record, off the path of requests."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Condition, Thread
from typing import Protocol

from aicontext.domain.errors import Unavailable
from aicontext.domain.events import UsageEvent
from aicontext.domain.requests import Change

BOUND = 20_000
"""Events held in memory at most, about a kilobyte each."""

GROUP = 1000
"""Events committed at a time at most."""

LINGER = 0.05
"""Seconds that a group waits for more events: at most 20 commits a second."""

FIRST_DELAY, LONGEST_DELAY = 0.1, 5.0
"""Seconds between attempts when the record cannot be written; doubled each time."""

CHANGES = 64
"""Changes of an event that are kept one by one; the others are summed up by kind and level."""

TEXT = 200
"""Characters of an event's texts that are kept."""


class Sink(Protocol):
    """Where events go: their store, or what leads to it."""

    def append(self, events: Sequence[UsageEvent]) -> None:
        """Keep the events durably, each once. Raises Unavailable where they could not be kept for
        now, and anything else where one of them is no event."""

    def lose(self, calls: int, at: float) -> None:
        """Keep that so many calls could not be kept. at: now. Raises Unavailable."""


Seen = Callable[[UsageEvent], None]
"""Called in the recorder's thread with each event; what it raises is dropped."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """pending: events not yet written. committed: durably kept. lost: dropped, because the record
    could not be written for too long, or refused them. trouble: why it cannot be written now."""

    pending: int = 0
    committed: int = 0
    lost: int = 0
    trouble: str = ""


class Recorder:
    """Hands events to one background thread, which commits them in groups.

    An event is acknowledged when `committed` counts it; only then does it survive `kill -9`.
    """

    def __init__(self, sink: Sink, *seen: Seen, bound: int = BOUND) -> None:
        self._sink = sink
        self._seen = list(seen)
        self._bound = bound
        self._changed = Condition()
        self._waiting: deque[UsageEvent] = deque()
        self._pending = self._committed = self._lost = self._told = 0
        self._trouble = ""
        self._closing = self._closed = False
        self._thread = Thread(target=self._work, name="aicontext-recorder", daemon=True)
        self._thread.start()

    @property
    def state(self) -> Recorded:
        with self._changed:
            return Recorded(self._pending, self._committed, self._lost, self._trouble)

    def record(self, event: UsageEvent) -> None:
        """Takes the event. Never waits for the record and never raises."""
        with self._changed:
            if self._closing or self._pending >= self._bound:
                self._lost += 1
                return
            self._pending += 1
            self._waiting.append(event)
            if len(self._waiting) in (1, GROUP):
                self._changed.notify()

    def close(self, timeout: float = 10.0) -> Recorded:
        """Writes what is pending, for at most `timeout` seconds; what is left then is lost."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(timeout)
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._lost += self._pending
            self._pending = 0
        self._tell()
        return self.state

    def _work(self) -> None:
        while group := self._next():
            self._keep([kept for event in group if (kept := self._bounded(event))])
            self._tell()

    def _next(self) -> list[UsageEvent]:
        """The next group; empty at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            self._changed.wait_for(lambda: len(self._waiting) >= GROUP or self._closing, LINGER)
            return [self._waiting.popleft() for _ in range(min(GROUP, len(self._waiting)))]

    def _tell(self) -> None:
        """Notes in the record what it lacks, once it can be written."""
        if not (new := self._lost - self._told):
            return
        try:
            self._sink.lose(new, time.time())
        except Exception as error:  # noqa: BLE001 - what cannot be noted is shown all the same
            self._trouble = str(error) or repr(error)
        else:
            self._told += new

    def _keep(self, group: Sequence[UsageEvent]) -> None:
        delay = FIRST_DELAY
        while not self._closed and not self._written(group):
            time.sleep(delay)
            delay = min(2 * delay, LONGEST_DELAY)

    def _written(self, group: Sequence[UsageEvent]) -> bool:
        """Whether the group is done with; False: to be tried again."""
        try:
            self._sink.append(group)
        except Unavailable as error:
            self._trouble = str(error)
            return False
        except Exception as error:  # noqa: BLE001 - one bad event must not stop those after it
            if len(group) > 1:
                for event in group:
                    self._keep([event])
            else:
                self._done(lost=1, trouble=str(error) or repr(error))
            return True
        self._done(committed=len(group))
        return True

    def _done(self, *, committed: int = 0, lost: int = 0, trouble: str = "") -> None:
        with self._changed:
            if not self._closed:
                self._pending -= committed + lost
                self._committed += committed
                self._lost += lost
                self._trouble = trouble

    def _bounded(self, event: UsageEvent) -> UsageEvent | None:
        """The event as it is shown and kept; None where it is none."""
        try:
            kept = _bounded(event)
        except Exception as error:  # noqa: BLE001 - one bad event must not stop those after it
            self._done(lost=1, trouble=repr(error))
            return None
        for one in tuple(self._seen):
            try:
                one(kept)
            except Exception:  # noqa: BLE001 - a closed terminal must not stop the record
                self._seen.remove(one)
        return kept


def _bounded(event: UsageEvent) -> UsageEvent:
    """The event in bounded size and without what a tool's arguments may hold."""
    caller = event.caller
    texts = (caller.tool, caller.session, caller.project, event.model, event.why)
    if max(map(len, texts)) > TEXT:
        tool, session, project, model, why = (text[:TEXT] for text in texts)
        short = replace(caller, tool=tool, session=session, project=project)
        event = replace(event, caller=short, model=model, why=why)
    if not event.changes:
        return event
    changes: tuple[Change, ...] = event.changes
    rest: tuple[Change, ...] = ()
    if len(changes) > CHANGES:
        most = sorted(changes, key=lambda c: c.optimized_tokens - c.original_tokens)
        changes, rest = (
            tuple(sorted(most[:CHANGES], key=lambda c: c.block)),
            _summed(most[CHANGES:]),
        )
    kept = (replace(c, source=_tool(c.source), why=c.why[:TEXT]) for c in changes)
    return replace(event, changes=(*kept, *rest))


def _tool(source: str) -> str:
    """The name alone: a block's source is a tool's name and its arguments."""
    return source.partition(" ")[0][:64]


def _summed(changes: Sequence[Change]) -> tuple[Change, ...]:
    """One change for each kind and level."""
    sums: dict[tuple[str, str], Change] = {}
    for change in changes:
        key = change.kind, change.level
        held = sums.get(key)
        sums[key] = replace(
            change,
            source="",
            handle="",
            why="several",
            original_tokens=change.original_tokens + (held.original_tokens if held else 0),
            optimized_tokens=change.optimized_tokens + (held.optimized_tokens if held else 0),
        )
    return tuple(sums.values())
