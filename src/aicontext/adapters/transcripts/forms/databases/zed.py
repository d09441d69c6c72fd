"""Zed: one database of threads, each a JSON document that is compressed. Their tokens are summed up
by thread: what was added since the last reading counts as one call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from aicontext.adapters.transcripts.documents import LARGEST
from aicontext.adapters.transcripts.parts import Names
from aicontext.adapters.transcripts.sqlite import columns, held, reading, rows
from aicontext.adapters.transcripts.values import count, epoch, grown, table, tables, text
from aicontext.domain.messages import Message, Role
from aicontext.domain.transcripts import Call, Position, Session, Transcript, Turn
from aicontext.domain.usage import Billed

FORM = "zed"
_SUMS = (
    "input_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "output_tokens",
)


def listed(tool: str, path: Path) -> Iterator[Transcript]:
    with reading(path) as base:
        has = columns(base, "threads")
        if not {"data_type", "data"} <= has:
            return
        parent = "parent_id" if "parent_id" in has else "NULL"
        query = f"SELECT id, updated_at, {parent} parent, LENGTH(data) size FROM threads"
        for row in rows(base, query):
            at, name = epoch(row, "updated_at"), str(row["id"])
            yield Transcript(tool, FORM, str(path), name, row["size"], at, bool(row["parent"]))


def read(transcript: Transcript, after: Position) -> Session:
    skipped: dict[str, int] = {}
    with reading(Path(transcript.path)) as base:
        query = "SELECT * FROM threads WHERE id = ?"
        row = next(rows(base, query, transcript.session), {})
    thread = _thread(row, skipped)
    names = Names()
    at = epoch(row, "updated_at")
    turns = [turn for one in tables(thread, "messages") for turn in _turns(one, names)]
    now = [count(table(thread, "cumulative_token_usage"), key) for key in _SUMS]
    more, state = grown(after.state, now)
    if any(more):
        given, read_, wrote, made = more
        model = text(table(thread, "model"), "model")
        billed = Billed(given, read_, wrote, output=made)
        call = Call(f"{transcript.session}:{state}", "", model, billed, summed=True)
        turns.append(Turn(at, (), call))
    project = text(row, "folder_paths").partition("\n")[0]
    end = Position(0, state)
    return Session(transcript.tool, transcript.session, project, tuple(turns), end, skipped)


def _thread(row: Mapping[str, Any], skipped: dict[str, int]) -> Mapping[str, Any]:
    raw = row.get("data")
    if row.get("data_type") == "zstd" and isinstance(raw, bytes):
        raw = _decompressed(raw, skipped)
    found = held(raw)
    if not found and not skipped:
        skipped["broken"] = 1
    return found


def _decompressed(raw: bytes, skipped: dict[str, int]) -> bytes | None:
    """None, and counted, where it is too large or no such thing, or nothing here reads it."""
    try:
        zstandard = import_module("zstandard")
    except ImportError:
        skipped["compressed, which needs the extra proxy"] = 1
        return None
    try:
        with zstandard.ZstdDecompressor().stream_reader(raw) as stream:
            found: bytes = stream.read(LARGEST + 1)
    except zstandard.ZstdError:
        skipped["broken"] = 1
        return None
    if len(found) > LARGEST:
        skipped["too long"] = 1
        return None
    return found


def _turns(entry: Mapping[str, Any], names: Names) -> Iterator[Turn]:
    """An answer's results stand with it; the model is told them in the next call."""
    if user := table(entry, "User"):
        yield Turn(0, tuple(_told(user)))
    if agent := table(entry, "Agent"):
        yield Turn(0, tuple(_answered(agent, names)), Call(""))
        if results := tuple(_results(agent, names)):
            yield Turn(0, results)


def _told(user: Mapping[str, Any]) -> Iterator[Message]:
    for part in tables(user, "content"):
        mention = table(part, "Mention")
        if told := text(part, "Text") or text(mention, "content"):
            yield Message(Role.USER, told)
        elif image := table(part, "Image"):
            yield Message(Role.OPAQUE, "", media="image", size=len(text(image, "source")))


def _answered(agent: Mapping[str, Any], names: Names) -> Iterator[Message]:
    for part in tables(agent, "content"):
        if said := text(part, "Text"):
            yield Message(Role.ASSISTANT, said)
        elif use := table(part, "ToolUse"):
            yield names.call(text(use, "name"), use.get("input"), text(use, "id"))
        elif thought := text(table(part, "Thinking"), "text") or text(part, "RedactedThinking"):
            yield Message(Role.OPAQUE, thought)


def _results(agent: Mapping[str, Any], names: Names) -> Iterator[Message]:
    results = table(agent, "tool_results")
    for call_id in results:
        result = table(results, call_id)
        content, failed = result.get("content"), result.get("is_error") is True
        for part in content if isinstance(content, list) else [content]:
            body = part if isinstance(part, str) else text(part, "Text") or text(part, "text")
            yield from names.results(body, call_id, failed)
