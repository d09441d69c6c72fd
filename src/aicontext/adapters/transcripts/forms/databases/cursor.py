"""Cursor: values by key in one database. What was billed is known to its servers alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from aicontext.adapters.transcripts.parts import Names, written
from aicontext.adapters.transcripts.sqlite import columns, held, reading, rows
from aicontext.adapters.transcripts.values import epoch, table, tables, text
from aicontext.domain.messages import Message, Role
from aicontext.domain.transcripts import Call, Position, Session, Transcript, Turn

FORM = "cursor"
_SESSION, _PART = "composerData:", "bubbleId:"
_RANGE = "WHERE key >= ? AND key < ?"
_USER = 1


def listed(tool: str, path: Path) -> Iterator[Transcript]:
    with reading(path) as base:
        if not columns(base, "cursorDiskKV"):
            return
        query = f"SELECT key, value FROM cursorDiskKV {_RANGE}"
        for row in rows(base, query, _SESSION, _next(_SESSION)):
            found = held(row["value"])
            at = epoch(found, "lastUpdatedAt") or epoch(found, "createdAt")
            name = row["key"].removeprefix(_SESSION)
            yield Transcript(tool, FORM, str(path), name, len(row["value"] or ""), at)


def read(transcript: Transcript, after: Position) -> Session:
    name, first = transcript.session, f"{_PART}{transcript.session}:"
    with reading(Path(transcript.path)) as base:
        query = "SELECT value FROM cursorDiskKV WHERE key = ?"
        found = held(next(rows(base, query, _SESSION + name), {}).get("value"))
        query = f"SELECT key, value FROM cursorDiskKV {_RANGE}"
        parts = {
            row["key"].removeprefix(first): held(row["value"])
            for row in rows(base, query, first, _next(first))
        }
    order = [text(one, "bubbleId") for one in tables(found, "fullConversationHeadersOnly")]
    shown = [parts[one] for one in order if one in parts] or tables(found, "conversation")
    names, model = Names(), text(table(found, "modelConfig"), "modelName")
    turns = tuple(turn for one in shown for turn in _turns(one, model, names))
    return Session(transcript.tool, name, "", turns)


def _next(key: str) -> str:
    """The first key after all that begin so."""
    return key[:-1] + chr(ord(key[-1]) + 1)


def _turns(part: Mapping[str, Any], model: str, names: Names) -> Iterator[Turn]:
    at, said = epoch(part, "createdAt"), text(part, "text")
    if part.get("type") == _USER:
        yield Turn(at, (Message(Role.USER, said),))
        return
    messages = [Message(Role.ASSISTANT, said)] if said else []
    if thought := text(table(part, "thinking"), "text"):
        messages.insert(0, Message(Role.OPAQUE, thought))
    used = table(part, "toolFormerData")
    if used:
        given = used.get("rawArgs") or used.get("params")
        messages.append(names.call(text(used, "name"), given, text(used, "toolCallId")))
    yield Turn(at, tuple(messages), Call("", "", model))
    if used and used.get("result"):
        failed = text(used, "status") == "error"
        body = written(used["result"])
        yield Turn(at, tuple(names.results(body, text(used, "toolCallId"), failed)))
