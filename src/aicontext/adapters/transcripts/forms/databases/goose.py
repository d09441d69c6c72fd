"""Goose: a database of sessions and messages. Tokens are summed up by session: what was added
since the last reading counts as one call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from aicontext.adapters.transcripts.parts import Names, media, written
from aicontext.adapters.transcripts.sqlite import columns, held, parsed, reading, rows
from aicontext.adapters.transcripts.values import count, epoch, grown, table, tables, text
from aicontext.domain.messages import Message, Role
from aicontext.domain.transcripts import Call, Position, Session, Transcript, Turn
from aicontext.domain.usage import Billed

FORM = "goose"
_LISTED = """
SELECT s.id, s.updated_at, m.size FROM sessions s LEFT JOIN
  (SELECT session_id, SUM(LENGTH(content_json)) size FROM messages GROUP BY 1) m
  ON m.session_id = s.id
"""


def listed(tool: str, path: Path) -> Iterator[Transcript]:
    with reading(path) as base:
        if "working_dir" not in columns(base, "sessions"):
            return
        for row in rows(base, _LISTED):
            at = epoch(row, "updated_at")
            yield Transcript(tool, FORM, str(path), str(row["id"]), row["size"] or 0, at)


def read(transcript: Transcript, after: Position) -> Session:
    with reading(Path(transcript.path)) as base:
        query = "SELECT * FROM sessions WHERE id = ?"
        found = next(rows(base, query, transcript.session), {})
        query = "SELECT * FROM messages WHERE session_id = ? ORDER BY id"
        said = list(rows(base, query, transcript.session))
    names = Names()
    turns = [_turn(row, names) for row in said]
    sums = ("accumulated_input_tokens", "accumulated_output_tokens")
    more, state = grown(after.state, [count(found, key) for key in sums])
    if any(more):
        model = text(held(found.get("model_config_json")), "model_name")
        billed = Billed(more[0], output=more[1])
        call = Call(f"{transcript.session}:{state}", "", model, billed, summed=True)
        turns.append(Turn(epoch(found, "updated_at"), (), call))
    return Session(
        transcript.tool,
        transcript.session,
        text(found, "working_dir"),
        tuple(turns),
        Position(0, state),
    )


def _turn(row: Mapping[str, Any], names: Names) -> Turn:
    answer = row["role"] == "assistant"
    role = Role.ASSISTANT if answer else Role.USER
    parts = tables({"": parsed(row["content_json"])}, "")
    messages = tuple(message for part in parts for message in _messages(part, role, names))
    return Turn(epoch(row, "created_timestamp"), messages, Call("") if answer else None)


def _messages(part: Mapping[str, Any], role: Role, names: Names) -> Iterator[Message]:
    kind, call_id = text(part, "type"), text(part, "id")
    if kind == "text":
        yield Message(role, text(part, "text"))
    elif kind == "toolRequest":
        call = table(table(part, "toolCall"), "value")
        yield names.call(text(call, "name"), call.get("arguments"), call_id)
    elif kind == "toolResponse":
        result = table(part, "toolResult")
        body = result.get("value")
        body = body.get("content", body) if isinstance(body, Mapping) else body
        failed = text(result, "status") == "error"
        yield from names.results(result.get("error") if failed else body, call_id, failed)
    elif kind == "image":
        yield media(part)
    else:
        yield Message(Role.OPAQUE, text(part, "thinking") or written(part))
