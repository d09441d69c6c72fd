"""mini-SWE-agent: one JSON document a run, with OpenAI's chat messages and each answer of the
provider whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from aicontext.adapters.transcripts.documents import document
from aicontext.adapters.transcripts.parts import Names, openai
from aicontext.adapters.transcripts.values import amount, count, epoch, table, tables, text
from aicontext.domain.transcripts import Call, Position, Session, Transcript, Turn
from aicontext.domain.usage import Billed

FORM = "mini-swe-agent"


def listed(tool: str, path: Path) -> Iterator[Transcript]:
    state = path.stat()
    name = path.name.removesuffix(".traj.json")
    yield Transcript(tool, FORM, str(path), name, state.st_size, state.st_mtime)


def read(transcript: Transcript, after: Position) -> Session:
    skipped: dict[str, int] = {}
    found = document(Path(transcript.path), skipped)
    names = Names()
    turns = tuple(_turn(entry, names) for entry in tables(found, "messages"))
    config = table(table(found, "info"), "config")
    project = text(table(config, "environment"), "cwd")
    return Session(transcript.tool, transcript.session, project, turns, Position(), skipped)


def _turn(entry: Mapping[str, Any], names: Names) -> Turn:
    extra = table(entry, "extra")
    answer = text(entry, "role") == "assistant"
    at = epoch(extra, "timestamp")
    return Turn(at, tuple(openai(entry, names)), _call(extra) if answer else None)


def _call(extra: Mapping[str, Any]) -> Call:
    """The input includes the cache."""
    answer = table(extra, "response")
    usage = table(answer, "usage")
    given = count(usage, "prompt_tokens")
    read_ = count(table(usage, "prompt_tokens_details"), "cached_tokens")
    wrote = count(usage, "cache_creation_input_tokens")
    made = count(usage, "completion_tokens")
    billed = Billed(max(given - read_ - wrote, 0), read_, wrote, output=made) if usage else None
    return Call(text(answer, "id"), "", text(answer, "model"), billed, amount(extra, "cost"))
