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


def write_lines(path: Path, lines: Iterable[Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
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
