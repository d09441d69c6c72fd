"""Threads that work beside an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Generic, TypeVar, cast

Result = TypeVar("Result")


class Workers(Generic[Result]):
    """Do one job after the other; a job costs half of what it does in an executor.

    under_way: jobs that wait or run, also those whose result nobody waits for any more.
    """

    def __init__(self, threads: int, name: str) -> None:
        self.under_way = 0
        self._jobs: SimpleQueue[_Job[Result] | None] = SimpleQueue()
        self._threads = [
            Thread(target=self._work, name=f"{name}-{n}", daemon=True) for n in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def start(self, work: Callable[[], Result]) -> asyncio.Future[Result]:
        """The result to be, for the running loop; the job is done even where that is cancelled."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self.under_way += 1
        self._jobs.put(_Job(work, future, self._over))
        return future

    def close(self) -> None:
        """No further jobs; those that wait are dropped."""
        with suppress(Exception):
            while True:
                self._jobs.get_nowait()
        for _ in self._threads:
            self._jobs.put(None)

    def _over(self) -> None:
        self.under_way -= 1

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job.run()


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
