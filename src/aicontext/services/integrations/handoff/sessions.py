"""Which session is meant, and its project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath

from aicontext.domain.errors import NotFound, Unavailable
from aicontext.domain.tools import Tool
from aicontext.domain.transcripts import Session, Transcript
from aicontext.ports.transcripts import Transcripts

LOOKED_INTO = 200
"""Transcripts of a tool that are read for one of the project, the newest first."""


@dataclass(frozen=True, slots=True)
class Found:
    """A session and where it is written down."""

    session: Session
    transcript: Transcript


def newest(transcripts: Transcripts, tools: Iterable[Tool], project: str, name: str = "") -> Found:
    """The tools' session of that name, or whose name begins so; without one the newest that ran in
    the project. Raises NotFound."""
    asked = list(tools)
    for transcript in _by_age(transcripts, asked):
        if name and not transcript.session.startswith(name):
            continue
        try:
            session = transcripts.read(transcript)
        except Unavailable:
            continue
        if any(turn.messages for turn in session.turns) and (
            name or _ran_in(session, transcript, project)
        ):
            return Found(session, transcript)
    whose = " or ".join(tool.name for tool in asked) if len(asked) < 3 else "any tool"
    what = f"no session {name[:60]!r}" if name else f"no session in {project}"
    raise NotFound(
        f"There is {what} of {whose}.",
        hint="Name the tool and its session, as in claude-code:SESSION, or run it in the "
        "project's folder.",
    )


def _by_age(transcripts: Transcripts, tools: Iterable[Tool]) -> Iterator[Transcript]:
    """The newest first; sub-agents are no sessions of their own, and where several tools share a
    record it is that of the one in whose form it is."""
    listed = [one for tool in tools for one in transcripts.listed(tool) if not one.agent]
    listed.sort(key=lambda one: (-one.changed_at, one.path, one.session, one.tool != one.form))
    return iter(listed[:LOOKED_INTO])


def _ran_in(session: Session, transcript: Transcript, project: str) -> bool:
    """In the project or below it; where the tool does not tell, its record lies there."""
    folder = PurePath(session.project or PurePath(transcript.path).parent)
    return folder.is_relative_to(project)
