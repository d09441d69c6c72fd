"""Codex: JSON Lines of items and events, one file a session.

`token_count` events tell the session's tokens so far, and may repeat: a call is what the count grew
by. A fork begins with its parent's lines, the parent's `session_meta` among them, and goes on from
the parent's count, so that what it repeats has the names that it had there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from aicontext.adapters.transcripts.lines import Lines
from aicontext.adapters.transcripts.parts import Names, media, written
from aicontext.adapters.transcripts.values import count, epoch, table, tables, text
from aicontext.domain.messages import Message, Role
from aicontext.domain.transcripts import Call, Position, Session, Transcript, Turn
from aicontext.domain.usage import Billed

FORM = "codex-cli"
_UUID = 36
_CALLS = {"function_call": "arguments", "custom_tool_call": "input", "local_shell_call": "action"}
_ITEMS = {"message", "reasoning", *_CALLS, *(f"{kind}_output" for kind in _CALLS)}
_TELLING = b'"token_count"', b'"session_meta"', b'"turn_context"', b'"compacted"'
"""What lines hold that tell of calls, or where a conversation begins anew."""

_ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT, "system": Role.SYSTEM}
_LATE = 0.98
"""A count this much below the last one is an older one that came late, not a new beginning."""

_Total: TypeAlias = tuple[int, int, int, int]


def listed(tool: str, path: Path) -> Iterator[Transcript]:
    state = path.stat()
    name = path.stem[-_UUID:] if len(path.stem) > _UUID else path.stem
    yield Transcript(tool, FORM, str(path), name, state.st_size, state.st_mtime)


def read(transcript: Transcript, after: Position) -> Session:
    return _read(transcript, after, Lines(Path(transcript.path), after.offset))


def calls(transcript: Transcript, after: Position) -> Session:
    return _read(transcript, after, Lines(Path(transcript.path), after.offset, _TELLING))


def _read(transcript: Transcript, after: Position, lines: Lines) -> Session:
    draft = _Draft(after.state)
    position = after
    for _, line in lines:
        if draft.take(line):
            position = Position(lines.end, draft.state())
    return Session(
        transcript.tool,
        draft.session or transcript.session,
        draft.project,
        tuple(draft.turns),
        position,
        dict(lines.skipped),
    )


class _Draft:
    """origin: the session whose lines are read, a parent's included. total: its tokens so far.
    answering: the last turn is an answer that is not accounted for yet."""

    def __init__(self, state: str) -> None:
        kept = json.loads(state) if state else {}
        self.session, self.project = text(kept, "session"), text(kept, "project")
        self.turns: list[Turn] = []
        self._origin, self._model = text(kept, "origin"), text(kept, "model")
        total = kept.get("total")
        self._total: _Total | None = tuple(total) if total else None
        self._answer: int | None = None
        self._said = False
        self._names = Names()

    def state(self) -> str:
        kept = {
            "session": self.session,
            "project": self.project,
            "origin": self._origin,
            "model": self._model,
            "total": self._total,
        }
        return json.dumps(kept)

    def take(self, line: Mapping[str, Any]) -> bool:
        """Whether all that was read is accounted for."""
        kind, at = text(line, "type"), epoch(line, "timestamp")
        payload = table(line, "payload")
        if kind == "session_meta":
            self._meta(payload, at)
        elif kind == "turn_context":
            self._model = text(payload, "model") or self._model
            self.project = text(payload, "cwd") or self.project
        elif kind == "compacted":
            self._compacted(payload, at)
        elif kind == "response_item" or kind in _ITEMS:
            self._item(payload or line, at)
        elif kind == "event_msg" and text(payload, "type") == "token_count":
            self._count(table(payload, "info"), at)
            return True
        return False

    def _meta(self, payload: Mapping[str, Any], at: float) -> None:
        self._origin = text(payload, "id") or self._origin
        self.session = self.session or self._origin
        self.project = self.project or text(payload, "cwd")
        base = payload.get("base_instructions") or payload.get("instructions")
        told = base if isinstance(base, str) else text(base, "text")
        if told and not self.turns:
            self.turns.append(Turn(at, (Message(Role.SYSTEM, told),)))

    def _compacted(self, payload: Mapping[str, Any], at: float) -> None:
        kept = [m for item in tables(payload, "replacement_history") for m in self._messages(item)]
        messages = kept or [Message(Role.USER, text(payload, "message"))]
        self._tell(Turn(at, tuple(messages), fresh=True))

    def _item(self, item: Mapping[str, Any], at: float) -> None:
        messages = tuple(self._messages(item))
        if text(item, "type").endswith("_output") or text(item, "role") in (
            "user",
            "developer",
            "system",
        ):
            self._tell(Turn(at, messages))
        elif self._answer is not None and not self._said:
            known = self.turns[self._answer]
            self.turns[self._answer] = replace(known, at=at, messages=known.messages + messages)
        else:
            self._answer, self._said = len(self.turns), False
            self.turns.append(Turn(at, messages, Call("", "", self._model)))

    def _tell(self, turn: Turn) -> None:
        self._said = True
        self.turns.append(turn)

    def _messages(self, item: Mapping[str, Any]) -> Iterator[Message]:
        kind, call_id = text(item, "type"), text(item, "call_id")
        if kind in _CALLS:
            name = text(item, "name") or kind.removesuffix("_call")
            yield self._names.call(name, item.get(_CALLS[kind]), call_id)
        elif kind.endswith("_output"):
            body = item.get("output")
            body = body.get("content", body) if isinstance(body, Mapping) else body
            yield from self._names.results(body, call_id)
        elif kind == "message":
            role = _ROLES.get(text(item, "role"), Role.DEVELOPER)
            for part in tables(item, "content"):
                yield Message(role, text(part, "text")) if "text" in part else media(part)
        else:
            yield Message(Role.OPAQUE, written(item))

    def _count(self, info: Mapping[str, Any], at: float) -> None:
        if not info:
            return
        total, last = _total(table(info, "total_token_usage")), table(info, "last_token_usage")
        grown = _grown(self._total, total, _total(last) if last else None)
        if grown is None:
            return
        self._total = total
        if not any(grown):
            return
        given, read, wrote, made = grown
        billed = Billed(max(given - read - wrote, 0), read, wrote, output=made)
        name = f"{self._origin}:{':'.join(map(str, total))}"
        call = Call(name, "", self._model or text(info, "model"), billed)
        if self._answer is None:
            self.turns.append(Turn(at, (), call))
        else:
            self.turns[self._answer] = replace(self.turns[self._answer], at=at, call=call)
            self._answer = None


def _total(usage: Mapping[str, Any]) -> _Total:
    """(all input, of it read from the cache, of it written there, output with reasoning)."""
    read = count(usage, "cached_input_tokens") or count(usage, "cache_read_input_tokens")
    wrote = count(usage, "cache_write_input_tokens")
    return count(usage, "input_tokens"), read, wrote, count(usage, "output_tokens")


def _grown(before: _Total | None, total: _Total, last: _Total | None) -> _Total | None:
    """What a call took; None for a count that came late."""
    if before is None:
        return last or total
    if all(now >= then for now, then in zip(total, before, strict=True)):
        return tuple(now - then for now, then in zip(total, before, strict=True))  # type: ignore[return-value]
    return None if sum(total) >= _LATE * sum(before) else last or total
