"""What AI tools wrote down of their sessions."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from aicontext import settings as environment
from aicontext.domain.context import Source
from aicontext.domain.errors import InvalidInput
from aicontext.wiring.integrations import catalogue
from aicontext.wiring.usage import events, own_sink

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aicontext.domain.imports import Imported
    from aicontext.domain.tools import Tool
    from aicontext.ports.transcripts import Transcripts
    from aicontext.services.analytics.audit.auditing import Auditing


def transcripts() -> Transcripts:
    """The records of this machine's user, and of the project in the current folder."""
    from aicontext.adapters.transcripts.local import LocalTranscripts

    home = environment.user_home()
    return LocalTranscripts(environment.child_environment({}, {}), home, Path.cwd())


def session_source(named: str) -> Source:
    """A session as an input: TOOL:NAME, or TOOL for its newest. Raises NotFound, Unavailable."""
    from aicontext.services.integrations.sessions import conversation, session

    tool, _, name = named.partition(":")
    return Source(conversation(session(catalogue().tool(tool), transcripts(), name)))


def import_usage(
    names: Sequence[str], since: float, *, dry: bool, told: Callable[[int, int], None] | None
) -> Imported:
    """Take usage that tools wrote down into the record; of all tools where none is named.

    since: seconds since the epoch. told: called with (bytes read, bytes of all). Raises NotFound
    for a tool that is not known, InvalidInput for one whose records cannot be read.
    """
    from aicontext.services.analytics.importing import Importing

    tools = readable(names)
    importing = Importing(transcripts(), events(), own_sink(), time.time())
    return importing.run(tools, since, dry=dry, told=told)


def readable(names: Sequence[str]) -> list[Tool]:
    """The tools of these names, else all, whose transcripts can be read.

    Raises NotFound, InvalidInput.
    """
    known, records = catalogue(), transcripts()
    for name in names:
        if not records.readable(known.tool(name)):
            can = ", ".join(tool.id for tool in known if records.readable(tool))
            raise InvalidInput(
                f"The transcripts of {name} cannot be read.", hint=f"Those of {can} can."
            )
    return [known.tool(name) for name in names] or [t for t in known if records.readable(t)]


def auditing() -> Auditing:
    """Looks at past sessions, through planners that keep nothing."""
    from aicontext.adapters.archive.memory import MemoryArchive
    from aicontext.adapters.ledger.memory import MemoryLedger
    from aicontext.services.analytics.audit.auditing import Auditing
    from aicontext.services.context.requests import RequestService

    return Auditing(transcripts(), lambda: RequestService(MemoryArchive(), MemoryLedger()))
