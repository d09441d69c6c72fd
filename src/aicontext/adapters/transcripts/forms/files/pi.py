"""Pi and its kin (omp, gjc, senpi, OpenClaw): JSON Lines, one file a session."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from aicontext.adapters.transcripts.lines import Lines
from aicontext.adapters.transcripts.parts import Names, media, written
from aicontext.adapters.transcripts.values import amount, count, epoch, table, text
from aicontext.domain.messages import Message, Role
from aicontext.domain.transcripts import Call, Position, Session, Transcript, Turn
from aicontext.domain.usage import Billed

FORM = "pi"


def listed(tool: str, path: Path) -> Iterator[Transcript]:
    state = path.stat()
    name = path.stem.rpartition("_")[2]
    yield Transcript(tool, FORM, str(path), name, state.st_size, state.st_mtime)


def read(transcript: Transcript, after: Position) -> Session:
    lines, names = Lines(Path(transcript.path), after.offset), Names()
    turns: list[Turn] = []
    session, project, seen = transcript.session, "", set()
    for _, line in lines:
        kind, own = text(line, "type"), text(line, "id")
        if kind == "session":
            session, project = own or session, text(line, "cwd") or project
        elif kind == "compaction" and text(line, "summary"):
            told = Message(Role.USER, text(line, "summary"))
            turns.append(Turn(epoch(line, "timestamp"), (told,), fresh=True))
        elif kind == "message" and (not own or own not in seen):
            seen.add(own)
            turns.append(_turn(line, own, names))
    end = Position(lines.end)
    return Session(transcript.tool, session, project, tuple(turns), end, dict(lines.skipped))


def _turn(line: Mapping[str, Any], own: str, names: Names) -> Turn:
    message, at = table(line, "message"), epoch(line, "timestamp")
    role = text(message, "role")
    if role == "toolResult":
        failed, call_id = message.get("isError") is True, text(message, "toolCallId")
        return Turn(at, tuple(names.results(message.get("content"), call_id, failed)))
    if role != "assistant":
        return Turn(at, tuple(_parts(message.get("content"), Role.USER, names)))
    said = tuple(_parts(message.get("content"), Role.ASSISTANT, names))
    return Turn(at, said, _call(message, own))


def _call(message: Mapping[str, Any], own: str) -> Call:
    usage = table(message, "usage")
    keys = ("input", "cacheRead", "cacheWrite", "output")
    given, read, wrote, made = (count(usage, key) for key in keys)
    billed = Billed(given, read, wrote, output=made) if usage else None
    cost = amount(table(usage, "cost"), "total")
    name = text(message, "responseId") or own
    return Call(name, "", text(message, "model"), billed, cost)


def _parts(content: object, role: Role, names: Names) -> Iterator[Message]:
    if isinstance(content, str):
        yield Message(role, content)
    for part in content if isinstance(content, list) else ():
        match text(part, "type"):
            case "text":
                yield Message(role, text(part, "text"))
            case "toolCall":
                yield names.call(text(part, "name"), part.get("arguments"), text(part, "id"))
            case "image":
                yield media(part)
            case _:
                yield Message(Role.OPAQUE, text(part, "thinking") or written(part))
