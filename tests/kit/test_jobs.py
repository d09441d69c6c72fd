"""Work that goes on after whoever asked for it was answered."""

import asyncio

from aicontext.kit.clock import Clock
from aicontext.kit.jobs import Job, Jobs, State


def _played(scenario) -> None:
    asyncio.run(scenario())


def test_watchers_see_all_that_happens_once_from_where_they_were() -> None:
    async def scenario() -> None:
        jobs, go = Jobs(Clock()), asyncio.Event()

        async def work(job: Job) -> bytes:
            job.tell("item", b"1")
            await go.wait()
            job.tell("item", b"2")
            return b"[1,2]"

        job = jobs.start("a", "ada", "batch", work)
        assert job is not None
        seen: list[list[tuple[int, bytes] | None]] = [[], []]

        async def watch(place: int, after: int, beat: float) -> None:
            async for one in job.watch(after, beat):
                seen[place].append((one.number, one.data) if one else None)

        watching = [asyncio.create_task(watch(0, 0, 60)), asyncio.create_task(watch(1, 1, 0.01))]
        while None not in seen[1]:  # noqa: ASYNC110 - A list has no event.
            await asyncio.sleep(0.01)
        go.set()
        await asyncio.gather(*watching)
        end = (3, b'{"state":"succeeded"}')
        assert seen[0] == [(1, b"1"), (2, b"2"), end]
        assert [one for one in seen[1] if one] == [(2, b"2"), end]
        assert None in seen[1]
        assert job.result == b"[1,2]"

    _played(scenario)


def test_jobs_are_their_owners_bounded_and_forgotten() -> None:
    async def scenario() -> None:
        at = 0.0
        jobs = Jobs(Clock(now=lambda: at), kept=10, most=2)

        async def forever(job: Job) -> bytes:
            await asyncio.Event().wait()
            return b""

        async def fails(job: Job) -> bytes:
            raise ValueError

        first = jobs.start("a", "ada", "x", forever)
        failed = jobs.start("b", "ada", "x", fails)
        assert first is not None
        assert failed is not None
        assert jobs.start("c", "ada", "x", forever) is None
        assert jobs.start("d", "bob", "x", forever) is not None
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert (failed.state, type(failed.error)) == (State.FAILED, ValueError)
        assert jobs.get("a", "bob") is None
        assert jobs.get("a", "ada") is first
        at = 11.0
        assert jobs.get("b", "ada") is None
        await jobs.close()
        assert first.state is State.CANCELLED

    _played(scenario)


def test_progress_is_told_by_hundredths() -> None:
    job = Job("a", "ada", "x", 0.0)
    for done in range(1, 10_001):
        job.advance(done, 10_000)
    assert job.done == 10_000
    assert 100 <= len(job.happened) <= 102


def test_what_ended_is_kept_while_it_is_not_too_heavy() -> None:
    async def scenario() -> None:
        jobs = Jobs(Clock(), heaviest=100)

        async def done(job_id: str, owner: str, size: int) -> list[str]:
            async def work(job: Job) -> bytes:
                job.tell("item", b"x" * (size // 2))
                return b"x" * (size // 2)

            job = jobs.start(job_id, owner, "x", work)
            assert job is not None
            async for _ in job.watch(0, 60):
                pass
            return [one.id for one in jobs.of(owner)]

        assert await done("a", "ada", 10) == ["a"]
        assert await done("b", "ada", 10) == ["b", "a"]
        assert await done("z", "bob", 90) == ["z"]
        assert await done("c", "ada", 40) == ["c", "b"]
        assert await done("d", "ada", 400) == ["d"]

    _played(scenario)
