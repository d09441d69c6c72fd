"""How the model behind a tool can fetch what a handoff leaves out."""

from __future__ import annotations

from collections.abc import Iterable

from aicontext.domain.tools import Held, Tool, Via

COMMAND = "aicontext retrieve "
"""Also what our MCP tool of that name is asked for."""

_SHELLS = ("cli", "ide", "extension")
"""Kinds of tools whose models run commands on the machine that they are on."""


def fetching(tool: Tool, held: Iterable[Held], *, command: bool) -> str:
    """What stands before a handle; "" where the model has neither a shell nor our MCP server.

    held: files that hold parts of ours. command: shells on this machine know `aicontext`.
    """
    if command and tool.kind in _SHELLS:
        return COMMAND
    asks = any(part.tool == tool.id and part.via is Via.MCP for one in held for part in one.parts)
    return COMMAND if asks else ""
