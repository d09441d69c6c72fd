"""Continue: one JSON document a session. An answer tells its usage, and holds what the tools that
it called gave back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from aicontext.adapters.transcripts.documents import document
from aicontext.adapters.transcripts.parts import Names, openai
from aicontext.adapters.transcripts.values import count, table, tables, text
from aicontext.domain.messages import Message
from aicontext.domain.transcripts import Call, Position, Session, Transcript, Turn
from aicontext.domain.usage import Billed

FORM = "continue"
_LIST = "sessions.json"


def listed(tool: str, path: Path) -> Iterator[Transcript]:
    if path.suffix == ".json" and path.name != _LIST:
        state = path.stat()
        yield Transcript(tool, FORM, str(path), path.stem, state.st_size, state.st_mtime)


def read(transcript: Transcript, after: Position) -> Session:
    path = Path(transcript.path)
    skipped: dict[str, int] = {}
    found = document(path, skipped)
    session = text(found, "sessionId") or transcript.session
    names = Names()
    turns = [
        turn
        for place, entry in enumerate(tables(found, "history"))
        for turn in _turns(entry, f"{session}:{place}", names)
    ]
    project = text(found, "workspaceDirectory").removeprefix("file://")
    return Session(transcript.tool, session, project, tuple(turns), Position(), skipped)


def _turns(entry: Mapping[str, Any], name: str, names: Names) -> Iterator[Turn]:
    message = table(entry, "message")
    answer = text(message, "role") == "assistant"
    said = tuple(openai(message, names, "toolCalls"))
    yield Turn(0, said, _call(table(message, "usage"), name) if answer else None)
    if results := tuple(_results(entry, names)):
        yield Turn(0, results)


def _call(usage: Mapping[str, Any], name: str) -> Call:
    """Of Anthropic's models, whose details alone name what was read of the cache, the input leaves
    the cache out. Costs are whole cents and are left."""
    details = table(usage, "prompt_tokens_details")
    given, read_ = count(usage, "prompt_tokens"), count(details, "cached_tokens")
    wrote = count(details, "cache_write_tokens")
    if "cache_read_tokens" not in details:
        given = max(given - read_ - wrote, 0)
    billed = Billed(given, read_, wrote, output=count(usage, "completion_tokens"))
    return Call(name, "", text(usage, "model"), billed if usage else None)


def _results(entry: Mapping[str, Any], names: Names) -> Iterator[Message]:
    for state in tables(entry, "toolCallStates"):
        failed = text(state, "status") in ("errored", "canceled")
        for item in tables(state, "output"):
            yield from names.results(text(item, "content"), text(state, "toolCallId"), failed)
