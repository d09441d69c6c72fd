"""Sessions carried from one tool to another."""

from __future__ import annotations

from shutil import which
from typing import TYPE_CHECKING

from aicontext import settings as environment
from aicontext.wiring.context import open_archive
from aicontext.wiring.integrations import catalogue, connected, files
from aicontext.wiring.transcripts import transcripts

if TYPE_CHECKING:
    from aicontext.domain.tools import Tool
    from aicontext.services.integrations.handoff.service import HandoffService
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
        files(),
        models=catalogue().shapes["models"],
        fetch=fetch,
    )
