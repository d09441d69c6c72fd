"""AI tools: which there are, keeping them in step, and what they tell of their own accord."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import Path, Query, Request, Security
from pydantic import BaseModel, Field, JsonValue

from aicontext.domain.tenancy.access import Principal
from aicontext.domain.tools import Label, Scope, Tier, Tool, Via
from aicontext.entrypoints.api.access import OPEN, Guarded, router
from aicontext.entrypoints.api.rest.listing import Taken
from aicontext.entrypoints.api.rest.threads import in_thread

Reader = Annotated[Principal, Security(Guarded("integrations:read", "tool"))]
Here = Annotated[Principal, Security(Guarded("integrations:read", "tool", own=True, here=True))]
Writer = Annotated[Principal, Security(Guarded("integrations:write", "tool", own=True, here=True))]
ToolId = Annotated[str, Path(pattern="^[a-z0-9][a-z0-9-]{0,59}$")]

routes = router("integrations", "/api/v1/integrations")


class ToolShown(BaseModel):
    """label: what can be done with it at most. tier: how well that is known. ways: to reach it."""

    id: str
    name: str
    kind: str
    vendor: str
    status: str
    label: Label | None
    tier: Tier
    ways: list[Via]
    docs: str


class ToolFound(BaseModel):
    """marks: what shows that it is there, such as "command claude"."""

    id: str
    marks: Sequence[str]


class Tools(BaseModel):
    items: list[ToolShown]


class ToolsFound(BaseModel):
    items: list[ToolFound]


class SyncRequest(Taken):
    """tools: ids; else those that are connected. source: the tool that counts, where they differ.
    folder: of the project, absolute, for the scope `project`."""

    scope: Scope
    folder: str = Field("", max_length=4_000)
    tools: list[str] = Field([], max_length=50)
    source: str = Field("", max_length=60)
    dry_run: bool = False
    undo: bool = False


class Edited(BaseModel):
    path: str
    changed: bool
    diff: str


class NotCarried(BaseModel):
    """conflict: tools say different things of it."""

    what: str
    why: str
    where: Sequence[str]
    conflict: bool


class SyncDone(BaseModel):
    """taken: by tool that was added as a plugin, what it took over."""

    files: list[Edited]
    left: list[NotCarried]
    taken: Mapping[str, JsonValue]
    warnings: Sequence[str]


@routes.get("/tools")
async def list_tools(
    request: Request,
    who: Reader,
    word: Annotated[str, Query(max_length=60, description="Part of an id, name or vendor.")] = "",
) -> Tools:
    """The AI tools that are known, and how each can be reached."""
    found = request.app.state.parts.tools.catalogue()
    fits = (one for one in found if _fits(one, word.lower()))
    return Tools(items=[_shown(one) for one in fits])


@routes.get("/tools/found")
async def find_tools(request: Request, who: Here) -> ToolsFound:
    """Those that are on the server's own machine."""
    found = await in_thread(request, request.app.state.parts.tools.looked_for)
    there = [ToolFound(id=one.tool.id, marks=one.marks) for one in found if one.marks]
    return ToolsFound(items=there)


@routes.get("/tools/{tool}")
async def get_tool(request: Request, who: Reader, tool: ToolId) -> ToolShown:
    """One tool."""
    return _shown(request.app.state.parts.tools.catalogue().tool(tool))


@routes.post("/sync", responses={404: {}})
async def sync_tools(request: Request, who: Writer, asked: SyncRequest) -> SyncDone:
    """Gives tools on the server's own machine the rules and MCP servers of each other."""
    done = await in_thread(request, lambda: request.app.state.parts.tools.sync(**dict(asked)))
    return SyncDone(
        files=[
            Edited(path=one.path, changed=one.changed, diff=_diff(one.before, one.after))
            for one in done.files.edits
        ],
        left=[
            NotCarried(what=one.what, why=one.why, where=one.where, conflict=one.conflict)
            for one in done.files.left
        ],
        taken={name: dict(taken) for name, taken in done.taken.items()},
        warnings=done.warnings,
    )


@routes.post("/callbacks/{sender}", dependencies=[OPEN])
async def receive_callback(
    request: Request, sender: Annotated[str, Path(min_length=1, max_length=60)]
) -> dict[str, JsonValue]:
    """A message of a tool, signed as Standard Webhooks has it: handled once, and answered."""
    body, headers = await request.body(), dict(request.headers)
    receive = request.app.state.parts.tools.receive
    answer: dict[str, Any] = await in_thread(request, lambda: dict(receive(sender, headers, body)))
    return answer


def _fits(tool: Tool, word: str) -> bool:
    return any(word in text.lower() for text in (tool.id, tool.name, tool.vendor, tool.kind))


def _shown(tool: Tool) -> ToolShown:
    sure = (one.via for one in tool.connections if not (one.likely or one.public))
    return ToolShown(
        id=tool.id,
        name=tool.name,
        kind=tool.kind,
        vendor=tool.vendor,
        status=tool.status,
        label=tool.label,
        tier=tool.tier,
        ways=sorted(set(sure)),
        docs=tool.docs,
    )


def _diff(before: bytes | None, after: bytes | None) -> str:
    old, new = ((one or b"").decode("utf-8", "replace").splitlines() for one in (before, after))
    return "\n".join(difflib.unified_diff(old, new, lineterm=""))
