"""Threads that work beside an event loop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Generic, TypeVar, cast

Result = TypeVar("Result")


class Workers(Generic[Result]):
    """Do one job after the other; a job costs half of what it does in an executor.

    Threads are numbered, and the first one that is idle gets the job: what libraries keep for each
    thread is there once where one can do it all. under_way: jobs that wait or run, also those whose
    result nobody waits for any more.
    """

    def __init__(self, threads: int, name: str) -> None:
        self.under_way = 0
        self._lock = Lock()
        self._waiting: deque[_Job[Result]] = deque()
        self._inboxes = [SimpleQueue[_Job[Result] | None]() for _ in range(threads)]
        self._idle: set[int] = set()
        for number in range(threads):
            Thread(target=self._work, args=(number,), name=f"{name}-{number}", daemon=True).start()

    def start(self, work: Callable[[], Result]) -> asyncio.Future[Result]:
        """The result to be, for the running loop; the job is done even where that is cancelled."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self.under_way += 1
        job = _Job(work, future, self._over)
        with self._lock:
            if not self._idle:
                self._waiting.append(job)
                return future
            number = min(self._idle)
            self._idle.remove(number)
        self._inboxes[number].put(job)
        return future

    def close(self) -> None:
        """No further jobs; those that wait are dropped."""
        with self._lock:
            self._waiting.clear()
        for inbox in self._inboxes:
            inbox.put(None)

    def _over(self) -> None:
        self.under_way -= 1

    def _work(self, number: int) -> None:
        while (job := self._next(number)) is not None:
            job.run()

    def _next(self, number: int) -> _Job[Result] | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._idle.add(number)
        return self._inboxes[number].get()


class _Job(Generic[Result]):
    __slots__ = ("_future", "_over", "_work")

    def __init__(
        self,
        work: Callable[[], Result],
        future: asyncio.Future[Result],
        over: Callable[[], None],
    ) -> None:
        self._work, self._future, self._over = work, future, over

    def run(self) -> None:
        """In a thread."""
        result: Result | None = None
        error: BaseException | None = None
        try:
            result = self._work()
        except BaseException as failure:  # noqa: BLE001 - whoever waits gets it
            error = failure
        with suppress(RuntimeError):  # The loop has ended: nobody waits.
            self._future.get_loop().call_soon_threadsafe(self._settle, result, error)

    def _settle(self, result: Result | None, error: BaseException | None) -> None:
        self._over()
        if self._future.done():
            return
        if error is not None:
            self._future.set_exception(error)
        else:
            self._future.set_result(cast(Result, result))
