"""Work that would keep the event loop waiting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from starlette.requests import Request

from aicontext.domain.errors import Unavailable
from aicontext.entrypoints.api.call import Call
from aicontext.kit.threads.workers import Workers

Answer = TypeVar("Answer")

THREADS, WAITING = 4, 64
"""At once, and those that may be under way or wait; more are told to come back."""


class Threads:
    def __init__(self) -> None:
        self._workers: Workers[Any] = Workers(THREADS, "api")

    async def do(self, call: Call, work: Callable[[], Answer]) -> Answer:
        """What the work gives. Raises Unavailable where too much is to do."""
        if self._workers.under_way >= WAITING:
            raise Unavailable("The server has too much to do.", hint="Try again in a second.")
        with call.stage("work"):
            found: Answer = await self._workers.start(work)
            return found

    def close(self) -> None:
        self._workers.close()


async def in_thread(request: Request, work: Callable[[], Answer]) -> Answer:
    threads: Threads = request.app.state.threads
    return await threads.do(Call.of(request.scope), work)
