"""Crush: a database in each project, all named in one list.

The tokens of a session are those of its latest call, so that no sum of them can be told; the cost
is summed up, and what was added since the last reading counts as one call.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from aicontext.adapters.transcripts.documents import document
from aicontext.adapters.transcripts.parts import Names, written
from aicontext.adapters.transcripts.sqlite import columns, parsed, reading, rows
from aicontext.adapters.transcripts.values import amount, epoch, table, tables, text
from aicontext.domain.messages import Message, Role
from aicontext.domain.transcripts import Call, Position, Session, Transcript, Turn

FORM = "crush"
_LISTED = """
SELECT s.id, s.parent_session_id, s.updated_at, m.size FROM sessions s LEFT JOIN
  (SELECT session_id, SUM(LENGTH(parts)) size FROM messages GROUP BY 1) m ON m.session_id = s.id
"""


def listed(tool: str, path: Path) -> Iterator[Transcript]:
    """path: the list of projects."""
    for project in tables(document(path, {}), "projects"):
        folder = Path(text(project, "path"))
        base_path = folder / (text(project, "data_dir") or ".crush") / "crush.db"
        if not base_path.is_file():
            continue
        with reading(base_path) as base:
            if not columns(base, "sessions"):
                continue
            for row in rows(base, _LISTED):
                name, size, at = str(row["id"]), row["size"] or 0, epoch(row, "updated_at")
                agent = bool(row["parent_session_id"])
                yield Transcript(tool, FORM, str(base_path), name, size, at, agent)


def read(transcript: Transcript, after: Position) -> Session:
    with reading(Path(transcript.path)) as base:
        found = next(rows(base, "SELECT * FROM sessions WHERE id = ?", transcript.session), {})
        query = "SELECT * FROM messages WHERE session_id = ? ORDER BY created_at, rowid"
        said = list(rows(base, query, transcript.session))
    names = Names()
    turns = [_turn(row, names) for row in said]
    model = next((text(row, "model") for row in reversed(said) if text(row, "model")), "")
    before, now = float(after.state or 0), amount(found, "cost") or 0.0
    if now > before:
        name = f"{transcript.session}:{now!r}"
        call = Call(name, "", model, None, now - before, summed=True)
        turns.append(Turn(epoch(found, "updated_at"), (), call))
    folder = Path(transcript.path).parent
    project = folder.parent if folder.name == ".crush" else folder
    position = Position(0, repr(max(now, before)))
    return Session(transcript.tool, transcript.session, str(project), tuple(turns), position)


def _turn(row: Mapping[str, Any], names: Names) -> Turn:
    answer = row["role"] == "assistant"
    role = Role.ASSISTANT if answer else Role.USER
    parts = tables({"": parsed(row["parts"])}, "")
    messages = tuple(m for part in parts for m in _messages(part, role, names))
    call = Call("", "", text(row, "model")) if answer else None
    return Turn(epoch(row, "created_at"), messages, call)


def _messages(part: Mapping[str, Any], role: Role, names: Names) -> Iterator[Message]:
    kind, data = text(part, "type"), table(part, "data")
    if kind == "text":
        yield Message(role, text(data, "text"))
    elif kind == "tool_call":
        yield names.call(text(data, "name"), data.get("input"), text(data, "id"))
    elif kind == "tool_result":
        failed, call_id = data.get("is_error") is True, text(data, "tool_call_id")
        yield from names.results(data.get("content"), call_id, failed)
    elif kind != "finish":
        yield Message(Role.OPAQUE, text(data, "thinking") or written(data))
