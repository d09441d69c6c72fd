"""Claude Code: JSON Lines, one file a session and one a sub-agent.

An answer stands on several lines with one `message.id`, a line a part, while its usage grows: the
last line of an id counts. Resumed and forked sessions repeat lines of others, ids included.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aicontext.adapters.transcripts.lines import Lines
from aicontext.adapters.transcripts.parts import Names, anthropic
from aicontext.adapters.transcripts.values import epoch, table, text
from aicontext.domain.messages import Message, Role
from aicontext.domain.transcripts import Call, Position, Session, Transcript, Turn
from aicontext.engine.ledger.billing import of_anthropic

FORM = "claude-code"
_TELLING = b'"usage"', b'"isCompactSummary"', b'"isSidechain":true'
"""What lines hold that tell of calls, or of whose conversation they are."""

_SYNTHETIC = "<synthetic>"
"""The model of what the tool itself says, such as that a call failed."""


def listed(tool: str, path: Path) -> Iterator[Transcript]:
    state = path.stat()
    agent = path.stem.startswith("agent-") or path.parent.name == "subagents"
    yield Transcript(tool, FORM, str(path), path.stem, state.st_size, state.st_mtime, agent)


def read(transcript: Transcript, after: Position) -> Session:
    return _read(transcript, Lines(Path(transcript.path), after.offset), spoken=True)


def calls(transcript: Transcript, after: Position) -> Session:
    return _read(transcript, Lines(Path(transcript.path), after.offset, _TELLING), spoken=False)


def _read(transcript: Transcript, lines: Lines, *, spoken: bool) -> Session:
    draft = _Draft(spoken)
    for offset, line in lines:
        draft.take(offset, line)
    return Session(
        transcript.tool,
        draft.session or transcript.session,
        draft.project,
        draft.finished(),
        Position(lines.end if draft.last_answer is None else draft.last_answer),
        dict(lines.skipped),
    )


@dataclass(slots=True)
class _Answer:
    """An answer as far as it was read. line: the last one that tells its usage."""

    id: str
    request: str
    thread: str
    at: float
    line: Mapping[str, Any]
    said: list[Message] = field(default_factory=list)

    def turn(self) -> Turn:
        message = table(self.line, "message")
        usage = table(message, "usage")
        billed = of_anthropic(usage) if usage else None
        call = Call(self.id, self.request, text(message, "model"), billed)
        return Turn(self.at, tuple(self.said), call, self.thread)


class _Draft:
    """last_answer: where it begins; it may still be growing, also where results of its calls
    follow. spoken: what was said is wanted."""

    def __init__(self, spoken: bool) -> None:
        self.session = self.project = ""
        self.last_answer: int | None = None
        self._spoken = spoken
        self._turns: list[Turn | _Answer] = []
        self._names = Names()
        self._answers: dict[tuple[str, str], _Answer] = {}
        self._last: dict[str, _Answer] = {}
        self._seen: set[str] = set()
        self._threads: dict[str, str] = {}

    def finished(self) -> tuple[Turn, ...]:
        return tuple(one.turn() if isinstance(one, _Answer) else one for one in self._turns)

    def take(self, offset: int, line: Mapping[str, Any]) -> None:
        kind, own = text(line, "type"), text(line, "uuid")
        if kind not in ("user", "assistant") or own in self._seen:
            return
        if own:
            self._seen.add(own)
        self.session = text(line, "sessionId") or self.session
        self.project = text(line, "cwd") or self.project
        thread, message = self._thread(line, own), table(line, "message")
        if kind == "assistant" and text(message, "model") != _SYNTHETIC:
            self._answer(offset, line, thread)
            return
        role = Role.USER if kind == "user" else Role.ASSISTANT
        said = tuple(self._said(message, role))
        fresh = line.get("isCompactSummary") is True
        self._turns.append(Turn(epoch(line, "timestamp"), said, None, thread, fresh))

    def _answer(self, offset: int, line: Mapping[str, Any], thread: str) -> None:
        """Adds an answer, or the next part of one.

        Gateways that give no names to requests may give one name to several answers: there, parts
        of an answer follow one another, and its time tells it from others.
        """
        message, at = table(line, "message"), epoch(line, "timestamp")
        name, request = text(message, "id") or text(line, "uuid"), text(line, "requestId")
        key = name, request or thread
        known = self._answers.get(key)
        if known is None or not (request or known is self._last.get(thread)):
            self.last_answer = offset
            known = _Answer(name if request else f"{name}@{at}", request, thread, at, line)
            self._answers[key] = self._last[thread] = known
            self._turns.append(known)
        elif table(message, "usage"):
            known.line = line
        known.at = at
        known.said += self._said(message, Role.ASSISTANT)

    def _said(self, message: Mapping[str, Any], role: Role) -> Iterable[Message]:
        return anthropic(message.get("content"), role, self._names) if self._spoken else ()

    def _thread(self, line: Mapping[str, Any], own: str) -> str:
        """Sub-agents that have no name of their own are told apart by their first line."""
        if line.get("isSidechain") is not True:
            return ""
        thread = text(line, "agentId") or self._threads.get(text(line, "parentUuid")) or own
        self._threads[own] = thread
        return thread
