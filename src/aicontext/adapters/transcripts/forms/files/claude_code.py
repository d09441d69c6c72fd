"""Claude Code: JSON Lines, one file a session and one a sub-agent.

An answer stands on several lines with one `message.id`, a line a part, while its usage grows: the
last line of an id counts. Resumed and forked sessions repeat lines of others, ids included.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from aicontext.adapters.transcripts.lines import Lines
from aicontext.adapters.transcripts.parts import Names, anthropic
from aicontext.adapters.transcripts.values import anthropic_usage, epoch, table, text
from aicontext.domain.messages import Role
from aicontext.domain.transcripts import Call, Position, Session, Transcript, Turn

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
    return _read(transcript, Lines(Path(transcript.path), after.offset))


def calls(transcript: Transcript, after: Position) -> Session:
    return _read(transcript, Lines(Path(transcript.path), after.offset, _TELLING))


def _read(transcript: Transcript, lines: Lines) -> Session:
    draft = _Draft()
    for offset, line in lines:
        draft.take(offset, line)
    return Session(
        transcript.tool,
        draft.session or transcript.session,
        draft.project,
        tuple(draft.turns),
        Position(lines.end if draft.last_answer is None else draft.last_answer),
        dict(lines.skipped),
    )


class _Draft:
    """last_answer: where it begins; it may still be growing, also where results of its calls
    follow."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self.session = self.project = ""
        self.last_answer: int | None = None
        self._names = Names()
        self._answers: dict[tuple[str, str], int] = {}
        self._last: dict[str, int] = {}
        self._seen: set[str] = set()
        self._threads: dict[str, str] = {}

    def take(self, offset: int, line: Mapping[str, Any]) -> None:
        kind, own = text(line, "type"), text(line, "uuid")
        if kind not in ("user", "assistant") or own in self._seen:
            return
        if own:
            self._seen.add(own)
        self.session = text(line, "sessionId") or self.session
        self.project = text(line, "cwd") or self.project
        thread, message = self._thread(line, own), table(line, "message")
        role = Role.USER if kind == "user" else Role.ASSISTANT
        said = tuple(anthropic(message.get("content"), role, self._names))
        at = epoch(line, "timestamp")
        if kind == "user" or text(message, "model") == _SYNTHETIC:
            fresh = line.get("isCompactSummary") is True
            self.turns.append(Turn(at, said, None, thread, fresh))
        else:
            self._answer(offset, _call(line, message), Turn(at, said, None, thread))

    def _answer(self, offset: int, call: Call, turn: Turn) -> None:
        """Adds an answer, or the next part of one.

        Gateways that give no names to requests may give one name to several answers: there, parts
        of an answer follow one another, and its time tells it from others.
        """
        key = call.id, call.request or turn.thread
        place = self._answers.get(key)
        last = self._last.get(turn.thread)
        if place is None or not (call.request or place == last):
            self.last_answer = offset
            self._answers[key] = self._last[turn.thread] = len(self.turns)
            name = call.id if call.request else f"{call.id}@{turn.at}"
            self.turns.append(replace(turn, call=replace(call, id=name)))
            return
        known = self.turns[place]
        assert known.call
        call = replace(known.call, model=call.model, billed=call.billed or known.call.billed)
        messages = known.messages + turn.messages
        self.turns[place] = replace(known, at=turn.at, messages=messages, call=call)

    def _thread(self, line: Mapping[str, Any], own: str) -> str:
        """Sub-agents that have no name of their own are told apart by their first line."""
        if line.get("isSidechain") is not True:
            return ""
        thread = text(line, "agentId") or self._threads.get(text(line, "parentUuid")) or own
        self._threads[own] = thread
        return thread


def _call(line: Mapping[str, Any], message: Mapping[str, Any]) -> Call:
    usage = table(message, "usage")
    return Call(
        text(message, "id") or text(line, "uuid"),
        text(line, "requestId"),
        text(message, "model"),
        anthropic_usage(usage) if usage else None,
    )
