"""Sessions that tools wrote down, found by name and read as conversations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath

from aicontext.domain.errors import NotFound, Unavailable
from aicontext.domain.messages import Message, Role
from aicontext.domain.tools import Tool
from aicontext.domain.transcripts import Session, Transcript
from aicontext.ports.transcripts import Transcripts

_NAMED = 3

LOOKED_INTO = 200
"""Records that are read for one of a project, the newest first."""


def session(tool: Tool, records: Transcripts, name: str = "") -> Session:
    """The tool's session of that name, or a part of it that no other has; without one the newest.

    Raises NotFound where there is none, or several, and Unavailable.
    """
    known = [one for one in records.listed(tool) if one.session]
    known.sort(key=lambda one: -one.changed_at)
    if name:
        return _told(tool, records, _named(tool, known, name))
    return _told(tool, records, [one for one in known if not one.agent])


def meant(what: str, tools: Iterable[Tool], records: Transcripts) -> Session | None:
    """The session that TOOL, TOOL:SESSION or the path of a transcript stands for; None where it is
    neither. Raises NotFound where the tool has no such session, Unavailable."""
    asked, (name, _, part) = list(tools), what.partition(":")
    if tool := next((one for one in asked if one.id == name), None):
        return session(tool, records, part)
    paths = (one for tool in asked for one in records.listed(tool) if one.path == what)
    found = sorted(paths, key=lambda one: one.tool != one.form)
    return records.read(found[0]) if found else None


def newest_in(project: str, tools: Iterable[Tool], records: Transcripts) -> Session:
    """The newest session of the tools that ran in the project's folder or below it.

    Where several tools share a record, it is that of the one in whose form it is. Raises NotFound.
    """
    asked = list(tools)
    for found, folder, _ in _newest(asked, records):
        if folder.is_relative_to(project):
            return found
    raise NotFound(
        f"There is no session of {_whose(asked)} in {project}.",
        hint="Name the tool and its session, or the project's folder.",
    )


def left_by_another(
    tool: str, folder: str, tools: Iterable[Tool], records: Transcripts, beside: str
) -> Session | None:
    """The newest session that ran in just that folder, where another tool's it was.

    beside: the session of the tool's own that asks, which does not count. A record that lies in the
    folder does not either: it may have come with what was cloned, as words of a stranger.
    """
    for found, where, path in _newest(list(tools), records):
        foreign = PurePath(path).is_relative_to(folder)
        if where == PurePath(folder) and not foreign and (found.tool, found.id) != (tool, beside):
            return found if found.tool != tool else None
    return None


def _newest(tools: Sequence[Tool], records: Transcripts) -> Iterator[tuple[Session, PurePath, str]]:
    """Sessions that tell what was said, the newest first, each with the folder that it ran in and
    the path of its record."""
    known = [one for tool in tools for one in records.listed(tool) if not one.agent]
    known.sort(key=lambda one: (-one.changed_at, one.path, one.session, one.tool != one.form))
    for one in known[:LOOKED_INTO]:
        try:
            found = records.read(one)
        except Unavailable:
            continue
        if any(found.messages()):
            # Where the tool does not tell, its record lies in the project.
            yield found, PurePath(found.project or PurePath(one.path).parent), one.path


def _whose(tools: Sequence[Tool]) -> str:
    return " or ".join(tool.name for tool in tools) if len(tools) < _NAMED else "any tool"


def conversation(found: Session) -> bytes:
    """What the session's own model would be shown next, in the plain form of conversations."""
    events = [_event(one) for one in found.messages() if not one.media]
    return json.dumps({"model": found.model, "events": events}).encode()


def _named(tool: Tool, known: list[Transcript], name: str) -> list[Transcript]:
    exact = [one for one in known if one.session == name]
    alike = exact or [one for one in known if name in one.session]
    if len({one.session for one in alike}) == 1:
        return alike
    newest = ", ".join(one.session for one in (alike or known)[:_NAMED])
    several = "Several sessions are" if alike else "No session is"
    hint = f"The newest: {newest}." if newest else "It has none here."
    raise NotFound(f"{several} called {name[:60]!r} in {tool.name}.", hint=hint)


def _told(tool: Tool, records: Transcripts, known: list[Transcript]) -> Session:
    """The first that tells what was said."""
    for one in known:
        found = records.read(one)
        if any(found.messages()):
            return found
    raise NotFound(f"{tool.name} has no session here that tells what was said.")


def _event(message: Message) -> dict[str, object]:
    event: dict[str, object] = {"role": str(message.role), "text": message.text}
    if message.role is Role.TOOL_CALL:
        event = {"role": event["role"], "input": message.text}
    if message.tool:
        event |= {"tool": message.tool}
    if message.call_id:
        event |= {"call_id": message.call_id}
    return event | ({"failed": True} if message.failed else {})
