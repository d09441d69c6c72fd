"""Hermes Agent: one database of sessions and messages. Tokens are summed up by session: what was
added since the last reading counts as one call. Messages that were taken back stay, marked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aicontext.adapters.transcripts.parts import Names, openai
from aicontext.adapters.transcripts.sqlite import columns, parsed, reading, rows
from aicontext.adapters.transcripts.values import count, epoch, grown, text
from aicontext.domain.transcripts import Call, Position, Session, Transcript, Turn
from aicontext.domain.usage import Billed

FORM = "hermes-agent"
_SUMS = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens")
_LISTED = """
SELECT s.id, s.started_at, m.size, m.at FROM sessions s LEFT JOIN
  (SELECT session_id, SUM(LENGTH(content)) size, MAX(timestamp) at FROM messages GROUP BY 1) m
  ON m.session_id = s.id
"""


def listed(tool: str, path: Path) -> Iterator[Transcript]:
    with reading(path) as base:
        if not set(_SUMS) <= columns(base, "sessions"):
            return
        for row in rows(base, _LISTED):
            at = epoch(row, "at") or epoch(row, "started_at")
            yield Transcript(tool, FORM, str(path), str(row["id"]), row["size"] or 0, at)


def read(transcript: Transcript, after: Position) -> Session:
    with reading(Path(transcript.path)) as base:
        query = "SELECT * FROM sessions WHERE id = ?"
        found = next(rows(base, query, transcript.session), {})
        query = "SELECT * FROM messages WHERE session_id = ? ORDER BY id"
        said = [row for row in rows(base, query, transcript.session) if row.get("active", 1)]
    names, turns = Names(), []
    for row in said:
        message = {**row, "tool_calls": parsed(row.get("tool_calls"))}
        call = Call("") if row["role"] == "assistant" else None
        turns.append(Turn(epoch(row, "timestamp"), tuple(openai(message, names)), call))
    more, state = grown(after.state, [count(found, key) for key in _SUMS])
    if any(more):
        given, read_, wrote, made = more
        billed = Billed(given, read_, wrote, output=made)
        name = f"{transcript.session}:{state}"
        call = Call(name, "", text(found, "model"), billed, summed=True)
        turns.append(Turn(turns[-1].at if turns else 0.0, (), call))
    end = Position(0, state)
    return Session(transcript.tool, transcript.session, text(found, "cwd"), tuple(turns), end)
