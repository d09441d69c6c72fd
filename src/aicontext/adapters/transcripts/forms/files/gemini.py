"""Gemini CLI and Qwen Code.

Gemini CLI: one JSON document a session, or JSON Lines in which a record that comes again stands in
place of the former one. Qwen Code: JSON Lines, each record once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from aicontext.adapters.transcripts.documents import document
from aicontext.adapters.transcripts.lines import Lines
from aicontext.adapters.transcripts.parts import Names, written
from aicontext.adapters.transcripts.values import count, epoch, table, tables, text
from aicontext.domain.messages import Message, Role
from aicontext.domain.transcripts import Call, Position, Session, Transcript, Turn
from aicontext.domain.usage import Billed

GEMINI, QWEN = "gemini-cli", "qwen-code"
_Keys: TypeAlias = tuple[str, str, str, str, str, str]
_GEMINI: _Keys = ("input", "tool", "cached", "output", "thoughts", "total")
_QWEN: _Keys = (
    "promptTokenCount",
    "toolUsePromptTokenCount",
    "cachedContentTokenCount",
    "candidatesTokenCount",
    "thoughtsTokenCount",
    "totalTokenCount",
)
_LEFT = "left"
"""The thread of what the user went back behind: it was billed, and is no longer shown."""


def listed_gemini(tool: str, path: Path) -> Iterator[Transcript]:
    yield _listed(tool, GEMINI, path)


def listed_qwen(tool: str, path: Path) -> Iterator[Transcript]:
    yield _listed(tool, QWEN, path)


def _listed(tool: str, form: str, path: Path) -> Transcript:
    state = path.stat()
    return Transcript(tool, form, str(path), path.stem, state.st_size, state.st_mtime)


def read_gemini(transcript: Transcript, after: Position) -> Session:
    path = Path(transcript.path)
    skipped: dict[str, int] = {}
    head: Mapping[str, Any] = {}
    records: dict[str, tuple[Mapping[str, Any], str]] = {}
    if path.suffix == ".json":
        found = document(path, skipped)
        head = found if isinstance(found, Mapping) else {}
        records = {text(one, "id"): (one, "") for one in tables(head, "messages")}
    else:
        lines = Lines(path)
        for _, line in lines:
            head = _take(line, records, head)
        skipped = dict(lines.skipped)
    names = Names()
    turns = [
        replace(turn, thread=thread)
        for record, thread in records.values()
        for turn in _gemini_turns(record, names)
    ]
    session, project = text(head, "sessionId") or transcript.session, _project(path, head)
    return Session(transcript.tool, session, project, tuple(turns), Position(), skipped)


def _take(
    line: Mapping[str, Any],
    records: dict[str, tuple[Mapping[str, Any], str]],
    head: Mapping[str, Any],
) -> Mapping[str, Any]:
    """Takes a line, and returns what is known of the session."""
    if back := text(line, "$rewindTo"):
        for name in list(records)[list(records).index(back) if back in records else 0 :]:
            records[name] = records[name][0], _LEFT
    elif name := text(line, "id"):
        records[name] = line, ""
    elif isinstance(line.get("$set"), Mapping):
        for one in tables(line["$set"], "messages"):
            records[text(one, "id")] = one, ""
        return {**head, **line["$set"]}
    elif text(line, "sessionId"):
        return {**head, **line}
    return head


def _project(path: Path, head: Mapping[str, Any]) -> str:
    try:
        return path.parent.parent.joinpath(".project_root").read_text("utf-8").strip()
    except (OSError, ValueError):
        return text(head, "projectHash")


def _gemini_turns(record: Mapping[str, Any], names: Names) -> Iterator[Turn]:
    at, kind = epoch(record, "timestamp"), text(record, "type")
    if kind == "user":
        yield Turn(at, tuple(_parts(record.get("content"), Role.USER, names)))
    if kind != "gemini":
        return
    said = [Message(Role.OPAQUE, written(one)) for one in tables(record, "thoughts")]
    said += _parts(record.get("content"), Role.ASSISTANT, names)
    results: list[Message] = []
    for call in tables(record, "toolCalls"):
        said.append(names.call(text(call, "name"), call.get("args"), text(call, "id")))
        failed = text(call, "status") in ("error", "cancelled")
        results += [
            replace(message, call_id=text(call, "id"), failed=failed)
            for message in _parts(call.get("result"), Role.TOOL_RESULT, names)
        ]
    billed = _billed(table(record, "tokens"), _GEMINI)
    yield Turn(at, tuple(said), Call(text(record, "id"), "", text(record, "model"), billed))
    if results:
        yield Turn(at, tuple(results))


def read_qwen(transcript: Transcript, after: Position) -> Session:
    lines, names = Lines(Path(transcript.path), after.offset), Names()
    turns: list[Turn] = []
    session, project, seen = transcript.session, "", set()
    for _, line in lines:
        if (own := text(line, "uuid")) in seen:
            continue
        seen.add(own)
        session = text(line, "sessionId") or session
        project = text(line, "cwd") or project
        turns += _qwen_turns(line, own, names)
    end = Position(lines.end)
    return Session(transcript.tool, session, project, tuple(turns), end, dict(lines.skipped))


def _qwen_turns(line: Mapping[str, Any], own: str, names: Names) -> Iterator[Turn]:
    at, kind, parts = epoch(line, "timestamp"), text(line, "type"), table(line, "message")
    if kind == "assistant":
        billed = _billed(table(line, "usageMetadata"), _QWEN)
        said = tuple(_parts(parts.get("parts"), Role.ASSISTANT, names))
        yield Turn(at, said, Call(own, "", text(line, "model"), billed))
    elif kind in ("user", "tool_result"):
        yield Turn(at, tuple(_parts(parts.get("parts"), Role.USER, names)))
    elif text(line, "subtype") == "chat_compression":
        kept = tables(table(line, "systemPayload"), "compressedHistory")
        told = tuple(m for one in kept for m in _parts(one.get("parts"), Role.USER, names))
        if told:
            yield Turn(at, told, fresh=True)


def _billed(usage: Mapping[str, Any], keys: _Keys) -> Billed | None:
    """The input includes what was read from the cache. Thoughts are beside the output, or within
    it where a gateway counts them so: the total tells."""
    given, tool, cached, made, thoughts, total = (count(usage, key) for key in keys)
    if not usage:
        return None
    entered, output = given + tool, made + thoughts
    if total > entered:
        output = min(output, total - entered)
    read = min(cached, entered)
    return Billed(entered - read, read, output=output)


def _parts(content: object, role: Role, names: Names) -> Iterator[Message]:
    """A text, a part or a list of parts."""
    for part in content if isinstance(content, list) else [content]:
        if isinstance(part, str):
            yield Message(role, part)
        elif not isinstance(part, Mapping):
            continue
        elif call := table(part, "functionCall"):
            yield names.call(text(call, "name"), call.get("args"), text(call, "id"))
        elif answer := table(part, "functionResponse"):
            yield Message(
                Role.TOOL_RESULT, _response(answer), text(answer, "name"), text(answer, "id")
            )
        elif data := table(part, "inlineData"):
            kind, size = text(data, "mimeType"), len(text(data, "data"))
            yield Message(Role.OPAQUE, "", media=kind, size=size)
        elif "text" in part:
            yield Message(Role.OPAQUE if part.get("thought") else role, text(part, "text"))
        else:
            yield Message(Role.OPAQUE, written(part))


def _response(answer: Mapping[str, Any]) -> str:
    body = table(answer, "response")
    return written(body.get("output") or body.get("error") or body)
