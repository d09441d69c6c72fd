"""The prefixes that a provider may hold, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from aicontext.domain.messages import Message, Role
from aicontext.engine.compress.forms.conversation import Breakpoint
from aicontext.engine.ledger.billing import Sent

LOOK_BACK = 20
"""Blocks before a breakpoint in which Anthropic looks for what it holds."""

FIVE_MINUTES, HOUR, DAY = 300.0, 3600.0, 86_400.0

UNASKED = DAY
"""Seconds for which a provider that caches by itself may hold a prefix: so long OpenAI may unless
told otherwise (`prompt_cache_retention`, since May 2026), others drop it sooner."""

GRACE = 30.0
"""A prefix counts as held for so many seconds longer: to take it for lapsed is the dear mistake."""

EVER = float("-inf")
"""As `now`: when all that ever went out was held."""

_NEVER = (float("-inf"), 0.0)

Noted: TypeAlias = dict[bytes, tuple[float, float] | None]
"""What was known of each prefix before it was noted."""


def reaching(
    breakpoints: Sequence[Breakpoint], messages: Sequence[Message]
) -> tuple[Breakpoint, ...]:
    """The breakpoints with what they reach: all parts of a tool's result are one block."""
    return tuple(replace(one, more=_more(messages, one.message)) for one in breakpoints)


def _more(messages: Sequence[Message], at: int) -> int:
    """Messages beyond one for each of the blocks that are looked at before `at`."""
    blocks = more = 0
    for index in range(at, -1, -1):
        if index and _together(messages[index - 1], messages[index]):
            more += 1
        elif (blocks := blocks + 1) == LOOK_BACK:
            break
    return more


def _together(first: Message, second: Message) -> bool:
    """Whether both are of one tool result."""
    same = bool(second.call_id) and first.call_id == second.call_id
    return same and Role.TOOL_CALL not in (first.role, second.role)


class Holdings:
    """What was sent, by digest of the prefix; may be lost at any time.

    limit: of prefixes, or so; in two generations, as in `Recent`.

    Prefixes are known at message borders only; what a provider holds beyond is its customer's gain.
    """

    def __init__(self, limit: int = 30_000) -> None:
        self._young: dict[bytes, tuple[float, float]] = {}
        self._old: dict[bytes, tuple[float, float]] = {}
        self._generation = limit // 2

    def read(self, sent: Sent, now: float) -> int:
        """Tokens of `sent` that the provider may still hold at `now` (seconds)."""
        at = self._longest(sent, now)
        return sent.totals[at] if at is not None and sent.totals[at] >= sent.minimum else 0

    def note(self, sent: Sent, now: float) -> Noted:
        """The request goes out at `now`: what it reads and what it writes is held from then on."""
        if sent.automatic:
            return self._hold(sent.keys, UNASKED, now)
        noted: Noted = {}
        if (at := self._longest(sent, now)) is not None:
            noted |= self._hold(sent.keys[at : at + 1], FIVE_MINUTES, now)
        for point in sent.breakpoints:
            keys = sent.keys[point.message : point.message + 1]
            noted = self._hold(keys, HOUR if point.hour else FIVE_MINUTES, now) | noted
        return noted

    def take_back(self, noted: Noted, then: float) -> None:
        """What was noted `then` never went out. What others sent since is held all the same."""
        for key, before in noted.items():
            until, seconds = self._young.get(key, _NEVER)
            if until != then + seconds:
                continue
            if before is None:
                del self._young[key]
            else:
                self._young[key] = before

    def assume(self, sent: Sent, at: int, then: float) -> bool:
        """All prefixes up to and with message `at` may have been sent `then`, and some later too.
        Whether that was news."""
        hour = any(point.hour for point in sent.breakpoints if point.message <= at)
        seconds = UNASKED if sent.automatic else HOUR if hour else FIVE_MINUTES
        if sent.automatic and self._known(sent.keys[at])[0] >= then + seconds:
            return False  # And so are those before it: they went out with it.
        keys = [key for key in sent.keys[: at + 1] if self._known(key)[0] < then + seconds]
        self._hold(keys, seconds, then)
        return bool(keys)

    def _longest(self, sent: Sent, now: float) -> int | None:
        """The last message up to which a prefix may be held where the provider looks."""
        if sent.automatic:
            places = range(len(sent.keys) - 1, -1, -1)
            return next((i for i in places if self._holds(sent.keys[i], now)), None)
        for point in reversed(sent.breakpoints):
            first = max(point.message - LOOK_BACK - point.more, -1)
            for at in range(point.message, first, -1):
                if self._holds(sent.keys[at], now):
                    return at
        return None

    def _holds(self, key: bytes, now: float) -> bool:
        return self._known(key)[0] + GRACE > now

    def _known(self, key: bytes) -> tuple[float, float]:
        """Until when, and for how long at a time."""
        return self._young.get(key) or self._old.get(key, _NEVER)

    def _hold(self, keys: Sequence[bytes], seconds: float, now: float) -> Noted:
        """Held from now on; a prefix once held for an hour is, whoever reads it."""
        anew = dict.fromkeys(keys, (now + seconds, seconds))
        if seconds < HOUR:
            for key in keys:
                until, before = self._known(key)
                if before > seconds and until + GRACE > now:
                    anew[key] = now + before, before
        if len(self._young) + len(anew) > self._generation:
            self._old, self._young = self._young, {}
        known = self._young.get
        noted = {key: known(key) for key in anew}
        self._young.update(anew)
        return noted
