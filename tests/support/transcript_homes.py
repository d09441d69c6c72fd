"""Made-up homes of AI tools."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from aicontext.adapters.transcripts.local import LocalTranscripts
from aicontext.domain.transcripts import Position, Session, Transcript
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
