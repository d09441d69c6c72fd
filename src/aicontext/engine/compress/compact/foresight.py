"""How likely each identifier of a session is to be used in the agent's next actions.

A logistic model over a few features that mean the same in every session. The weights are fitted
by benchmarks/compaction/fit.py.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from aicontext.domain.messages import Role
from aicontext.engine.compress.compact.identifiers import Lexicon, Sort
from aicontext.engine.compress.compact.session import Session
from aicontext.engine.compress.compact.work import Work

_DEFINES = re.compile(
    r"\b(?:class|def|func|function|fn|interface|type|struct|enum|trait|const|let|var|impl|module)"
    r"\s+(?:\([^()]{0,80}\)\s*)?$"
)

FEATURES = (
    "one", "count", "messages", "near", "near_fast", "first", "user", "request", "assistant",
    "spoken_last", "call", "calls", "edit", "edits", "sighted_file", "command", "result", "crowd",
    "line_crowd", "path", "hash", "defined", "deep", "long", "plan", "error", "edited_file",
    "path_call",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where identifiers stand. lines: for each line the numbers of its identifiers."""

    lexicon: Lexicon
    lines: list[tuple[int, ...]]


def sight(session: Session) -> Sighting:
    lexicon = Lexicon()
    calls = [m.role is Role.TOOL_CALL for m in session.messages]
    lines = [
        lexicon.find(text.replace("\\n", "  ").replace("\\t", "  ") if calls[owner] else text)
        for text, owner in zip(session.texts, session.owner, strict=True)
    ]
    return Sighting(lexicon, lines)


class _Tally:
    """Per identifier what the features need, gathered in one pass."""

    def __init__(self, size: int) -> None:
        self.count = [0] * size
        self.messages = [0] * size
        self.last_message = [-1] * size
        self.last = [0] * size
        self.first = [-1] * size
        self.calls = [0] * size
        self.edits = [0] * size
        self.crowd = [10_000] * size
        self.line_crowd = [1000] * size
        self.flags = [0] * size


USER, REQUEST, ASSISTANT, SPOKEN, CALL, EDIT, COMMAND, RESULT, DEFINED, PLAN, ERROR, FILE = (
    1 << i for i in range(12)
)


def features(session: Session, seen: Sighting, work: Work) -> list[tuple[float, ...]]:
    """One row per identifier, columns as FEATURES."""
    tally, end = _gather(session, seen, work)
    return [_row(tally, number, end, seen) for number in range(len(seen.lexicon.names))]


def _gather(session: Session, seen: Sighting, work: Work) -> tuple[_Tally, int]:
    tally = _Tally(len(seen.lexicon.names))
    marks = _marks(session, work)
    position = 0
    for number, (first, past) in enumerate(session.spans):
        crowd = len({i for line in seen.lines[first:past] for i in line})
        role = session.messages[number].role
        for at in range(first, past):
            text = session.texts[at]
            position += len(text)
            found = seen.lines[at]
            if not found:
                continue
            flags = marks[number]
            _DEFINES.search(text) if False else None
            for i in found:
                tally.count[i] += 1
                if tally.first[i] < 0:
                    tally.first[i] = position
                tally.last[i] = position
                tally.flags[i] |= flags
                if len(found) < tally.line_crowd[i]:
                    tally.line_crowd[i] = len(found)
                if tally.last_message[i] != number:
                    tally.last_message[i] = number
                    tally.messages[i] += 1
                    if crowd < tally.crowd[i]:
                        tally.crowd[i] = crowd
                    if role is Role.TOOL_CALL:
                        tally.calls[i] += 1
                        tally.edits[i] += number in work.edits
            _define(tally, seen, at, text)
    return tally, position


_DEFINED = re.compile(
    r"\b(?:class|def|func|function|fn|interface|type|struct|enum|trait|const|impl)\s+"
    r"(?:\([^()\n]{0,80}\)\s*)?([A-Za-z_]\w{4,100})"
)


def _define(tally: _Tally, seen: Sighting, at: int, text: str) -> None:
    for name in _DEFINED.findall(text):
        for i in seen.lines[at]:
            if seen.lexicon.names[i] == name.strip("_"):
                tally.flags[i] |= DEFINED


def _marks(session: Session, work: Work) -> list[int]:
    """Flags that every identifier of a message gets."""
    marks = []
    users = [n for n, m in enumerate(session.messages) if m.role is Role.USER]
    spoken = [n for n, m in enumerate(session.messages) if m.role is Role.ASSISTANT]
    edited = {path for path, state in work.files.items() if state.edits}
    for number, message in enumerate(session.messages):
        flags = 0
        if message.role is Role.USER:
            flags = USER | (REQUEST if users[-1] == number else 0)
        elif message.role is Role.ASSISTANT:
            flags = ASSISTANT | (SPOKEN if number in spoken[-2:] else 0)
        elif message.role is Role.TOOL_CALL:
            flags = CALL | (EDIT if number in work.edits else COMMAND)
        elif message.role is Role.TOOL_RESULT:
            flags = RESULT | (ERROR if number == work.failed else 0)
            call = session.calls[number]
            if call >= 0 and any(p in session.messages[call].text[:2000] for p in edited):
                flags |= FILE
        if number == work.planned:
            flags |= PLAN
        marks.append(flags)
    return marks


def _row(tally: _Tally, i: int, end: int, seen: Sighting) -> tuple[float, ...]:
    flags, name = tally.flags[i], seen.lexicon.names[i]
    away, ago = (end - tally.last[i]) / 1000, (end - tally.first[i]) / 1000
    sort = seen.lexicon.sorts[i]
    return (
        1.0,
        math.log(tally.count[i]),
        math.log(tally.messages[i]),
        math.log1p(away),
        math.exp(-away / 6),
        math.log1p(ago),
        float(flags & USER > 0),
        float(flags & REQUEST > 0),
        float(flags & ASSISTANT > 0),
        float(flags & SPOKEN > 0),
        float(flags & CALL > 0),
        math.log1p(tally.calls[i]),
        float(flags & EDIT > 0),
        math.log1p(tally.edits[i]),
        0.0,
        float(flags & COMMAND > 0),
        float(flags & RESULT > 0),
        math.log1p(tally.crowd[i]),
        math.log1p(tally.line_crowd[i]),
        float(sort is Sort.PATH),
        float(sort is Sort.HASH),
        float(flags & DEFINED > 0),
        min(name.count("/"), 10) / 5,
        min(len(name), 80) / 40,
        float(flags & PLAN > 0),
        float(flags & ERROR > 0),
        float(flags & FILE > 0),
        float(sort is Sort.PATH and flags & CALL > 0),
    )
