"""Sessions carried from one tool to another."""

from __future__ import annotations

from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

from aicontext import settings as environment
from aicontext.domain.errors import InvalidInput, MissingExtra
from aicontext.domain.tools import HANDED, Scope, Via
from aicontext.wiring.context import open_archive
from aicontext.wiring.integrations import catalogue, connected, connections, files
from aicontext.wiring.sessions.transcripts import transcripts
from aicontext.wiring.usage import events

if TYPE_CHECKING:
    from aicontext.domain.tools import Tool
    from aicontext.services.integrations.connections.service import Edit
    from aicontext.services.integrations.handoff.readers import Readers
    from aicontext.services.integrations.handoff.service import Handoff, HandoffService


def handoff_service() -> HandoffService:
    """Handoffs from the sessions of this machine's user."""
    from aicontext.adapters.secrets.detect_secrets import DetectSecrets
    from aicontext.adapters.session_states.sqlite import SqliteSessionStates
    from aicontext.services.integrations.handoff.service import HandoffService

    chosen = environment.load()
    return HandoffService(
        transcripts(),
        SqliteSessionStates(chosen.home / "sessions.db"),
        open_archive(chosen),
        files=files(),
        secrets=DetectSecrets(),
    )


def handoff_readers() -> Readers:
    """The models behind the tools of this machine."""
    from aicontext.services.integrations.handoff.reach import fetching
    from aicontext.services.integrations.handoff.readers import Readers

    chosen = environment.load()
    command = which("aicontext") is not None

    def fetch(tool: Tool) -> str:
        return fetching(tool, connected(chosen).all(), command=command)

    return Readers(catalogue().shapes["models"], fetch, events(chosen))


def handed_off(what: str, folder: str, budget: int) -> Handoff | None:
    """A session for a model that has our tools: that of a transcript's path, TOOL or TOOL:SESSION,
    or else the newest in the folder, where there is one. None where nothing of that is meant.

    Raises NotFound, BudgetTooSmall, Unavailable.
    """
    from aicontext.services.integrations.handoff.reach import COMMAND
    from aicontext.services.integrations.handoff.readers import Reader
    from aicontext.services.integrations.sessions import meant

    tools, service = list(catalogue()), handoff_service()
    found = service.find(tools, folder) if folder else meant(what, tools, transcripts())
    if found is None:
        return None
    reader = Reader(environment.load().model, COMMAND)
    return service.hand_off(found, reader, folder or found.project or str(Path.cwd()), budget)


def left_off(tool: str, session: str, folder: str, budget: int) -> str:
    """What the newest session of that folder left, for a session of the tool that starts there; ""
    where that was its own tool's, or there is none. Secrets are masked where the extra is there.

    Raises BudgetTooSmall, Unavailable, NotFound for a tool that is not known.
    """
    from aicontext.services.integrations.sessions import left_by_another

    tools = catalogue()
    found = left_by_another(tool, folder, tools, transcripts(), session)
    if found is None:
        return ""
    reader, service = handoff_readers().of(tools.tool(tool)), handoff_service()
    try:
        return service.hand_off(found, reader, folder, budget, redact=True).text
    except MissingExtra:
        return service.hand_off(found, reader, folder, budget).text


def put_in_rules(tool: Tool, text: str, project: str) -> Edit:
    """The text where the tool reads the project's rules, for its next sessions.

    Raises InvalidInput where it reads none, Unavailable.
    """
    from aicontext.services.integrations.connections import texts

    ways = [way for way in tool.connections if way.via is Via.RULES and way.files]
    way = next((way for way in ways if way.scope is Scope.PROJECT), None)
    if way is None:
        raise InvalidInput(
            f"{tool.name} cannot be started with a text.",
            hint="Print the text, and paste it there.",
        )
    name, ours = f"aicontext-{HANDED}", catalogue().shapes["rules"]["text"]
    about = "A session of another tool, to go on with"
    owner = f"{HANDED}:{project}"
    part = texts.part(way, name, text, owner=owner, ours=ours, about=about)
    service = connections()
    path, _ = service.original(texts.places(way, name), Scope.PROJECT)
    return service.put(path, part)


def taken_from_rules(project: str) -> list[Edit]:
    """Each rules file that held a handoff, without it."""
    return [done.edit for done in connections().disconnect(f"{HANDED}:{project}") if done.edit]
