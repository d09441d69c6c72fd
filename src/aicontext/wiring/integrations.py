"""The AI tools of this machine and their connections."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

from aicontext import settings as environment
from aicontext.wiring.traffic import proxy_address
from aicontext.wiring.usage import events

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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

    machine = LocalMachine(environment.child_environment({}, {}), Path.home(), Path.cwd())
    return list(detection.looked_for(catalogue(), machine))


def connections(commands: Iterable[str] = ()) -> ConnectionService:
    """Connects tools through their own files. commands: of ours that tools can start."""
    from aicontext.services.integrations.connections.service import ConnectionService

    address, token = proxy_address()
    command = which("aicontext") or "aicontext"
    values = {
        "proxy": address,
        "mcp": f"{address}/mcp",
        "token": token,
        "command": command,
        "hook": _hook(Path(command), address.removeprefix("http://")),
    }
    kept = connected(environment.load())
    return ConnectionService(files(), kept, values, commands=frozenset(commands))


def syncing() -> SyncService:
    """Keeps rules and MCP servers of tools the same."""
    from aicontext.services.integrations.syncing.service import SyncService

    return SyncService(connections(), catalogue().shapes["rules"]["text"])


def _hook(command: Path, address: str) -> str:
    """What a shell calls for a tool's events: the program beside ours that starts fast.

    address: of the proxy, which it asks where that runs.
    """
    from aicontext.client.running import ADDRESS

    beside = command.with_name(command.name.replace("aicontext", "aicontext-hook"))
    fast = not command.is_absolute() or beside.exists()
    if not fast:
        return f"{_word(command)} hook"
    return _word(beside) if address == ADDRESS else f"{_word(beside)} --at {address}"


def _word(path: Path) -> str:
    return path.as_posix() if sys.platform == "win32" else shlex.quote(str(path))


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


def launcher(command: Sequence[str] = ()) -> Launcher:
    """What the command is started with; without one, any program."""
    from aicontext.services.integrations.launch import Launcher

    return Launcher(catalogue(), command)


def files() -> Files:
    from aicontext.adapters.files.local import LocalFiles

    return LocalFiles(environment.child_environment({}, {}), Path.home(), Path.cwd())
