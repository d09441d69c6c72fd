"""What is known of each identifier of a session, as numbers that mean the same in every session."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from aicontext.domain.messages import Role
from aicontext.engine.compress.compact.identifiers import Lexicon, Sort
from aicontext.engine.compress.compact.session import Session, spoken

FEATURES = (
    "always",
    "times seen",
    "messages seen in",
    "distance from the end",
    "seen just now",
    "in a request",
    "in the latest request",
    "in a reply",
    "in the latest replies",
    "in a call",
    "calls",
    "edits",
    "in a result",
    "identifiers of its smallest message",
    "identifiers of its shortest line",
    "path",
    "hash",
    "path in a call",
    "depth",
    "length",
    "in the plan",
    "like the latest request",
    "like the requests",
    "like the latest calls",
)

_NEAR = 6_000
"""Characters over which "seen just now" falls to 1/e."""

_LATEST_REPLIES, _LATEST_CALLS = 2, 6
_READ_OF_A_TEXT = 6_000
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]{2,}|[A-Z]{3,}")

_REQUEST, _LATEST_REQUEST, _REPLY, _LATEST_REPLY, _CALL, _RESULT, _PLAN = (
    1 << bit for bit in range(7)
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where identifiers stand. lines: for each line of the session its identifiers' numbers."""

    lexicon: Lexicon
    lines: list[tuple[int, ...]]


def sight(session: Session) -> Sighting:
    """Find the identifiers of every line; a call's JSON escapes are no part of a name."""
    lexicon = Lexicon()
    calls = [message.role is Role.TOOL_CALL for message in session.messages]
    lines = [
        lexicon.find(text.replace("\\n", "  ").replace("\\t", "  ") if calls[owner] else text)
        for text, owner in zip(session.texts, session.owner, strict=True)
    ]
    return Sighting(lexicon, lines)


def features(
    session: Session, seen: Sighting, *, edits: Set[int], plan: int
) -> list[tuple[float, ...]]:
    """One row per identifier, columns as FEATURES. Linear in the session's length.

    edits: the numbers of the calls that changed a file. plan: of the call that last stated it.
    """
    tally = _Tally(session, seen, edits, _flags(session, plan))
    likeness = _likeness(session, seen.lexicon.names)
    return [(*tally.row(i), *likeness[i]) for i in range(len(seen.lexicon.names))]


class _Tally:
    """Per identifier what the features need, gathered in one pass over the lines."""

    def __init__(
        self, session: Session, seen: Sighting, edits: Set[int], flags: Sequence[int]
    ) -> None:
        size = len(seen.lexicon.names)
        self._lexicon = seen.lexicon
        self._times, self._messages = [0] * size, [0] * size
        self._last, self._last_message = [0] * size, [-1] * size
        self._calls, self._edits = [0] * size, [0] * size
        self._crowd, self._line_crowd = [1 << 30] * size, [1 << 30] * size
        self._flags = [0] * size
        self._end = 0
        for number, (first, past) in enumerate(session.spans):
            self._gather(session.texts[first:past], seen.lines[first:past], number)
            for i in {i for line in seen.lines[first:past] for i in line}:
                self._flags[i] |= flags[number]
                self._calls[i] += session.messages[number].role is Role.TOOL_CALL
                self._edits[i] += number in edits

    def _gather(self, texts: Sequence[str], lines: Sequence[tuple[int, ...]], number: int) -> None:
        crowd = len({i for line in lines for i in line})
        for text, found in zip(texts, lines, strict=True):
            self._end += len(text)
            for i in found:
                self._times[i] += 1
                self._last[i] = self._end
                self._line_crowd[i] = min(self._line_crowd[i], len(found))
                if self._last_message[i] != number:
                    self._last_message[i] = number
                    self._messages[i] += 1
                    self._crowd[i] = min(self._crowd[i], crowd)

    def row(self, i: int) -> tuple[float, ...]:
        flags, name, sort = self._flags[i], self._lexicon.names[i], self._lexicon.sorts[i]
        away = self._end - self._last[i]
        return (
            1.0,
            math.log(self._times[i]),
            math.log(self._messages[i]),
            math.log1p(away / 1000),
            math.exp(-away / _NEAR),
            float(flags & _REQUEST > 0),
            float(flags & _LATEST_REQUEST > 0),
            float(flags & _REPLY > 0),
            float(flags & _LATEST_REPLY > 0),
            float(flags & _CALL > 0),
            math.log1p(self._calls[i]),
            math.log1p(self._edits[i]),
            float(flags & _RESULT > 0),
            math.log1p(self._crowd[i]),
            math.log1p(self._line_crowd[i]),
            float(sort is Sort.PATH),
            float(sort is Sort.HASH),
            float(sort is Sort.PATH and flags & _CALL > 0),
            min(name.count("/"), 10) / 5,
            min(len(name), 80) / 40,
            float(flags & _PLAN > 0),
        )


def _flags(session: Session, plan: int) -> list[int]:
    """What every identifier of a message takes from its message."""
    replies = [n for n, m in enumerate(session.messages) if m.role is Role.ASSISTANT]
    latest_replies = set(replies[-_LATEST_REPLIES:])
    requests = set(session.requests)
    flags = []
    for number, message in enumerate(session.messages):
        flag = _PLAN if number == plan else 0
        if number in requests:
            flag |= _REQUEST | (_LATEST_REQUEST if number == session.requests[-1] else 0)
        elif message.role is Role.ASSISTANT:
            flag |= _REPLY | (_LATEST_REPLY if number in latest_replies else 0)
        elif message.role is Role.TOOL_CALL:
            flag |= _CALL
        elif message.role is Role.TOOL_RESULT:
            flag |= _RESULT
        flags.append(flag)
    return flags


def _likeness(session: Session, names: Sequence[str]) -> list[tuple[float, ...]]:
    """For each name the share of its words that the asked-for and the latest work speak of."""
    requests = [session.messages[n].text[:_READ_OF_A_TEXT] for n in session.requests]
    calls = [m for m in session.messages if m.role is Role.TOOL_CALL][-_LATEST_CALLS:]
    topics = (
        _words(requests[-1:]),
        _words(requests),
        _words(spoken(call)[:_READ_OF_A_TEXT] for call in calls),
    )
    words = [{word.lower() for word in _WORD.findall(name)} for name in names]
    known = Counter(word for bag in words for word in bag)
    rarity = {word: math.log1p(len(names) / times) for word, times in known.items()}
    rows = []
    for bag in words:
        whole = sum(rarity[word] for word in sorted(bag)) or 1.0
        rows.append(tuple(sum(rarity[w] for w in sorted(bag & topic)) / whole for topic in topics))
    return rows


def _words(texts: Iterable[str]) -> set[str]:
    return {word.lower() for text in texts for word in _WORD.findall(text)}
