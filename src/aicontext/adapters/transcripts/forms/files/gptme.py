"""gptme: a folder a conversation, its messages as JSON Lines. Calls of tools are written into the
answers, and what they gave comes from the system. Times are those of the machine, without a zone.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from aicontext.adapters.transcripts.lines import Lines
from aicontext.adapters.transcripts.parts import Names, openai
from aicontext.adapters.transcripts.values import amount, count, epoch, table, text
from aicontext.domain.messages import Message, Role
from aicontext.domain.transcripts import Call, Position, Session, Transcript, Turn
from aicontext.domain.usage import Billed

FORM = "gptme"
_LARGEST = 2**20
"""Bytes of a conversation's settings that are looked at."""


def listed(tool: str, path: Path) -> Iterator[Transcript]:
    state = path.stat()
    yield Transcript(tool, FORM, str(path), path.parent.name, state.st_size, state.st_mtime)


def read(transcript: Transcript, after: Position) -> Session:
    """Read whole each time: what was taken back is written anew."""
    path = Path(transcript.path)
    lines, names = Lines(path), Names()
    turns = tuple(_turn(line, transcript.session, names) for _, line in lines)
    project, skipped = _folder(path.with_name("config.toml")), dict(lines.skipped)
    return Session(transcript.tool, transcript.session, project, turns, Position(), skipped)


def _folder(settings: Path) -> str:
    try:
        if not settings.is_file() or settings.stat().st_size > _LARGEST:
            return ""
        return text(table(tomllib.loads(settings.read_text("utf-8")), "chat"), "workspace")
    except (OSError, ValueError, RecursionError):
        return ""


def _turn(line: Mapping[str, Any], session: str, names: Names) -> Turn:
    facts = table(line, "metadata")
    at = epoch(line, "timestamp", local=True)
    if text(line, "call_id"):
        told = Message(Role.TOOL_RESULT, text(line, "content"), text(facts, "tool"))
        return Turn(at, (told,))
    answer = text(line, "role") == "assistant"
    call = _call(facts, f"{session}:{text(line, 'timestamp')}") if answer else None
    return Turn(at, tuple(openai(line, names)), call)


def _call(facts: Mapping[str, Any], name: str) -> Call:
    """The input leaves the cache out."""
    usage = table(facts, "usage")
    keys = ("input_tokens", "cache_read_tokens", "cache_creation_tokens", "output_tokens")
    given, read_, wrote, made = (count(usage, key) for key in keys)
    billed = Billed(given, read_, wrote, output=made) if usage else None
    model = text(facts, "model").partition("/")[2] or text(facts, "model")
    return Call(name, "", model, billed, amount(facts, "cost"))
