"""What is under way in one process, told to all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from aicontext.domain.errors import Unavailable
from aicontext.domain.storage.records import Idempotency
from aicontext.kit.clock import Clock
from aicontext.kit.ids import NewId
from aicontext.kit.jobs import Job, State
from aicontext.ports.stores.replies import Replies

BEAT, SILENT = 5.0, 30.0
"""Seconds between two signs of life of an operation, and after which it is lost."""

LARGEST = 2**19
"""Bytes of what is told at most."""

_RUNS, _KEPT = timedelta(days=1), timedelta(minutes=15)
_RUNNING, _ENDED = 0, 200


@dataclass(frozen=True, slots=True)
class Told:
    """body: what was told last. lost: its process gave no sign of life, and it had not ended."""

    body: bytes
    lost: bool


class OperationNotes:
    """Kept as answers are that are given again. Methods raise Unavailable."""

    def __init__(self, replies: Replies, clock: Clock, new_id: NewId) -> None:
        self._replies, self._clock, self._new_id = replies, clock, new_id
        self._tasks: set[asyncio.Task[None]] = set()

    async def begin(self, organisation: str, user: str, operation: str, told: bytes) -> Idempotency:
        """To be called before it begins; what it is followed by, or dropped."""
        note = self._note(organisation, _key(user, "operation", operation), told)
        await self._replies.claim(note)
        return note

    async def drop(self, note: Idempotency) -> None:
        """It did not begin."""
        await self._replies.release(note)

    def follow(self, note: Idempotency, job: Job, told: Callable[[], bytes]) -> None:
        """Tell of it until it ends. told: what others are to read, as it is by then."""
        task = asyncio.create_task(self._follow(note, job, told))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def look(self, organisation: str, user: str, operation: str) -> Told | None:
        """None where there is none, or none any more."""
        found = await self._replies.find(organisation, _key(user, "operation", operation))
        if found is None:
            return None
        seen = float(found.headers.get("seen", "0"))
        lost = found.status == _RUNNING and self._clock.now() - seen > SILENT
        return Told(found.body, lost)

    async def cancel(self, organisation: str, user: str, operation: str) -> None:
        """Whoever works on it learns of it within BEAT."""
        await self._replies.claim(self._note(organisation, _key(user, "cancel", operation)))

    async def close(self) -> None:
        """To be called once all of them ended."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _follow(self, note: Idempotency, job: Job, told: Callable[[], bytes]) -> None:
        over = False
        while not over:
            over = await job.over(BEAT)
            with suppress(Unavailable):
                await self._replies.keep(self._changed(note, job, told()))
                cancel = note.key.replace(" operation ", " cancel ", 1)
                if not over and await self._replies.find(note.organisation, cancel):
                    job.cancelling = True

    def _changed(self, note: Idempotency, job: Job, body: bytes) -> Idempotency:
        now, running = self._clock.utc(), job.state is State.RUNNING
        return replace(
            note,
            status=_RUNNING if running else _ENDED,
            headers={"seen": str(now.timestamp())},
            body=body,
            expires_at=now + (_RUNS if running else _KEPT),
        )

    def _note(self, organisation: str, key: str, told: bytes = b"") -> Idempotency:
        now = self._clock.utc()
        return Idempotency(
            id=self._new_id(now.timestamp()),
            organisation=organisation,
            created_at=now,
            key=key,
            fingerprint="",
            status=_RUNNING,
            headers={"seen": str(now.timestamp())},
            body=told,
            expires_at=now + _RUNS,
        )


def _key(user: str, what: str, operation: str) -> str:
    """With spaces, which no key of a caller's own has."""
    return f"{user} {what} {operation}"
