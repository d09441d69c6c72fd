"""Kimi: JSON Lines of what its parts tell one another, with the usage of each step; older versions
keep what was said in a second file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from aicontext.adapters.transcripts.lines import Lines
from aicontext.adapters.transcripts.parts import Names
from aicontext.adapters.transcripts.values import count, epoch, table, tables, text
from aicontext.domain.messages import Message, Role
from aicontext.domain.transcripts import Call, Position, Session, Transcript, Turn
from aicontext.domain.usage import Billed

FORM = "kimi-code"


def listed(tool: str, path: Path) -> Iterator[Transcript]:
    folder = path.parent
    if folder.parent.name == "agents":
        name, agent = folder.parent.parent.name, folder.name != "main"
    else:
        name, agent = folder.name, False
    state = path.stat()
    yield Transcript(tool, FORM, str(path), name, state.st_size, state.st_mtime, agent)


def read(transcript: Transcript, after: Position) -> Session:
    path = Path(transcript.path)
    lines = Lines(path)
    calls: dict[str, Turn] = {}
    for offset, line in lines:
        if (turn := _call(line, f"{transcript.session}:{path.parent.name}", offset)) is not None:
            assert turn.call
            calls[turn.call.id] = turn
    turns = list(_said(path.with_name("context.jsonl")))
    answers = [at for at, turn in enumerate(turns) if turn.call]
    if len(answers) == len(calls):
        for at, told in zip(answers, calls.values(), strict=True):
            turns[at] = replace(turns[at], at=told.at, call=told.call)
    else:
        turns += calls.values()
    skipped = dict(lines.skipped)
    return Session(transcript.tool, transcript.session, "", tuple(turns), Position(), skipped)


def _call(line: Mapping[str, Any], session: str, offset: int) -> Turn | None:
    """A step's usage may be told several times under one message id: the last counts. Of newer
    records only those of a turn count; those of the session are sums."""
    message = table(line, "message")
    if text(message, "type") == "StatusUpdate":
        payload = table(message, "payload")
        usage, name = table(payload, "token_usage"), text(payload, "message_id") or str(offset)
        keys = ("input_other", "input_cache_read", "input_cache_creation", "output")
        at, model = epoch(line, "timestamp"), ""
    elif text(line, "type") == "usage.record" and text(line, "usageScope") == "turn":
        usage, name = table(line, "usage"), str(offset)
        keys = ("inputOther", "inputCacheRead", "inputCacheCreation", "output")
        at, model = epoch(line, "time"), text(line, "model").removeprefix("kimi-code/")
    else:
        return None
    given, read_, wrote, made = (count(usage, key) for key in keys)
    billed = Billed(given, read_, wrote, output=made)
    call = Call(f"{session}:{name}", "", model, billed)
    return Turn(at, (), call) if billed != Billed() else None


def _said(path: Path) -> Iterator[Turn]:
    names = Names()
    for _, line in Lines(path) if path.is_file() else ():
        role, content = text(line, "role"), _text(line.get("content"))
        if role == "assistant":
            said = [Message(Role.ASSISTANT, content)] if content else []
            for call in tables(line, "tool_calls"):
                body = table(call, "function")
                said.append(names.call(text(body, "name"), body.get("arguments"), text(call, "id")))
            yield Turn(0.0, tuple(said), Call(""))
        elif role == "tool":
            yield Turn(0.0, tuple(names.results(content, text(line, "tool_call_id"))))
        elif role in ("user", "system"):
            yield Turn(0.0, (Message(Role(role), content),))


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(text(part, "text") for part in tables({"": content}, ""))
