"""Which of the known tools are on a machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aicontext.domain.tools import Tool
from aicontext.ports.machine import Machine


@dataclass(frozen=True, slots=True)
class Found:
    """A tool, and what shows that it is there; nothing where it is not."""

    tool: Tool
    marks: tuple[str, ...] = ()


def looked_for(tools: Iterable[Tool], machine: Machine) -> Iterator[Found]:
    """Each tool with its marks on the machine, such as "command claude"."""
    for tool in tools:
        yield Found(tool, tuple(_marks(tool, machine)))


def _marks(tool: Tool, machine: Machine) -> Iterator[str]:
    shows = tool.detection
    for kind, names, there in (
        ("command", shows.commands, machine.has_command),
        ("extension", shows.extensions, machine.has_extension),
        ("package", shows.packages, machine.has_package),
        ("folder", shows.paths.get(machine.system, ()), machine.has_path),
    ):
        yield from (f"{kind} {name}" for name in names if there(name))
