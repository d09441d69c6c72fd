"""Made-up homes of AI tools."""

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from aicontext.adapters.transcripts.local import LocalTranscripts
from aicontext.domain.transcripts import Position, Session, Transcript
from aicontext.domain.usage import Billed
from aicontext.services.integrations.catalog.index import load


def records(home: Path, **environment: str) -> LocalTranscripts:
    project = home / "project"
    project.mkdir(exist_ok=True)
    return LocalTranscripts(environment, home, project, "linux")


def listed(home: Path, tool: str) -> list[Transcript]:
    return sorted(records(home).listed(load().tool(tool)), key=lambda one: one.session)


def only(home: Path, tool: str, after: Position = Position()) -> Session:  # noqa: B008
    """The tool's one session."""
    (found,) = listed(home, tool)
    return records(home).read(found, after)


def calls_alone(home: Path, tool: str) -> bool:
    """Whether reading without what was said tells the same calls."""
    source = records(home)
    found = listed(home, tool)
    whole = [source.read(one) for one in found]
    short = [source.read(one, spoken=False) for one in found]
    return [_accounts(one) for one in whole] == [_accounts(one) for one in short]


def _accounts(session: Session) -> tuple[Any, ...]:
    calls = [(turn.at, turn.call) for turn in session.turns if turn.call and turn.call.billed]
    return session.id, session.project, session.position, calls


def write_lines(path: Path, lines: Iterable[Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines), encoding="utf-8"
    )
    return path


def write_document(path: Path, value: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def write_base(path: Path, script: str, *rows: tuple[str, tuple[Any, ...]]) -> Path:
    """A database made by a script; rows: of (table, values), a value that is no text or number
    being kept as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as base, base:
        base.executescript(script)
        for table, values in rows:
            plain = [json.dumps(v) if isinstance(v, dict | list) else v for v in values]
            marks = ",".join("?" * len(plain))
            base.execute(f"INSERT INTO {table} VALUES ({marks})", plain)
    return path


def billed(session: Session) -> list[Billed]:
    calls = (turn.call for turn in session.turns if turn.call)
    return [call.billed for call in calls if call.billed]


def said(session: Session) -> list[tuple[str, str, str]]:
    """(role, text, tool) of the session's own conversation."""
    return [(str(m.role), m.text, m.tool) for m in session.messages()]


def claude_code_session(home: Path, session: str = "s1", calls: int = 2) -> Path:
    """A session of so many calls, each of which reads a file and then runs the tests."""
    lines: list[dict[str, Any]] = []

    def add(kind: str, content: Any, **more: Any) -> None:
        at = f"2026-03-01T10:{len(lines) // 60:02}:{len(lines) % 60:02}Z"
        head = {"type": kind, "uuid": f"{session}-{len(lines)}", "sessionId": session}
        message = {"role": kind, "content": content, **more.pop("message", {})}
        lines.append({**head, "cwd": "/made/up/shop", "timestamp": at, "message": message, **more})

    add("user", "Mend the rounding of prices.")
    for at in range(calls):
        usage = {
            "input_tokens": 4,
            "cache_read_input_tokens": 15_000 + 3000 * at,
            "cache_creation_input_tokens": 3000,
            "output_tokens": 60,
        }
        about = {"id": f"{session}-msg-{at}", "model": "claude-sonnet-4-5", "usage": usage}
        reads = at % 2 == 0
        given = {"file_path": "/made/up/shop/prices.py"} if reads else {"command": "pytest"}
        call = {"type": "tool_use", "id": f"t{at}", "name": "Read" if reads else "Bash"}
        add("assistant", [call | {"input": given}], message=about, requestId=f"r{at}")
        text = SOURCE if reads else PASSED
        add("user", [{"type": "tool_result", "tool_use_id": f"t{at}", "content": text}])
    return write_lines(home / f".claude/projects/-made-up-shop/{session}.jsonl", lines)


SOURCE = "\n".join(
    f"{n:>6}\tdef price_{n}(amount: int) -> int:  # rounds the {n}th kind of price"
    for n in range(150)
)
PASSED = (
    "\n".join(f"tests/test_prices.py::test_price_{n} PASSED [{n:>3}%]" for n in range(100))
    + "\n===== 100 passed in 1.20s ====="
)
