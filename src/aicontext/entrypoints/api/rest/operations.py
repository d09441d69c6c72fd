"""Operations: work that goes on after the answer, with progress, results and a way to stop it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from fastapi import Header, Request, Response, Security
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, JsonValue

from aicontext.domain.errors import AiContextError, LimitReached, NotFound
from aicontext.domain.tenancy.access import Principal
from aicontext.entrypoints.api import problems
from aicontext.entrypoints.api.access import Guarded, router
from aicontext.entrypoints.api.rest.listing import Id
from aicontext.kit.jobs import Happened, Job, Jobs, State, Work
from aicontext.services.enterprise.operations import LARGEST, OperationNotes

Reader = Annotated[Principal, Security(Guarded("operations:read", "operation", own=True))]
Writer = Annotated[Principal, Security(Guarded("operations:write", "operation", own=True))]
_PATH = "/api/v1/operations"
_WAIT = 5.0
_BEAT = 15.0
"""Seconds of silence after which a watcher is told that the connection lives."""

_LOOK = 1.0
"""Seconds between two looks at one that another process works on."""

_STREAM = {"cache-control": "no-store", "x-accel-buffering": "no"}
_WATCHERS = 32
"""Streams of one owner that are open at once; each holds a connection."""

_EVENT = {
    "type": "object",
    "description": "One event; `data` is JSON.",
    "properties": {
        "id": {"type": "string"},
        "event": {"enum": ["progress", "item", "end"]},
        "data": {"type": "string"},
    },
}
_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {"schema": _EVENT}}}
}

routes = router("operations", _PATH)


class Operation(BaseModel):
    """done, total: how far it is, in whatever it counts; total is 0 while that is not known.
    result: of one that succeeded. problem: of one that failed."""

    id: str
    kind: str
    state: State
    created_at: datetime
    done: int
    total: int
    result: JsonValue = None
    problem: JsonValue = None


class Operations(BaseModel):
    items: Sequence[Operation]


async def begin(state: Any, who: Principal, kind: str, work: Work) -> Job:
    """Starts the work, of which any process can tell from then on. state: the app's. Raises
    LimitReached, Unavailable."""
    parts, jobs, notes = state.parts, state.jobs, state.notes
    named = parts.new_id(parts.clock.now())
    new = Job(named, _owner(who), kind, parts.clock.now())
    note = await notes.begin(who.organisation, who.user, named, _told(new))
    job: Job | None = jobs.start(named, _owner(who), kind, work)
    if job is None:
        await notes.drop(note)
        raise LimitReached(
            "Too many operations are under way.", _WAIT, hint="Wait for some, or cancel them."
        )
    notes.follow(note, job, lambda: _told(job))
    return job


def _told(job: Job) -> bytes:
    """What other processes tell of it."""
    whole = shown(job, whole=job.state is not State.RUNNING).model_dump_json().encode()
    if len(whole) <= LARGEST:
        return whole
    problem = _said("result_not_kept", "The result is too large to be told by another server.")
    told = shown(job, whole=False).model_copy(update={"problem": problem})
    return told.model_dump_json().encode()


def _said(code: str, detail: str) -> Any:
    found = problems.problem(503, code, detail, hint="Send the operation's request again.")
    return msgspec.json.decode(bytes(found.body))


def location(job: Job) -> str:
    return f"{_PATH}/{job.id}"


def shown(job: Job, *, whole: bool) -> Operation:
    """whole: with its result."""
    return Operation(
        id=job.id,
        kind=job.kind,
        state=job.state,
        created_at=datetime.fromtimestamp(job.created, UTC),
        done=job.done,
        total=job.total,
        result=msgspec.json.decode(job.result) if whole else None,
        problem=_problem(job.error) if job.error else None,
    )


@routes.get("")
async def list_operations(request: Request, who: Reader) -> Operations:
    """The caller's operations on this server, the latest first."""
    return Operations(items=[shown(one, whole=False) for one in _jobs(request).of(_owner(who))])


@routes.get("/{operation}")
async def get_operation(request: Request, who: Reader, operation: Id) -> Operation:
    """How far it is, and what came of it. It is forgotten some minutes after its end. Any server
    tells; where the one that worked on it stopped, the problem is `operation_lost`."""
    if job := _here(request, who, operation):
        return shown(job, whole=True)
    return await _elsewhere(request, who, operation)


@routes.delete("/{operation}")
async def cancel_operation(request: Request, who: Writer, operation: Id) -> Operation:
    """Stops it at its next step; one that has ended stays as it is."""
    if job := _here(request, who, operation):
        job.cancelling = True
        return shown(job, whole=False)
    found = await _elsewhere(request, who, operation)
    if found.state is State.RUNNING:
        notes: OperationNotes = request.app.state.notes
        await notes.cancel(who.organisation, who.user, operation)
    return found.model_copy(update={"result": None})


@routes.get("/{operation}/events", response_class=StreamingResponse, responses=_EVENTS)
async def watch_operation(
    request: Request,
    who: Reader,
    operation: Id,
    last_event_id: Annotated[
        str, Header(pattern="^[0-9]{0,9}$", description="Of the last event that was seen.")
    ] = "",
) -> Response:
    """Server-sent events: `progress`, `item` (a result, as soon as there is one) and `end`. Another
    server than the one that works on it tells the items at the end, from the first on."""
    job = _here(request, who, operation)
    if job is None:
        await _elsewhere(request, who, operation)  # It is told alike whether there is one.
        told = _from_elsewhere(request, who, operation)
        return StreamingResponse(told, media_type="text/event-stream", headers=_STREAM)
    if sum(one.watchers for one in _jobs(request).of(_owner(who))) >= _WATCHERS:
        raise LimitReached(
            f"{_WATCHERS} of your streams are open already.",
            _WAIT,
            hint="Close one, or ask for the operation itself.",
        )
    events = _events(job, int(last_event_id or 0))
    return StreamingResponse(events, media_type="text/event-stream", headers=_STREAM)


async def _events(job: Job, after: int) -> AsyncIterator[bytes]:
    async for one in job.watch(after, _BEAT):
        yield _event(one) if one else b":\n\n"


def _event(one: Happened) -> bytes:
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (one.number, one.name.encode(), one.data)


async def _from_elsewhere(request: Request, who: Principal, operation: str) -> AsyncIterator[bytes]:
    while (found := await _elsewhere(request, who, operation)).state is State.RUNNING:
        yield b":\n\n"
        await asyncio.sleep(_LOOK)
    items = found.result if isinstance(found.result, list) else []
    for number, item in enumerate(items, 1):
        yield _event(Happened(number, "item", msgspec.json.encode(item)))
    end = msgspec.json.encode({"state": found.state})
    yield _event(Happened(len(items) + 1, "end", end))


def _here(request: Request, who: Principal, operation: str) -> Job | None:
    return _jobs(request).get(operation, _owner(who))


async def _elsewhere(request: Request, who: Principal, operation: str) -> Operation:
    """What another process told of it. Raises NotFound, Unavailable."""
    notes: OperationNotes = request.app.state.notes
    told = await notes.look(who.organisation, who.user, operation)
    if told is None:
        raise NotFound("There is no such operation.", hint="It may have ended some time ago.")
    found = Operation.model_validate_json(told.body)
    if not told.lost:
        return found
    problem = _said("operation_lost", "The server that worked on it has stopped.")
    return found.model_copy(update={"state": State.FAILED, "problem": problem})


def _jobs(request: Request) -> Jobs:
    found: Jobs = request.app.state.jobs
    return found


def _owner(who: Principal) -> str:
    return f"{who.organisation}:{who.user}"


def _problem(error: Exception) -> Any:
    answer = problems.of(error) if isinstance(error, AiContextError) else problems.internal()
    return msgspec.json.decode(answer.body)
