"""GitHub Copilot CLI: a session's events as JSON Lines, and the usage of all in one database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from aicontext.adapters.transcripts.lines import Lines
from aicontext.adapters.transcripts.parts import Names
from aicontext.adapters.transcripts.sqlite import columns, reading, rows
from aicontext.adapters.transcripts.values import count, epoch, table, tables, text
from aicontext.domain.messages import Message, Role
from aicontext.domain.transcripts import Call, Position, Session, Transcript, Turn
from aicontext.domain.usage import Billed

FORM = "copilot-cli"
_EVENTS = "events.jsonl"
_USAGE = "assistant_usage_events"
_UNITS = 1e11
"""Of what Copilot counts in, to a US dollar."""


def listed(tool: str, path: Path) -> Iterator[Transcript]:
    state = path.stat()
    if path.name == _EVENTS:
        name = path.parent.name
        yield Transcript(tool, FORM, str(path), name, state.st_size, state.st_mtime)
    if path.suffix != ".db":
        return
    with reading(path) as base:
        if columns(base, _USAGE):
            query = f"SELECT session_id, COUNT(*) n, MAX(created_at) at FROM {_USAGE} GROUP BY 1"
            for row in rows(base, query):
                at, name = epoch(row, "at"), str(row["session_id"])
                yield Transcript(tool, FORM, str(path), name, 200 * row["n"], at)


def read(transcript: Transcript, after: Position) -> Session:
    path = Path(transcript.path)
    return (_usage if path.suffix == ".db" else _events)(transcript, path, after)


def _usage(transcript: Transcript, path: Path, after: Position) -> Session:
    with reading(path) as base:
        has = "cwd" in columns(base, "sessions")
        query = "SELECT cwd FROM sessions WHERE id = ?"
        found = next(rows(base, query, transcript.session), {}) if has else {}
        query = f"SELECT * FROM {_USAGE} WHERE session_id = ? ORDER BY id"
        turns = tuple(
            Turn(epoch(row, "created_at"), (), _call(transcript.session, row))
            for row in rows(base, query, transcript.session)
        )
    return Session(transcript.tool, transcript.session, text(found, "cwd"), turns, after)


def _call(session: str, row: Mapping[str, Any]) -> Call:
    """The input includes the cache, the output what was thought."""
    keys = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens")
    given, read, wrote, made = (count(row, key) for key in keys)
    billed = Billed(max(given - read - wrote, 0), read, wrote, output=made)
    units = count(row, "total_nano_aiu")
    model = text(row, "copilot_usage_model") or text(row, "model")
    return Call(f"{session}:{row['id']}", "", model, billed, units / _UNITS if units else None)


def _events(transcript: Transcript, path: Path, after: Position) -> Session:
    lines, names = Lines(path, after.offset), Names()
    turns: list[Turn] = []
    project = ""
    for _, line in lines:
        data = table(line, "data")
        project = text(table(data, "context"), "cwd") or project
        turns += _turns(text(line, "type"), data, epoch(line, "timestamp"), names)
    end = Position(lines.end)
    return Session(
        transcript.tool, transcript.session, project, tuple(turns), end, dict(lines.skipped)
    )


def _turns(kind: str, data: Mapping[str, Any], at: float, names: Names) -> Iterator[Turn]:
    if kind == "user.message":
        told = text(data, "transformedContent") or text(data, "content")
        yield Turn(at, (Message(Role.USER, told),))
    elif kind == "assistant.message":
        said = [Message(Role.ASSISTANT, text(data, "content"))] if text(data, "content") else []
        for call in tables(data, "toolRequests"):
            given, call_id = call.get("arguments"), text(call, "toolCallId")
            said.append(names.call(text(call, "name"), given, call_id))
        yield Turn(at, tuple(said), Call(""))
    elif kind == "tool.execution_complete":
        result = table(data, "result")
        failed, call_id = data.get("success") is False, text(data, "toolCallId")
        body = text(result, "content") or text(table(data, "error"), "message")
        yield Turn(at, tuple(names.results(body, call_id, failed)))
