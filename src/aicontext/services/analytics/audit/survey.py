"""All sessions looked at once: what was billed, and where it was paid for twice."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from aicontext.domain.messages import Message, Role
from aicontext.domain.transcripts import Call, Session, Transcript, Turn
from aicontext.domain.usage import Billed, Prices
from aicontext.engine.estimate.catalogue import model
from aicontext.services.analytics.audit.findings import Audit, Usage

PAUSE = 240.0
"""Seconds after which an answer may find the cache of five minutes lapsed: its call was before."""

_LAPSED = 0.5
"""Of what was sent before, at most so much is read where the cache has lapsed."""

_LEAST = 10_000
"""Tokens that a lapse is about at least."""

LONG = 100_000
_CHARACTERS = 3.6
"""Of a token, about, in what coding agents send."""

_IMAGE = 5_000
"""Characters that an image counts as."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A session that can be sent again. cost: of its input in US dollars, about: what a sample is
    drawn by."""

    transcript: Transcript
    cost: float


@dataclass(slots=True)
class Survey:
    """Gathers sessions into an audit. since: calls before are left out, seconds since the epoch."""

    audit: Audit
    since: float
    weighed: list[Weighed] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)
    _sessions: set[tuple[str, str]] = field(default_factory=set)
    _told: set[tuple[str, str]] = field(default_factory=set)
    _guessed: list[tuple[tuple[str, str], str, Usage]] = field(default_factory=list)

    def add(self, one: Transcript, session: Session) -> None:
        row, carried, weight = Usage(), _Carried(), 0.0
        calls = {id(turn) for turn, _ in session.calls}
        for turn in session.turns:
            carried.add(turn)
            call, at = turn.call, turn.at or one.changed_at
            if call is None or id(turn) not in calls or not self._counts(call, at):
                continue
            weight += self._call(row, call, carried.before)
            if call.billed is not None:
                self._look(turn, call.billed, carried)
        if not row.calls:
            return
        name = one.tool, session.id
        row.sessions = int(not one.agent)
        if any(call.told for _, call in session.calls):
            self._told.add(name)
            self._take(name, session.folder, row)
        else:
            self._guessed.append((name, session.folder, row))
        if row.calls > 1 and weight > 0:
            self.weighed.append(Weighed(one, weight))

    def done(self) -> None:
        """To be called at the end."""
        for name, folder, row in self._guessed:
            # What was said may stand in one record, and what was billed for it in another.
            if name not in self._told:
                self._take(name, folder, row)
        rows = sorted(self.audit.usage.items(), key=lambda row: (-_worth(row[1]), row[0]))
        self.audit.usage = dict(rows)

    def _take(self, name: tuple[str, str], folder: str, row: Usage) -> None:
        if row.sessions and name in self._sessions:
            row.sessions = 0
        elif row.sessions:
            self._sessions.add(name)
        key = name[0], folder
        self.audit.usage[key] = self.audit.usage.get(key, Usage()) + row

    def _counts(self, call: Call, at: float) -> bool:
        """Whether it is of the time looked at, and was not met in another session."""
        if at < self.since:
            return False
        if call.billed and not call.billed.possible:
            self.audit.skipped["with impossible numbers"] += 1
            return False
        if call.id:
            name = f"{call.id}\0{call.request}"
            if name in self._seen:
                return False
            self._seen.add(name)
        return True

    def _call(self, row: Usage, call: Call, before: int) -> float:
        """Adds a call; what its input cost, about."""
        row.calls += 1
        prices = _prices(call)
        if call.billed is None:
            tokens = round(before / _CHARACTERS)
            row.estimated += tokens
            row.told += call.cost or 0.0
            return tokens * (prices.cache_read or prices.input if prices else 0.3) / 1e6
        row.reported += 1
        row.billed += call.billed
        if prices is None:
            return call.billed.all_input / 1e6
        row.priced += 1
        input_cost = replace(call.billed, output=0).cost(prices)
        row.cost += call.billed.cost(prices)
        row.input_cost += input_cost
        return input_cost

    def _look(self, turn: Turn, billed: Billed, carried: _Carried) -> None:
        """For lapses of the cache, and long inputs."""
        assert turn.call
        prices, last = _prices(turn.call), carried.last.get(turn.thread)
        given = billed.all_input
        if last is not None and prices is not None:
            self._lapse(turn.at - last[0], min(last[1], given), billed, prices)
        if prices is not None and given > LONG:
            self.audit.long.over = LONG
            self.audit.long.calls += 1
            cost = replace(billed, output=0).cost(prices)
            self.audit.long.cost += cost * (given - LONG) / given
        carried.last[turn.thread] = turn.at, given

    def _lapse(self, pause: float, held: int, billed: Billed, prices: Prices) -> None:
        anew = held - billed.cache_read
        if pause < PAUSE or held < _LEAST or billed.cache_read > _LAPSED * held:
            return
        written = billed.cache_write + billed.cache_write_1h
        price = prices.cache_write if written else prices.input
        self.audit.lapses.calls += 1
        self.audit.lapses.tokens += anew
        self.audit.lapses.cost += anew * max(price - prices.cache_read, 0) / 1e6


@dataclass(slots=True)
class _Carried:
    """What each thread's next call is sent, in characters. before: the same for the turn added
    last. last: (when, input tokens) of a thread's last call, forgotten where it begins anew."""

    before: int = 0
    last: dict[str, tuple[float, int]] = field(default_factory=dict)
    _said: dict[str, int] = field(default_factory=dict)

    def add(self, turn: Turn) -> None:
        if turn.fresh:
            self.last.pop(turn.thread, None)
            self._said.pop(turn.thread, None)
        self.before = self._said.get(turn.thread, 0)
        self._said[turn.thread] = self.before + sum(map(_length, turn.messages))


def _length(message: Message) -> int:
    if message.media:
        return _IMAGE
    return 0 if message.role is Role.OPAQUE else len(message.text)


def _prices(call: Call) -> Prices | None:
    return model(call.model).prices_at(call.billed.all_input if call.billed else 0)


def _worth(row: Usage) -> float:
    return row.cost + row.told + row.estimated / 1e6
