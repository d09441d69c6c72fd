"""Usage that tools wrote down, taken into the record: each call once.

See docs/adr/0016-usage-from-transcripts.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TypeAlias

from aicontext.domain.errors import Unavailable
from aicontext.domain.events import UsageEvent
from aicontext.domain.imports import Imported, Taken
from aicontext.domain.requests import Caller, Outcome
from aicontext.domain.tools import Tool
from aicontext.domain.transcripts import Call, Position, Session, Transcript
from aicontext.domain.usage import Billed, dollars, micro_cents
from aicontext.engine.estimate.catalogue import model
from aicontext.ports.stores.events import Events
from aicontext.ports.transcripts import Transcripts
from aicontext.services.analytics.recorder import Sink

SETTLED = 600.0
"""Seconds after which a call is taken to be whole."""

APART = 600.0
"""Seconds that may lie between the end of an answer and the time the tool wrote down for it."""

_DAY = 86_400.0
_Input: TypeAlias = tuple[int, int, int, int]

_GROUP = 2000
"""Events, or records read, that are committed at a time."""

Told = Callable[[int, int], None]
"""Called with (bytes read, bytes of all)."""


def transcripts_of(tools: Iterable[Tool], records: Transcripts) -> list[Transcript]:
    """The sessions of these tools, the largest first; each once, as that of the tool whose form it
    is in, where several tools share a folder."""
    found: dict[tuple[str, str], Transcript] = {}
    for tool in sorted(tools, key=lambda tool: all(one.like for one in tool.transcripts)):
        if records.readable(tool):
            for one in records.listed(tool):
                found.setdefault((one.path, one.session), one)
    return sorted(found.values(), key=lambda one: (-one.size, one.path, one.session))


class Importing:
    """events: what is kept of calls; sink: where new ones go, which lead there. now: seconds since
    the epoch. told: hears of progress."""

    def __init__(self, records: Transcripts, events: Events, sink: Sink, now: float) -> None:
        self._records = records
        self._events = events
        self._sink = sink
        self._now = now

    def run(
        self,
        tools: Iterable[Tool],
        since: float = 0.0,
        *,
        dry: bool = False,
        told: Told | None = None,
    ) -> Imported:
        """Take what is new. since: seconds since the epoch; older calls are left out. dry: only
        say what would be taken. Raises Unavailable where the record cannot be used."""
        done = Imported()
        work = [t for t in transcripts_of(tools, self._records) if t.changed_at >= since]
        through = Through(self._events.since(since - _DAY), (one.session for one in work))
        batch = _Batch(self._events, self._sink, through, self._now, since, dry)
        marks, whole = self._events.marks(), sum(one.size for one in work)
        for one in work:
            taken = done.by_tool.setdefault(one.tool, Taken())
            mark = _Mark.read(marks.get(_name(one)))
            if (mark.size, mark.changed_at) == (one.size, one.changed_at):
                taken.unchanged += 1
            elif (session := self._session(one, mark, done)) is not None:
                taken.sessions += 1
                batch.take(one, session, taken)
            done.size += one.size
            if told:
                told(done.size, whole)
        batch.commit()
        return done

    def _session(self, one: Transcript, mark: _Mark, done: Imported) -> Session | None:
        try:
            session = self._records.read(one, Position(mark.offset, mark.state), spoken=False)
        except Unavailable as error:
            done.unreadable.append(error.message)
            return None
        done.skipped.update(session.skipped)
        return session


@dataclass(frozen=True, slots=True)
class _Mark:
    """How a record was when it was last read, and up to where."""

    size: int = -1
    changed_at: float = 0.0
    offset: int = 0
    state: str = ""

    @classmethod
    def read(cls, text: str | None) -> _Mark:
        try:
            return cls(*json.loads(text)) if text else cls()
        except (TypeError, ValueError):
            return cls()


@dataclass(slots=True)
class _Batch:
    """New events, and the marks of what they were read from, on their way to the record."""

    events: Events
    sink: Sink
    through: Through
    now: float
    since: float
    dry: bool
    _new: dict[str, tuple[UsageEvent, Taken]] = field(default_factory=dict)
    _marks: dict[str, str] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)

    def take(self, one: Transcript, session: Session, taken: Taken) -> None:
        """A record keeps its mark only where no call of it was left out for now."""
        left = 0
        for turn, call in session.calls:
            at = turn.at or one.changed_at
            if not call.told or not (call.billed or Billed()).possible:
                taken.untold += 1
            elif at < self.since:
                left += 1
            elif at > self.now - SETTLED:
                left += 1
                taken.unsettled += 1
            elif self.through.has(session, call, at):
                taken.through += 1
            else:
                self._add(_event(session, call, at), taken)
        if not left:
            mark = one.size, one.changed_at, session.position.offset, session.position.state
            self._marks[_name(one)] = json.dumps(mark)
        if len(self._new) + len(self._marks) >= _GROUP:
            self.commit()

    def _add(self, event: UsageEvent, taken: Taken) -> None:
        if event.id in self._seen:
            taken.known += 1
            return
        self._seen.add(event.id)
        self._new[event.id] = event, taken

    def commit(self) -> None:
        held = self.events.held(list(self._new)) if self._new else frozenset()
        for name in held:
            self._new.pop(name)[1].known += 1
        for event, taken in self._new.values():
            _count(event, taken)
        if not self.dry and (self._new or self._marks):
            # First the calls: where the marks are not kept, they are read again and known.
            self.sink.append([event for event, _ in self._new.values()])
            self.events.append((), self._marks)
        self._new, self._marks = {}, {}


class Through:
    """Calls that came through us: known by the tool, the tokens of their input and the time, for
    tools do not write down what we name calls. They may have the session's name in common too; one
    that another session on this machine has is against it. sessions: the names of these.

    Sums of several calls are taken to have come through us where any call of the tool did
    meanwhile: rather too little than twice.
    """

    def __init__(self, events: Iterable[UsageEvent], sessions: Iterable[str]) -> None:
        self._sessions = frozenset(sessions)
        self._calls: dict[tuple[str, _Input], list[tuple[str, float]]] = {}
        self._ended: dict[str, list[float]] = {}
        for event in events:
            if event.outcome is not Outcome.IMPORTED:
                tool, ended = event.caller.tool, event.at + event.total_ms / 1e3
                self._ended.setdefault(tool, []).append(ended)
                if event.billed is not None:
                    calls = self._calls.setdefault((tool, _input(event.billed)), [])
                    calls.append((event.caller.session, ended))

    def has(self, session: Session, call: Call, at: float) -> bool:
        tools = session.tool, ""
        if call.summed:
            first = (session.started or at) - APART
            ended = (one for tool in tools for one in self._ended.get(tool, ()))
            return any(first <= one <= at + APART for one in ended)
        if call.billed is None:
            return False
        found = (one for tool in tools for one in self._calls.get((tool, _input(call.billed)), ()))
        return any(
            abs(ended - at) <= APART and (name == session.id or name not in self._sessions)
            for name, ended in found
        )


def _input(billed: Billed) -> _Input:
    """Without the output, of which some tools write down what it was half-way."""
    return billed.input, billed.cache_read, billed.cache_write, billed.cache_write_1h


def _event(session: Session, call: Call, at: float) -> UsageEvent:
    quote = model(call.model).quote(call.billed.all_input, at) if call.billed else None
    cost = call.cost and dollars(micro_cents(call.cost))
    if cost:
        quote = None
    elif call.billed and quote:
        cost = call.billed.cost(quote.prices)
    tokens = call.billed.all_input if call.billed else 0
    return UsageEvent(
        id=sha256(_plain(f"transcript\0{call.id}\0{call.request}").encode()).hexdigest()[:32],
        at=at,
        caller=Caller(session.tool, _plain(session.id), _plain(session.folder)),
        protocol="",
        upstream="",
        model=_plain(call.model),
        status=200,
        outcome=Outcome.IMPORTED,
        direct_tokens=tokens,
        sent_tokens=tokens,
        billed=call.billed,
        cost=cost,
        direct_cost=cost,
        quote=quote,
    )


def _count(event: UsageEvent, taken: Taken) -> None:
    taken.calls += 1
    if event.billed is not None:
        taken.billed += event.billed
    if event.cost is not None:
        taken.priced += 1
        taken.cost += event.cost


def _name(one: Transcript) -> str:
    return _plain(f"{one.form}\n{one.path}\n{one.session}")


def _plain(text: str) -> str:
    """What can be kept: names of files and JSON may hold halves of characters."""
    return text.encode("utf-8", "backslashreplace").decode()
