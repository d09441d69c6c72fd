"""The AI tools of this machine and their connections."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

from aicontext import settings as environment
from aicontext.domain.errors import InvalidInput, Unavailable
from aicontext.domain.tools import SHARED
from aicontext.wiring.surroundings import proxy_address
from aicontext.wiring.usage import events

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from aicontext.ports.files import Files
    from aicontext.ports.stores.connections import Connections
    from aicontext.services.integrations.catalog.index import Catalogue
    from aicontext.services.integrations.connections.doctor import Finding
    from aicontext.services.integrations.connections.service import ConnectionService
    from aicontext.services.integrations.detection import Found
    from aicontext.services.integrations.launch import Launcher
    from aicontext.services.integrations.syncing.service import SyncService
    from aicontext.settings import Settings


def catalogue() -> Catalogue:
    """The AI tools that are known."""
    from aicontext.services.integrations.catalog.index import load

    return load()


def looked_for() -> list[Found]:
    """All known tools, each with what shows that it is on this machine."""
    from aicontext.adapters.machine.local import LocalMachine
    from aicontext.services.integrations import detection

    home = environment.user_home()
    machine = LocalMachine(environment.child_environment({}, {}), home, Path.cwd())
    return list(detection.looked_for(catalogue(), machine))


def connections(commands: Iterable[str] = (), folder: Path | None = None) -> ConnectionService:
    """Connects tools through their own files. commands: of ours that tools can start. folder: of
    the project; else that which this process works in."""
    from aicontext.services.integrations.connections.service import ConnectionService

    address, token = proxy_address()
    # Installed where no search path leads, it stands beside the interpreter that runs it.
    beside = which("aicontext", path=str(Path(sys.executable).parent))
    command = which("aicontext") or beside or "aicontext"
    values = {
        "proxy": address,
        "mcp": f"{address}/mcp",
        "token": token,
        "command": command,
        "hook": _hook(Path(command), address.removeprefix("http://")),
    }
    kept = connected(environment.load())
    return ConnectionService(files(folder), kept, values, commands=frozenset(commands))


def syncing(folder: Path | None = None) -> SyncService:
    """Keeps rules and MCP servers of tools the same, in a project's folder."""
    from aicontext.services.integrations.syncing.service import SyncService

    return SyncService(connections(folder=folder), catalogue().shapes["rules"]["text"])


def to_sync(named: Collection[str], source: str) -> list[str]:
    """Those that are named, else those that are connected; also the source. Raises NotFound where
    one is not known, InvalidInput where there are not two."""
    for one in named:
        catalogue().tool(one)
    held = connections().held()
    connected = {
        part.tool for one in held for part in one.parts if not part.tool.startswith(SHARED)
    }
    names = list(named) or sorted(connected)
    if source and source not in names:
        names.append(source)
    if len(names) < 2:
        raise InvalidInput(
            "There are not two tools to keep the same.",
            hint="Connect them, or name them, such as claude-code,codex-cli.",
        )
    return names


def _hook(command: Path, address: str) -> str:
    """What a shell calls for a tool's events: the program beside ours that starts fast.

    address: of the proxy, which it asks where that runs.
    """
    from aicontext.client.hook_proxy import ADDRESS

    beside = command.with_name(command.name.replace("aicontext", "aicontext-hook"))
    fast = not command.is_absolute() or beside.exists()
    if not fast:
        return f"{_quoted(command)} hook"
    return _quoted(beside) if address == ADDRESS else f"{_quoted(beside)} --at {address}"


def _quoted(path: Path) -> str:
    from aicontext.domain.tools import System
    from aicontext.services.integrations.hooks.quoting import quoted

    return quoted(str(path), System.of(sys.platform))


def connected(settings: Settings) -> Connections:
    """The record of what was connected."""
    from aicontext.adapters.connections.folder import ConnectionsFolder

    return ConnectionsFolder(settings.home / "connections")


def examined(tool: str = "") -> list[Finding]:
    """What the probes of all connections, or of one tool's, saw."""
    from aicontext.client.hooks import answered
    from aicontext.client.mcp import tools
    from aicontext.client.proxy import is_ours
    from aicontext.services.integrations.connections.doctor import Doctor, Probes

    doctor = Doctor(files(), events(), Probes(is_ours, tools, answered))
    return doctor.look(connections().held(), tool)


def unknown_settings() -> Iterable[str]:
    """As `settings.unknown`."""
    return environment.unknown()


def visited(client: str) -> None:
    """Keep that an MCP client of that name asked for our tools; without a record nothing is."""
    from aicontext.kit.clock import CLOCK
    from aicontext.services.integrations.connections import visits

    with suppress(Unavailable, InvalidInput):
        visits.note(events(), client, CLOCK.now())


def launcher(command: Sequence[str] = ()) -> Launcher:
    """What the command is started with; without one, any program."""
    from aicontext.services.integrations.launch import Launcher

    return Launcher(catalogue(), command)


def files(folder: Path | None = None) -> Files:
    from aicontext.adapters.files.local import LocalFiles

    home = environment.user_home()
    return LocalFiles(environment.child_environment({}, {}), home, folder or Path.cwd())
