"""Packs of repositories on the server's own machine."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
from fastapi import Request, Response, Security
from pydantic import Field

from aicontext.domain.repository.results import Format
from aicontext.domain.tenancy.access import Principal
from aicontext.entrypoints.api.access import Guarded, router
from aicontext.entrypoints.api.call import Call
from aicontext.entrypoints.api.rest.listing import Taken
from aicontext.entrypoints.api.rest.operations import Operation, begin, location, shown
from aicontext.entrypoints.api.rest.threads import Threads
from aicontext.kit.jobs import Job

Writer = Annotated[Principal, Security(Guarded("packs:write", "pack", own=True, here=True))]

routes = router("context", "/api/v1/context/packs")


class PackRequest(Taken):
    """task: an issue, error, diff or words. path: a folder or file of the repository, absolute.
    focus: files that matter more than their rank says."""

    task: str = Field(min_length=1, max_length=50_000)
    path: str = Field(min_length=1, max_length=4_000)
    budget: int = Field(8_000, ge=50, le=1_000_000)
    model: str = Field("", max_length=200)
    focus: list[str] = Field([], max_length=100)
    format: Format = Format.MARKDOWN


@routes.post("", status_code=202)
async def pack_context(
    request: Request, response: Response, who: Writer, asked: PackRequest
) -> Operation:
    """The code that a task needs, whole definitions under a budget: the operation's result is a
    pack."""
    state, call = request.app.state, Call.of(request.scope)
    loop = asyncio.get_running_loop()

    async def work(job: Job) -> bytes:
        def progress(done: int, total: int) -> None:
            job.check()
            loop.call_soon_threadsafe(job.advance, done, total)

        def packed() -> bytes:
            repository = state.parts.repository(asked.path)
            found = repository.pack(
                asked.task,
                asked.budget,
                asked.model,
                form=asked.format,
                focus=asked.focus,
                progress=progress,
            )
            return msgspec.json.encode(found)

        threads: Threads = state.threads
        return await threads.do(call, packed)

    job = await begin(state, who, "pack", work)
    response.headers["location"] = location(job)
    return shown(job, whole=False)
