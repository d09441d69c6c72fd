"""Sessions carried from one tool to another."""

from __future__ import annotations

from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

from aicontext import settings as environment
from aicontext.wiring.context import open_archive
from aicontext.wiring.integrations import catalogue, connected, files
from aicontext.wiring.transcripts import transcripts
from aicontext.wiring.usage import events

if TYPE_CHECKING:
    from aicontext.domain.tools import Tool
    from aicontext.services.integrations.handoff.service import Handoff, HandoffService
    from aicontext.settings import Settings


def handoff_service(settings: Settings | None = None) -> HandoffService:
    """Handoffs from the sessions of this machine's user."""
    from aicontext.adapters.session_states.sqlite import SqliteSessionStates
    from aicontext.services.integrations.handoff.reach import fetching
    from aicontext.services.integrations.handoff.service import HandoffService

    chosen = settings or environment.load()
    command = which("aicontext") is not None

    def fetch(tool: Tool) -> str:
        return fetching(tool, connected(chosen).all(), command=command)

    return HandoffService(
        transcripts(),
        SqliteSessionStates(chosen.home / "sessions.db"),
        open_archive(chosen),
        files=files(),
        events=events(chosen),
        models=catalogue().shapes["models"],
        fetch=fetch,
    )


def handed_off(what: str, folder: str, budget: int) -> Handoff | None:
    """A session for a model that has our tools: that of a transcript's path, TOOL or TOOL:SESSION,
    or else the newest in the folder, where there is one. None where nothing of that is meant.

    Raises NotFound, BudgetTooSmall, Unavailable.
    """
    from aicontext.services.integrations.handoff.reach import COMMAND
    from aicontext.services.integrations.handoff.service import Reader
    from aicontext.services.integrations.sessions import meant

    tools, service = list(catalogue()), handoff_service()
    found = service.find(tools, folder) if folder else meant(what, tools, transcripts())
    if found is None:
        return None
    reader = Reader(environment.load().model, COMMAND)
    return service.hand_off(found, reader, folder or found.project or str(Path.cwd()), budget)
