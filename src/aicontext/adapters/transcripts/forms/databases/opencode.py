"""OpenCode and its kin (Kilo, MiMo Code): a database, in older versions a tree of files.

A message tells the tokens of its last step only; where its steps tell their own, each is a call.
The input never includes the cache, and thinking is beside the output.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from aicontext.adapters.transcripts.documents import document
from aicontext.adapters.transcripts.parts import Names, written
from aicontext.adapters.transcripts.sqlite import columns, held, reading, rows
from aicontext.adapters.transcripts.values import amount, count, epoch, table, tables, text
from aicontext.domain.messages import Message, Role
from aicontext.domain.transcripts import Call, Position, Session, Transcript, Turn
from aicontext.domain.usage import Billed

FORM = "opencode"


def listed(tool: str, path: Path) -> Iterator[Transcript]:
    """path: the database, or the folder of one session's messages."""
    if path.is_dir():
        state = path.stat()
        size = sum(one.stat().st_size for one in path.iterdir())
        yield Transcript(tool, FORM, str(path), path.name, size, state.st_mtime)
        return
    with reading(path) as base:
        if not (table_of_sessions := _sessions(base)):
            return
        holding = "part" if columns(base, "part") else "session_message"
        sizes = f"SELECT session_id, SUM(LENGTH(data)) size FROM {holding} GROUP BY 1"
        query = f"""
            SELECT s.id, s.parent_id, s.time_updated, p.size FROM {table_of_sessions} s
            LEFT JOIN ({sizes}) p ON p.session_id = s.id
        """
        for row in rows(base, query):
            at, agent = epoch(row, "time_updated"), bool(row["parent_id"])
            yield Transcript(tool, FORM, str(path), str(row["id"]), row["size"] or 0, at, agent)


def read(transcript: Transcript, after: Position) -> Session:
    path = Path(transcript.path)
    skipped: dict[str, int] = {}
    if path.is_dir():
        project, messages = _of_files(path, skipped)
    else:
        project, messages = _of_database(path, transcript.session)
    names = Names()
    turns = [turn for message, parts in messages for turn in _turns(message, parts, names)]
    return Session(transcript.tool, transcript.session, project, tuple(turns), Position(), skipped)


_Message: TypeAlias = tuple[Mapping[str, Any], list[Mapping[str, Any]]]


def _of_database(path: Path, session: str) -> tuple[str, list[_Message]]:
    with reading(path) as base:
        query = f"SELECT directory FROM {_sessions(base)} WHERE id = ?"
        found = next(rows(base, query, session), {})
        parts: dict[str, list[Mapping[str, Any]]] = {}
        if columns(base, "part"):
            query = "SELECT id, message_id, data FROM part WHERE session_id = ? ORDER BY id"
            for row in rows(base, query, session):
                part = {**held(row["data"]), "id": row["id"]}
                parts.setdefault(row["message_id"], []).append(part)
        messages: dict[str, _Message] = {}
        for name in ("message", "session_message"):
            if has := columns(base, name):
                kind = "type" if "type" in has else "''"
                query = f"SELECT id, {kind} role, data FROM {name} WHERE session_id = ? ORDER BY id"
                for row in rows(base, query, session):
                    message = {"role": row["role"], **held(row["data"]), "id": row["id"]}
                    inner = tables(message, "content") or tables(message, "parts")
                    messages[row["id"]] = message, parts.get(row["id"], inner)
    return text(found, "directory"), list(messages.values())


def _sessions(base: sqlite3.Connection) -> str:
    """The table that holds them; empty where there is none."""
    return next((name for name in ("session_v2", "session") if columns(base, name)), "")


def _of_files(path: Path, skipped: dict[str, int]) -> tuple[str, list[_Message]]:
    storage = path.parent.parent
    messages: list[_Message] = []
    project = ""
    for file in sorted(path.glob("*.json")):
        message = document(file, skipped)
        folder = storage / "part" / file.stem
        parts = [document(one, skipped) for one in sorted(folder.glob("*.json"))]
        if isinstance(message, Mapping):
            project = text(table(message, "path"), "cwd") or project
            messages.append((message, [one for one in parts if isinstance(one, Mapping)]))
    return project, messages


def _turns(
    message: Mapping[str, Any], parts: list[Mapping[str, Any]], names: Names
) -> Iterator[Turn]:
    at = epoch(table(message, "time"), "created")
    if text(message, "role") != "assistant":
        told = [Message(Role.USER, text(part, "text")) for part in parts if text(part, "text")]
        told = told or [Message(Role.USER, text(message, "text"))]
        yield Turn(at, tuple(told))
        return
    said: list[Message] = []
    results: list[Message] = []
    steps = [part for part in parts if text(part, "type") == "step-finish"]
    at = epoch(table(message, "time"), "completed") or at
    fresh = message.get("summary") is True
    for part in parts:
        if text(part, "type") == "step-finish" and len(steps) > 1:
            yield Turn(at, tuple(said), _call(message, part, text(part, "id")))
            yield Turn(at, tuple(results))
            said, results = [], []
        else:
            _take(part, names, said, results)
    if len(steps) < 2:
        usage = steps[0] if steps and not table(message, "tokens") else message
        call = _call(message, usage, text(message, "id"))
        yield Turn(at, tuple(said), call, fresh=fresh)
    elif said:
        yield Turn(at, tuple(said), Call(""))
    if results:
        yield Turn(at, tuple(results))


def _take(
    part: Mapping[str, Any], names: Names, said: list[Message], results: list[Message]
) -> None:
    kind, state = text(part, "type"), table(part, "state")
    if kind == "text":
        said.append(Message(Role.ASSISTANT, text(part, "text")))
    elif kind == "reasoning":
        said.append(Message(Role.OPAQUE, text(part, "text")))
    elif kind == "tool":
        call_id, tool = text(part, "callID"), text(part, "tool")
        said.append(names.call(tool, state.get("input"), call_id))
        failed = text(state, "status") == "error"
        body = state.get("error") if failed else state.get("output")
        if table(state, "time").get("compacted"):
            body = ""
        results.append(Message(Role.TOOL_RESULT, written(body), tool, call_id, failed))


def _call(message: Mapping[str, Any], usage: Mapping[str, Any], name: str) -> Call:
    tokens = table(usage, "tokens")
    cache = table(tokens, "cache")
    billed = Billed(
        count(tokens, "input"),
        count(cache, "read"),
        count(cache, "write"),
        output=count(tokens, "output") + count(tokens, "reasoning"),
    )
    model = text(message, "modelID") or text(table(message, "model"), "id")
    return Call(name, "", model, billed if billed != Billed() else None, amount(usage, "cost"))
