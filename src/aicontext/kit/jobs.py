"""Work that goes on after whoever asked for it was answered, and can be watched."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum

from aicontext.kit.clock import Clock


class State(StrEnum):
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Cancelled(Exception):
    """Raised inside of the work of a job that was cancelled."""


@dataclass(frozen=True, slots=True)
class Happened:
    """number: from 1 on, within its job. data: JSON."""

    number: int
    name: str
    data: bytes


@dataclass(slots=True)
class Job:
    """owner: who may see it. done, total: progress, in whatever it counts; total is 0 while that is
    not known. result: JSON, once it succeeded. error: of one that failed. happened: all that
    watchers are told, the latest last. watchers: how many watch it now."""

    id: str
    owner: str
    kind: str
    created: float
    state: State = State.RUNNING
    done: int = 0
    total: int = 0
    result: bytes = b"null"
    error: Exception | None = None
    ended: float = 0.0
    happened: list[Happened] = field(default_factory=list)
    cancelling: bool = False
    watchers: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def weight(self) -> int:
        """Bytes of what is kept of it."""
        return len(self.result) + sum(len(one.data) for one in self.happened)

    def advance(self, done: int, total: int) -> None:
        """Watchers are told of each hundredth. To be called in the event loop's thread."""
        told = 100 * self.done // max(1, self.total) == 100 * done // max(1, total) != 100
        self.done, self.total = done, total
        if not told:
            self.tell("progress", b'{"done":%d,"total":%d}' % (done, total))

    async def over(self, seconds: float) -> bool:
        """Whether it has ended, so many seconds from now at the latest."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._over.wait()
        return self._over.is_set()

    def end(self) -> None:
        """Its state is the last one from now on."""
        self._over.set()

    def check(self) -> None:
        """Raises Cancelled where the job was; from any thread."""
        if self.cancelling:
            raise Cancelled

    def tell(self, name: str, data: bytes) -> None:
        self.happened.append(Happened(len(self.happened) + 1, name, data))
        self._news.set()
        self._news = asyncio.Event()

    async def watch(self, after: int, beat: float) -> AsyncIterator[Happened | None]:
        """What happened after that number, and what happens until the job ends; None where nothing
        did for `beat` seconds."""
        seen = after
        self.watchers += 1
        try:
            while True:
                news = self._news
                for one in self.happened[max(0, seen) :]:
                    seen = one.number
                    yield one
                if self.state is not State.RUNNING and seen >= len(self.happened):
                    return
                if news is self._news:
                    try:
                        await asyncio.wait_for(news.wait(), beat)
                    except TimeoutError:
                        yield None
        finally:
            self.watchers -= 1


Work = Callable[[Job], Awaitable[bytes]]
"""Gives the job's result as JSON."""


class Jobs:
    """The jobs of this process, in memory: what they do is gone with it.

    kept: seconds for which one that ended can be looked at. most: jobs of one owner that run at
    once, and that are kept after they ended. heaviest: bytes that an owner's ended jobs may take
    together, but for the latest.
    """

    def __init__(
        self, clock: Clock, *, kept: float = 900.0, most: int = 8, heaviest: int = 2**26
    ) -> None:
        self._clock, self._kept, self._most, self._heaviest = clock, kept, most, heaviest
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, job_id: str, owner: str, kind: str, work: Work) -> Job | None:
        """None where the owner has too many under way."""
        self._forget()
        own = [one for one in self._jobs.values() if one.owner == owner]
        if sum(one.state is State.RUNNING for one in own) >= self._most:
            return None
        ended = [one for one in own if one.state is not State.RUNNING]
        for one in ended[: max(0, len(ended) - self._most + 1)]:
            del self._jobs[one.id]
        job = self._jobs[job_id] = Job(job_id, owner, kind, self._clock.now())
        task = asyncio.create_task(self._run(job, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job

    def get(self, job_id: str, owner: str) -> Job | None:
        """None where that owner has no such job."""
        self._forget()
        found = self._jobs.get(job_id)
        return found if found is not None and found.owner == owner else None

    def of(self, owner: str) -> list[Job]:
        """The latest first."""
        self._forget()
        return [one for one in reversed(self._jobs.values()) if one.owner == owner]

    async def close(self) -> None:
        """Cancels what runs."""
        for job in self._jobs.values():
            job.cancelling = True
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for job in self._jobs.values():
            if job.state is State.RUNNING:  # It was cancelled before its first step.
                job.state = State.CANCELLED
                job.end()

    async def _run(self, job: Job, work: Work) -> None:
        try:
            job.result = await work(job)
            job.state = State.SUCCEEDED
        except (Cancelled, asyncio.CancelledError):
            job.state = State.CANCELLED
        except Exception as error:  # noqa: BLE001 - whoever looks at the job gets it
            job.state, job.error = State.FAILED, error
        job.ended = self._clock.now()
        job.tell("end", b'{"state":"%s"}' % job.state.encode())
        job.end()
        self._lighten(job)

    def _lighten(self, latest: Job) -> None:
        """Forgets what ended before it, from the first on, until the owner's jobs are not too
        heavy."""
        ended = [
            one
            for one in self._jobs.values()
            if one.owner == latest.owner and one.state is not State.RUNNING
        ]
        heavy = sum(one.weight for one in ended) - self._heaviest
        for one in sorted(ended, key=lambda one: one.ended):
            if heavy <= 0 or one is latest:
                return
            heavy -= one.weight
            del self._jobs[one.id]

    def _forget(self) -> None:
        now = self._clock.now()
        for job in tuple(self._jobs.values()):
            if job.state is not State.RUNNING and job.ended + self._kept < now:
                del self._jobs[job.id]
