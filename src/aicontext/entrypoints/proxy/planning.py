"""Plans made beside the event loop, and not waited for too long."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from threading import Lock
from typing import TypeVar

from aicontext.domain.errors import AiContextError
from aicontext.domain.requests import Caller, Outcome
from aicontext.engine.estimate.vocabulary import loads
from aicontext.entrypoints.proxy.message.bodies import decoded
from aicontext.kit.clock import Clock
from aicontext.kit.threads.workers import Workers
from aicontext.services.context.requests import Forwarding, RequestService

LOG = logging.getLogger(__name__)
Result = TypeVar("Result")
Plan = Callable[..., Forwarding]
"""The service's, of a body without its coding; late: as there."""

_THREADS = 2
_WAITING = 64
"""Plans under way or waiting for a thread; with more, what is new goes out as it came."""

_LATE = 1024
"""The same of those that came too late: each takes a thousandth of a second or few."""

_PATIENCE = 2
"""Times a plan's deadline that its past is waited for: to send it otherwise than before costs the
cache of all of it."""

_LOADING = 4
"""Times that a plan has its time once more for a vocabulary that is loaded meanwhile: the first
call after the start would else go out whole on a busy machine."""

_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Planned:
    """body: what goes out. plain: it is not in the Content-Encoding that it came in any more.
    unsent: to be called where nothing of it got to the upstream; None where it is not noted."""

    forwarding: Forwarding
    body: bytes
    plain: bool = False
    unsent: Callable[[], None] | None = None


class _Lanes:
    """Threads for plans, and one for those that came too late for one."""

    def __init__(self, threads: int, name: str) -> None:
        self.plans: Workers[Planned | None] = Workers(threads, f"aicontext-plan{name}")
        self.late: Workers[Planned | None] = Workers(1, f"aicontext-late{name}")

    @property
    def under_way(self) -> int:
        return self.plans.under_way + self.late.under_way

    def close(self) -> None:
        self.plans.close()
        self.late.close()


class Planner:
    """Asks the service for plans, and tells it which go out. Never raises: what fails or takes too
    long goes as it came. What the service does takes time, so none of it is done on the event loop.
    loads: as the vocabularies'; the plans that wait for one have their time once more.
    """

    def __init__(
        self,
        service: RequestService,
        clock: Clock,
        seconds: float,
        bound: int,
        *,
        loads: Callable[[], int] = loads,
    ) -> None:
        self._loads = loads
        self._service = service
        self._clock = clock
        self._seconds = seconds
        self._bound = bound
        self._small = _Lanes(_THREADS, "")
        self._large = _Lanes(1, "-large")

    @property
    def under_way(self) -> int:
        """Plans that are made, or wait for it."""
        return self._small.under_way + self._large.under_way

    async def plan(
        self,
        body: bytes,
        coding: str,
        caller: Caller,
        now: float,
        *,
        asked: str = "",
        sent: bool = True,
        fetches: bool = True,
    ) -> Planned:
        """The plan for a body as it came, in that Content-Encoding; noted as `sent` unless told
        not to, for it goes out next, or may not. asked, fetches: as the service's."""
        lanes = self._lanes(body)
        deadline = self._seconds * max(1.0, len(body) / _MIB)
        plan = partial(self._service.plan, caller=caller, now=now, asked=asked, fetches=fetches)
        work = partial(self._plan, body, coding, now, plan)
        why = f"the plan took over {deadline:.1f} s"
        if lanes.plans.under_way >= _WAITING:
            why = "too many plans were under way"
        made = await self._made(lanes.plans, work, deadline, sent)
        if made is None:
            # What is new takes the time.
            late = partial(work, late=why)
            made = await self._made(lanes.late, late, _PATIENCE * deadline, sent, most=_LATE)
        return made or await self.given_up(body, coding, why, now, sent=sent)

    async def _made(
        self,
        threads: Workers[Planned | None],
        work: Callable[[], Planned],
        seconds: float,
        sent: bool,
        *,
        most: int = _WAITING,
    ) -> Planned | None:
        """What the work makes in so many seconds; None after that, and it does not go out; None
        too where as much waits already."""
        if threads.under_way >= most:
            return None
        claim = Lock()
        task = threads.start(partial(self._claimed, work, claim, sent))
        return await _within(seconds, task, claim, loads=self._loads)

    async def given_up(
        self, body: bytes, coding: str, why: str, now: float, *, sent: bool = True
    ) -> Planned:
        """The request as it came. What is noted of it is not waited for long: it goes out so
        whatever that says."""
        passed, late = _passed(body, why), self._lanes(body).late
        if late.under_way >= _LATE:
            return passed
        claim = Lock()
        work = partial(self._given_up, body, coding, why, now)
        task = late.start(partial(self._claimed, work, claim, sent))
        return await _within(self._seconds / 4, task, claim, goes=True) or passed

    async def sent(self, planned: Planned) -> Planned:
        """Notes that it goes out next, where that was not yet known when it was planned."""
        threads = self._lanes(planned.body).late
        task = threads.start(partial(self._noted, planned))
        return await _within(self._seconds, task, Lock()) or planned

    def close(self) -> None:
        self._small.close()
        self._large.close()

    def _lanes(self, body: bytes) -> _Lanes:
        """One that was never seen takes seconds for some megabytes; others do not wait for it."""
        return self._large if len(body) > _MIB else self._small

    def _claimed(self, work: Callable[[], Planned], claim: Lock, sent: bool) -> Planned | None:
        """In a thread: what was worked out, noted as sent; None where it does not go out.

        Whoever takes the claim decides: this thread, that it goes out, or the one that waits, that
        it does not. What nobody waits for any more is not begun: others wait behind it.
        """
        if claim.locked():
            return None
        made = work()
        if not claim.acquire(blocking=False):
            return None
        return self._noted(made) if sent else made

    def _noted(self, made: Planned) -> Planned:
        unsent = safely(lambda: self._service.sent(made.forwarding, self._clock.now()), None)
        return replace(made, unsent=unsent)

    def _plan(self, body: bytes, coding: str, now: float, plan: Plan, *, late: str = "") -> Planned:
        try:
            plain = decoded(body, coding, self._bound)
            made = plan(plain, late=late)
        except AiContextError as error:
            why = error.message
        except Exception as error:  # noqa: BLE001 - no request fails because of a plan
            LOG.warning("A plan failed: %s", type(error).__name__)
            why = f"the plan failed: {type(error).__name__}"
        else:
            changed = made.body != plain
            return Planned(made, made.body, plain=True) if changed else Planned(made, body)
        if late:
            return self._given_up(body, coding, late, now)
        # What is new may be what it fails at.
        return self._plan(body, coding, now, plan, late=why)

    def _given_up(self, body: bytes, coding: str, why: str, now: float) -> Planned:
        try:
            plain = decoded(body, coding, self._bound)
            return Planned(self._service.given_up(plain, why, now), body)
        except AiContextError:
            return _passed(body, why)
        except Exception as error:  # noqa: BLE001 - it goes out, noted or not
            LOG.warning("An account failed: %s", type(error).__name__)
            return _passed(body, why)


def _passed(body: bytes, why: str) -> Planned:
    return Planned(Forwarding(body, Outcome.PASSED, why), body)


class _Timer:
    """Calls `end` after so many seconds; up to _LOADING times as many more while `loads` go on."""

    def __init__(self, seconds: float, end: Callable[[], None], loads: Callable[[], int]) -> None:
        self._seconds, self._end, self._loads = seconds, end, loads
        self._loop = asyncio.get_running_loop()
        self._seen, self._again = loads(), _LOADING
        self._handle = self._loop.call_later(seconds, self._ring)

    def _ring(self) -> None:
        before, self._seen = self._seen, self._loads()
        if (self._seen != before or self._seen % 2) and self._again:
            self._again -= 1
            self._handle = self._loop.call_later(self._seconds, self._ring)
        else:
            self._end()

    def cancel(self) -> None:
        self._handle.cancel()


async def _within(
    seconds: float,
    task: asyncio.Future[Planned | None],
    claim: Lock,
    *,
    goes: bool = False,
    loads: Callable[[], int] = lambda: 0,
) -> Planned | None:
    """What is made in so many seconds, or longer while `loads` are under way; None after that, and
    it does not go out, unless it `goes` whenever it is ready."""

    def end() -> None:
        if not task.done() and (goes or claim.acquire(blocking=False)):
            task.set_result(None)

    timer = _Timer(seconds, end, loads)
    try:
        return await task
    except asyncio.CancelledError:
        claim.acquire(blocking=False)
        raise
    finally:
        timer.cancel()


def safely(action: Callable[[], Result], otherwise: Result) -> Result:
    """The action's result; `otherwise` where it raised, for no request may fail by our accounts."""
    try:
        return action()
    except Exception as error:  # noqa: BLE001 - the edge that keeps requests alive
        LOG.warning("An account failed: %s", type(error).__name__)
        return otherwise
