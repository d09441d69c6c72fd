"""Factory's Droid: sums of a session's tokens in its settings, what was said in JSON Lines beside.
What the sums grew by since the last reading counts as one call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from aicontext.adapters.transcripts.documents import document
from aicontext.adapters.transcripts.lines import Lines
from aicontext.adapters.transcripts.parts import Names, anthropic
from aicontext.adapters.transcripts.values import count, epoch, grown, table, text
from aicontext.domain.messages import Role
from aicontext.domain.transcripts import Call, Position, Session, Transcript, Turn
from aicontext.domain.usage import Billed

FORM = "factory-droid"
_SETTINGS = ".settings.json"
_SUMS = ("inputTokens", "cacheReadTokens", "cacheCreationTokens", "outputTokens", "thinkingTokens")


def listed(tool: str, path: Path) -> Iterator[Transcript]:
    name, said = path.name.removesuffix(_SETTINGS), _said(path)
    states = [one.stat() for one in (path, said) if one.exists()]
    size, at = sum(one.st_size for one in states), max(one.st_mtime for one in states)
    yield Transcript(tool, FORM, str(path), name, size, at)


def _said(path: Path) -> Path:
    return path.with_name(f"{path.name.removesuffix(_SETTINGS)}.jsonl")


def read(transcript: Transcript, after: Position) -> Session:
    path = Path(transcript.path)
    skipped: dict[str, int] = {}
    settings = document(path, skipped)
    lines, names = Lines(_said(path)), Names()
    turns: list[Turn] = []
    project = ""
    if _said(path).is_file():
        for _, line in lines:
            project = text(line, "cwd") or project
            if text(line, "type") == "message":
                turns.append(_turn(line, names))
    skipped |= lines.skipped
    now = tuple(count(table(settings, "tokenUsage"), key) for key in _SUMS)
    more, state = grown(after.state, now)
    if any(more):
        given, read_, wrote, made, thought = more
        name = f"{transcript.session}:{state}"
        billed = Billed(given, read_, wrote, output=made + thought)
        call = Call(name, "", text(settings, "model"), billed, summed=True)
        turns.append(Turn(path.stat().st_mtime, (), call))
    end = Position(0, state)
    return Session(transcript.tool, transcript.session, project, tuple(turns), end, skipped)


def _turn(line: Mapping[str, Any], names: Names) -> Turn:
    message = table(line, "message")
    answer = text(message, "role") == "assistant"
    role = Role.ASSISTANT if answer else Role.USER
    said = tuple(anthropic(message.get("content"), role, names))
    return Turn(epoch(line, "timestamp"), said, Call("") if answer else None)
