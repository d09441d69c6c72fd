"""The tools, the resource and the prompts that hosts see; each is one call of a service.

Tools take paths, since hosts differ in what they say of the folder that they work in. The order of
tools never changes, so that what providers cache of them holds.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, TypeVar

from anyio import from_thread, to_thread
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ToolError
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, CallToolResult, InputRequiredResult, ToolAnnotations
from pydantic import Field, ValidationError

from aicontext.domain.context import Ask, Source
from aicontext.domain.errors import AiContextError, InvalidInput, NotFound
from aicontext.domain.events import By
from aicontext.entrypoints.mcp import refusals, results
from aicontext.entrypoints.mcp.results import MOST_TOKENS
from aicontext.wiring import usage
from aicontext.wiring.context import context_service
from aicontext.wiring.integrations import visited
from aicontext.wiring.repository import open_repository
from aicontext.wiring.sessions.handoff import handed_off

Folder = Annotated[str, Field(description="Folder or file of the repository, absolute.")]
Budget = Annotated[int, Field(ge=50, le=MOST_TOKENS, description="Tokens at most.")]
_READING = ToolAnnotations(read_only_hint=True, open_world_hint=False)
LARGEST = 64 * 2**20
"""Bytes of a file that is read."""

_STEP = 0.2
"""Seconds between two reports of progress."""

_WHILE = 60.0
"""Seconds for which a client's visit is not kept again."""

_CLIENTS = 1000
"""That one server tells apart."""

T = TypeVar("T")


def server() -> MCPServer[None]:
    """The server, over the user's own archive, index and record."""
    made = _Server(
        "aicontext",
        version=version("ai-context-platform"),
        instructions="Code and originals for a task in few tokens. Start with pack_context.",
        log_level="ERROR",
        middleware=[_Visits()],
    )
    for tool in (
        *(pack_context, search_code, show_symbol, map_repository),
        *(condense_file, retrieve, compact_session, usage_report),
    ):
        made.tool(annotations=_READING, structured_output=tool is usage_report)(tool)
    made.resource("aicontext://original/{handle}", mime_type="text/plain")(original)
    made.prompt()(work_on)
    made.prompt()(handoff)
    return made


async def pack_context(
    task: str, path: Folder, ctx: Context, budget: Budget = 8_000, focus: list[str] | None = None
) -> CallToolResult:
    """The code a task needs (issue, error, diff or words): whole functions under a token budget."""
    progress = _progress(ctx)
    found = await _call(
        lambda: open_repository(path).pack(task, budget, "", focus=focus or (), progress=progress)
    )
    return results.packed(found)


async def search_code(
    query: str, path: Folder, ctx: Context, limit: Annotated[int, Field(ge=1, le=50)] = 10
) -> CallToolResult:
    """Files and definitions that a task in words concerns, best first, with reasons."""
    progress = _progress(ctx)
    return results.ranked(await _call(lambda: open_repository(path).search(query, limit, progress)))


async def show_symbol(symbol: str, path: Folder, ctx: Context) -> CallToolResult:
    """One definition, whole: name, Class.name, file:name or file:line."""
    progress = _progress(ctx)
    return results.shown(await _call(lambda: open_repository(path).show(symbol, "", progress)))


async def map_repository(path: Folder, ctx: Context, budget: Budget = 2_000) -> CallToolResult:
    """Signatures that the repository leans on most, with line numbers."""
    progress = _progress(ctx)
    return results.packed(await _call(lambda: open_repository(path).map(budget, "", progress)))


async def condense_file(
    path: Annotated[str, Field(description="The file, absolute.")],
    query: str = "",
    budget: Budget = 4_000,
) -> CallToolResult:
    """The most useful lines of a long file or log for a query; says how to get the rest."""

    def condensed() -> CallToolResult:
        if open_repository(path).secret():
            raise InvalidInput(f"{path[:200]} holds a secret and is not shown.")
        service = context_service()
        source = Source(_read(path), path, plain=True)
        return results.shortened(
            service.compress((source,), budget, ask=Ask(query=query, fetch=_FETCH))
        )

    return await _call(condensed)


async def retrieve(
    handle: str,
    lines: Annotated[str, Field(description='As "10-40".')] = "",
    query: str = "",
) -> str:
    """An original that a mark like "retrieve 1a2b3c4d5e6f" names: whole, lines, or query hits."""
    found = await _call(
        lambda: context_service().retrieve(handle, lines=lines, path="", query=query)
    )
    return results.bounded(found)


async def compact_session(
    path: Annotated[str, Field(description="A transcript, TOOL:SESSION, or a project's folder.")],
    budget: Budget = 4_000,
) -> CallToolResult:
    """What a session's next reader needs: requests, decisions, open work, files, last error."""

    def compacted() -> CallToolResult:
        real = os.path.realpath(path) if os.path.exists(path) else path
        found = handed_off(real, real if os.path.isdir(real) else "", budget)
        if found is not None:
            return results.handed_off(found)
        source = Source(_read(path), path)
        return results.shortened(context_service().compress((source,), budget))

    return await _call(compacted)


async def usage_report(
    days: Annotated[int, Field(ge=1, le=365)] = 7,
    by: Annotated[str, Field(description="tool, model, session, project or day.")] = "tool",
) -> dict[str, object]:
    """What calls through the proxy used and saved: tokens, money, caches."""

    def report() -> dict[str, object]:
        if by not in list(By):
            raise InvalidInput(
                f"Nothing is summed by {by[:40]!r}.", hint=f"One of {', '.join(By)}."
            )
        return usage.savings(By(by), time.time() - days * 86_400).as_dict()

    return await _call(report)


def original(handle: str) -> str:
    """An archived original by its handle."""
    try:
        found = context_service().retrieve(handle, lines="", path="", query="")
    except AiContextError as error:
        raise ResourceError(f"{error} ({error.code})") from None
    return results.bounded(found)


async def work_on(task: str, path: str) -> str:
    """Start on a task with the code that it needs."""
    with _prompted():
        found = await _call(lambda: open_repository(path).pack(task, 8_000, ""))
    return f"{task}\n\n{found.content}"


async def handoff(session: str) -> str:
    """Go on where another session stopped: TOOL:SESSION, a transcript or a project's folder."""
    with _prompted():
        done = await compact_session(session)
    told = "\n".join(getattr(part, "text", "") for part in done.content)
    return f"Go on with this session, of which this is what is known:\n\n{told}"


@contextmanager
def _prompted() -> Iterator[None]:
    """Tells a host why a prompt cannot be had; of any other error it is told nothing."""
    try:
        yield
    except ToolError as error:
        raise MCPError(INVALID_PARAMS, str(error)) from None


_FETCH = "retrieve "
"""Before a handle, as the proxy and the engine know our tool of that name."""


def _read(path: str) -> bytes:
    """A file's bytes. Raises NotFound, InvalidInput."""
    try:
        if not Path(path).is_file():
            raise NotFound(f"There is no file {path[:200]}.", hint="Give an absolute path.")
        with Path(path).open("rb") as file:
            data = file.read(LARGEST + 1)
            if data and not os.fstat(file.fileno()).st_size:
                raise InvalidInput(f"{path[:200]} is made by the system, and is not shown.")
    except (OSError, ValueError) as error:
        raise NotFound(f"{path[:200]} cannot be read: {error}.") from None
    if len(data) > LARGEST:
        raise InvalidInput(f"{path[:200]} is larger than {LARGEST >> 20} MiB.")
    return data


async def _call(verb: Callable[[], T]) -> T:
    """A service's verb in a thread of its own. Where the host gives up, its next report of progress
    ends it; a verb that reports none is left to finish."""
    try:
        return await to_thread.run_sync(verb, abandon_on_cancel=True)
    except AiContextError as error:
        raise ToolError(f"{error} ({error.code})") from error


class _Server(MCPServer[None]):
    """Says what is wrong with a call's arguments in our words, where the base has pydantic's."""

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[None, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            if not isinstance(error.__cause__, ValidationError):
                raise
            wrong = {str(one["loc"][0]) for one in error.__cause__.errors()}
            schema = self._tool_input_schema(name) or {}
            raise ToolError(refusals.unfit(name, schema, arguments, wrong)) from None


class _Visits:
    """Keeps that a client has asked for our tools, for `aicontext doctor`, once in a while."""

    def __init__(self) -> None:
        self._noted: dict[str, float] = {}

    async def __call__(self, ctx: ServerRequestContext[Any], call_next: CallNext) -> HandlerResult:
        params = ctx.session.client_params
        if params and ctx.method in ("tools/list", "tools/call"):
            name, now = params.client_info.name, time.monotonic()
            if now - self._noted.get(name, -_WHILE) >= _WHILE and len(self._noted) < _CLIENTS:
                self._noted[name] = now
                await to_thread.run_sync(visited, name)
        return await call_next(ctx)


def _progress(ctx: Context) -> Callable[[int, int], None]:
    """Reports to the host how far reading has come, not more often than it can show; raises where
    the host has given up."""
    last = 0.0

    def report(done: int, of: int) -> None:
        nonlocal last
        from_thread.check_cancelled()
        now = time.monotonic()
        if now - last > _STEP or done == of:
            last = now
            from_thread.run(ctx.report_progress, done, of)

    return report
