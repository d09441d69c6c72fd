"""Threads beside an event loop."""

from __future__ import annotations

import asyncio
import threading

import pytest

from aicontext.kit.threads.workers import Workers


def test_jobs_run_in_threads_and_their_results_come_back() -> None:
    async def main() -> list[tuple[int, bool]]:
        workers: Workers[tuple[int, bool]] = Workers(2, "test")
        here = threading.current_thread()
        jobs = [
            workers.start(lambda n=n: (n, threading.current_thread() is here)) for n in range(9)
        ]
        assert workers.under_way == 9
        found = await asyncio.gather(*jobs)
        assert workers.under_way == 0
        workers.close()
        return found

    assert asyncio.run(main()) == [(n, False) for n in range(9)]


def test_what_a_job_raises_is_raised_where_it_is_waited_for() -> None:
    async def main() -> None:
        workers: Workers[int] = Workers(1, "test")
        with pytest.raises(ZeroDivisionError):
            await workers.start(lambda: 1 // 0)
        assert await workers.start(lambda: 2) == 2

    asyncio.run(main())


def test_a_job_that_nobody_waits_for_is_under_way_until_it_ends() -> None:
    async def main() -> None:
        workers: Workers[int] = Workers(1, "test")
        gate = threading.Event()
        given_up = workers.start(lambda: len([gate.wait(10)]))
        given_up.cancel()
        following = workers.start(lambda: 2)
        assert workers.under_way == 2
        gate.set()
        assert await following == 2
        assert workers.under_way == 0

    asyncio.run(main())


def test_what_waits_at_the_end_is_dropped() -> None:
    async def main() -> bool:
        workers: Workers[int] = Workers(1, "test")
        gate, begun = threading.Event(), threading.Event()

        def first() -> int:
            begun.set()
            return len([gate.wait(10)])

        running, waiting = workers.start(first), workers.start(lambda: 2)
        begun.wait(10)
        workers.close()
        gate.set()
        await running
        await asyncio.sleep(0.01)
        return waiting.done()

    assert asyncio.run(main()) is False


def test_a_thread_that_can_do_it_all_does_it_all() -> None:
    async def main() -> set[str]:
        workers: Workers[str] = Workers(3, "test")
        gate = threading.Event()
        gates = [workers.start(lambda: str(gate.wait(10))) for _ in range(3)]
        gate.set()
        await asyncio.gather(*gates)
        names = set()
        for _ in range(5):
            while len(workers._idle) < 3:  # noqa: ASYNC110 - A thread's state has no event.
                await asyncio.sleep(0.01)
            names.add(await workers.start(lambda: threading.current_thread().name))
        workers.close()
        return names

    assert asyncio.run(main()) == {"test-0"}
